# runs on: cpython, micropython
"""The envelope of OCPP-J: what each received text is, and what is written. RPC-1 to RPC-4."""

import json

from ocpp201 import rpc

ID = "0123456789-0123456789-0123456789-012"  # 36 characters, the most there may be

# Text, and what it is: type, id, name, payload (of a CALLERROR the description).
GOOD = (
    ('[2,"1","Reset",{}]', (2, "1", "Reset", "{}")),
    ('[2,"1","Reset",{"type":"OnIdle"}]', (2, "1", "Reset", '{"type":"OnIdle"}')),
    (' \t\r\n[ 2 , "1" , "Reset" , { } ] \n', (2, "1", "Reset", "{ }")),
    ('[2,"%s","Reset",{}]' % ID, (2, ID, "Reset", "{}")),
    ('[2,"-1","Reset",{}]', (2, "-1", "Reset", "{}")),
    ('[2,"__proto__","Reset",{}]', (2, "__proto__", "Reset", "{}")),
    ('[2,"\\u0041\\"\\\\ ~","Reset",{}]', (2, 'A"\\ ~', "Reset", "{}")),
    ('[2,"1","",{}]', (2, "1", "", "{}")),
    ('[2,"1","Zur\u00fcck\U0001f600",{}]', (2, "1", "Zur\u00fcck\U0001f600", "{}")),
    ('[2,"1","A\\ud83d\\ude00",{}]', (2, "1", "A\U0001f600", "{}")),
    ('[2,"1","Reset",{"a":["}]",{}]}]', (2, "1", "Reset", '{"a":["}]",{}]}')),
    ('[3,"1",{}]', (3, "1", None, "{}")),
    ('[3,"1",{"a":{"b":{}}} ]', (3, "1", None, '{"a":{"b":{}}}')),
    ('[3,"1",{"a":[{"b":1},{}],"c":"},{"}]', (3, "1", None, '{"a":[{"b":1},{}],"c":"},{"}')),
    ('[4,"1","GenericError","why",{}]', (4, "1", "GenericError", '"why"')),
    ('[4,"-1","Misspelt","",{"a":[1]}]', (4, "-1", "Misspelt", '""')),
    ('[4,"1","GenericError",null,null]', (4, "1", "GenericError", "null")),
    ('[4,"1","GenericError","why"]', (4, "1", "GenericError", '"why"')),
    ('[4,"1","GenericError"]', (4, "1", "GenericError", "")),
    # A payload that is no JSON is found all the same: reader.check refuses it, with this id.
    ('[2,"1","Reset",{"a":NaN}]', (2, "1", "Reset", '{"a":NaN}')),
    ('[2,"1","Reset",{},{}]', (2, "1", "Reset", "{},{}")),
    ('[3,"1",{"a":01}]', (3, "1", None, '{"a":01}')),
)

FRAMEWORK = ("RpcFrameworkError", "-1")
DROP = (None, "-1")

