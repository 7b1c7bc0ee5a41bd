"""Wall time as an offset to core time: learnt from the CSMS, from NTP or from the integrator,
never read from the machine.

What is known, and by which offset a message is stamped:

    floor        the newest wall time in flash, never before this program was written. Kept every
                 ten minutes, known or not, and when the clock is set. A time before it is a lie
    provisional  core second 0 was not before the floor, nor before what the CSMS was told of a
                 transaction that an earlier boot began (`not_before`)
    offset       learnt. None: nobody has told the time since boot
    first        for transactions that began before it was learnt: the learnt one, but never less
                 than what they were told before. It stays, whatever the clock does afterwards

Messages are stamped when they are made. Before the clock is known a stamp is the core time behind
a plus sign, as wide as a timestamp (`+0000000000000000042`); `settle` writes the true time over it
when the message leaves. Should nobody know the time even then, because the CSMS tells nonsense,
the provisional one is taken: every timestamp must be one, and none may lie ahead.

The floor is the state `clock` of the store: u32, seconds since 2000, in every schema.
"""

from .timefmt import format_time, parse_time

_WRITTEN = 820540800  # 2026-01-01: this program. An earlier time is a CSMS without a clock
_TEN_YEARS = 315576000
_DAY = 86400
_KEEP_S = 600
_KEEP_SOONEST_S = 60  # a CSMS that tells another time every second does not wear the flash
_UNSETTLED = (b'"timestamp":"+', b'"generatedAt":"+')


class WallClock:
    """`speed` is how many core seconds pass in a real one: 1, but for a simulation, whose time is
    not kept. `source` set the clock last, at the core second `set_at`: a word of
    ClockCtrlr.TimeSource."""

    def __init__(self, store, log):
        self.floor = _WRITTEN
        try:
            kept = store.load("clock")
            if kept:
                self.floor = max(_WRITTEN, int.from_bytes(kept[1][:4], "little"))
        except OSError as error:
            log("error", "clock: what time it was can't be read: %s" % error)
        self.provisional = self.floor
        self.offset = self.first = None
        self.speed = 1
        self.source = ""
        self.set_at = 0
        self._least = 0  # of `first`
        self._kept_at = 0
        self._keep_at = _KEEP_S
        self._failing = False
        self._wall = None
        self._text = ""

    def utc(self, now: int):
        """Seconds since 2000-01-01T00:00:00Z, or None as long as nobody knows."""
        return None if self.offset is None else self.offset + now

    def estimate(self, now: int) -> int:
        """The same; the earliest that it can be as long as nobody knows."""
        return (self.provisional if self.offset is None else self.offset) + now

    def not_before(self, wall: int):
        """At boot: a transaction that goes on was told of times up to this one."""
        self._least = max(self._least, wall)
        self.provisional = max(self.provisional, wall)

    def set(self, wall: int, now: int) -> int:
        """Returns the step in seconds. The first time in a boot goes forward without one, because
        nobody knows for how long power was off, and back by a day at most: no clock goes so wrong
        between two boots. ValueError: not a time that can be now (own)."""
        expected = self.estimate(now)
        first = self.offset is None
        earliest = max(_WRITTEN, self.floor - _DAY) if first else _WRITTEN
        if not earliest <= wall < expected + _TEN_YEARS:
            raise ValueError("not a plausible time")
        self.offset = wall - now
        if self.first is None:
            self.first = max(self.offset, self._least)
        if abs(wall - self.floor - now + self._kept_at) >= _KEEP_SOONEST_S:
            self._keep_at = now if first else max(now, self._kept_at + _KEEP_SOONEST_S)
        return min(wall - expected, 0) if first else wall - expected

    def keep(self, context) -> int:
        """In each round: write the floor if that is due; returns when. A failure is logged once,
        and tried again when it would be due the next time."""
        now = context.now
        if now < self._keep_at:
            return self._keep_at
        self._keep_at = now + _KEEP_S
        wall = self.estimate(now)
        try:
            if self.speed == 1:
                context.store.save("clock", min(wall, 0xFFFFFFFF).to_bytes(4, "little"))
                self.floor, self._kept_at, self._failing = wall, now, False
        except OSError as error:
            if not self._failing:
                context.log("error", "clock: the time is not kept: %s" % error)
            self._failing = True
        return self._keep_at

    def _offset_of(self, transaction):
        """A transaction keeps the clock that it began with, or that was learnt first: should the
        clock be set meanwhile, its messages stay in order and its duration right."""
        if transaction is None:
            return self.offset
        if transaction.clock_offset is None:
            transaction.clock_offset = self.first if transaction.seq_no else self.offset
        return transaction.clock_offset

    def kept(self, now: int, transaction) -> int:
        """That for flash: the wall time; the core second, which is less than any, as long as
        nobody knows: only later will it be known when this boot was."""
        offset = self._offset_of(transaction)
        return now if offset is None else offset + now

    def wall_of(self, kept: int, offset) -> int:
        """The wall time of what was `kept`. `offset`: of the boot that did, as far as known."""
        if kept >= _WRITTEN:
            return kept
        return (self.provisional if offset is None else offset) + kept

    def stamp(self, now: int, transaction=None) -> str:
        """The time of a message."""
        offset = self._offset_of(transaction)
        if offset is None:
            return "+%019d" % now
        if self._wall != offset + now:  # messages of one moment share its text
            self._text = format_time(offset + now)
            self._wall = offset + now
        return self._text

    def settle(self, payload: bytearray, offset=None):
        """Write the true time over each stamp that was made before the clock was known. `offset`:
        of the boot that made the message, if it was an earlier one."""
        for mark in _UNSETTLED:
            at = payload.find(mark)
            while at >= 0:
                if offset is None:
                    offset = self._settled_by(payload)
                at += len(mark) - 1
                now = bytes(payload[at + 1 : at + 20])
                if now.isdigit():  # else it is data of an integrator
                    payload[at : at + 20] = format_time(offset + int(now)).encode()
                at = payload.find(mark, at)

    def _settled_by(self, payload):
        if payload.find(b'"transactionInfo"') < 0:
            return self.estimate(0)
        if self.first is None:  # what has left can't be taken back: the transaction goes on by it
            self.first = self.provisional
        return self.first

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
