"""stdin and the signals under CPython; MicroPython has its own ways and never loads this."""

import asyncio
import os
import signal
import sys

_signals = []  # that came, whoever was to act on them


class Input:
    """stdin, a line at a time, in whatever event loop runs: what has been read beyond the line is
    there for the next one.

    connect_read_pipe would make stdin non-blocking, and on a terminal stdout with it."""

    def __init__(self):
        self._unread = b""

    async def readline(self) -> bytes:
        """A line; at the end what is left, then b""."""
        while b"\n" not in self._unread:
            data = await self._read()
            if not data:
                break
            self._unread += data
        line, newline, self._unread = self._unread.partition(b"\n")
        return line + newline

    async def _read(self):
        if sys.stdin is None:  # closed before we came
            return b""
        loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()
        readable = asyncio.Event()
        try:
            loop.add_reader(stdin, readable.set)
        except OSError:  # a regular file or /dev/null is always readable, epoll will not have it
            readable.set()
        try:
            await readable.wait()
            return os.read(stdin, 4096)
        except OSError:  # the terminal hung up
            return b""
        finally:
            loop.remove_reader(stdin)


def on_signal(stop):
    """The handlers outlive the loop, those of asyncio would not: a signal that comes while one
    station goes and the next one starts is for the next one."""
    loop = asyncio.get_running_loop()

    def note(number, _):
        _signals.append(number)
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    if _signals:
        stop()