# Text, and the code and id of the RpcError.
BAD = (
    # RPC-1: not one JSON array
    ("", FRAMEWORK),
    (" ", FRAMEWORK),
    ("[", FRAMEWORK),
    ("[]", FRAMEWORK),
    ("[,]", FRAMEWORK),
    ("{}", FRAMEWORK),
    ('{"a":1}', FRAMEWORK),
    ("[{}]x", FRAMEWORK),
    ('"[2]"', FRAMEWORK),
    ("2", FRAMEWORK),
    ("null", FRAMEWORK),
    ("nonsense", FRAMEWORK),
    ('\ufeff[2,"1","Reset",{}]', FRAMEWORK),
    ('[2,"1","Reset",{}', FRAMEWORK),
    ('[2,"1","Reset",{"a"', FRAMEWORK),
    ('[2,"1","Reset"', FRAMEWORK),
    ('[2,"1","Res', FRAMEWORK),
    ('[2,"1"', FRAMEWORK),
    ("[2", FRAMEWORK),
    ('[2,"1","Reset",{}]]', FRAMEWORK),
    ('[2,"1","Reset",{}] [', FRAMEWORK),
    ('[2,"1","Reset",{}],', FRAMEWORK),
    ('[2,"1","Reset",{}]\0', FRAMEWORK),
    ('[2,"1","Reset",{},]', FRAMEWORK),
    ('[2,"1",,"Reset",{}]', FRAMEWORK),
    ('[2 "1","Reset",{}]', FRAMEWORK),
    ('[2,"1","Reset"{}]', FRAMEWORK),
    ('\f[2,"1","Reset",{}]', FRAMEWORK),
    ('[2,\u00a0"1","Reset",{}]', FRAMEWORK),
    ('[2,"1","Re\tset",{}]', FRAMEWORK),
    ('[2,"\n","Reset",{}]', FRAMEWORK),
    ('[2,"1","\\ud83d",{}]', FRAMEWORK),
    ('[2,"\\x","Reset",{}]', FRAMEWORK),
    ("[2,'1','Reset',{}]", FRAMEWORK),
    ("[02]", FRAMEWORK),
    ("[nan]", FRAMEWORK),
    ("[" * 10000, FRAMEWORK),
    ("[" * 100 + "]" * 100, FRAMEWORK),
    # RPC-2: type not 2, 3 or 4
    ('[0,"1"]', ("MessageTypeNotSupported", "1")),
    ('[-1,"1"]', ("MessageTypeNotSupported", "1")),
    ('[5,"1","Reset",{}]', ("MessageTypeNotSupported", "1")),
    ('[6,"1",{}]', ("MessageTypeNotSupported", "1")),
    ('[99,"1"]', ("MessageTypeNotSupported", "1")),
    ('[1e9,"1"]', ("MessageTypeNotSupported", "1")),
    ('[2.0,"1","Reset",{}]', ("MessageTypeNotSupported", "1")),
    ('["2","1","Reset",{}]', ("MessageTypeNotSupported", "1")),
    ('[true,"1","Reset",{}]', ("MessageTypeNotSupported", "1")),
    ('[null,"1"]', ("MessageTypeNotSupported", "1")),
    ('[{},"1"]', ("MessageTypeNotSupported", "1")),
    ("[{}]", ("MessageTypeNotSupported", "-1")),
    ("[9]", ("MessageTypeNotSupported", "-1")),
    ("[9,1]", ("MessageTypeNotSupported", "-1")),
    ('[9,"%s0"]' % ID, ("MessageTypeNotSupported", "-1")),
    ('[9,"%s"]' % ID, ("MessageTypeNotSupported", ID)),
    ('[9,"1",2,3,4,5,6,7,8,9]', ("MessageTypeNotSupported", "1")),
    # RPC-3: number and kind of elements
    ("[2]", ("FormatViolation", "-1")),
    ('[2,"1"]', ("FormatViolation", "1")),
    ('[2,"1","Reset"]', ("FormatViolation", "1")),
    ('[2,"1","Reset",{},1]', ("FormatViolation", "1")),
    ('[2,"1","Reset",1,{}]', ("FormatViolation", "1")),
    ('[2,"1","Reset",1,2,3,4,5]', ("FormatViolation", "1")),
    ('[2,"1",{}]', ("FormatViolation", "1")),
    ('[2,"1",5,{}]', ("FormatViolation", "1")),
    ('[2,"1",null,{}]', ("FormatViolation", "1")),
    ('[2,"1","Reset",null]', ("FormatViolation", "1")),
    ('[2,"1","Reset",[]]', ("FormatViolation", "1")),
    ('[2,"1","Reset","{}"]', ("FormatViolation", "1")),
    ("[3]", DROP),
    ('[3,"1"]', DROP),
    ('[3,"1",{},{}]', DROP),
    ('[3,"1",{"a":{}},{"b":{}}]', DROP),
    ('[3,"1",1,{}]', DROP),
    ('[3,"1",[]]', DROP),
    ('[3,"1",null]', DROP),
    ("[4]", DROP),
    ('[4,"1"]', DROP),
    ('[4,"1",5,"",{}]', DROP),
    ('[4,"1","GenericError","",{},{}]', DROP),
    # RPC-4: the id
    ('[2,"","Reset",{}]', ("FormatViolation", "-1")),
    ('[2,"%s0","Reset",{}]' % ID, ("FormatViolation", "-1")),
    ('[2,"%s","Reset",{}]' % ("x" * 10000), ("FormatViolation", "-1")),
    ('[2,1,"Reset",{}]', ("FormatViolation", "-1")),
    ('[2,null,"Reset",{}]', ("FormatViolation", "-1")),
    ('[2,["1"],"Reset",{}]', ("FormatViolation", "-1")),
    ('[2,"\\n","Reset",{}]', ("FormatViolation", "-1")),
    ('[2,"\\u0000","Reset",{}]', ("FormatViolation", "-1")),
    ('[2,"\x7f","Reset",{}]', ("FormatViolation", "-1")),
    ('[2,"\u00fc","Reset",{}]', ("FormatViolation", "-1")),
    ('[2,"\\u00fc","Reset",{}]', ("FormatViolation", "-1")),
    ('[3,"",{}]', DROP),
    ('[3,1,{}]', DROP),
    ('[4,null,"GenericError","",{}]', DROP),
)  # fmt: skip


