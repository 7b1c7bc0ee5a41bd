"""The program: one station after the other, until one is asked to quit. The same file on a board,
on CPython and on the unix port of MicroPython.

    main.py [CONFIG.json]

The contactors are opened here once more, outside of asyncio: on MicroPython an interrupt leaves
asyncio.run without running any task's `finally`.
"""

import asyncio
import gc
import sys

_ON_PC = sys.platform in ("linux", "darwin", "win32")
_FOLDER = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
if _ON_PC:  # a board looks into / and /lib by itself
    sys.path[1:1] = [_FOLDER + "/../lib", _FOLDER + "/.."]

import terminal
from config import ConfigError
from console import Console
from log import complain
from station import Station


async def serve(console, path):
    """Run one station after the other until one is asked to quit."""
    terminal.on_signal(lambda: console.station.stop("quit"))
    keyboard = asyncio.create_task(console.run())
    while True:
        console.ready.set()
        why = await console.station.run()
        if why == "quit":
            break
        if why == "factory-reset":
            console.station.forget()
        console.station = None
        gc.collect()
        console.station = Station(path)
    keyboard.cancel()


def main(arguments) -> int:
    path = arguments[0] if arguments else _FOLDER + "/config.json" if _ON_PC else "/config.json"
    console = Console()
    try:
        console.station = Station(path)
        asyncio.run(serve(console, path))
    except ConfigError as error:
        complain(str(error))
        return 2
    except KeyboardInterrupt:  # MicroPython; CPython has a signal handler
        if console.station:
            console.station.open_contactors()
            asyncio.run(console.station.shut_down())
    finally:
        if console.station:
            console.station.open_contactors()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
