"""What lies in `data_dir` at power-on, and what follows from it: it is made fit to be read, the
boot is counted, and the run is in safe mode or not. Nothing that lies there keeps a station from
starting.

A state that cannot be used - torn in both slots, a directory, too long, not to be read - is set
aside as NAME.bad, the last one of each name, and the station takes its defaults. What other files
there are is nobody's business.

Needed for a moment at each start; main.py forgets it afterwards.
"""

import errno
import os

import boots

from ocpp201.ids import Ids
from ocpp201.store import Directory, Store

_ENOTDIR = 20  # MicroPython's errno does not know it
_FILE = 0x8000  # the kind in the mode of os.stat
_KIND = 0xF000
_LONGEST = 65551  # bytes of a slot
_MOST_BOOTS = 0x100000  # segments of the journal may be numbered by it, 4096 for each boot
_TOO_MANY = 3  # as in boots.py
_COUNTS_S = 600
_NEXT = 1  # the schema of a boot reason that nobody has read yet
_ORDERED = (b"LocalReset", b"RemoteReset", b"ScheduledReset", b"FirmwareUpdate")


def storage(folder: str, log):
    """(files, store, ids, record for `begin`). OSError: there can't be such a folder, which is a
    mistake in the config file. A medium that is full, worn out or read-only is none."""
    try:
        files = Directory(folder)
        names = files.names()
    except OSError as error:
        if error.errno in (errno.ENOENT, _ENOTDIR):
            raise
        log("error", "data_dir: %s: %s" % (folder, error))
        files, names = _Stuck(folder), ()
    store = Store(files, log)
    for name in {name[:-2] for name in names if name[-2:] in (".0", ".1")}:
        _check(name, folder, files, store, log)
    count, *record = _record(store, log)
    if names and not count:  # it is lost. No number is given twice: it goes on from anywhere
        count = int.from_bytes(os.urandom(2), "big")
    return files, store, Ids(os.urandom, count + 1), record


class _Stuck(Directory):
    """A folder in which nothing can be changed, or that isn't even there."""

    def __init__(self, path):
        self._path = path


# --- Files that can be read ---


def _check(name, folder, files, store, log):
    """One slot that was torn by a power cut is in order; two are none."""
    slots = (name + ".0", name + ".1")
    for slot in slots:
        why = _trouble(slot, folder, files)
        if why:
            _set_aside(slot, folder, log, why)
    try:
        lost = store.load(name) is None
    except OSError:  # it could not be set aside either
        return
    for slot in slots:
        if lost and _stat(folder + "/" + slot):
            _set_aside(slot, folder, log, "no valid state")


def _trouble(slot, folder, files):
    """Why it can't be a slot, before anybody reads a megabyte into the memory of a board."""
    stat = _stat(folder + "/" + slot)
    if stat is None:
        return None
    if stat[0] & _KIND != _FILE:
        return "it is not a file"
    if stat[6] > _LONGEST:
        return "it has %d bytes" % stat[6]
    try:
        files.read(slot)
    except (MemoryError, OSError) as error:
        return str(error) or "no memory for it"
    return None


def _stat(path):
    try:
        return os.stat(path)
    except OSError:
        return None


def _set_aside(slot, folder, log, why):
    bad = slot[:-2] + ".bad"
    try:
        os.rename(folder + "/" + slot, folder + "/" + bad)
        log("error", "%s set aside as %s: %s" % (slot, bad, why))
    except OSError as error:  # something is in the way, or the medium is read-only
        log("error", "%s: %s, and cannot be set aside: %s" % (slot, why, error))


# --- The boot ---


def _record(store, log):
    """(boots so far, was it known how the last one ended, ages of the crashes that count)"""
    try:
        entry = store.load("boot")
        if entry is None:
            return 0, True, []
        count, *rest = [int(number) for number in entry[1].split()]
        if 0 < count < _MOST_BOOTS:  # the first versions wrote the count alone
            return count, rest[:1] != [0], [age for age in rest[1:] if 0 <= age < _COUNTS_S]
        log("error", "boot record: there can't be %d boots" % count)
    except (OSError, ValueError) as error:
        log("error", "boot record not read: %s" % error)
    return 0, True, []


def begin(station, kept):
    """What the last run has left. The board says what started the processor; what somebody had
    in mind when the last run ended is the better reason for the CSMS (B01.FR.09)."""
    told, ages = kept
    cause = station.board.reset_cause()
    try:
        intent = station.store.load("boot_reason")
    except OSError:
        intent = None
    if told:
        if intent and intent[0] == _NEXT and intent[1] in _ORDERED:
            ages = []
    elif cause != "PowerUp":
        ages = ages + [0]
        intent = None  # of an earlier boot, of which the CSMS does not know yet
    station.crashes = [-age for age in ages[-_TOO_MANY:]]
    station.safe = len(station.crashes) == _TOO_MANY
    if intent is None and cause != "PowerUp":
        boots.intend(station, cause)


def settle(station):
    """The station was put together: the boot counts from here on."""
    if not boots.save(station):
        station.cp.outbox.journal.failing = True  # until it has written something
    if station.safe:
        _stay_safe(station.controller, station.cp, station.log)


def _stay_safe(controller, cp, log):
    """The board is not even started. Faulted is the word for a connector whose station has an
    error and delivers no energy; Unavailable would be somebody's wish. Nobody is authorised there,
    and no transaction starts. What is left is the link, and what the CSMS does by it."""
    log("error", "safe mode: three crashes in ten minutes, contactors open until a reset")
    controller.cp = cp
    controller.stop(0)
    for outlet in controller.outlets:
        for connector_id in outlet.connectors:
            cp.on_faulted(outlet.id, connector_id)
