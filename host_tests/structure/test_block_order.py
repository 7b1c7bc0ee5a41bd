"""Blocks call one another in one direction, and only as dispatch.py says."""

import ast
from pathlib import Path

import ocpp201
from ocpp201 import dispatch

BLOCKS = Path(ocpp201.__path__[0]) / "blocks"


def called_by(path):
    """The blocks that a block names in context.block("...")."""
    for node in ast.walk(ast.parse(path.read_text())):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and node.func.attr == "block":
            yield node.args[0].value


def stated():
    """(caller, callee): what the lines with `>` in dispatch's docstring allow, transitively."""
    text = dispatch.__doc__.replace("\n    >", " >")
    pairs = set()
    for line in text.splitlines():
        if " > " not in line:
            continue
        ranks = [[name.strip() for name in rank.split(",")] for rank in line.split(">")]
        for n, rank in enumerate(ranks):
            pairs |= {(a, b) for a in rank for lower in ranks[n + 1 :] for b in lower}
    return pairs


def test_every_call_between_blocks_goes_the_stated_way():
    allowed = stated()
    assert ("remote_control", "transactions") in allowed
    wrong = [
        (path.stem, name)
        for path in sorted(BLOCKS.glob("*.py"))
        for name in called_by(path)
        if (path.stem, name) not in allowed
    ]
    assert not wrong


def test_the_stated_order_has_no_circle():
    allowed = stated()
    assert not [(a, b) for a, b in allowed if (b, a) in allowed or a == b]
