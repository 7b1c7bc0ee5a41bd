"""The link with a CSMS that keeps to the rules: a server of websockets."""

import asyncio
import base64
import sys
from contextlib import asynccontextmanager

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from host_tests.link.bench import IDENTITY, PASSWORD, Bench, Core, run, until


class Csms:
    """Notes who is connected and what was said; answers nothing by itself."""

    def __init__(self):
        self.sessions = []
        self.heard = []

    async def handle(self, session):
        self.sessions.append(session)
        try:
            async for text in session:
                self.heard.append(text)
        except ConnectionClosed:
            pass

    @property
    def now(self):
        return self.sessions[-1]


@asynccontextmanager
async def bench_and_csms(**options):
    csms = Csms()
    async with serve(
        csms.handle, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"], ping_interval=None
    ) as server:
        bench = Bench(server.sockets[0].getsockname()[1], **options)
        await bench.is_open()
        await until(lambda: csms.sessions)
        try:
            yield bench, csms
        finally:
            await bench.stop()


def test_connects_to_url_and_identity_with_the_subprotocol_and_says_so():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            assert csms.now.request.path == "/ocpp/CP%201"
            assert csms.now.subprotocol == "ocpp2.0.1"
            assert "Authorization" not in csms.now.request.headers
            assert bench.core.states == [True]
            assert bench.log == [f"info: connected to ws://127.0.0.1:{csms.now.local_address[1]}/ocpp"]

    run(scenario())


def test_A00_FR_203_profile_1_sends_basic_credentials():
    async def scenario():
        async with bench_and_csms(profile=1) as (_, csms):
            credentials = base64.b64encode(f"{IDENTITY}:{PASSWORD}".encode()).decode()
            assert csms.now.request.headers["Authorization"] == "Basic " + credentials

    run(scenario())


def test_texts_of_all_sizes_go_both_ways():
    texts = ["", "{}", "ä€🔌" * 30, "x" * 511, "y" * 512, "z" * 8192]

    async def scenario():
        async with bench_and_csms() as (bench, csms):
            bench.core.to_say += [*texts, "w" * 100000]
            bench.link.wake()
            for text in texts:
                await csms.now.send(text)
            await until(lambda: len(csms.heard) == 7 and len(bench.core.heard) == 6)
            assert csms.heard == [*texts, "w" * 100000]
            assert bench.core.heard == texts

    run(scenario())


def test_fragments_of_the_csms_are_joined():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            await csms.now.send(["[2,", '"id",', "", '"A",{}]'])
            await until(lambda: bench.core.heard)
            assert bench.core.heard == ['[2,"id","A",{}]']

    run(scenario())


def test_a_ping_of_the_csms_is_answered_with_its_payload():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            await (await csms.now.ping(b"are you there"))
            assert bench.link.state == "open"

    run(scenario())


def test_the_core_is_poked_after_each_message_and_change():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            await csms.now.close()
            await bench.is_offline()
            pokes = []
            bench.link.poke = lambda: pokes.append((bench.core.states[-1], bench.core.heard[-1:]))
            await bench.time.go_on(10)
            await until(lambda: len(csms.sessions) == 2)
            await csms.now.send("one")
            await until(lambda: bench.core.heard)
            await csms.now.close()
            await until(lambda: len(pokes) == 3)
            assert pokes == [(True, []), (True, ["one"]), (False, ["one"])]

    run(scenario())


def test_lost_link_comes_back_after_the_back_off():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            await csms.now.close(1001)
            await bench.is_offline()
            assert bench.log[1:] == [
                "warning: link lost: closed by the CSMS, code 1001; next attempt in 10 s"
            ]
            await bench.go_on(9)
            assert bench.attempts == [0]
            await bench.time.go_on()
            await bench.is_open()
            assert bench.attempts == [0, 10]
            assert bench.core.states == [True, False, True]

    run(scenario())


def test_drop_closes_with_1000_and_stays_offline_until_connect():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            bench.link.drop()
            await bench.is_offline()
            await csms.now.wait_closed()
            assert csms.now.close_code == 1000
            assert bench.core.states == [True, False]
            assert bench.log[1:] == ["info: link closed by the station"]
            await bench.go_on(600)
            assert bench.attempts == [0]
            bench.link.connect()
            await bench.time.go_on()
            await bench.is_open()
            assert bench.attempts == [0, 601]

    run(scenario())


def test_drop_and_connect_in_one_breath_is_a_new_connection_at_once():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            bench.link.drop()
            bench.link.connect()
            await bench.is_offline()
            await bench.time.go_on()
            await bench.is_open()
            await until(lambda: len(csms.sessions) == 2)

    run(scenario())


async def assert_goodbye(bench, csms):
    closing = asyncio.create_task(bench.link.close())
    while not closing.done():
        await bench.time.go_on()
    await csms.now.wait_closed()
    assert (csms.now.close_code, bench.link.state) == (1000, "offline")


def test_close_says_goodbye_before_the_station_goes_down():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            await assert_goodbye(bench, csms)

    run(scenario())


def test_close_says_goodbye_though_an_interrupt_has_hit_the_writer():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            names = {task.get_coro().__qualname__: task for task in asyncio.all_tasks()}
            assert names["Connection._write"].cancel()
            await asyncio.sleep(0)
            await assert_goodbye(bench, csms)

    run(scenario())


