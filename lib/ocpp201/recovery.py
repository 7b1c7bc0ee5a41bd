"""What a journal finds at boot. Imported then, and forgotten (journal.py, seglog.py have the
formats).

Damaged files are passed over with a line in the log: of a segment counts what stands before the
damage. They are deleted like others when all that they held is acknowledged.
"""

import struct
from binascii import crc32

try:
    from micropython import const
except ImportError:
    def const(x): return x

_MESSAGE = const(1)
_IMAGE = const(3)
_CLOCK = const(4)
_HEADER = const(16)
_OVERHEAD = const(12)
_HEAD_SIZE = const(8)
_TRIES = const(3)


def open(journal):
    """Fill the journal with what is there. Should the medium not answer at all, what it holds is
    left alone, and the journal goes on in segments behind it."""
    for _ in range(_TRIES):
        try:
            _load(journal)
            return
        except OSError as error:
            journal.log("error", "journal: not read: %s" % error)
    journal.segments.last_id = max(journal.segments.last_id, journal.boot << 12)


def _load(journal):
    log = journal.segments
    log.segments, journal.images, journal.offsets, journal.in_flash = [], {}, {}, 0
    entry = journal.store.load("q")
    if entry and len(entry[1]) == 8:
        journal.acked, log.last_id = struct.unpack("<II", entry[1])
    found = _segments(journal)
    journal.seq = journal.acked
    boots, offsets = {}, {}
    while found:
        segment, first = found.pop(0)
        after = found[0][1] if found else 0xFFFFFFFF
        end = _HEADER
        for kind, seq, payload in _records(log, segment, after):
            if kind == _CLOCK:
                boot, wall, _ = struct.unpack("<IiB", payload)
                boots[segment], offsets[boot] = boot, wall
            elif kind in (_MESSAGE, _IMAGE):
                _take(journal, segment, end, kind, seq, payload)
            end += _OVERHEAD + len(payload)
        if log.files.read(log.file(segment), end, 1):
            journal.log("warning", "journal: %s counts up to %d" % (log.file(segment), end))
        log.segments.append((segment, first, end))
    for segment, boot in boots.items():
        journal.offsets[segment] = offsets[boot]
    if journal.in_flash:
        journal.log("info", "journal: %d messages from before" % journal.in_flash)


def _take(journal, segment, offset, kind, seq, payload):
    n, size = payload[1], struct.unpack_from("<H", payload, 6)[0]
    start = _HEAD_SIZE + n
    if n:
        journal.note(segment, offset, payload[:start], len(payload) > start + size)
    if kind == _MESSAGE:
        journal.seq = max(journal.seq, seq)
        if seq > journal.acked:
            if not journal.in_flash:
                journal.at = segment, offset
            journal.in_flash += 1


def _segments(journal):
    """(id, first_seq) of each segment, oldest first."""
    log, names, found = journal.segments, [], []
    for name in log.files.names():
        if name[: len(log.name) + 1] == log.name + "-" and len(name) == len(log.name) + 9:
            try:
                names.append((int(name[-8:], 16), name))
            except ValueError:
                pass
    names.sort()
    for segment, name in names:
        log.last_id = max(log.last_id, segment)  # no file is used again, whatever is in it
        try:
            header = log.files.read(name, 0, _HEADER)
        except OSError as error:
            journal.log("warning", "journal: %s passed over: %s" % (name, error))
            continue
        if header and len(header) == _HEADER and header[:4] == b"OSL1":
            number, first, crc = struct.unpack_from("<III", header, 4)
            if crc == crc32(header[:12]) and number == segment:
                found.append((segment, first))
                continue
        journal.log("warning", "journal: %s is torn or foreign: passed over" % name)
    return found


def _records(log, segment, after):
    """(type, seq, payload) of each good record; none at or behind `after`, which the next segment
    has: an append that failed, and was made again."""
    offset = _HEADER
    try:
        while True:
            kind, seq, payload = log.read(segment, offset)
            if kind == _MESSAGE and seq >= after:
                return
            yield kind, seq, payload
            offset += _OVERHEAD + len(payload)
    except OSError:  # the end, or damage
        return


def open_transactions(journal) -> list:
    found = []
    for key, (segment, offset, seq_no) in journal.images.items():
        found.append((key, seq_no, image(journal, segment, offset), journal.offsets.get(segment)))
    return found


def image(journal, segment, offset) -> bytes:
    payload = journal.segments.read(segment, offset)[2]
    return bytes(payload[_HEAD_SIZE + payload[1] + struct.unpack_from("<H", payload, 6)[0] :])
