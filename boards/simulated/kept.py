"""Reads what cars, cables and meters were like before the power was cut: simulated.json, a list
with an object for each EVSE (Bay.keep). Needed at power-on only.

What can't be so is left out, and the file is kept as simulated.bad."""

import errno
import json
import os

from boards.simulated.bay import Bay

_LONGEST = 65536  # bytes
_MOST = 1 << 60


def read(path: str, evses: list, log) -> list:
    """What Bay wants, for as many EVSEs as the file knows."""
    bad = path.rpartition(".")[0] + ".bad"
    found = []
    try:
        entries = _entries(path)
        found = [_fitting(value, Bay(evse, {})) for value, evse in zip(entries, evses)]
        if found == entries[: len(evses)]:
            return found
        why = "some of it can't be so"
        with open(bad, "w") as file:
            json.dump(entries, file)
    except OSError as error:
        if error.errno == errno.ENOENT:  # the first start
            return found
        why = str(error)
    except (MemoryError, RuntimeError, ValueError) as error:
        why = str(error) or "that is no JSON"
    if not found:
        try:
            os.rename(path, bad)
        except OSError as error:
            why += "; it cannot be moved, %s" % error
    log("error", "board: %s is damaged, kept as %s: %s" % (path, bad, why))
    return found


def _entries(path) -> list:
    if os.stat(path)[6] > _LONGEST:
        raise ValueError("that is too long")
    with open(path) as file:
        entries = json.load(file)
    if not isinstance(entries, list):
        raise ValueError("that is no list")
    return entries


def _fitting(given, bay) -> dict:
    """The part of an entry that can be so at this bay."""
    found = {}
    usual = bay.keep()
    for key, value in given.items() if isinstance(given, dict) else ():
        if type(value) is not type(usual.get(key)):
            continue
        if isinstance(value, list):
            known = range(1, bay.connectors + 1)
            value = [n for n in value if type(n) is int and n in known]
        elif type(value) is int and not 0 <= value < _MOST:
            continue
        found[key] = value
    return found
