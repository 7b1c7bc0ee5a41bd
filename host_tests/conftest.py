"""Runs plain test files twice: on CPython as pytest does, and on real MicroPython.

A file that says so in its first line,

    # runs on: cpython, micropython

holds only functions `test_*()` that assert, and imports nothing that MicroPython lacks. Each of
them becomes a second test, NAME[micropython]. The tests of one file share one interpreter. That
has no schema library: a station prints its messages as lines `wire ...`, which are judged here.
"""

import ast
import subprocess

import pytest
from hypothesis import settings

from host_tests import runtimes
from host_tests.judges.rpc_checker import RpcChecker

RUNS_ON_BOTH = "# runs on: cpython, micropython"

pytest.register_assert_rewrite("host_tests.peers.conversations", "host_tests.peers.sessions")

# No wall-clock limits on a shared machine, and the same examples on every machine.
settings.register_profile("ocpp201", deadline=None, derandomize=True, database=None)
settings.load_profile("ocpp201")


def pytest_collect_file(file_path, parent):
    if file_path.suffix != ".py" or not file_path.name.startswith("test_"):
        return None
    with open(file_path, encoding="utf-8") as file:
        if file.readline().rstrip() != RUNS_ON_BOTH:
            return None
    return MicroPythonFile.from_parent(parent, path=file_path)


class MicroPythonFile(pytest.File):
    _lines = None

    def collect(self):
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                item = MicroPythonTest.from_parent(self, name=f"{node.name}[micropython]")
                item.test_name, item.line = node.name, node.lineno - 1
                item.add_marker("micropython")
                yield item

    def output_of(self, test_name):
        """What MicroPython printed about one test. The first question runs all selected ones."""
        if self._lines is None:
            self._lines = self._run()
        printed = []
        for line in self._lines:
            printed.append(line)
            if line.startswith(("ok ", "FAILED ")):
                if line.endswith(f"::{test_name}"):
                    return printed
                printed = []
        return printed[-30:] + ["the interpreter did not get through this test"]

    def _run(self):
        selected = [item.test_name for item in self.session.items if item.parent is self]
        path = self.path.relative_to(runtimes.ROOT)
        # One argument a test: MicroPython can't take one of more than 255 bytes.
        tests = [f"{path}::{name}" for name in selected]
        try:
            done = runtimes.run_micropython("host_tests/run_plain.py", *tests)
        except subprocess.TimeoutExpired as hung:
            return [*(hung.stdout or b"").decode().splitlines(), "it hangs here"]
        return (done.stdout + done.stderr).splitlines()


class MicroPythonTest(pytest.Item):
    test_name: str
    line: int

    def runtest(self):
        if runtimes.micropython() is None:
            pytest.skip(runtimes.MISSING)
        printed = self.parent.output_of(self.test_name)
        if not printed[-1].startswith("ok "):
            raise MicroPythonFailure("\n".join(printed[-40:]))
        judge(line[len("wire ") :] for line in printed if line.startswith("wire "))

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, MicroPythonFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, self.line, self.name


class MicroPythonFailure(Exception):
    pass


def judge(wire):
    """Has the conversation of a test judged, as core_station does by itself on CPython."""
    from host_tests.core_station import watch  # imports the core: not before it is needed

    checker = RpcChecker()
    for line in wire:
        if line == "new":
            checker = RpcChecker()
        watch(checker, line)
        if checker.violations:
            raise MicroPythonFailure("\n".join(checker.violations))
