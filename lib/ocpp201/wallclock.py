"""Wall time as an offset to core time: learnt from the CSMS or from the integrator, never read
from the machine.

Messages are stamped when they are made. Before the clock is known a stamp is the core time behind
a plus sign, as wide as a timestamp (`+0000000000000000042`); `settle` writes the true time over it
when the message leaves. Should nobody know the time even then, because the CSMS tells nonsense,
the message counts from the earliest possible moment: every timestamp must be one.
"""

from .timefmt import format_time, parse_time

_FLOOR = 820454400  # 2026-01-01: an earlier time is a CSMS without a clock
_CEILING = 1893456000  # 2060-01-01
_TEN_YEARS = 315576000
_UNSETTLED = (b'"timestamp":"+', b'"generatedAt":"+')


class WallClock:
    """`speed` is how many core seconds pass in a real one: 1, but for a simulation."""

    def __init__(self, speed: int = 1):
        self.offset = None
        self.first = None  # offset as it was learnt: what was stamped before counts by that one
        self.speed = speed
        self._wall = None
        self._text = ""

    def utc(self, now: int):
        """Seconds since 2000-01-01T00:00:00Z, or None as long as nobody knows."""
        return None if self.offset is None else self.offset + now

    def set(self, wall: int, now: int) -> int:
        """Returns the step in seconds (0 for the first time). ValueError: not a time that can be
        now (own)."""
        ceiling = _CEILING if self.offset is None else self.offset + now + _TEN_YEARS
        if not _FLOOR <= wall < ceiling:
            raise ValueError("not a plausible time")
        old, self.offset = self.offset, wall - now
        if old is None:
            self.first = self.offset
        return 0 if old is None else self.offset - old

    def stamp(self, now: int, transaction=None) -> str:
        """A transaction keeps the clock that it began with, or that was learnt first: should the
        clock be set meanwhile, its messages stay in order and its duration right."""
        offset = self.offset
        if transaction:
            if transaction.clock_offset is None:
                transaction.clock_offset = self.first if transaction.seq_no else offset
            offset = transaction.clock_offset
        if offset is None:
            return "+%019d" % now
        if self._wall != offset + now:  # messages of one moment share its text
            self._text = format_time(offset + now)
            self._wall = offset + now
        return self._text

    def settle(self, payload: bytearray):
        """Write the true time over each stamp that was made before the clock was known."""
        offset = _FLOOR if self.first is None else self.first
        for mark in _UNSETTLED:
            at = payload.find(mark)
            while at >= 0:
                at += len(mark) - 1
                now = int(payload[at + 1 : at + 20])
                payload[at : at + 20] = format_time(offset + now).encode()
                at = payload.find(mark, at)

    def text(self, now: int) -> str:
        """RFC 3339, or "" as long as nobody knows."""
        return "" if self.offset is None else self.stamp(now)

    def moment(self, timestamp, now: int) -> int:
        """The core second of a timestamp (RFC 3339, seconds since 2000, None = now), never in the
        future. ValueError."""
        if timestamp is None:
            return now
        if isinstance(timestamp, str):
            timestamp = parse_time(timestamp)
        elif type(timestamp) is not int:
            raise ValueError("not a timestamp")
        return now if self.offset is None else min(now, timestamp - self.offset)
