"""The queue of messages that must not be lost, oldest first: in flash, but for the newest ones,
which may wait in RAM for others to be written with them.

A message is a record of the segment log "q" (seglog.py), of one of these types, with this payload:

    1 message   kind | u8 length of key | u32 seqNo | u16 length of text | key | text | image
    3 image     the same without text, for an image whose message has gone
    4 clock     u32 boot | i32 wall time of its core second 0 | u8 learnt or a guess; the last of
                a boot counts for all its messages

kind is one byte: S Started, U Updated that tells a change, P Updated with meter values only, E
Ended, A a security event, T none. key is the transaction's id. image is all that is needed to go
on with the transaction after this message (blocks/transaction_image.py). As one record, neither
is there without the other; the newest of each transaction counts, until its Ended.

What the CSMS has acknowledged is one number, kept in the two-slot state "q" with the id of the
newest segment: written after 8 acknowledgements or 30 s of quiet, and always before a segment is
deleted. What is lost of it is sent again. Images in a segment that goes are copied forward first.

A medium that fails harms nobody who calls: the messages stay in RAM, are sent from there, and are
written when it works again; `failing` is true meanwhile. Of three quarters of `limit` on, every
second Updated goes (thinning.py), and of those to come as well; if that does not help, the journal
is `full`.
"""

import struct
import sys

from . import rpc
from .seglog import SegLog, size_of

try:
    from micropython import const
except ImportError:
    def const(x): return x

_MESSAGE = const(1)
_IMAGE = const(3)
_CLOCK = const(4)
_HEAD = "<BBIH"
_HEAD_SIZE = const(8)
_BATCH = const(4)
_BATCH_S = const(300)
_ACKS = const(8)
_ACKS_S = const(30)
_RETRY_S = const(10)
_NEVER = const(0x3FFFFFFF)
_MOST_IN_RAM = const(64)