def test_close_says_goodbye_though_an_interrupt_has_hit_the_timekeeper():
    class Interrupt(BaseException):
        """Like MicroPython's; a KeyboardInterrupt would end the loop of this test."""

    def interrupted(_):
        raise Interrupt

    async def scenario():
        async with bench_and_csms() as (bench, csms):
            sleep, bench.clock.sleep = bench.clock.sleep, interrupted
            await bench.time.go_on()
            assert isinstance(bench.task.exception(), Interrupt)
            bench.clock.sleep = sleep
            await assert_goodbye(bench, csms)

    run(scenario())


def test_the_core_may_ask_for_a_new_connection():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            bench.core.to_say.append("the answer leaves first")
            bench.core.wants_reconnect = True
            bench.link.wake()
            await bench.is_offline()
            await csms.now.wait_closed()
            assert csms.heard == ["the answer leaves first"]
            assert csms.now.close_code == 1000
            assert bench.core.wants_reconnect is False
            await bench.time.go_on(10)
            await bench.is_open()

    run(scenario())


def test_failures_are_forgotten_when_the_boot_is_accepted_on_this_link():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            for wait in (10, 20):
                await csms.now.close()
                await bench.is_offline()
                await bench.time.go_on(wait)
                await bench.is_open()
                await until(lambda: csms.now.state.name == "OPEN")
            bench.core.status = "Accepted"
            await bench.time.go_on()
            await csms.now.close()
            await bench.is_offline()
            assert bench.log[-1].endswith("next attempt in 10 s")

    run(scenario())


def test_when_no_boot_is_due_failures_are_forgotten_after_a_minute():
    async def scenario():
        core = Core()
        core.status = "Accepted"
        async with bench_and_csms(core=core) as (bench, csms):
            seen = []
            for held in (0, 59, 60):
                for _ in range(held):
                    await bench.time.go_on()
                await csms.now.close()
                await bench.is_offline()
                wait = int(bench.log[-1].split()[-2])
                seen.append(wait)
                sessions = len(csms.sessions)
                await bench.time.go_on(wait)
                await until(lambda n=sessions: len(csms.sessions) > n)
                await bench.is_open()
            assert seen == [10, 20, 10]

    run(scenario())


def test_the_verbs_of_the_core_are_called_near_the_bottom_of_the_stack():
    depths = {}

    class Measured(Core):
        def _note(self, verb):
            frame, depth = sys._getframe(1), 0
            while "asyncio" not in frame.f_code.co_filename:
                frame, depth = frame.f_back, depth + 1
            depths[verb] = max(depth, depths.get(verb, 0))

        def connected(self, up, now):
            self._note("connected")

        def receive_text(self, buf, now, n):
            self._note("receive_text")
            super().receive_text(buf, now, n)

        def next_text(self, now):
            self._note("next_text")
            return super().next_text(now)

    async def scenario():
        async with bench_and_csms(core=Measured()) as (bench, csms):
            bench.core.to_say.append("out")
            await csms.now.send("in")
            await until(lambda: csms.heard and bench.core.heard)

    run(scenario())
    assert sorted(depths) == ["connected", "next_text", "receive_text"]
    assert max(depths.values()) <= 3


def test_the_next_message_is_read_when_the_answers_to_the_one_before_have_left():
    class Answering(Core):
        def receive_text(self, buf, now, n):
            super().receive_text(buf, now, n)
            self.to_say.append("re " + self.heard[-1])

    async def scenario():
        async with bench_and_csms(core=Answering()) as (bench, csms):
            for number in range(50):
                await csms.now.send(str(number))
            await until(lambda: len(csms.heard) == 50)
            assert bench.core.order == [
                line for n in range(50) for line in (f"read {n}", f"write re {n}")
            ]

    run(scenario())


def test_a_bug_in_the_core_ends_run_with_its_traceback_and_the_link():
    class Broken(Core):
        def receive_text(self, buf, now, n):
            raise KeyError("bug")

    async def scenario():
        async with bench_and_csms(core=Broken()) as (bench, csms):
            await csms.now.send("in")
            await bench.is_offline()
            await bench.time.go_on()
            (error,) = await asyncio.gather(bench.task, return_exceptions=True)
            assert isinstance(error, KeyError)
            assert error.__traceback__.tb_next.tb_next
            assert bench.core.states == [True, False]

    run(scenario())


def test_a_bug_while_writing_ends_run_too():
    class Broken(Core):
        def next_text(self, now):
            raise KeyError("bug")

    async def scenario():
        async with bench_and_csms(core=Broken()) as (bench, _):
            await bench.is_offline()
            await bench.time.go_on()
            (error,) = await asyncio.gather(bench.task, return_exceptions=True)
            assert isinstance(error, KeyError)

    run(scenario())


def test_a_connection_leaves_no_task_behind():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            bench.link.drop()
            await bench.is_offline()
            await csms.now.wait_closed()
            for _ in range(10):
                await asyncio.sleep(0)
            names = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
            assert [name for name in names if name.startswith(("Link.", "Connection."))] == [
                "Link.run"
            ]

    run(scenario())


def test_cancelled_run_takes_the_connection_with_it():
    async def scenario():
        async with bench_and_csms() as (bench, csms):
            await bench.stop()
            await csms.now.wait_closed()
            assert bench.core.states == [True, False]

    run(scenario())
