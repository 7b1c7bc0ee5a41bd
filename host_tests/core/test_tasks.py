# runs on: cpython, micropython
"""The task that wakes the core, and the supervisor, under a time that the test moves."""

import asyncio

from evse.aio.clock import Clock
from evse.aio.supervise import Supervisor
from evse.aio.wake import Wake


class Time:
    """Milliseconds that pass when the test says so."""

    def __init__(self):
        self.ms = 0
        self.sleeps = []
        self._sleepers = []
        self.clock = Clock(lambda: self.ms % 2**30, 2**30, sleep=self.sleep)

    async def sleep(self, seconds):
        self.sleeps.append(seconds)
        done = asyncio.Event()
        self._sleepers.append((self.ms + int(seconds * 1000), done))
        await done.wait()

    async def go_on(self, seconds):
        self.ms += int(seconds * 1000)
        for sleeper in list(self._sleepers):
            if sleeper[0] <= self.ms:
                self._sleepers.remove(sleeper)
                sleeper[1].set()
        await turns()


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


class Core:
    def __init__(self, due):
        self.due = due
        self.woken = []

    def wakeup(self, now):
        self.woken.append(now)
        return now + self.due


class Link:
    poke = None

    def __init__(self):
        self.woken = 0

    def wake(self):
        self.woken += 1


def with_wake(due, scenario):
    async def main():
        time, core, link = Time(), Core(due), Link()
        wake = Wake(core, time.clock, link)
        task = asyncio.create_task(wake.run())
        await turns()
        await scenario(time, core, link, wake)
        task.cancel()
        await turns()

    asyncio.run(main())


def test_core_is_woken_when_it_wants_and_the_link_after_it():
    async def scenario(time, core, link, wake):
        assert (core.woken, link.woken) == ([0], 1)
        await time.go_on(9)
        assert core.woken == [0]
        await time.go_on(1)
        await time.go_on(10)
        assert (core.woken, link.woken) == ([0, 10, 20], 3)

    with_wake(10, scenario)


def test_a_poke_wakes_at_once_and_moves_the_next_time():
    async def scenario(time, core, link, wake):
        await time.go_on(4)
        link.poke()
        await turns()
        assert core.woken == [0, 4]
        await time.go_on(9)
        assert core.woken == [0, 4]
        await time.go_on(1)
        assert core.woken == [0, 4, 14]

    with_wake(10, scenario)


def test_a_core_that_wants_to_be_woken_in_the_past_is_woken_once_a_second():
    async def scenario(time, core, link, wake):
        await turns()
        await turns()
        assert core.woken == [0]
        await time.go_on(1)
        assert core.woken == [0, 1]

    with_wake(-5, scenario)


def test_core_seconds_pass_with_the_speed_and_a_poke_makes_a_new_speed_hold():
    async def scenario(time, core, link, wake):
        time.clock.speed = 60
        wake.poke()
        await turns()
        await time.go_on(10)
        assert core.woken == [0, 0, 600]

    with_wake(600, scenario)


def test_never_sleeps_longer_than_a_day():
    async def scenario(time, core, link, wake):
        await time.go_on(86400)
        assert core.woken == [0, 86400]

    with_wake(10**9, scenario)


def test_a_station_without_link_is_woken_too():
    async def main():
        time, core = Time(), Core(5)
        task = asyncio.create_task(Wake(core, time.clock).run())
        await turns()
        await time.go_on(5)
        assert core.woken == [0, 5]
        task.cancel()
        await turns()

    asyncio.run(main())


def with_supervisor(scenario):
    async def main():
        time, log, crashes = Time(), [], []

        def write(level, text, bug):
            log.append((level, text, bug))

        def count(name, error):
            crashes.append((name, error))

        await scenario(time, Supervisor(time.clock, write, count), log, crashes)

    asyncio.run(main())


