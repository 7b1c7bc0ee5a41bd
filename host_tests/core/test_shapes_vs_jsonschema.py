"""Shapes and reader against the official schemas, judged by jsonschema with its FormatChecker.

Every message that the station reads: the 40 requests of a CSMS, the responses to its own 25. A
payload must get the same verdict from both, and a refused one a CALLERROR code that one of the
judge's complaints stands for.

Kept from the judge, who errs or doesn't know our limits: 1.0 for an integer (it passes), leap
seconds (they don't), numbers of over 20 bytes, lists of over 1,024 items where none is set.
"""

import copy
import json
import subprocess
import sys
from functools import cache

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests.judges import schemas
from host_tests.runtimes import ROOT
from ocpp201 import reader, shape
from ocpp201.rpc import RpcError
from tools import gen_shapes

CODES = {
    "required": "ProtocolError",
    "additionalProperties": "PropertyConstraintViolation",
    "enum": "PropertyConstraintViolation",
    "maxLength": "PropertyConstraintViolation",
    "minimum": "PropertyConstraintViolation",
    "format": "PropertyConstraintViolation",
    "minItems": "OccurrenceConstraintViolation",
    "maxItems": "OccurrenceConstraintViolation",
    "type": "TypeConstraintViolation",
}

# (name of the shape, name of the schema)
MESSAGES = [
    (action + suffix, action + schema)
    for actions, suffix, schema in (
        (gen_shapes.REQUESTS, "", "Request"), (gen_shapes.RESPONSES, "Response", "Response"),
    )
    for action in actions
]  # fmt: skip

every_message = pytest.mark.parametrize(
    "name, schema", MESSAGES, ids=[message[1] for message in MESSAGES]
)


@cache
def validator(name):
    checker = jsonschema.Draft6Validator.FORMAT_CHECKER
    return jsonschema.Draft6Validator(schemas.schema(name), format_checker=checker)


def judged(name, payload):
    """The codes that jsonschema's complaints stand for; empty if the payload is good."""
    return {CODES[error.validator] for error in validator(name).iter_errors(payload)}


def read(name, payload, ensure_ascii=True):
    """The code of the reader's refusal, None if the payload is good."""
    data = json.dumps(payload, ensure_ascii=ensure_ascii).encode()
    try:
        reader.check(bytearray(data + b"]\0"), 0, len(data), shape.of(name))
    except RpcError as error:
        return error.code
    return None


def assert_same_verdict(name, schema, payload):
    codes = judged(schema, payload)
    code = read(name, payload)
    assert code in codes if codes else code is None, (code, codes, payload)


# A payload with everything in it, and each fault at each place of it.


def full(schema, definitions, optional=True):
    """A good payload with all fields, or without the optional ones."""
    if "$ref" in schema:
        return full(definitions[schema["$ref"].rpartition("/")[2]], definitions, optional)
    kind = schema.get("type")
    if kind == "object":
        return {
            name: full(inner, definitions, optional)
            for name, inner in schema["properties"].items()
            if optional or name in schema.get("required", ())
        }
    if kind == "array":
        return [full(schema["items"], definitions, optional)]
    if "enum" in schema:
        return schema["enum"][-1]
    if "format" in schema:
        return "2026-11-23T17:31:00Z"
    if kind == "string":
        return "\u00fc" * (schema["maxLength"] if optional else 1)
    return {"integer": 7, "number": 1.5, "boolean": True, None: {"a": [None]}}[kind]


def faults(schema, definitions, path=()):
    """(path, what to put there) for every fault there may be; the judge says whether it is one."""
    if "$ref" in schema:
        yield from faults(definitions[schema["$ref"].rpartition("/")[2]], definitions, path)
        return
    if path:
        for value in (None, True, -1, 1.5, "", "x", "2026-02-30T00:00:00Z", [], [1], {}):
            yield path, value
    kind = schema.get("type")
    if kind == "object":
        for name, inner in schema["properties"].items():
            yield (*path, name), REMOVED
            yield from faults(inner, definitions, (*path, name))
        yield (*path, "extra"), 1
        yield (*path, "customData"), {"vendorId": "v" * 256}
        yield (*path, "customData"), {"vendorID": "v"}
        yield (*path, "customData"), {"vendorId": "v", "extra": {"customData": []}}
    elif kind == "array":
        item = full(schema["items"], definitions, optional=False)
        yield path, [item] * (schema.get("maxItems", 3) + 1)
        yield path, [item, 1.5]
        yield from faults(schema["items"], definitions, (*path, 0))
    elif "enum" in schema:
        yield path, schema["enum"][0].swapcase()
        yield path, "|".join(schema["enum"][:2])
        yield path, schema["enum"][0][:-1]
    elif "maxLength" in schema:
        yield path, "x" * (schema["maxLength"] + 1)
        yield path, "\U0001f600" * (schema["maxLength"] + 1)


