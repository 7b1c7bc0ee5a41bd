"""The task that lets the core act: in time, and whenever something was noted.

Handlers and the link only note; `ChargePoint.wakeup` draws the consequences and says when it wants
to be asked again. Then the link looks for something to write.
"""

import asyncio

from evse import const

_LONGEST = const(86400)  # real seconds: the clock must be read before a board's ticks wrap


class Wake:
    """Calls cp.wakeup(now). A station without CSMS has no link."""

    def __init__(self, cp, clock, link=None):
        self._cp = cp
        self._clock = clock
        self._link = link
        self.rounds = 0  # for the supervisor
        self._poked = asyncio.Event()
        # Something was noted, or the clock runs at another speed. From the loop's thread only.
        self.poke = self._poked.set
        if link is not None:
            link.poke = self.poke

    async def run(self):
        while True:
            self._poked.clear()
            self.rounds += 1
            now = self._clock.now()
            due = self._cp.wakeup(now)
            if self._link is not None:
                self._link.wake()
            # Not wait_for: it allocates more, and that of CPython 3.11 can lose a cancel.
            seconds = min(max(due - now, 1) / self._clock.speed, _LONGEST)
            alarm = asyncio.create_task(_ring(self._clock.sleep, seconds, self._poked))
            try:
                await self._poked.wait()
            finally:
                alarm.cancel()


async def _ring(sleep, seconds, poked):
    """No method, because it would outlive the station and hold all of it: MicroPython's queue of
    tasks keeps an ended one until another takes its place."""
    await sleep(seconds)
    poked.set()