def test_a_crashed_task_is_logged_counted_and_started_again_ever_later():
    async def scenario(time, supervisor, log, crashes):
        started = []

        async def crash():
            started.append(time.ms // 1000)
            raise ValueError("bug")

        supervisor.start("link", crash)
        await turns()
        level, text, bug = log[0]
        assert (level, text) == ("error", "task link crashed, starts again in 1 s")
        assert crashes == [("link", bug)] and isinstance(bug, ValueError)
        for _ in range(200):
            await time.go_on(1)
        assert started == [0, 1, 3, 7, 15, 31, 63, 123, 183]
        supervisor.stop()
        await turns()
        await time.go_on(60)
        assert len(started) == len(log) == len(crashes) == 9

    with_supervisor(scenario)


def test_a_task_that_ran_well_for_a_minute_is_soon_back():
    async def scenario(time, supervisor, log, crashes):
        async def crash():
            await time.sleep(60)
            raise ValueError("bug")

        supervisor.start("meter", crash)
        await turns()
        for wait in (60, 1, 60, 1, 60):
            await time.go_on(wait)
        assert len(crashes) == 3
        assert [text.split()[-2] for _, text, _ in log] == ["1", "1", "1"]
        supervisor.stop()
        await turns()

    with_supervisor(scenario)


def test_a_task_that_returns_is_done():
    async def scenario(time, supervisor, log, crashes):
        started = []

        async def once():
            started.append(1)

        supervisor.start("ntp", once)
        await turns()
        await time.go_on(100)
        assert (started, log) == ([1], [])

    with_supervisor(scenario)


def test_one_crash_leaves_the_others_alone():
    async def scenario(time, supervisor, log, crashes):
        beats = []

        async def beat():
            while True:
                beats.append(time.ms)
                await time.sleep(1)

        async def crash():
            raise ValueError("bug")

        supervisor.start("beat", beat)
        supervisor.start("crash", crash)
        await turns()
        for _ in range(5):
            await time.go_on(1)
        assert len(beats) == 6
        supervisor.stop()
        await turns()

    with_supervisor(scenario)


def test_stop_may_be_called_by_a_supervised_task():
    async def scenario(time, supervisor, log, crashes):
        ended = []

        async def console():
            supervisor.stop()
            await asyncio.sleep(0)
            ended.append("console")

        async def other():
            try:
                await time.sleep(1000)
            finally:
                ended.append("other")

        supervisor.start("other", other)
        supervisor.start("console", console)
        await turns()
        assert sorted(ended) == ["console", "other"]

    with_supervisor(scenario)


class Dog:
    def __init__(self):
        self.fed = []
        self.pokes = 0
        self.hangs = []

    def poke(self):
        self.pokes += 1


class Loop:
    """A task that goes round once a second as long as the test wants it to."""

    def __init__(self, time):
        self.rounds = 0
        self.trouble = None
        self._time = time

    async def run(self):
        while True:
            if self.trouble == "hangs":
                await asyncio.Event().wait()
            if self.trouble == "crashes":
                raise ValueError("bug")
            self.rounds += 1
            await self._time.sleep(1)


def with_guard(scenario):
    """Two critical tasks, a quiet one, and the guard."""

    async def main(time, supervisor, log, crashes):
        dog, one, other = Dog(), Loop(time), Loop(time)

        async def quiet():
            await asyncio.Event().wait()

        def feed():
            dog.fed.append(time.ms // 1000)

        async def guard():
            await supervisor.guard(feed, dog.poke, hangs)

        supervisor.start("one", one.run, one)
        supervisor.start("other", other.run, other)
        def hangs(name, n):
            dog.hangs.append((name, n))

        supervisor.start("quiet", quiet)
        supervisor.start("guard", guard)
        await turns()
        await scenario(time, dog, one, other)
        supervisor.stop()
        await turns()

    with_supervisor(main)


async def seconds(time, count):
    for _ in range(count):
        await time.go_on(1)


def test_the_watchdog_is_fed_while_every_critical_task_goes_round():
    async def scenario(time, dog, one, other):
        await seconds(time, 20)
        assert dog.fed == list(range(2, 21, 2))
        assert dog.pokes == len(dog.fed) + 1  # whoever sleeps until something happens goes round
        assert dog.hangs == []

    with_guard(scenario)


def test_the_watchdog_starves_when_one_critical_task_hangs_and_its_name_is_told():
    async def scenario(time, dog, one, other):
        await seconds(time, 10)
        other.trouble = "hangs"
        fed = len(dog.fed)
        await seconds(time, 60)
        assert len(dog.fed) <= fed + 1  # it went round in the second when it was still well
        assert dog.hangs[:3] == [("other", 1), ("other", 2), ("other", 3)]

    with_guard(scenario)


def test_a_task_that_goes_round_again_is_fed_for_again():
    async def scenario(time, dog, one, other):
        await seconds(time, 3)
        one.trouble = "crashes"
        await seconds(time, 2)
        one.trouble = None
        fed = len(dog.fed)
        await seconds(time, 10)
        assert len(dog.fed) >= fed + 4

    with_guard(scenario)


def test_a_crashed_task_that_waits_for_its_next_start_starves_nobody():
    """Else a station in safe mode whose link has a bug would restart for ever."""

    async def scenario(time, dog, one, other):
        one.trouble = "crashes"
        await seconds(time, 300)
        assert dog.hangs == []
        gaps = [b - a for a, b in zip(dog.fed, dog.fed[1:])]
        assert max(gaps) <= 4 and len(dog.fed) > 100

    with_guard(scenario)
