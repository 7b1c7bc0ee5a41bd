# runs on: cpython, micropython
"""Reading requests: the verdict on each text, and the values that come out of good ones."""

from ocpp201 import reader, shape
from ocpp201.rpc import RpcError

FORMAT = "FormatViolation"
MISSING = "ProtocolError"
PROPERTY = "PropertyConstraintViolation"
OCCURRENCE = "OccurrenceConstraintViolation"
TYPE = "TypeConstraintViolation"

RESET = "Reset"
SET_VARIABLES = "SetVariables"
GET_REPORT = "GetReport"
BOOT = "BootNotificationResponse"
HEARTBEAT = "HeartbeatResponse"
METER_VALUES = "MeterValuesResponse"
DATA = "DataTransfer"
LOCAL_LIST = "SendLocalList"
COST = "CostUpdated"
PROFILE = "SetChargingProfile"
CERTIFICATE = "CertificateSigned"


def data(json):
    """A DataTransfer: its data may be anything."""
    return '{"vendorId":"v","data":%s}' % json


def variable(value):
    return '{"attributeValue":%s,"component":{"name":"c"},"variable":{"name":"v"}}' % value


def variables(*values):
    return '{"setVariableData":[%s]}' % ",".join(variable(value) for value in values)


def report(criteria):
    return '{"requestId":1,"componentCriteria":[%s]}' % criteria


def profile(tariff):
    return (
        '{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",'
        '"chargingProfileKind":"Relative","chargingSchedule":[{"id":1,"chargingRateUnit":"A",'
        '"chargingSchedulePeriod":[{"startPeriod":0,"limit":16.1}],"salesTariff":%s}]}}' % tariff
    )


def tariff(level):
    entry = '{"relativeTimeInterval":{"start":0},"ePriceLevel":%s}' % level
    return '{"id":1,"salesTariffEntry":[%s]}' % entry


GOOD = (
    (RESET, '{"type":"Immediate"}'),
    (RESET, ' {"type":"OnIdle","evseId":1}'[1:]),
    (RESET, '{ "evseId" : -0 ,\r\n\t"type" : "OnIdle" }'),
    (RESET, '{"type":"\\u0049mmediate"}'),
    (RESET, '{"type":"OnIdle","evseId":12345678901234567890}'),
    (METER_VALUES, "{}"),
    (METER_VALUES, '{"customData":{"vendorId":""}}'),
    (METER_VALUES, '{"customData":{"vendorId":"v","a":{"customData":5,"vendorId":6},"b":[]}}'),
    (METER_VALUES, '{"customData":{"\\u0061":1,"vendorId":"v"}}'),
    (BOOT, '{"currentTime":"2026-11-23T17:31:00Z","interval":300,"status":"Accepted"}'),
    (BOOT, '{"currentTime":"2026-11-23t17:31:00.1234567+01:00","interval":0,"status":"Pending"}'),
    (SET_VARIABLES, variables('""')),
    (SET_VARIABLES, variables('"%s"' % ("x" * 1000))),
    (SET_VARIABLES, variables('"%s"' % ("\u00fc\U0001f600" * 500))),
    (SET_VARIABLES, variables('"%s"' % ("\\ud83d\\uDE00" * 1000))),
    (SET_VARIABLES, variables('"\\"\\\\\\/\\b\\f\\n\\r\\t"')),
    (SET_VARIABLES, '{"setVariableData":[%s , %s]}' % (variable('"1"'), variable('"2"'))),
    (SET_VARIABLES, variables('"1"')[:-1] + "," + variables('"2"')[1:]),
    (GET_REPORT, report(",".join(['"Active"'] * 4))),
    (COST, '{"totalCost":1,"transactionId":"t"}'),
    (COST, '{"totalCost":-0.1e-20,"transactionId":"t"}'),
    (COST, '{"totalCost":1E+20,"transactionId":"t"}'),
    (COST, '{"totalCost":123456789.123456789,"transactionId":"t"}'),
    (PROFILE, profile(tariff("0"))),
    (PROFILE, profile(tariff("-0"))),
    (DATA, data("null")),
    (DATA, data('[1,"a",true,false,null,{"":{"":[]}}]')),
    (DATA, data("[" * 15 + "]" * 15)),
    (DATA, data("[%s]" % ",".join(["1"] * 1024))),
    (DATA, data("{%s}" % ",".join('"%d":1' % i for i in range(64)))),
    (DATA, data('"\u2028\x7f"')),
    (DATA, data('"\\u0000"')),
)  # fmt: skip

