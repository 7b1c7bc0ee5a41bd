"""The station keeps to budgets.py. A figure over its bound means: make it smaller, or show in the
commit why the bound has to move."""

import sys

import pytest

from host_tests import runtimes
from host_tests.budgets import code, cpu, fleet, measures, session
from host_tests.budgets.budgets import GOALS, HELD, bound, goal, group
from host_tests.budgets.heap import Tree

LINES = ("lines of the core", "lines of the usual blocks", "lines of evse", "lines of a board",
         "lines of console and config")  # fmt: skip

needs_micropython = pytest.mark.skipif(runtimes.micropython() is None, reason=runtimes.MISSING)


@pytest.fixture(scope="module")
def tree():
    with Tree() as tree:
        yield tree


def test_what_is_held_has_not_reached_its_goal():
    assert set(HELD) <= set(GOALS)
    assert not [name for name in HELD if HELD[name] <= goal(name)]


# ------------------------------------------------------------------------------------------ lines


@pytest.mark.parametrize("name", LINES)
def test_code_lines(name):
    lines = {path: n for path, n in code.lines_by_file().items() if group(path) == name}
    assert lines, "no such files any more"
    assert sum(lines.values()) <= bound(name), lines


SOME_CODE = '''"""Docstring."""

X = (
    1,
    2,
)


def f():
    """Docstring."""
    if X:
        return 1  # why
    else:
        return 2
'''


def test_a_code_line_is_a_statement(tmp_path):
    path = tmp_path / "some.py"
    path.write_text(SOME_CODE, encoding="utf-8")
    assert code.code_lines(path) == 5


# ------------------------------------------------------------------------------------------- heap


@needs_micropython
def test_whole_station_fits_a_board(tree):
    parts = measures.heap_total(tree)
    assert sum(parts.values()) <= bound("heap"), parts


@needs_micropython
def test_whole_station_charges_in_a_small_heap(tree, tmp_path):
    heapsize = "%dk" % bound("heap of the simulated station")
    used = session.heap_used(tmp_path, tree.path, heapsize)
    assert used["charging"]["used"] > 0


@needs_micropython
def test_PWR1_recovery_of_a_full_journal(tree):
    assert 1000 < measures.recovery(tree) <= bound("recovery")


def test_garbage_of_a_transaction_event(tree):
    garbage = measures.conversation(tree, 32)
    assert 620 <= garbage["event size"] <= 800
    total = garbage["event sent"] + garbage["event answered"]
    assert total <= bound("garbage of a TransactionEvent")


@needs_micropython
def test_heap_does_not_grow_with_transactions(tree):
    assert measures.growth(tree, 64, 1000)["growth"] <= bound("growth")


@pytest.mark.parametrize("bits", [pytest.param(64, marks=needs_micropython), 32])
def test_quiet_paths_allocate_nothing(tree, bits):
    allocations = measures.allocations(tree, bits)
    assert allocations.pop("an allocation, to show that it is noticed") == 1
    assert len(allocations) > 6
    assert {name for name, allocates in allocations.items() if allocates} == set()


# ---------------------------------------------------------------------------------------- nesting


def test_calls_and_awaits_stay_flat(tmp_path):
    deepest = session.nesting(tmp_path)
    assert len(deepest) > 8, "the hook has not seen the station"
    assert len(deepest) <= bound("nested calls"), "\n".join(deepest)


# -------------------------------------------------------------------------------------------- CPU


def test_cpu_of_a_transaction_event():
    measured = cpu.events()
    assert measured["theirs"] >= bound("CPU against mobilityhouse") * measured["ours"], measured


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what is resident")
def test_memory_of_1000_stations():
    assert fleet.memory(1000) <= bound("memory of 1,000 stations")
