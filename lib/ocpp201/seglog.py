"""Records that survive a power cut at any moment, in segments: files that are only appended to.

Segment number ID of the log NAME is the file NAME-xxxxxxxx, its number in hex. Little-endian:

    header   'OSL1' | u32 id | u32 first_seq | u32 crc32 of all before
    record   u8 0xA5 | u8 type | u16 n | u32 seq | payload[n] | u32 crc

The crc of a record covers its first 8 bytes and the payload, and starts from the id, so that what
an older segment has left in a block can't pass for a record of this one. A segment is read up to
the first record that is torn, and nothing is ever appended behind one: each boot, and each failed
append, begins a new segment with the next append. An append that failed may have arrived or not.
What is appended again then has its old seq: a segment counts only as far as the first_seq of the
next one.

Ids are never used twice, also when every segment is gone: whoever deletes the last one has to
remember its id.
"""

import struct
from binascii import crc32

try:
    from micropython import const
except ImportError:
    def const(x): return x

_LIMIT = const(4096)
_HEADER = const(16)
_OVERHEAD = const(12)
_LONGEST = const(65000)


class SegLog:
    """`segments`, oldest first: (id, first_seq, end of the good records). recovery.py fills it."""

    def __init__(self, files, name: str):
        self.files = files
        self.name = name
        self.segments = []
        self.last_id = 0
        self.tail_is_ours = False  # may the last segment be appended to?

    def file(self, segment_id: int) -> str:
        return "%s-%08x" % (self.name, segment_id)

    def fits(self, size: int) -> bool:
        """May so many bytes of payloads of one record go into the segment at hand?"""
        return self.tail_is_ours and self.segments[-1][2] + size <= _LIMIT

    def append(self, records, new: bool) -> int:
        """records: (type, seq, payload in parts). Durable when it returns the offset of the first;
        all of them, in a new segment if asked for. OSError: the next append needs a new one."""
        if new:
            self.last_id += 1
            segment_id, first, end = self.last_id, records[0][1], 0
        else:
            segment_id, first, end = self.segments[-1]
        self.tail_is_ours = False
        parts = encode(segment_id, first, new, records)
        self.files.append(self.file(segment_id), parts)
        self.tail_is_ours = True
        offset = end or _HEADER
        for part in parts:
            end += len(part)
        segment = (segment_id, first, end)
        if new:
            self.segments.append(segment)
        else:
            self.segments[-1] = segment
        return offset

    def remove_oldest(self):
        """Its records must not be needed any more, for certain."""
        self.files.remove(self.file(self.segments[0][0]))
        self.segments.pop(0)

    def records(self, segment_id: int, offset: int):
        """Yields (segment id, offset, type, seq, payload) of all records from that place on.
        OSError, also for a record that was good before."""
        for number, _, end in self.segments:
            if number > segment_id:
                offset = _HEADER
            while number >= segment_id and offset < end:
                kind, seq, payload = self.read(number, offset)
                yield number, offset, kind, seq, payload
                offset += _OVERHEAD + len(payload)

    def read(self, segment_id: int, offset: int):
        """(type, seq, payload) of the record at a place."""
        name = self.file(segment_id)
        head = self.files.read(name, offset, 8)
        if not head or len(head) < 8:
            raise OSError(5)
        _, kind, n, seq = struct.unpack("<BBHI", head)
        data = self.files.read(name, offset + 8, n + 4)
        if not data or len(data) < n + 4:
            raise OSError(5)
        payload = memoryview(data)[:n]
        if struct.unpack_from("<I", data, n)[0] != crc32(payload, crc32(head, segment_id)):
            raise OSError(5)
        return kind, seq, payload


def size_of(parts) -> int:
    """What a record takes."""
    size = _OVERHEAD
    for part in parts:
        size += len(part)
    return size


def encode(segment_id, first, new, records) -> list:
    """All of it in the order of the file: nothing is copied to be written."""
    written = []
    if new:
        header = struct.pack("<4sII", b"OSL1", segment_id, first)
        written = [header, struct.pack("<I", crc32(header))]
    for kind, seq, parts in records:
        head = struct.pack("<BBHI", 0xA5, kind, size_of(parts) - _OVERHEAD, seq)
        crc = crc32(head, segment_id)
        written.append(head)
        for part in parts:
            crc = crc32(part, crc)
            written.append(part)
        written.append(struct.pack("<I", crc))
    return written