BAD = (
    # JSON that is none. DataTransfer's data is free, so nothing but JSON is judged.
    (DATA, data(""), FORMAT),
    (DATA, data("nul"), FORMAT),
    (DATA, data("nulll"), FORMAT),
    (DATA, data("True"), FORMAT),
    (DATA, data("NaN"), FORMAT),
    (DATA, data("Infinity"), FORMAT),
    (DATA, data("-Infinity"), FORMAT),
    (DATA, data("01"), FORMAT),
    (DATA, data("-"), FORMAT),
    (DATA, data("+1"), FORMAT),
    (DATA, data(".5"), FORMAT),
    (DATA, data("1."), FORMAT),
    (DATA, data("1.e1"), FORMAT),
    (DATA, data("1e"), FORMAT),
    (DATA, data("1e+"), FORMAT),
    (DATA, data("0x10"), FORMAT),
    (DATA, data("1_0"), FORMAT),
    (DATA, data("- 1"), FORMAT),
    (DATA, data("1 2"), FORMAT),
    (DATA, data("[1,]"), FORMAT),
    (DATA, data("[,1]"), FORMAT),
    (DATA, data("[1 2]"), FORMAT),
    (DATA, data("[1,,2]"), FORMAT),
    (DATA, data("[1}"), FORMAT),
    (DATA, data("[1"), FORMAT),
    (DATA, data('{"a":1,}'), FORMAT),
    (DATA, data('{"a" 1}'), FORMAT),
    (DATA, data('{"a":}'), FORMAT),
    (DATA, data('{"a"}'), FORMAT),
    (DATA, data("{1:2}"), FORMAT),
    (DATA, data("{a:2}"), FORMAT),
    (DATA, data("{'a':2}"), FORMAT),
    (DATA, data('{"a":1]'), FORMAT),
    (DATA, data('"a'), FORMAT),
    (DATA, data('"a\nb"'), FORMAT),
    (DATA, data('"a\x1fb"'), FORMAT),
    (DATA, data('{"a\tb":1}'), FORMAT),
    (DATA, data('"%s\t"' % ("x" * 200)), FORMAT),
    (DATA, data('"\\x"'), FORMAT),
    (DATA, data('"\\u12"'), FORMAT),
    (DATA, data('"\\u12g4"'), FORMAT),
    (DATA, data('"\\u+123"'), FORMAT),
    (DATA, data('"\\u-123"'), FORMAT),
    (DATA, data('"\\u 123"'), FORMAT),
    (DATA, data('"\\u0x1f"'), FORMAT),
    (DATA, data('"\\ud83d"'), FORMAT),
    (DATA, data('"\\ude00"'), FORMAT),
    (DATA, data('"\\ude00\\ud83d"'), FORMAT),
    (DATA, data('"\\ud83dx\\ude00"'), FORMAT),
    (DATA, data('"\\ud83d\\n"'), FORMAT),
    (DATA, data('"\\ud83d\\ud83d\\ude00"'), FORMAT),
    (DATA, data('{"\\ud83d":1}'), FORMAT),
    (DATA, data("1 /* one */"), FORMAT),
    (DATA, data("1") + " ", FORMAT),
    (DATA, data("1") + "}", FORMAT),
    (DATA, data("1") + ",{}", FORMAT),
    (DATA, '{"vendorId":"v"', FORMAT),
    (DATA, "{", FORMAT),
    (DATA, "[]", FORMAT),
    (DATA, '"a"', FORMAT),
    # limits: JS-1
    (DATA, data("[" * 16 + "]" * 16), FORMAT),
    (DATA, data("[" * 10000), FORMAT),
    (DATA, data('{"a":' * 10000), FORMAT),
    (DATA, data("{%s}" % ",".join('"%d":1' % i for i in range(65))), FORMAT),
    (DATA, data("1" * 21), FORMAT),
    (DATA, data("1" * 400), FORMAT),
    (DATA, data("1e400"), FORMAT),
    (DATA, data("1e21"), FORMAT),
    (DATA, data("1e-21"), FORMAT),
    (DATA, data("[%s]" % ",".join(["1"] * 1025)), OCCURRENCE),
    # what a schema asks for
    (RESET, "{}", MISSING),
    (RESET, '{"evseId":1}', MISSING),
    (RESET, '{"type":null}', TYPE),
    (RESET, '{"type":1}', TYPE),
    (RESET, '{"type":["OnIdle"]}', TYPE),
    (RESET, '{"type":"OnIdle","evseId":1.0}', TYPE),
    (RESET, '{"type":"OnIdle","evseId":1e2}', TYPE),
    (RESET, '{"type":"OnIdle","evseId":"1"}', TYPE),
    (RESET, '{"type":"OnIdle","evseId":true}', TYPE),
    (RESET, '{"type":"OnIdle","evseId":{}}', TYPE),
    (RESET, '{"type":"OnIdle","type":"Never"}', PROPERTY),
    (RESET, '{"type":"Never","type":"OnIdle"}', PROPERTY),
    (RESET, '{"type":""}', PROPERTY),
    (RESET, '{"type":"onidle"}', PROPERTY),
    (RESET, '{"type":"Immediate|OnIdle"}', PROPERTY),
    (RESET, '{"type":"|"}', PROPERTY),
    (RESET, '{"type":"e"}', PROPERTY),
    (RESET, '{"type":"OnIdle","a":1}', PROPERTY),
    (RESET, '{"type":"OnIdle","Type":1}', PROPERTY),
    (RESET, '{"type":"OnIdle","":1}', PROPERTY),
    (RESET, '{"type":"OnIdle","OnIdle":1}', PROPERTY),
    (RESET, '{"\\u0074ype":"OnIdle"}', PROPERTY),
    (METER_VALUES, '{"a":1}', PROPERTY),
    (METER_VALUES, '{"vendorId":"v"}', PROPERTY),
    (METER_VALUES, '{"customData":5}', TYPE),
    (METER_VALUES, '{"customData":[]}', TYPE),
    (METER_VALUES, '{"customData":"v"}', TYPE),
    (METER_VALUES, '{"customData":null}', TYPE),
    (METER_VALUES, '{"customData":{}}', MISSING),
    (METER_VALUES, '{"customData":{"a":{"vendorId":"v"}}}', MISSING),
    (METER_VALUES, '{"customData":{"vendorId":5}}', TYPE),
    (METER_VALUES, '{"customData":{"vendorId":"%s"}}' % ("v" * 256), PROPERTY),
    (HEARTBEAT, '{"currentTime":"now"}', PROPERTY),
    (HEARTBEAT, '{"currentTime":"2026-02-29T00:00:00Z"}', PROPERTY),
    (HEARTBEAT, '{"currentTime":"2026-11-23T17:31:00"}', PROPERTY),
    (HEARTBEAT, '{"currentTime":"2026-11-23 17:31:00Z"}', PROPERTY),
    (HEARTBEAT, '{"currentTime":5}', TYPE),
    (SET_VARIABLES, "{}", MISSING),
    (SET_VARIABLES, '{"setVariableData":[]}', OCCURRENCE),
    (SET_VARIABLES, '{"setVariableData":{}}', TYPE),
    (SET_VARIABLES, '{"setVariableData":[1]}', TYPE),
    (SET_VARIABLES, '{"setVariableData":[[]]}', TYPE),
    (SET_VARIABLES, '{"setVariableData":[%s,{}]}' % variable('"1"'), MISSING),
    (SET_VARIABLES, '{"setVariableData":[%s,]}' % variable('"1"'), FORMAT),
    (SET_VARIABLES, '{"setVariableData":[%s]}' % variable("1"), TYPE),
    (SET_VARIABLES, variables('"%s"' % ("x" * 1001)), PROPERTY),
    (SET_VARIABLES, variables('"%s"' % ("\u00fc" * 1001)), PROPERTY),
    (SET_VARIABLES, variables('"%s"' % ("\\n" * 1001)), PROPERTY),
    (GET_REPORT, report(",".join(['"Active"'] * 5)), OCCURRENCE),
    (GET_REPORT, report('"active"'), PROPERTY),
    (COST, '{"totalCost":"1","transactionId":"t"}', TYPE),
    (PROFILE, profile(tariff("-1")), PROPERTY),
    (PROFILE, profile(tariff("1.5")), TYPE),
    (PROFILE, profile('{"id":1,"salesTariffEntry":[{"ePriceLevel":1}]}'), MISSING),
)  # fmt: skip

