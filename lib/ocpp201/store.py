"""Small states that survive a power cut at any moment: two-slot files ("Slot2").

A state NAME lives in the files NAME.0 and NAME.1, little-endian:

    'OSL2' | u32 generation | u16 length | u16 schema | body[length] | u32 crc32 of all before

The younger valid one counts. A save writes the other one, the older or broken, and never touches
the younger: whatever the cut leaves of it, the state is the one before or the one after.
Generations are serial numbers, compared so that they may wrap. Two values that must change
together live in one body.

In RAM a store keeps of each state that it has saved which file is next, so that saving one often
reads nothing. It stands on a port of six functions, as the segment log does (seglog.py).

    read(name, offset=0, size=-1) -> bytes    or None for a file that does not exist
    write(name, data)     durable when it returns; cut short it leaves anything, in this file only
    append(name, parts)   the same; what was in the file before stays
    replace(name, parts)  durable when it returns; cut short it leaves the old file or the new one
    remove(name)          durable when it returns; a file that does not exist is no error
    names() -> list

`parts` is anything that yields bytes. Each raises OSError when the medium fails, and the store
passes that on: a slot that cannot be read at present may be the younger one, and to write over it
would lose the state.
"""

import errno
import os
import struct
from binascii import crc32

try:
    from micropython import const
except ImportError:
    def const(x): return x

_HEADER = const(12)
_CRC = const(4)
_LONGEST = const(65535)

# On littlefs, close() makes a file and its name durable in one step, and MicroPython has no fsync.
_FSYNC = hasattr(os, "fsync")
_NEW = ".new"  # becomes the file by renaming


class Store:
    """log(level, text) is told about slots that were passed over."""

    def __init__(self, files, log=None):
        self.files = files
        self._log = log
        self._next = {}  # name -> (generation, file) of the next save

    def load(self, name: str) -> "tuple[int, bytes] | None":
        """(schema, body); None when there is no valid slot. Whoever does not know the schema takes
        defaults and leaves the state alone: a newer program wrote it, and may come back."""
        data = self._slots(name)[0]
        if data is None:
            return None
        return struct.unpack_from("<H", data, 10)[0], data[_HEADER:-_CRC]

    def save(self, name: str, body, schema: int = 1):
        """Durable when it returns. ValueError for a body of more than 65535 bytes."""
        size = len(body)
        if size > _LONGEST:
            raise ValueError("%s: %d bytes, a state holds 65535" % (name, size))
        if name in self._next:
            generation, target, other = self._next.pop(name)  # gone, should the write fail
        else:
            younger, other, target = self._slots(name)
            generation = 1 if younger is None else _generation(younger) + 1 & 0xFFFFFFFF
        data = bytearray(_HEADER + size + _CRC)
        struct.pack_into("<4sIHH", data, 0, b"OSL2", generation, size, schema)
        data[_HEADER:-_CRC] = body
        struct.pack_into("<I", data, _HEADER + size, crc32(memoryview(data)[:-_CRC]))
        self.files.write(target, data)
        self._next[name] = generation + 1 & 0xFFFFFFFF, other, target

    def erase(self, name: str):
        """Gone, in both slots, when it returns. The younger goes last: were it first and the power
        cut then, the older state would rise from the dead."""
        self._next.pop(name, None)
        _, younger, other = self._slots(name)
        self.files.remove(other)
        self.files.remove(younger)

    def _slots(self, name):
        """Content of the younger valid slot, or None; its file; the other file."""
        zero, one = name + ".0", name + ".1"
        first, second = self._valid(zero), self._valid(one)
        if first is not None:
            # Serial numbers: "behind" is less than half the circle away.
            ahead = 1 if second is None else _generation(first) - _generation(second)
            if 0 < ahead & 0xFFFFFFFF < 0x80000000:
                return first, zero, one
        return second, one, zero

    def _valid(self, file_name):
        """The content of a slot; None for a file that is missing, torn, or not ours."""
        data = self.files.read(file_name)
        if data is None:
            return None
        size = len(data) - _HEADER - _CRC
        if size >= 0 and data[:4] == b"OSL2" and struct.unpack_from("<H", data, 8)[0] == size:
            crc = struct.unpack_from("<I", data, _HEADER + size)[0]
            if crc == crc32(memoryview(data)[:-_CRC]):
                return data
        if self._log:
            self._log("warning", "%s is torn or foreign: passed over" % file_name)
        return None


def _generation(data):
    return struct.unpack_from("<I", data, 4)[0]


class RamFiles:
    """The port in RAM: for tests, and for a station that is to forget."""

    def __init__(self):
        self._contents = {}

    def read(self, name, offset=0, size=-1):
        data = self._contents.get(name)
        if data is None or (size < 0 and not offset):
            return data
        return data[offset:] if size < 0 else data[offset : offset + size]

    def write(self, name, data):
        self._contents[name] = bytes(data)

    def append(self, name, parts):
        data = bytearray(self._contents.get(name, b""))
        for part in parts:
            data.extend(part)
        self.write(name, data)

    def replace(self, name, parts):
        self.remove(name)
        self.append(name, parts)

    def remove(self, name):
        self._contents.pop(name, None)

    def names(self):
        return list(self._contents)


class Directory:
    """The port on files of one directory, which is made if its parent exists."""

    def __init__(self, path: str):
        self._path = path
        try:
            os.mkdir(path)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise
        _sync_names(path + "/..")
        for name in self.names():
            if name.endswith(_NEW):  # a replace() that was cut short
                self.remove(name)

    def read(self, name, offset=0, size=-1):
        try:
            file = open(self._path + "/" + name, "rb")
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise
        with file:
            file.seek(offset)
            return file.read(size)

    def write(self, name, data):
        self._fill(name, "wb", (data,))

    def append(self, name, parts):
        self._fill(name, "ab", parts)

    def replace(self, name, parts):
        self._fill(name + _NEW, "wb", parts)
        os.rename(self._path + "/" + name + _NEW, self._path + "/" + name)
        _sync_names(self._path)

    def _fill(self, name, mode, parts):
        with open(self._path + "/" + name, mode) as file:
            for part in parts:
                file.write(part)
            if _FSYNC:
                file.flush()
                os.fsync(file.fileno())
        _sync_names(self._path)

    def remove(self, name):
        try:
            os.remove(self._path + "/" + name)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
        _sync_names(self._path)

    def names(self):
        return os.listdir(self._path)


def _sync_names(path):
    """Makes created and removed names durable; nearly free when there were none."""
    if _FSYNC:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
