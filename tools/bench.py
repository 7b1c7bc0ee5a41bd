"""What a station costs on CPython: time for a TransactionEvent, for checking a request, and memory
of a thousand stations; under MicroPython, what a day costs its flash, a boot its RAM. As tables.

    python3 tools/bench.py [--stations 1000]

Times are CPU times of this machine, medians after a warm-up, and only worth as much as what was
measured beside them in the same run; how, stands in host_tests/budgets/cpu.py and fleet.py.
"""

import environment

environment.enter("demo", "test")

import argparse
import platform
import sys

sys.path[:0] = [environment.ROOT, environment.ROOT + "/lib"]

from host_tests import runtimes
from host_tests.budgets import cpu, fleet, measures
from host_tests.budgets.budgets import bound
from host_tests.budgets.heap import Tree
from host_tests.power.test_month import days
from tools.table import table


def events_table():
    measured = cpu.events()
    ours, theirs = measured["ours"], measured["theirs"]
    table("A TransactionEvent of %d bytes, built, sent and answered, station side without"
          " websocket, CPython %s" % (measured["bytes"], platform.python_version()),
          ("library", "µs", "times ours"),
          [("ocpp201", ours, 1.0), ("mobilityhouse/ocpp, validation on", theirs, theirs / ours),
           ("bound", "", float(bound("CPU against mobilityhouse")))])


def checks_table():
    rows = [(name, ours, parsing) for name, (ours, parsing) in cpu.checks().items()]
    table("Checking a request's JSON and shape", ("request", "µs", "json.loads alone, µs"), rows)


def memory_table(count):
    used = fleet.memory(count)
    rows = [(count, used / 1e6, used / 1e3 / count)]
    if count == 1000:
        rows.append(("bound", bound("memory of 1,000 stations") / 1e6, ""))
    table("Resident memory of cores with a car each, in one process",
          ("stations", "MB", "KB each"), rows)


def wear_table():
    rows = []
    for link, options in (("online", ()), ("offline", ("offline",))):
        day = days(1, 180, "littlefs", *options)[-1]
        most = bound("erases of a day " + link)
        rows.append((link, day["erases"], most, day["programs"]))
    table("Flash of 352 blocks of 4 KB with littlefs, a day with ten sessions of three hours and a"
          " sample a minute", ("link", "erases", "bound", "programs"), rows)


def recovery_table():
    with Tree() as tree:
        table("RAM to open a journal of 64 KB at boot, estimated for 32 bits", ("", "bytes"),
              [("at most at a time", measures.recovery(tree)), ("bound", bound("recovery"))])


def main():
    parser = argparse.ArgumentParser(description="What a station costs on CPython.")
    parser.add_argument("--stations", type=int, default=1000, metavar="N")
    options = parser.parse_args()
    events_table()
    checks_table()
    if sys.platform == "linux":
        memory_table(options.stations)
    if runtimes.micropython():
        wear_table()
        recovery_table()


if __name__ == "__main__":
    main()
