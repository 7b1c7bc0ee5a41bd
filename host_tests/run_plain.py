"""Runs plain test files: functions named test_* that only assert. On MicroPython and on CPython.

    micropython host_tests/run_plain.py host_tests/core/test_rpc.py[::test_name] ...

from the project's folder. pytest runs the same files on CPython; host_tests/conftest.py calls this
script for MicroPython. It prints what a test prints, its traceback if it has one, and then a line
`ok NAME` or `FAILED NAME`; at last a summary. Exit status 1 if any failed.
"""

import gc
import sys


def load(path):
    name = path[: -len(".py")].replace("/", ".")
    __import__(name)
    return sys.modules[name]


def in_order(path):
    """The tests as they stand in the file: MicroPython's dicts forget that order."""
    with open(path) as file:
        lines = file.read().split("\n")
    return [line[4 : line.index("(")] for line in lines if line.startswith("def test_")]


def run(path, name):
    gc.collect()
    try:
        getattr(load(path), name)()
    except Exception as error:
        print_traceback(error)
        print("FAILED %s::%s" % (path, name))
        return False
    print("ok %s::%s" % (path, name))
    return True


def print_traceback(error):
    if hasattr(sys, "print_exception"):
        sys.print_exception(error, sys.stdout)
    else:
        import traceback

        traceback.print_exception(error, file=sys.stdout)


def main(arguments):
    results = []
    for argument in arguments:
        path, _, name = argument.partition("::")
        for one in [name] if name else in_order(path):
            results.append(run(path, one))
    print("%d passed, %d failed" % (results.count(True), results.count(False)))
    return 1 if False in results else 0


if __name__ == "__main__":
    sys.path[:0] = ["lib", "."]
    sys.exit(main(sys.argv[1:]))
