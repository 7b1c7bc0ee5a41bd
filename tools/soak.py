"""A year of a station under MicroPython, ten sessions a day, in made-up time.

    python3 tools/soak.py [--days 365] [--minutes 60]

Exit status 0 only if the CSMS was told of every session all there is, once; the heap stayed flat,
no file was left open, and nothing was left in the queue. A month of it is in the tests.
"""

import environment

environment.enter("demo", "test")

import argparse
import sys
import tempfile

sys.path[:0] = [environment.ROOT, environment.ROOT + "/lib"]

from host_tests.power.test_month import check, days
from tools.table import table


def main():
    parser = argparse.ArgumentParser(description="A year of a station under MicroPython.")
    parser.add_argument("--days", type=int, default=365, metavar="N")
    parser.add_argument("--minutes", type=int, default=60, help="of charging in each session")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = days(options.days, options.minutes, folder + "/data")
    rows = [tuple(day[name] for name in ("day", "transactions", "heap", "files", "queue"))
            for day in found[:: max(1, len(found) // 12)] + found[-1:]]
    table("%d days, a session's charging takes %d minutes" % (options.days, options.minutes),
          ("day", "transactions", "heap, bytes", "open files", "queue"), rows)
    check(found, options.days)


if __name__ == "__main__":
    main()
