"""The console: one command a line on stdin, lines of answer and then OK, or `ERR <reason>` alone.

It outlives a restart: `station` is always the one that runs now. The commands stand in
commands.py, which is in memory while one of them works; nobody types most of the time.
"""

import asyncio

import terminal
from station import Station

from evse.rare import forget


class Console:
    def __init__(self):
        self.station: "Station | None" = None
        self.ready = asyncio.Event()  # clear while one station goes and the next comes

    async def run(self):
        """Answer until stdin ends; the station goes on without it."""
        stdin = terminal.open_input()
        while True:
            try:
                line = await stdin.readline()
            except ValueError:  # CPython's stream reader has a limit and drops what is longer
                terminal.write("ERR the line is too long")
                continue
            except OSError:  # there is no stdin
                return
            if not line:
                return
            await self._answer(line)

    async def _answer(self, line):
        await self.ready.wait()
        station = self.station
        try:
            import commands

            forget("commands")
            function, arguments = commands.find(station, line.decode().strip())
            answer = function(*arguments)
            if function in commands.WAITING:
                answer = await answer
            for text in answer or ():
                terminal.write(text)
            terminal.write("OK")
        except ValueError as refusal:  # UnicodeError is one
            terminal.write(f"ERR {refusal}")
        except Exception as bug:
            station.log("error", "console: our own bug", bug)
            terminal.write("ERR internal error, see crash")
        station.poke()
        if station.asked_to:
            self.ready.clear()
