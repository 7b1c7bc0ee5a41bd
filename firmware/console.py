"""The console: one command a line on stdin, lines of answer and then OK, or `ERR <reason>` alone.

The commands are in memory while one of them works; nobody types most of the time. commands.txt has
a row for each, commands.py finds it there, and it stands in the file that its row names.
"""

import asyncio

import terminal

from evse.rare import passing


async def serve(station):
    """Answer until stdin ends, or until a command has ended the station: what is typed behind that
    is for the next one."""
    while not station.asked_to:
        try:
            line = await terminal.stdin.readline()
        except ValueError:  # MicroPython's gives text
            terminal.write("ERR the line is no text")
            continue
        except OSError:  # there is no stdin
            return
        if not line:
            return
        await _answer(station, line)
        station.poke()


async def _answer(station, line):
    try:
        where, function, arguments = passing("commands").find(station, line.decode().strip())
        function = getattr(passing(where), function, None)
        if function is None:
            raise ValueError("unknown command, try help")
        answer = function(*arguments)
        if where == "commands_csms":  # coroutine functions: these wait for an answer
            answer = await answer
        for text in answer or ():
            terminal.write(text)
        terminal.write("OK")
    except ValueError as refusal:  # UnicodeError is one
        terminal.write(f"ERR {refusal}")
    except asyncio.CancelledError:
        terminal.write("ERR the station goes down")
        raise
    except Exception as bug:
        station.log("error", "console: our own bug", bug)
        terminal.write("ERR internal error, see crash")
