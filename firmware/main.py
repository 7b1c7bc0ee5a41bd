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
_FOLDER = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
if _ON_PC:  # a board looks into / and /lib by itself
    sys.path[1:1] = [_FOLDER + "/../lib", _FOLDER + "/.."]

import terminal
from console import Console
from log import complain
from station import Station

from evse.rare import forget


def power_on(path):
    """A new station; None when its config can't be used, and stderr says why."""
    import compose

    forget("compose")
    forget("config")
    try:
        return Station(path, compose)
    except compose.ConfigError as error:
        complain(str(error))
        return None


async def serve(console, path):
    """Run one station after the other until one is asked to quit, or can't start."""
    terminal.on_signal(lambda: console.station.stop("quit"))
    keyboard = asyncio.create_task(console.run())
    while console.station:
        console.ready.set()
        why = await console.station.run()
        if why == "quit":
            break
        if why == "factory-reset":
            console.station.forget()
        console.station = None
        gc.collect()
        console.station = power_on(path)
    keyboard.cancel()


def main(arguments) -> int:
    path = arguments[0] if arguments else _FOLDER + "/config.json" if _ON_PC else "/config.json"
    console = Console()
    console.station = power_on(path)
    try:
        asyncio.run(serve(console, path))
    except KeyboardInterrupt:  # MicroPython; CPython has a signal handler
        if console.station:
            console.station.open_contactors()
            asyncio.run(console.station.shut_down())
    finally:
        if console.station:
            console.station.open_contactors()
    return 0 if console.station else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
