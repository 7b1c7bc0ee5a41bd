"""Power cuts on a PC: of what was not synced any part may be there, in any order."""

import os

import pytest

import ocpp201.store
from host_tests.power.posix import NOTHING, WHOLE, Disk
from host_tests.power.test_cuts import FULL
from host_tests.power.test_cuts_littlefs import around
from host_tests.power.workload import Dice, Model, run


@pytest.fixture(autouse=True)
def back_to_the_real_disk():
    yield
    ocpp201.store.os = os
    del ocpp201.store.open


def cut_everywhere(seed, limit=262144, offline=False):
    """After each operation of a run, with five outcomes of what was not synced."""
    disk, states, cuts = Disk(), [(0, Model())], 0

    def note(model):
        states.append((len(disk.operations), model.copy()))

    run(disk.boot(), seed, limit, 60, note, offline)
    for count in range(len(disk.operations) + 1):
        before, after = around(states, count)
        for number in range(5):
            survivor = disk.survivor(count, outcome(number, seed * 1000 + count))
            try:
                before.check(survivor.boot(), after)
            except (AssertionError, OSError) as fault:
                where = seed, count, disk.operations[:count][-1:], number
                raise AssertionError("seed %d, operation %d %s, outcome %d" % where) from fault
            cuts += 1
    return cuts


def outcome(number, seed):
    """What becomes of each operation that was not synced: nothing of any, all, or as it comes."""
    dice = Dice(seed + number)
    return (lambda: NOTHING, lambda: WHOLE)[number] if number < 2 else lambda: dice.below(3)


def test_PWR1_of_what_was_not_synced_any_part_may_be_there():
    cuts = sum(cut_everywhere(seed) for seed in range(1, 16))
    print(cuts, "cuts")
    assert cuts > 8000


def test_PWR1_the_same_while_a_full_journal_is_thinned():
    assert sum(cut_everywhere(seed, FULL, True) for seed in range(100, 106)) > 3000


def test_PWR1_each_change_is_durable_when_it_returns():
    disk = Disk()
    files = disk.boot()

    def left():
        return disk.survivor(len(disk.operations), lambda: NOTHING).boot()

    for change, name, data in (
        (files.write, "a", b"one"),
        (files.append, "b", (b"two", b" parts")),
        (files.write, "a", b"another"),
        (files.append, "a", (b" one",)),
        (files.replace, "a", (b"wholly", b" new")),
    ):
        change(name, data)
        there = files.read(name)
        assert there and left().read(name) == there
        disk.boot()
    files.remove("a")
    assert left().names() == ["b"]


def test_the_disk_keeps_what_was_synced_and_of_the_rest_what_it_likes():
    disk = Disk()
    files = disk.boot()
    files.write("a", b"synced")
    safe = len(disk.operations)
    with disk._open("data/a", "ab") as file:
        file.write(b", not synced")
    disk.rename("data/a", "data/b")
    nothing, everything = (
        disk.survivor(len(disk.operations), lambda how=how: how) for how in (NOTHING, WHOLE)
    )
    again = nothing.survivor(0, lambda: NOTHING)
    for survivor in (nothing, again):
        assert survivor.boot().names() == ["a"] and survivor.boot().read("a") == b"synced"
    assert everything.boot().names() == ["b"]
    assert everything.boot().read("b") == b"synced, not synced"
    assert disk.survivor(safe - 2, lambda: NOTHING).boot().names() == []
