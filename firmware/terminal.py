"""stdin, stdout and the signals of this process: the only file where CPython, the unix port of
MicroPython and a board differ."""

import asyncio
import sys

_MICROPYTHON = sys.implementation.name == "micropython"
_gone = False


def open_input():
    """A stream reader over stdin; its readline() gives b"" at the end."""
    if _MICROPYTHON:
        return asyncio.StreamReader(sys.stdin)  # pyright: ignore  MicroPython's takes a stream
    reader = asyncio.StreamReader()
    if sys.stdin is None:  # closed before we came
        reader.feed_eof()
    else:
        _feed(reader, sys.stdin.fileno())
    return reader


def _feed(reader, stdin):
    """connect_read_pipe would make stdin non-blocking, and on a terminal stdout with it."""
    import os

    loop = asyncio.get_running_loop()

    def readable():
        try:
            data = os.read(stdin, 4096)
        except OSError:  # the terminal hung up
            data = b""
        if data:
            reader.feed_data(data)
        else:
            loop.remove_reader(stdin)
            reader.feed_eof()

    try:
        loop.add_reader(stdin, readable)
    except OSError:  # a regular file or /dev/null is always readable, epoll will not have it
        with open(stdin, "rb", closefd=False) as file:
            reader.feed_data(file.read())
        reader.feed_eof()


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


def on_signal(stop):
    """Call `stop` on SIGINT and SIGTERM; MicroPython can't, SIGINT is KeyboardInterrupt there."""
    if _MICROPYTHON:
        return
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
