"""The reader's JSON against CPython's, and the reader on MicroPython against itself on CPython.

CPython's json is not strict by itself: the judge refuses constants and lone surrogates too, and
shares the reader's limits.
"""

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests import runtimes
from ocpp201 import reader
from ocpp201.rpc import RpcError


def judged(text):
    """(True, value) or (False, None)."""
    try:
        value = json.loads(
            text, parse_constant=_refuse, parse_int=_integer, parse_float=_decimal,
            object_pairs_hook=_object,
        )
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate can't be encoded
    except (ValueError, RecursionError):
        return False, None
    good = _depth(value) <= 16 and _longest(value) <= 1024
    return good, value if good else None


def _refuse(constant):
    raise ValueError(constant)


def _integer(text):
    if len(text) > 20:
        raise ValueError(text)
    return int(text)


def _decimal(text):
    exponent = re.search("[eE](.*)", text)
    if len(text) > 20 or exponent and abs(int(exponent[1])) > 20:
        raise ValueError(text)
    return float(text)


def _object(pairs):
    if len(pairs) > 64:
        raise ValueError("too many fields")
    for key, value in pairs:  # the last one wins, but each is checked
        json.dumps([key, value], ensure_ascii=False).encode()
        if _depth(value) > 15 or _longest(value) > 1024:
            raise ValueError("too deep or too long")
    return dict(pairs)


def _depth(value):
    if not isinstance(value, (dict, list)):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, inner), default=0)


def _longest(value):
    if not isinstance(value, (dict, list)):
        return 0
    own = len(value) if isinstance(value, list) else 0
    inner = value.values() if isinstance(value, dict) else value
    return max(own, *map(_longest, inner), 0)


def read(text):
    """(True, value) or (False, None)."""
    data = text.strip(" \t\r\n").encode()
    buf = bytearray(data + b"\0")
    try:
        good = reader.skip(buf, 0, len(data)) == len(data)
    except RpcError as error:
        assert error.code in ("FormatViolation", "OccurrenceConstraintViolation")
        good = False
    return good, reader.value(buf, 0, len(data)) if good else None


SEEDS = (
    '{"a":[1,-2.5,3e2,{"b":null}],"c":"\\u00fc\\ud83d\\ude00\\n","d":true,"e":false}',
    '[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]',
    '{"":{"":{"":[{},[],"",0,-0,0.0,1E+5,1e-05]}}}',
    ' [ "a" ,\t1 ,\r\n{ "b" : [ ] } ] ',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uD83D\\uDE00\u00fc\U0001f600"',
    '[12345678901234567890,0.1234567890123456789,1e20,1e-20,1e21]',
)  # fmt: skip

# What a mutation may put in, so that most texts are nearly JSON.
SNIPPETS = (
    *'{}[],:"\\ \t\n0123456789-+.eEtfnu/\0\x1f\x7f\u00fc\u2028\U0001f600x', "true", "null", "NaN",
    "Infinity", "\\u", "\\ud83d", "\\ude00", "\\u00e9", "1e400", "00", "[]", "{}", '""', '"a":1,',
    '"customData":{"vendorId":"v"},', "\ufeff", "[" * 16, "]" * 16,
)  # fmt: skip


def mutated(text, chance, most=3):
    for _ in range(chance.randint(1, most)):
        at = chance.randint(0, len(text))
        until = min(len(text), at + chance.choice((0, 0, 1, 1, 2, 5)))
        snippet = chance.choice((*SNIPPETS, "", "", text[until : until + 9]))
        text = text[:at] + snippet + text[until:]
    return text


@pytest.mark.parametrize("seed", SEEDS)
def test_seeds_are_judged_alike(seed):
    assert read(seed) == judged(seed)


def test_mutated_texts_are_judged_alike():
    chance = random.Random(201)
    verdicts = set()
    for _ in range(20000):
        text = mutated(chance.choice(SEEDS), chance)
        assert read(text) == judged(text), text
        verdicts.add(judged(text)[0])
    assert verdicts == {True, False}


@settings(max_examples=500)
@given(st.text(st.sampled_from('{}[],:"\\ 01.-eE+tfnau'), max_size=30))
def test_short_texts_are_judged_alike(text):
    assert read(text) == judged(text)


@settings(max_examples=300)
@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
), st.booleans(), st.sampled_from([None, 1]))  # fmt: skip
def test_what_cpython_writes_is_read_the_same(value, ensure_ascii, indent):
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    assert read(text) == judged(text)


# The same texts on both runtimes.

VERDICTS = '''
import json
from ocpp201 import reader, rpc, shape

def verdict(name, text):
    data = text.encode()
    buf = bytearray(data + bytes(1))
    try:
        if name is None:
            kind, message_id, name, start, end = rpc.read(buf, len(data))
            return [kind, message_id, name, start, end]
        fields = reader.check(buf, 0, len(data), shape.of(name))
        return ["good"] + [fields.get(name) for name in ("customData",)]
    except rpc.RpcError as error:
        return [error.code, error.message_id, error.description]

def verdicts(file):
    with open(file, "rb") as lines:
        for line in lines:
            yield verdict(*json.loads(line))
'''

MICROPYTHON = VERDICTS + '''
import sys
for each in verdicts(sys.argv[1]):
    print(json.dumps(each))
'''

REQUESTS = (
    ("SetVariables",
     '{"setVariableData":[{"attributeType":"Target","attributeValue":"\\ud83d\\ude00\u00fc",'
     '"component":{"name":"a","evse":{"id":1}},"variable":{"name":"b"}}]}'),
    ("Reset",
     '{"type":"OnIdle","evseId":1,"customData":{"vendorId":"v","a":[1.5]}}'),
    ("BootNotificationResponse",
     '{"currentTime":"2026-11-23T17:31:00.5+01:00","interval":300,"status":"Accepted"}'),
    ("SetChargingProfile",
     '{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",'
     '"chargingProfileKind":"Relative","chargingSchedule":[{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.1}]}]}}'),
    ("DataTransfer", '{"vendorId":"v","messageId":"m","data":%s}' % SEEDS[0]),
    ("MeterValuesResponse", "{}"),
    (None, '[2,"id","Reset",{"type":"OnIdle"}]'),
    (None, '[3,"id",{"idTokenInfo":{"status":"Accepted"}}]'),
    (None, '[4,"id","GenericError","why",{}]'),
)  # fmt: skip


def test_both_runtimes_agree(tmp_path):
    if runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    chance = random.Random(2026)
    cases = list(REQUESTS)
    for name, text in REQUESTS:
        cases += [(name, mutated(text, chance, most=2)) for _ in range(400)]
    texts = tmp_path / "texts"
    with texts.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)
    script = tmp_path / "verdicts.py"
    script.write_text(MICROPYTHON)
    done = runtimes.run_micropython(script, texts)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr
    ours = {}
    exec(VERDICTS, ours)
    expected = list(ours["verdicts"](texts))
    actual = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    assert len(actual) == len(expected) == len(cases) > 2000
    for case, one, other in zip(cases, expected, actual, strict=True):
        assert json.loads(json.dumps(one)) == other, case
    assert all(verdict[0] in ("good", 2, 3, 4) for verdict in expected[: len(REQUESTS)])
    assert sum(verdict[0] == "good" for verdict in expected) > 50
