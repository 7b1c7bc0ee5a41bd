"""The program: one station after the other, until one is asked to quit. The same file on a board,
on CPython and on the unix port of MicroPython.

    main.py [CONFIG.json]

The contactors are opened here once more, outside of asyncio: on MicroPython an interrupt leaves
asyncio.run without running any task's `finally`.
"""

import asyncio
import gc
import sys

if hasattr(gc, "mem_free") and gc.mem_free() < 1000000:
    # MicroPython else collects when nothing is left, and garbage has cut the heap in pieces by
    # then: the largest requests would need 100 KB free instead of 26. A PC has that; and a SIGINT
    # that hits the unix port while it collects leaves its heap locked.
    gc.threshold(4096)

_ON_PC = sys.platform in ("linux", "darwin", "win32")
_FOLDER = __file__.rpartition("/")[0] or "."
if _ON_PC:  # a board looks into / and /lib by itself
    _ABOVE = _FOLDER.rpartition("/")[0] or _FOLDER + "/.."  # short: each module keeps its path
    sys.path[1:1] = [_ABOVE + "/lib", _ABOVE]

import terminal
from log import complain
from station import Station

from evse.rare import forget


def power_on(path):
    """A new station; None when its config can't be used, and stderr says why."""
    import compose

    for name in ("compose", "config", "config_file"):
        forget(name)
    try:
        return Station(path, compose)
    except compose.ConfigError as error:
        complain(str(error))
        return None


def live(path) -> str:
    """One station from power-on to its end, which this returns; "" if it can't start. Nothing of
    it is left then: the next one needs the memory."""
    station = power_on(path)
    if station is None:
        return ""
    try:
        end = terminal.run(station.run())
        if end == "factory-reset":
            station.forget()
        return end
    except KeyboardInterrupt:  # MicroPython; CPython has a signal handler
        station.open_contactors()
        asyncio.run(station.shut_down())
        return "quit"
    finally:
        station.open_contactors()


def main(arguments) -> int:
    path = arguments[0] if arguments else _FOLDER + "/config.json" if _ON_PC else "/config.json"
    end = live(path)
    while end in ("reset", "factory-reset"):
        gc.collect()
        end = live(path)
    return 0 if end else 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # between two stations: all contactors are open
        sys.exit(0)
