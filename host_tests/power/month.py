"""Days of a station in made-up time, from one wake-up to the next: ten sessions a day at two
EVSEs, a sample a minute, files on a real medium. Runs on both runtimes.

    month.py DAYS MINUTES FOLDER                each session charges for so many minutes
    month.py DAYS MINUTES littlefs [offline]    MicroPython: on a device that counts; the link is
                                                down all day, and back at its end

Prints a line of numbers for each day, in its last moment:

    day DAY heap BYTES files OPEN queue WAITING transactions N erases N programs N

An exception, and exit status 1, if the CSMS was not told of each session all there is, once.
"""

import gc
import os
import sys

from host_tests.budgets.desk import CARDS, SETTINGS
from host_tests.core_station import CoreStation
from ocpp201.store import Directory

_BLOCK, _BLOCKS = 4096, 352     # 1.4 MB, as a Pico W has
_DAY_S = 86400
_PAIRS = 5
_WH = 184                       # in a minute, at 11 kW


class Flash:
    """A device of blocks for littlefs, with what its wear is counted by."""

    def __init__(self):
        self.erases = self.programs = 0
        self._data = bytearray(_BLOCK * _BLOCKS)

    def readblocks(self, n, buf, offset=0):
        at = n * _BLOCK + offset
        buf[:] = memoryview(self._data)[at : at + len(buf)]
        return 0

    def writeblocks(self, n, buf, offset=0):
        self.programs += 1
        at = n * _BLOCK + offset
        self._data[at : at + len(buf)] = buf
        return 0

    def ioctl(self, operation, argument):
        if operation == 4:
            return _BLOCKS
        if operation == 5:
            return _BLOCK
        if operation == 6:
            self.erases += 1
        return 0


class Month(CoreStation):
    """minutes: of charging in each session. All has been told by the end of each day: nothing is
    kept of the conversation."""

    def __init__(self, files, minutes, offline=False):
        self._minutes = minutes
        self._offline = offline
        self.transactions = 0
        self._wh = [1000, 1000]
        settings = SETTINGS + (("AuthCtrlr.OfflineTxForUnknownIdEnabled", True),)
        super().__init__(settings=settings, files=files)
        self.checker = None

    def _wire(self, line):
        pass

    def day(self):
        end = self.now + _DAY_S
        if self._offline:
            self.disconnect()
        told = {}
        for pair in range(_PAIRS):
            self._session(told)
            rest = (end - self.now) // (_PAIRS - pair)
            self.run(min(rest, end - self.now - 60))
            if not self._offline:
                self._check(told, 2 * pair + 2)
        if self._offline:
            self.connect()
        self.run(end - self.now)
        self._check(told, 2 * _PAIRS)
        self.transactions += len(told)

    def _session(self, told):
        """Of a car at each EVSE."""
        for n in (0, 1):
            self.charge(n + 1, CARDS[n], self._wh[n])
        for _ in range(self._minutes):
            for n in (0, 1):
                self._wh[n] += _WH
                self.meter(n + 1, self._wh[n], 11040)
            self.run(60)
        for n in (0, 1):
            self.tap(CARDS[n], n + 1)
            self.charging(n + 1, "EVConnected")
            self.unplug(n + 1)

    def _check(self, told, count):
        """Of the day so far: {transactionId: [seqNo expected next, has it ended]}."""
        for event in self.messages("TransactionEvent"):
            key, seq_no = event["transactionInfo"]["transactionId"], event["seqNo"]
            known = told.setdefault(key, [0, False])
            # Offline, the journal may become full, and every second sample goes.
            if seq_no < known[0] or seq_no > known[0] and not self._offline or known[1]:
                raise AssertionError("seqNo %d of %s, expected %s" % (seq_no, key, known))
            if (event["eventType"] == "Started") != (seq_no == 0):
                raise AssertionError("%s has seqNo %d" % (event["eventType"], seq_no))
            known[:] = seq_no + 1, event["eventType"] == "Ended"
        if len(told) != count or not all([ended for _, ended in told.values()]):
            raise AssertionError("%d sessions were told as %s" % (count, told))
        self.sent, self.log, self._replies, self.integrator.calls = [], [], {}, []


def open_files():
    """Of this process; -1 where nobody can tell."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return -1


def heap():
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else -1


def main(days, minutes, folder, offline=False):
    flash = Flash()
    if folder == "littlefs":
        os.VfsLfs2.mkfs(flash)
        os.mount(os.VfsLfs2(flash), "/flash")
        folder = "/flash/data"
    month = Month(Directory(folder), minutes, offline)
    for day in range(1, days + 1):
        erases, programs = flash.erases, flash.programs
        month.day()
        queue = len(month.cp.outbox.journal)
        print(
            "day", day, "heap", heap(), "files", open_files(), "queue", queue,
            "transactions", month.transactions, "erases", flash.erases - erases,
            "programs", flash.programs - programs,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], "offline" in sys.argv)
