"""The program: one station after the other, until one is asked to quit. The same file on a board,
on CPython and on the unix port of MicroPython.

    main.py [CONFIG.json]

The contactors are opened here once more, outside of asyncio: on MicroPython an interrupt leaves
asyncio.run without running any task's `finally`.
"""

import asyncio
import gc
import sys
import time

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

from evse.rare import forget, passing


def power_on(path):
    """A new station; None when its config can't be used, and stderr says why."""
    import compose

    for name in ("compose", "config", "config_file", "power_on", "boots"):
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
            passing("boots").clear(station, station.files)
    except KeyboardInterrupt:  # MicroPython; CPython has a signal handler
        station.open_contactors()
        if station.board.bitten:  # as a processor's reset: no goodbye
            terminal.forget()
            return "reset"
        asyncio.run(station.shut_down())
        return "quit"
    except Exception as bug:
        station.open_contactors()
        passing("boots").crash(station, bug)
        terminal.forget()
        time.sleep(1)  # in a loop of crashes there is time to read
        end = "crash"
    finally:
        station.open_contactors()
    if end != "quit":
        station.board.restart()
    return end


def main(arguments) -> int:
    path = arguments[0] if arguments else _FOLDER + "/config.json" if _ON_PC else "/config.json"
    end = live(path)
    while end not in ("", "quit"):
        gc.collect()
        end = live(path)
    return 0 if end else 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # between two stations: all contactors are open
        sys.exit(0)
