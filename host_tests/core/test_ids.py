# runs on: cpython, micropython
"""Identifiers never repeat, and look as their readers expect."""

import os

from ocpp201.ids import Ids

HEX = "0123456789abcdef"


def zeros(n):
    return bytes(n)


def test_message_ids_differ_within_a_run_and_over_restarts():
    seen = set()
    for boot in (1, 2, 12, 2**32 - 1):
        ids = Ids(zeros, boot)
        for _ in range(1200):
            seen.add(ids.message_id())
    assert len(seen) == 4800


def test_message_ids_differ_when_the_boot_count_was_lost():
    assert Ids(os.urandom, 1).message_id() != Ids(os.urandom, 1).message_id()


def test_a_message_id_keeps_to_36_printable_characters():
    ids = Ids(os.urandom, 2**32 - 1)
    for _ in range(50):
        text = ids.message_id()
        assert len(text) <= 36
        assert not text.strip(HEX + "-")


def test_E01_transaction_id_is_a_random_uuid():
    for source in (zeros, os.urandom, lambda n: b"\xff" * n):
        text = Ids(source, 1).transaction_id()
        assert [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12]
        assert not text.replace("-", "").strip(HEX)
        assert text[14] == "4" and text[19] in "89ab"


def test_E01_transaction_ids_differ():
    ids = Ids(os.urandom, 1)
    assert len({ids.transaction_id() for _ in range(200)}) == 200


def test_random_numbers_cover_their_range_and_no_more():
    ids = Ids(os.urandom, 7)
    assert {ids.random_below(4) for _ in range(300)} == {0, 1, 2, 3}
    assert ids.random_below(1) == 0
    assert ids.boot_count == 7