# What is said of some faults: the field and the limit, never what was received.
SAID = (
    (CERTIFICATE, '{"certificateChain":"%s"}' % ("x" * 10001),
     "certificateChain longer than 10000"),
    (SET_VARIABLES, '{"setVariableData":[]}', "setVariableData is empty"),
    (SET_VARIABLES, '{"setVariableData":[{}]}', "attributeValue is missing"),
    (SET_VARIABLES, '{"setVariableData":[{"attributeValue":""}]}', "component is missing"),
    (SET_VARIABLES, '{"setVariableData":[{"secret":1}]}', "unknown field in SetVariableData"),
    (RESET, '{"secret":1}', "unknown field in Reset"),
    (GET_REPORT, report(",".join(['"Active"'] * 5)),
     "componentCriteria has more than 4 items"),
    (METER_VALUES, '{"customData":5}', "customData is of another JSON type"),
    (LOCAL_LIST, '{"versionNumber":1,"updateType":"secret"}', "updateType is unknown"),
)  # fmt: skip


def check(message, text):
    """The Fields, or the RpcError. Behind the text stands what stands there in a CALL."""
    data = text if isinstance(text, bytes) else text.encode()
    buf = bytearray(data + b"]\0")
    try:
        return reader.check(buf, 0, len(data), shape.of(message))
    except RpcError as error:
        return error