def read(text):
    """What rpc.read says of a text in a buffer that holds older bytes too."""
    data = text if isinstance(text, bytes) else text.encode()
    buf = bytearray(data + b'"]}')
    try:
        kind, message_id, name, start, end = rpc.read(buf, len(data))
    except rpc.RpcError as error:
        return error.code, error.message_id
    return kind, message_id, name, str(buf[start:end], "utf-8")


def test_good_envelopes_are_read():
    for text, expected in GOOD:
        assert read(text) == expected, (text, read(text))


def test_bad_envelopes_have_their_answer():
    for text, expected in BAD:
        assert read(text) == expected, (text[:80], read(text))


def test_every_beginning_of_a_text_is_refused():
    for text, _ in GOOD:
        text = text.strip()
        for n in range(len(text)):
            # Cut behind a `}]` within the payload it looks whole: then reader.check refuses it.
            if not text[:n].rstrip().endswith("}]"):
                assert read(text[:n]) == FRAMEWORK, text[:n]


def test_bad_utf8_is_refused():
    for text in (
        b'[2,"\xff","Reset",{}]', b'[2,"1","\xe2\x82",{}]', b'[2,"1",{"\xff":1},1]', b"\x80",
    ):  # fmt: skip
        assert read(text) == FRAMEWORK, text


def test_descriptions_repeat_nothing_received():
    for text, _ in BAD:
        buf = bytearray(text.encode() + b"\0")
        try:
            rpc.read(buf, len(buf) - 1)
        except rpc.RpcError as error:
            assert "Reset" not in error.description and len(error.description) < 100


def test_what_is_written_is_read_again():
    for message_id in ("1", ID, 'a"\\b'):
        payload = rpc.payload({"a": [1, "\u00fc"]})
        text = rpc.call(message_id, "Reset", payload)
        assert read(bytes(text)) == (2, message_id, "Reset", '{"a":[1,"\u00fc"]}')
        text = rpc.result(message_id, payload)
        assert read(bytes(text)) == (3, message_id, None, '{"a":[1,"\u00fc"]}')
        text = rpc.error(message_id, "GenericError", 'say "no"\n')
        assert read(bytes(text)) == (4, message_id, "GenericError", '"say \\"no\\"\\n"')
        assert json.loads(text)[4] == {}


def test_the_longest_head_fits():
    action = "PublishFirmwareStatusNotification"
    assert read(bytes(rpc.call("x" * 36, action, rpc.payload({})))) == (2, "x" * 36, action, "{}")
    theirs = '"' * 36  # takes twice the room
    assert read(bytes(rpc.result(theirs, rpc.payload({})))) == (3, theirs, None, "{}")


def test_a_head_is_written_for_each_attempt():
    payload = rpc.payload({"a": 1})
    for message_id in (ID, "1", "22"):
        text = rpc.call(message_id, "Reset", payload)
        assert read(bytes(text)) == (2, message_id, "Reset", '{"a":1}')


def test_a_list_is_encoded_item_by_item():
    made = []

    def items():
        for n in range(3):
            made.append(n)
            yield {"n": n}

    text = rpc.result("1", rpc.payload_of_list("all", items()))
    assert read(bytes(text)) == (3, "1", None, '{"all":[{"n":0},{"n":1},{"n":2}]}')
    assert made == [0, 1, 2]


def test_description_is_cut_to_255_characters():
    assert len(json.loads(rpc.error("1", "GenericError", "\u00fc" * 300))[3]) == 255


def test_encoding_is_compact_and_keeps_characters():
    assert rpc.encode({}) == b"{}"
    assert rpc.encode({"a": None}) == b'{"a":null}'
    assert rpc.encode(["\u00fc\"\n", True, -2, 1.5]) == '["\u00fc\\"\\n",true,-2,1.5]'.encode()


def test_a_short_text_after_a_long_one_has_nothing_of_it():
    long = rpc.encode({"a": "x" * 1000})
    assert rpc.encode({"b": 1}) == b'{"b":1}'
    assert len(long) == 1008
