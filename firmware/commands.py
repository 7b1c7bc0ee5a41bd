"""Which command a line means. commands.txt has a row for each: the file of its function (driver:
commands_driver.py), its usage, what it does. A board has commands of its own.

The function is called do_<name>; it takes the running station and the words after the name, and
returns the lines of the answer (None: no lines). ValueError is a refusal, its text the reason.
Words in <> must be given, those in [] may be; the last one takes the rest of the line.
"""

_NEEDS_HARDWARE = "tap start stop fault clear"
_SAFE = "the station is in safe mode, reset ends it"
TABLE = __file__.rpartition("commands.")[0] + "commands.txt"


def find(station, line):
    """(module, function, arguments) by their names. ValueError: the reason for ERR."""
    words = line.split()
    with open(TABLE) as rows:
        for row in rows:
            file, _, usage = row.partition(" ")
            usage = usage.strip().partition("  ")[0]
            name = usage.partition(" <")[0].partition(" [")[0].split()
            if words[: len(name)] == name:
                rest = line.split(None, len(name))[len(name) :]
                if station.safe and name[0] in _NEEDS_HARDWARE.split():
                    raise ValueError(_SAFE)
                arguments = [station] + _arguments(station, usage, rest)
                return "commands_" + file, "do_" + "_".join(name).replace("-", "_"), arguments
    if station.safe:
        raise ValueError(_SAFE)
    if not words or not station.board.console:
        raise ValueError("unknown command, try help")
    return station.board.console, "do_" + words[0], (station.board, words[1:])


def _arguments(station, usage, words):
    """`words` is the rest of the line in one piece, or empty."""
    names = [word.strip("<>[]") for word in usage.split() if word[0] in "<["]
    if words and names:  # the last one takes what is left: JSON may hold blanks
        words = words[0].split(None, len(names) - 1)
    if "connector" in names and len(words) > 1 and not words[1].isdigit():
        words.insert(1, "1")
    if not usage.count("<") <= len(words) <= len(names):
        raise ValueError("usage: " + usage)
    outlets = station.controller.outlets
    for n, word in enumerate(words):
        if "|" in names[n] and word not in names[n].split("|"):
            raise ValueError("usage: " + usage)
        if names[n] == "evse":
            words[n] = _number(word, "evse", len(outlets))
        elif names[n] == "connector":
            words[n] = _number(word, "connector", len(outlets[words[0] - 1].connectors))
        elif names[n] == "n":
            words[n] = _number(word, "n", 1000)
    return words


def _number(word, what, most):
    if not word.isdigit() or not 1 <= int(word) <= most:
        raise ValueError(f"{what} must be a number from 1 to {most}")
    return int(word)