def test_good_requests_pass():
    for message, text in GOOD:
        result = check(message, text)
        assert isinstance(result, reader.Fields), (text[:100], result.code, result.description)


def test_bad_requests_have_their_code():
    for message, text, code in BAD:
        result = check(message, text)
        assert isinstance(result, RpcError), text[:100]
        assert result.code == code, (text[:100], result.code, result.description)


def test_descriptions_name_field_and_limit():
    for message, text, description in SAID:
        assert check(message, text).description == description


def test_every_beginning_of_a_request_is_refused():
    for message, text in GOOD[:10]:
        for n in range(len(text)):
            assert isinstance(check(message, text[:n]), RpcError), text[:n]


def test_bad_utf8_is_refused():
    for wrong in (b"\xff", b"\xc3", b"\xe2\x82", b"\x80", b"\\n\xff", b"x" * 100 + b"\xff"):
        assert check(DATA, b'{"vendorId":"%s"}' % wrong).code == FORMAT
        assert check(DATA, b'{"vendorId":"v","data":{"%s":1}}' % wrong).code == FORMAT
        assert check(DATA, b'{"vendorId":"v","%s":1}' % wrong).code == FORMAT
    assert check(RESET, b'{"type":"\\n\xff"}').code == FORMAT


def test_fields_give_values():
    text = '{"interval":300,"status":"Accepted","currentTime":"2026-11-23T17:31:00Z"}'
    fields = check(BOOT, text)
    assert fields.get("interval") == 300
    assert fields.get("status") == "Accepted"
    assert fields.get("currentTime") == "2026-11-23T17:31:00Z"
    assert fields.get("statusInfo") is None and fields.get("statusInfo", 5) == 5
    assert fields.has("status") and not fields.has("statusInfo") and not fields.has("customData")


