"""What goes onto a board is the same program with short private names (tools/short_names.py)."""

import ast
import re
import runpy
from pathlib import Path

import pytest

from host_tests import runtimes
from host_tests.conftest import RUNS_ON_BOTH
from tools.build_mpy import build, sources
from tools.short_names import shorten

TRAPS = {
    "base.py": '''
_LIMIT = const(3)
class Base:
    def __init__(self):
        self._secret = 1
    def secret(self, amount=1):
        return self._secret + self._add(amount, 2)
    def _add(self, amount, further):
        return amount + further
''',
    "derived.py": '''
from base import Base
_hidden = [4]
class Derived(Base):
    def __init__(self):
        super().__init__()
        self._other = 5
        self._by_text = 6
        self._shown = 7
    def all(self):
        def _inner(total, min=_hidden[0]):
            return total + min
        total = _keyword(plus=self.secret(amount=2))
        texts = getattr(self, "_by_text"), f"{self._shown}"
        return (total, _inner(1), self._other, *texts, min(1, 2))
def _keyword(plus):
    return plus + _LIMIT
_LIMIT = 10
''',
}  # fmt: skip


def test_a_program_does_the_same_with_short_names(tmp_path, monkeypatch):
    results = []
    for name, program in (("long", TRAPS), ("short", shorten(TRAPS))):
        (tmp_path / name).mkdir()
        whole = "".join(
            text.replace("from base import Base", "") for text in map(program.get, TRAPS)
        ).replace("const(3)", "3")
        path = tmp_path / name / "whole.py"
        path.write_text(whole)
        results.append(runpy.run_path(str(path))["Derived"]().all())
    assert results[0] == results[1] == (15, 5, 5, 6, "7", 1)


def test_only_what_is_private_gets_a_short_name():
    short = shorten(TRAPS)
    both = short["base.py"] + short["derived.py"]
    for name in ("_secret", "_add", "further", "_hidden", "_other", "_inner", "_keyword"):
        assert not re.search(r"\b%s\b" % name, both), name
    for name in ("_LIMIT", "_by_text", "_shown", "secret", "amount", "plus", "min", "__init__"):
        assert re.search(r"\b%s\b" % name, both), name


def test_attributes_of_one_object_stay_apart():
    short = shorten(TRAPS)
    first = re.search(r"self\.(\w+) = 1", short["base.py"])[1]
    others = re.findall(r"self\.(\w+) = ", short["derived.py"])
    assert first not in others and len(set(others)) == 3


LONG = sources()
SHORT = shorten(LONG)


@pytest.mark.parametrize("place", sorted(LONG), ids=str)
def test_each_source_stays_the_same_program_line_by_line(place):
    """Two names never become one, and what is no name does not change."""
    before, after = LONG[place], SHORT[place]
    became = {}
    pairs = zip(ast.walk(ast.parse(before)), ast.walk(ast.parse(after)), strict=True)
    for old, new in pairs:
        assert type(old) is type(new)
        assert getattr(old, "lineno", None) == getattr(new, "lineno", None)
        for field in ("id", "attr", "arg", "name", "value", "asname"):
            mine, its = getattr(old, field, None), getattr(new, field, None)
            if isinstance(mine, str) and not isinstance(old, ast.Constant):
                assert became.setdefault(mine, its) == its
            elif isinstance(old, ast.Constant):
                assert mine == its
    assert len(set(became.values())) == len(became)


PLAIN = ("any_order", "controller", "handlers", "hostile", "outbox", "tasks", "simulated_board")


@pytest.mark.skipif(not runtimes.micropython(), reason=runtimes.MISSING)
def test_core_tests_pass_from_what_goes_onto_a_board(tmp_path):
    """The same files as in the stage micropython, as .mpy with short names."""
    folder = Path("host_tests")
    paths = [folder / "core" / ("test_%s.py" % name) for name in PLAIN]
    names = []
    for path in paths:
        text = (runtimes.ROOT / path).read_text("utf-8")
        assert text.startswith(RUNS_ON_BOTH)
        names += [f"{path}::{name}" for name in re.findall(r"^def (test_\w+)\(\)", text, re.M)]
    more = [folder / "core_station.py", folder / "run_plain.py", *paths]
    build(tmp_path, {path: runtimes.ROOT / path for path in more})
    script = tmp_path / "script.py"
    script.write_text("import sys\nfrom host_tests.run_plain import main\n"
                      "sys.exit(main(sys.argv[1:]))\n")  # fmt: skip
    environment = dict(
        runtimes.micropython_environment(), MICROPYPATH=f"{tmp_path}/lib:{tmp_path}:.frozen"
    )
    done = runtimes.run_micropython(
        script, *names, heapsize="64m", env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert f"{len(names)} passed, 0 failed" in done.stdout
