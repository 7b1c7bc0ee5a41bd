"""stdin, stdout and the event loop of this process: the only file where CPython, the unix port of
MicroPython and a board differ. What CPython alone needs stands in terminal_cpython.py."""

import asyncio
import sys

_MICROPYTHON = sys.implementation.name == "micropython"
_gone = False

if _MICROPYTHON:
    stdin = asyncio.StreamReader(sys.stdin)  # pyright: ignore  MicroPython's takes a stream
else:
    from terminal_cpython import Input, on_signal

    stdin = Input()  # its readline() gives a line, at the end b""


def run(coroutine):
    """Like asyncio.run, in a loop of its own on both runtimes."""
    result = asyncio.run(coroutine)
    forget()
    return result


def forget():
    """MicroPython's loop is never a new one, and the queue of the old one holds tasks that have
    ended, and with them the whole station."""
    if _MICROPYTHON:
        asyncio.new_event_loop()


def write(line: str):
    """Write a line to stdout at once. When nobody reads any more, charging goes on."""
    global _gone
    if _gone:
        return
    try:
        print(line)
        sys.stdout.flush()
    except (OSError, AttributeError):  # CPython: sys.stdout is None if it never was there
        _gone = True
        if not _MICROPYTHON:
            sys.stdout = None  # CPython would try again at exit, and fail with status 120


def stop_on_signal(stop):
    """Call `stop` on SIGINT and SIGTERM; MicroPython can't, SIGINT is KeyboardInterrupt there."""
    if not _MICROPYTHON:
        on_signal(stop)