def test_nested_values_come_as_objects():
    text = '{"setVariableData" : [ %s ] , "customData":{"vendorId":"v","a":[1]}}' % variable('"1"')
    fields = check(SET_VARIABLES, text)
    assert fields.get("setVariableData") == [
        {"attributeValue": "1", "component": {"name": "c"}, "variable": {"name": "v"}}
    ]
    assert fields.get("customData") == {"vendorId": "v", "a": [1]}


def test_items_come_one_at_a_time():
    items = ",".join(' %s\n' % variable('"%d"' % i) for i in range(60))
    fields = check(SET_VARIABLES, '{"setVariableData":[%s]}' % items)
    assert fields.count("setVariableData") == 60
    values = [item["attributeValue"] for item in fields.items("setVariableData")]
    assert values == [str(i) for i in range(60)]
    fields = check(GET_REPORT, '{"componentCriteria":["Active", "Problem"],"requestId":1}')
    assert list(fields.items("componentCriteria")) == ["Active", "Problem"]
    assert list(fields.items("componentVariable")) == [] and fields.count("componentVariable") == 0
    fields = check("GetDisplayMessages", '{"id":[1, 22 ,333 ],"requestId":1}')
    assert list(fields.items("id")) == [1, 22, 333] and fields.count("id") == 3


def test_the_last_of_repeated_fields_counts():
    fields = check(RESET, '{"type":"OnIdle","evseId":1,"type":"Immediate"}')
    assert fields.get("type") == "Immediate" and fields.get("evseId") == 1
    text = '{"setVariableData":[%s,%s],"setVariableData":[%s]}'
    fields = check(SET_VARIABLES, text % (variable('"1"'), variable('"2"'), variable('"3"')))
    assert fields.count("setVariableData") == 1
    assert [item["attributeValue"] for item in fields.items("setVariableData")] == ["3"]


def test_strings_come_as_they_were_meant():
    for json, meant in (
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"a\\uD83D\\uDE00\\ud83d\\ude00\\u00fcb"', "a\U0001f600\U0001f600\u00fcb"),
        ('"\\\\ud83d\\\\ude00"', "\\ud83d\\ude00"),
        ('"\\\\\\ud83d\\ude00"', "\\\U0001f600"),
        ('"\u00fc\\n"', "\u00fc\n"),
        ('"\u00fc"', "\u00fc"),
        ('"\\u0041"', "A"),
        ('""', ""),
    ):
        assert check(DATA, data(json)).get("data") == meant, json
        assert check(DATA, data('{"a":[%s]}' % json)).get("data") == {"a": [meant]}, json


def test_a_field_that_the_request_cannot_have_is_our_mistake():
    fields = check(RESET, '{"type":"OnIdle","customData":{"vendorId":"v"}}')
    try:
        fields.get("tpye")
        raise AssertionError
    except KeyError:
        pass


def test_nothing_but_a_message_has_a_shape():
    for name in ("", "=", "end", "Rese", "reset", "IdToken", "SetVariableData", "=Reset",
                 "Reset 6446", "Reset 6446\nSendLocalList", "Reset\n", "\nReset", "\u00fc"):
        assert shape.of(name) is None, name


def test_a_shape_has_all_its_types():
    for name in (RESET, PROFILE, BOOT, DATA):
        text, start, end = shape.of(name)
        while text.find(b"{", start, end) >= 0:
            start = text.find(b"{", start, end) + 1
            assert shape.of_type(text, text[start : text.find(b"}", start)])


def test_skip_finds_the_end_of_any_value():
    for text in ("1", '"a\\""', "true", "[1,[2]]", '{"a":{"b":"]"}}', "-1.5e3"):
        buf = bytearray((text + " ,x").encode())
        assert reader.skip(buf, 0, len(buf) - 1) == len(text)
