"""Keeps the station's tasks alive.

A task that dies by an exception would be gone while the rest runs, on both runtimes. Here that is
a bug of ours: logged with its traceback, counted; the task starts again after 1, 2, 4 ... 60 s.
"""

import asyncio

from evse import const

_LONGEST_WAIT = const(60)
_WELL = const(60)  # a task that ran so many core seconds starts again with the shortest wait


class Supervisor:
    """log(level, text, error) writes the traceback too; on_crash(name, error) counts."""

    def __init__(self, clock, log, on_crash):
        self._clock = clock
        self._log = log
        self._on_crash = on_crash
        self._tasks = []

    def start(self, name: str, run):
        """Keep `run`, a coroutine function, running; one that returns is done."""
        self._tasks.append(asyncio.create_task(self._keep(name, run)))

    def stop(self):
        """Cancel all of them, except the one that calls this: that one ends by itself."""
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()

    async def _keep(self, name, run):
        wait = 1
        while True:
            began = self._clock.now()
            try:
                await run()
                return
            except Exception as error:
                if self._clock.now() - began >= _WELL:
                    wait = 1
                self._log("error", "task %s crashed, starts again in %d s" % (name, wait), error)
                self._on_crash(name, error)
            await self._clock.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