REMOVED = object()


def changed(payload, path, value):
    """A copy of the payload with one thing different. Only what stands on the path is copied."""
    if not path:
        return value
    payload = copy.copy(payload)
    if value is REMOVED and len(path) == 1:
        del payload[path[0]]
    else:
        inner = payload.get(path[0]) if isinstance(payload, dict) else payload[path[0]]
        payload[path[0]] = changed(inner, path[1:], value)
    return payload


@every_message
def test_each_fault_at_each_place(name, schema):
    document = schemas.schema(schema)
    payload = full(document, document["definitions"])
    assert not judged(schema, payload)
    assert read(name, payload) is None
    assert read(name, payload, ensure_ascii=False) is None
    for path, value in faults(document, document["definitions"]):
        assert_same_verdict(name, schema, changed(payload, path, value))


# Payloads by chance.


def payloads(schema, definitions):
    if "$ref" in schema:
        return payloads(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    kind = schema.get("type")
    if kind == "object":
        fields = {
            name: payloads(inner, definitions) for name, inner in schema["properties"].items()
        }
        needed = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    if kind == "array":
        most = min(3, schema.get("maxItems", 3))
        return st.lists(payloads(schema["items"], definitions), min_size=1, max_size=most)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "format" in schema:
        return st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    if kind == "string":
        return texts.filter(lambda text: len(text) <= schema["maxLength"])
    if kind == "integer":
        return st.integers(schema.get("minimum", -(2**62)), 2**62).map(int)
    return {"number": decimals, "boolean": st.booleans(), None: anything}[kind]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
decimals = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | decimals | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
).filter(lambda value: not isinstance(value, float) or not value.is_integer())


@every_message
@settings(max_examples=10)
@given(chance=st.data())
def test_good_payloads_pass(name, schema, chance):
    document = schemas.schema(schema)
    payload = chance.draw(payloads(document, document["definitions"]))
    assert not judged(schema, payload)
    assert read(name, payload) is None
    assert read(name, payload, ensure_ascii=False) is None


@every_message
@settings(max_examples=20)
@given(chance=st.data())
def test_broken_payloads_get_the_same_verdict(name, schema, chance):
    document = schemas.schema(schema)
    payload = chance.draw(payloads(document, document["definitions"]))
    for _ in range(chance.draw(st.integers(1, 3))):
        path = chance.draw(st.sampled_from(list(places(payload)) or [()]))
        payload = changed(payload, (*path, "extra") if not path else path, chance.draw(anything))
    assert_same_verdict(name, schema, payload)


def places(payload, path=()):
    """The path of everything in a payload but itself."""
    if path:
        yield path
    if isinstance(payload, dict):
        for name, inner in payload.items():
            yield from places(inner, (*path, name))
    elif isinstance(payload, list):
        for i, inner in enumerate(payload):
            yield from places(inner, (*path, i))


# What the tool has made.


def test_all_messages_are_there():
    expected = [action + "Request" for action in schemas.FROM_CSMS]
    expected += [action + "Response" for action in schemas.FROM_STATION]
    assert sorted(schema for _, schema in MESSAGES) == sorted(expected)
    assert len(schemas.FROM_CSMS) == 40


def test_committed_shapes_are_those_of_the_schemas():
    tool = [sys.executable, ROOT / "tools" / "gen_shapes.py", "--check"]
    done = subprocess.run(tool, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_shows_what_differs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gen_shapes, "TARGET", tmp_path)
    monkeypatch.setattr(sys, "argv", ["gen_shapes.py", "--check"])
    for name, text in gen_shapes.files().items():
        (tmp_path / name).write_text(text.replace("|OnIdle|", "|Whenever|"))
    assert gen_shapes.main() == 1
    assert "+" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["gen_shapes.py"])
    assert gen_shapes.main() == 0
    monkeypatch.setattr(sys, "argv", ["gen_shapes.py", "--check"])
    assert gen_shapes.main() == 0


@pytest.mark.parametrize(
    "rule", [{"type": "string", "maxLength": 5, "pattern": "a"}, {"type": "integer", "maximum": 9},
             {"type": "array", "minItems": 2, "items": {"type": "integer"}}, {"type": "string"},
             {"type": "string", "format": "uri"}, {"type": "string", "enum": ["a b"]}],
)  # fmt: skip
def test_no_rule_is_lost(rule):
    with pytest.raises((ValueError, KeyError)):
        gen_shapes.Shapes()._spec(rule)