class Journal:
    """`clock`: the wall clock. `boot`: the number of this boot."""

    def __init__(self, store, clock, boot: int, log, limit: int = 262144):
        self.segments = SegLog(store.files, "q")
        self.store = store
        self.clock = clock
        self.boot = boot
        self.log = log
        self.limit = limit
        self.failing = False
        self.seq = self.acked = 0  # of the newest message, of the newest acknowledged one
        self.in_flash = 0  # messages that are not acknowledged
        self.at = (0, 0)  # segment and offset from where the oldest of them is looked for
        self.images = {}  # key -> (segment, offset, seqNo of the newest message)
        self.offsets = {}  # segment of an earlier boot -> wall time of its core second 0
        self._waiting = []  # [seq, kind, key, seqNo, text, image], not in flash yet
        self._since = None  # core second at which the first of them was seen
        self._unsaved = self._acked_at = 0  # acknowledgements; core second of the last
        self._told = None  # wall time of core second 0, as the log knows it
        self._thin_at = limit * 3 // 4
        self._retry_at = 0
        self.sparse = 0  # seqNo of meter values that are not kept at present: with these bits
        rare("recovery").open(self)
        self.count()
        self._offline = self.seq  # all up to this one were, or are, queued while offline

    def count(self):
        """What is used of the flash, in bytes."""
        self.used = 0
        for segment in self.segments.segments:
            self.used += segment[2]
        self.full = self.used > self.limit * 3 // 4
        if self.used < self.limit // 4:
            self.sparse = 0

    def put(self, kind: bytes, key: bytes, seq_no: int, text, image, urgent=True) -> bool:
        """Queue a message; True: it is in flash. urgent: at once, and what waited before it in the
        same write."""
        # E04.FR.07: the queue is long, and its samples have been thinned out to as far apart.
        if kind == b"P" and seq_no & self.sparse:
            return False
        self.seq += 1
        self._waiting.append([self.seq, kind, key, seq_no, text, image])
        if urgent or len(self._waiting) >= _BATCH:
            self.flush()
            if len(self._waiting) > _MOST_IN_RAM:
                rare("thinning").drop_one(self._waiting)
        return not self._waiting

    def held(self, key: bytes):
        """seqNo of the oldest message of that transaction that is not in flash, or None."""
        for one in self._waiting:
            if one[2] == key:
                return one[3]
        return None

    def flush(self):
        """Write what waits."""
        if self._waiting and self.write([record_of(one) for one in self._waiting]):
            for one in self._waiting:
                self.in_flash += one[1] != b"T"
            self._waiting = []
            self._since = None

    def write(self, records) -> bool:
        """One append: all of them, and the clock before them where it is due."""
        size = 32
        for record in records:
            size += size_of(record[2])
        new = not self.segments.fits(size)
        first = self.clock.first
        wall = self.clock.provisional if first is None else first
        if new or wall != self._told:
            told = struct.pack("<IiB", self.boot, wall, first is not None)
            records.insert(0, (_CLOCK, records[0][1] if records else self.seq + 1, (told,)))
        try:
            offset = self.segments.append(records, new)
        except OSError as error:
            if not self.failing:
                self.log("error", "journal: %s" % error)
            self.failing = True
            return False
        if self.failing:
            self.log("info", "journal: the medium works again")
        self.failing, self._told = False, wall
        segment = self.segments.segments[-1][0]
        for kind, _, parts in records:
            if kind != _CLOCK:
                self.note(segment, offset, parts[0] + parts[1], bool(parts[3]))
            offset += size_of(parts)
        self.count()
        return True

    def note(self, segment, offset, head, has_image):
        """Where the newest image of a transaction is. `head`: the payload up to its text."""
        kind, _, seq_no, _ = struct.unpack_from(_HEAD, head)
        key = bytes(head[_HEAD_SIZE:])
        if has_image:
            self.images[key] = segment, offset, seq_no
        elif kind in b"ET":
            self.images.pop(key, None)
        elif key in self.images:
            self.images[key] = self.images[key][:2] + (seq_no,)

    # ------------------------------------------------------------------ taking out

    def __len__(self):
        n = self.in_flash
        for one in self._waiting:
            n += one[1] != b"T"
        return n

    def __iter__(self):
        """(seq, kind, text) of each that is not acknowledged."""
        for _, _, _, seq, payload in self._in_flash():
            yield seq, bytes(payload[:1]), text_of(payload)
        for one in self._waiting:
            if one[1] != b"T":
                yield one[0], one[1], one[4]

    def _in_flash(self):
        for record in self.segments.records(*self.at):
            if record[2] == _MESSAGE and record[3] > self.acked:
                yield record

    def head(self):
        """(seq, kind, text) of the oldest message, or None. Its text may be written to."""
        if self.in_flash and self.clock.first not in (None, self._told):
            self.write([])  # what leaves with that time has it after a power cut, too
        try:
            if self.in_flash:
                for segment, offset, _, seq, payload in self._in_flash():
                    self.at = segment, offset
                    return seq, bytes(payload[:1]), text_of(payload)
        except OSError as error:
            self.log("error", "journal: the oldest message can't be read: %s" % error)
            return None
        for seq, kind, _, _, text, _ in self._waiting:
            if kind != b"T":
                return seq, kind, text
        return None

    @property
    def head_offset(self):
        """Wall time of core second 0 of the boot that made the oldest message; None: of this."""
        return self.offsets.get(self.at[0]) if self.in_flash else None

    def acknowledge(self):
        """The oldest message is done with."""
        if self.in_flash:
            self._unsaved += 1
            self._acked_at = None
            self.acked = max(self.acked, self.head_seq())
            self.in_flash -= 1
            return
        for one in self._waiting:
            if one[1] != b"T":
                self.acked = one[0]
                if one[5] or one[1] == b"E":
                    one[1], one[4] = b"T", b""  # what it says of the transaction is still needed
                else:
                    self._waiting.remove(one)
                    self._since = None
                return

    def head_seq(self):
        for record in self._in_flash():
            return record[3]
        return self.acked

    def mark_offline(self):
        """What still waits when the link goes down counts as sent offline (E11.FR.07)."""
        self._offline = self.seq

    def is_offline(self, seq: int) -> bool:
        return seq <= self._offline

    # ------------------------------------------------------------------ in each round

    def tick(self, now: int):
        """Write what has waited long enough; returns when to look again."""
        due = _NEVER
        if self.used > self._thin_at:
            rare("thinning").thin(self)
            self._thin_at = max(self.limit * 3 // 4, self.used + self.limit // 16)
        if self._waiting:
            self._since = now if self._since is None else self._since
            wait = _BATCH_S if self._waiting[-1][1] == b"P" else 0  # a security event
            due = self._retry_at if self.failing else self._since + wait
            if now >= due:
                self._retry_at = due = now + _RETRY_S
                self.flush()
        elif self.failing:  # nothing waits any more: all was sent from RAM, or nothing came
            due = self._retry_at
            if now >= due:
                self._retry_at = due = now + _RETRY_S
                self.write([])
        if self._unsaved:
            self._acked_at = now if self._acked_at is None else self._acked_at
            if self._unsaved >= _ACKS or now >= self._acked_at + _ACKS_S:
                self._acked_at = now  # should it fail, not again before that
                self.tidy()
            due = min(due, self._acked_at + _ACKS_S) if self._unsaved else due
        return due

    def close(self):
        """Before the power goes on purpose."""
        self.flush()
        if self._unsaved:
            self.tidy()

    def tidy(self):
        """Keep what is acknowledged; segments that nobody needs any more go."""
        segments = self.segments.segments
        unneeded = 0
        while unneeded + 1 < len(segments) and segments[unneeded + 1][1] <= self.acked + 1:
            unneeded += 1
        try:
            if unneeded:
                rare("thinning").carry_images(self, unneeded)
            self.store.save("q", struct.pack("<II", self.acked, self.segments.last_id))
            self._unsaved = 0
            for _ in range(unneeded):
                self.offsets.pop(segments[0][0], None)
                self.segments.remove_oldest()
            self.count()
        except OSError as error:
            self.log("warning", "journal: not tidied up: %s" % error)

    def open_transactions(self) -> list:
        """(key, newest seqNo, image, wall time of core second 0 of the boot that made it) of each
        transaction that has no Ended. OSError."""
        return rare("recovery").open_transactions(self)


def record_of(one):
    seq, kind, key, seq_no, text, image = one
    text = memoryview(text)[rpc.ROOM :]
    head = struct.pack(_HEAD, kind[0], len(key), seq_no, len(text))
    return _IMAGE if kind == b"T" else _MESSAGE, seq, (head, key, text, image or b"")


def text_of(payload) -> bytearray:
    """The text in the payload of a record, with room for its envelope."""
    _, n, _, size = struct.unpack_from(_HEAD, payload)
    text = bytearray(rpc.ROOM + size)
    text[rpc.ROOM :] = payload[_HEAD_SIZE + n : _HEAD_SIZE + n + size]
    return text


def rare(name: str):
    """A module that is in memory as long as it works."""
    path = "ocpp201." + name
    module = __import__(path, None, None, (name,))
    del sys.modules[path]
    delattr(sys.modules["ocpp201"], name)
    return module
