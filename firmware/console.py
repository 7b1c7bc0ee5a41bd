"""The console: one command a line on stdin, lines of answer and then OK, or `ERR <reason>` alone.

It outlives a restart: `station` is always the one that runs now. The commands of every board stand
in commands.py; a board adds its own.
"""

import asyncio

import commands
import terminal
from station import Station


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
            for text in await self._execute(station, line.decode().strip()) or ():
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

    async def _execute(self, station, line):
        """Return the lines of the answer. ValueError: the reason for ERR."""
        if line == "help":
            return self._help(station)
        row = self._find(station, line)
        if row is None:
            name, _, rest = line.partition(" ")
            own = station.board.console.get(name)
            if own is None:
                raise ValueError("unknown command, try help")
            return own(rest.split())
        name, usage, function, _ = row
        most = usage.count("<") + usage.count("[")
        length = name.count(" ") + 1
        words = line.split(None, length)[length:]
        if words and most:  # the last one takes the rest of the line: JSON may hold blanks
            words = words[0].split(None, most - 1)
        if not usage.count("<") <= len(words) <= most:
            raise ValueError(f"usage: {name} {usage}".strip())
        answer = function(station, *words)
        return await answer if function in commands.WAITING else answer

    def _find(self, station, line) -> "tuple | None":
        """The row of the table; `meter raw` goes before a board's own `meter`."""
        words = line.split()
        for name in (" ".join(words[:2]), words[0] if words else ""):
            for row in self._table(station):
                if row[0] == name:
                    return row
        return None

    def _table(self, station):
        simulated = station.config["board"] == "simulated"
        return commands.TABLE + (commands.SIMULATION if simulated else ())

    def _help(self, station):
        for name, usage, _, what in self._table(station):
            yield f"{name + ' ' + usage:<31} {what}"
        yield from station.board.console_help
