"""The station's clocks: the only place that reads ticks or the host's wall clock.

    now()      whole core seconds since boot. The core lives by them; on the bench they run `speed`
               times as fast as real ones.
    wall()     what the host believes the time to be: whole seconds since 2000
    sleep(n)   for so many real seconds, by which the network and the tasks live

A board's ticks wrap after 2**30 ms, 12.4 days. So each reading adds what passed since the one
before, and a reading is due at least daily: `evse.aio.wake` sees to that. Only small ints are
involved, a reading allocates nothing.
"""

import asyncio
import time

from evse import const

try:
    from time import ticks_add, ticks_ms

    _MASK = ticks_add(0, -1)  # the period, a power of two, less one
except ImportError:
    _MASK = -1  # never wraps

    def ticks_ms():
        return time.monotonic_ns() // 1000000


_UNIX_TO_2000 = const(946684800)
_YEAR_2026 = const(820540800)  # since 2000: before this station existed no clock can be right


class Clock:
    """Boot is when it is made.

    speed              core seconds per real second. A change holds from the next reading on: poke
                       `Wake`, which takes one

    A test may inject:

    ticks_ms, period   a counter of milliseconds and the power of two at which it wraps
    host               the machine's clock: time() and gmtime(), as in the module `time`
    sleep              a coroutine function that waits so many real seconds, as asyncio.sleep
    """

    def __init__(
        self, ticks_ms=ticks_ms, period=None, speed=1, host=time, sleep=asyncio.sleep
    ):
        self._ticks_ms = ticks_ms
        self._mask = period - 1 if period else _MASK
        self._host = host
        self.sleep = sleep
        self.speed = self._speed = speed
        self._since = ticks_ms()
        self._seconds = self._ms = 0

    def now(self) -> int:
        """Whole core seconds since boot."""
        ticks = self._ticks_ms()
        ms = self._ms + (ticks - self._since & self._mask) * self._speed
        self._since = ticks
        self._speed = self.speed
        self._seconds += ms // 1000
        self._ms = ms % 1000
        return self._seconds

    def wall(self) -> "int | None":
        """Whole seconds since 2000-01-01T00:00:00Z; None if the host's clock was never set."""
        host = self._host
        epoch = 0 if host.gmtime(0)[0] == 2000 else _UNIX_TO_2000  # ESP32 counts from 2000
        wall = int(host.time()) - epoch
        return wall if wall >= _YEAR_2026 else None
