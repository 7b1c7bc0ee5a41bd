"""The simulated board inherits nothing of boards/board.py, so this holds it to that contract."""

import inspect

import pytest

from boards.board import Board as Contract
from boards.simulated.board import Board

CALLS = [name for name, _ in inspect.getmembers(Contract, inspect.isfunction)]


def test_the_contract_has_its_calls():
    assert {"start", "stop", "tick", "relay", "offer", "read_meter"} <= set(CALLS)
    assert isinstance(Board.console, str)


@pytest.mark.parametrize("name", CALLS)
def test_simulated_board_takes_what_the_contract_gives(name):
    theirs, ours = getattr(Contract, name), getattr(Board, name)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    assert inspect.iscoroutinefunction(ours) == inspect.iscoroutinefunction(theirs)
