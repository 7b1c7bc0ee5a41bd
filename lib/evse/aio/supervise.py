"""Keeps the station's tasks alive, and feeds the watchdog while they are.

A task that dies by an exception would be gone while the rest runs, on both runtimes. Here that is
a bug of ours: logged with its traceback, counted; the task starts again after 1, 2, 4 ... 60 s.

A task that hangs tells nobody. So the loop of a critical one counts its `rounds`, and `guard`
feeds the watchdog only when each of them went round since the last feeding. One that waits to be
started again is excused: its crash is known. A loop that blocks stops `guard` as well.
"""

import asyncio

from evse import const

_LONGEST_WAIT = const(60)
_WELL = const(60)  # a task that ran so many core seconds starts again with the shortest wait
_CHECK_S = const(2)  # a quarter of what the slowest watchdog waits; all loops go round faster

_LOOP = const(1)
_SEEN = const(2)
_EXCUSED = const(-1)


class Supervisor:
    """log(level, text, error) writes the traceback too; on_crash(name, error) counts."""

    rounds = 0  # of a task that is not critical

    def __init__(self, clock, log, on_crash):
        self._clock = clock
        self._log = log
        self._on_crash = on_crash
        self._critical = []  # [name, loop, its rounds at the last feeding]
        self.tasks = {}  # by name

    def start(self, name: str, run, loop=None):
        """Keep `run`, a coroutine function, running; one that returns is done. `loop`, of a
        critical task: the object whose `rounds` it counts."""
        watched = [name, loop or self, _EXCUSED]
        if loop:
            self._critical.append(watched)
        self.tasks[name] = asyncio.create_task(self._keep(name, run, watched))

    def stop(self):
        """Cancel all of them, except the one that calls this: that one ends by itself."""
        for task in self.tasks.values():
            if task is not asyncio.current_task():
                task.cancel()

    async def guard(self, feed, poke, hangs):
        """A task of its own: calls feed() while all critical tasks go round. poke() makes those go
        round that sleep until something happens. hangs(name, n): one did not, the nth time in a
        row."""
        missed = 0
        while True:
            poke()
            await self._clock.sleep(_CHECK_S)
            stuck = [one[0] for one in self._critical if one[_SEEN] == one[_LOOP].rounds]
            missed = missed + 1 if stuck else 0
            if stuck:
                hangs(stuck[0], missed)
            else:
                feed()
                for one in self._critical:
                    if one[_SEEN] != _EXCUSED:
                        one[_SEEN] = one[_LOOP].rounds

    async def _keep(self, name, run, watched):
        wait = 1
        while True:
            began = self._clock.now()
            watched[_SEEN] = watched[_LOOP].rounds
            try:
                await run()
                return
            except Exception as error:
                watched[_SEEN] = _EXCUSED
                if self._clock.now() - began >= _WELL:
                    wait = 1
                self._log("error", "task %s crashed, starts again in %d s" % (name, wait), error)
                self._on_crash(name, error)
            await self._clock.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
