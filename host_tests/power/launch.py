"""Runs firmware/main.py, unchanged, in a world that a test has made for it. On both runtimes.

    launch.py CONFIG.json       and beside it world.json, all of it optional:

    {"rate": 20,    so many times faster than ours passes all time of the station, the link's too
     "stop": 17,    at the 17th point of its writing to flash it stops dead: it says so on stderr,
                    CUT 17 <point> <file>, and does nothing more until somebody kills it
     "at": "after writing q-"}      counted are points that begin like this only

A point is where the power could fail and leave something else behind: before, half-way through
and after all that is written to a file at once; when it is empty; before and after it is renamed
or removed.

A file `medium` beside it holds the errno with which all writing to flash fails, while it is there:
28 for a full one, 30 for one that is read-only.

In a folder `lib` beside it modules are looked for first: a test has put a fault into them.

A busy machine makes time pass slower, never in leaps: between two readings of the clock no more
than 5 ms pass. So a test may count on what can happen between two looks at the meter.
"""

import asyncio
import json
import os
import sys
import time

_LEAP_MS = 5

_HERE = __file__.rpartition("/")[0]
_FOLDER = sys.argv[1].rpartition("/")[0]
sys.path[0] = _HERE + "/../../firmware"
sys.path[1:1] = [_FOLDER + "/lib", _HERE + "/../../lib", _HERE + "/../.."]

try:
    with open(_FOLDER + "/world.json") as _file:
        _world = json.load(_file)
except OSError:
    _world = {}


def fast_time(rate):
    """evse.aio.clock.Clock, for a station whose time is the only one it knows."""
    import evse.aio.clock

    clock = evse.aio.clock
    real_ticks = clock.ticks_ms
    last, passed = real_ticks(), 0

    def ticks():
        nonlocal last, passed
        now = real_ticks()
        passed += min(now - last & 0x3FFFFFFF, _LEAP_MS) * rate
        last = now
        return passed

    async def sleep(seconds):
        await asyncio.sleep(seconds / rate)

    class Clock(clock.Clock):
        def __init__(self):
            super().__init__(ticks_ms=ticks, period=2**30, sleep=sleep)

    clock.Clock = Clock


class Flash:
    """What ocpp201.store sees of `os` and `open`: every point of its writing passes here."""

    def __init__(self, stop, at):
        self._stop = stop
        self._at = at
        self.points = 0

    def __getattr__(self, name):
        return getattr(os, name)

    def open(self, path, mode="r", *rest):
        if isinstance(path, int) or mode in ("r", "rb"):
            return open(path, mode, *rest)
        self.works()
        self.point("before writing", path)
        file = open(path, mode, *rest)
        if mode[0] == "w":
            self.point("emptied", path)
        return File(self, file, path)

    def rename(self, old, new):
        self._act("renaming", os.rename, old, new)

    def replace(self, old, new):
        self._act("replacing", os.replace, old, new)

    def remove(self, path):
        self._act("removing", os.remove, path)

    unlink = remove

    def _act(self, what, function, *paths):
        self.works(what == "removing")
        self.point("before " + what, paths[-1])
        function(*paths)
        self.point("after " + what, paths[-1])

    def works(self, gives_room=False):
        try:
            with open(_FOLDER + "/medium") as file:
                number = int(file.read())
        except (OSError, ValueError):
            return
        if not (gives_room and number == 28):
            raise OSError(number)

    def point(self, what, path):
        what += " " + path.rpartition("/")[2]
        if not what.startswith(self._at):
            return
        self.points += 1
        if self.points == self._stop:
            sys.stderr.write("CUT %d %s\n" % (self.points, what))
            sys.stderr.flush()
            while True:
                time.sleep(3600)


class File:
    """A file that is written to: all at once when it is flushed or closed, as a board does it."""

    def __init__(self, flash, file, path):
        self._flash = flash
        self._file = file
        self._path = path
        self._data = bytearray()

    def write(self, data):
        self._data.extend(data)
        return len(data)

    def flush(self):
        data, self._data = self._data, bytearray()
        if data:
            half = len(data) // 2
            self._write(data[:half], "half-way through")
            self._flash.works()
            self._write(data[half:], "after writing")

    def _write(self, data, where):
        self._file.write(data)
        self._file.flush()
        self._flash.point(where, self._path)

    def close(self):
        try:
            self.flush()
        finally:
            self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __getattr__(self, name):
        return getattr(self._file, name)


class Os:
    """`os` for ocpp201.store: its open() is not the one of files."""

    def __init__(self, flash):
        self._flash = flash

    def __getattr__(self, name):
        return getattr(os if name == "open" else self._flash, name)


def main():
    if "rate" in _world:
        fast_time(_world["rate"])
    from ocpp201 import store

    flash = Flash(_world.get("stop"), _world.get("at", ""))
    store.open = flash.open
    store.os = Os(flash)
    import main as firmware

    status = firmware.main(sys.argv[1:])
    sys.stderr.write("POINTS %d\n" % flash.points)
    return status


if __name__ == "__main__":
    sys.exit(main())
