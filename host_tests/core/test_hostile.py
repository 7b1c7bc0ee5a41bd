# runs on: cpython, micropython
"""Hostile and broken input, row by row. After each the station still answers, its transaction
still runs, and nothing of its own has failed.

RPC: the envelope; JS: the JSON; AP: what the messages say; NET: time.
"""

import json

from host_tests.core_station import SILENCE, WALL, CoreStation
from ocpp201.store import RamFiles
from ocpp201.timefmt import format_time

CARD = "04A1B2C3D4E5F6"


def station(**more):
    s = CoreStation(**more)
    s.charge(1, token=CARD)
    return s


def says(s, text, message_id="-1"):
    """The code of the CALLERROR with this id that the text gets, "result", or None: no answer."""
    s._replies = {}
    s.now += 1
    s.raw(text)
    s.pump()
    reply = s._replies.get(message_id)
    assert len(s._replies) == (1 if reply else 0), s._replies
    return None if reply is None else "result" if reply[0] == 3 else reply[2]


def assert_alive(s):
    """It answers, the transaction goes on, and nothing of our own has failed."""
    running = s.cp.get_evse_transaction_id(1)
    assert running is not None
    result = s.call("GetVariables", A_VARIABLE)["getVariableResult"][0]
    assert (result["attributeStatus"], result["attributeValue"]) == ("Accepted", "120")
    s.forget()
    for state in ("SuspendedEV", "Charging"):
        s.charging(1, state)
    assert s.events() == [
        ("Updated", "ChargingStateChanged", "SuspendedEV"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]
    assert s.last("TransactionEvent")["transactionInfo"]["transactionId"] == running
    assert s.cp.may_charge(1)
    assert s.cp.errors == 0
    assert not s.cp.wants_reconnect


A_VARIABLE = {
    "getVariableData": [
        {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}}
    ]
}
A_CALL = json.dumps(A_VARIABLE)


# --- RPC-1: no frame at all ---


def test_RPC1_what_is_no_frame_is_a_framework_error():
    s = station()
    for text in (
        "", " ", "hello", "[", "[]", "{}", "null", "true", "7", '"[2]"', "[2,",
        '[2,"x","GetVariables",{}',
        '[2,"x","GetVariables",{]', '[2,"x","GetVariables",{}]]', "\ufeff[2]", '[2 "x"]', "[,]",
        "[2,]",
        "{\"a\":1}", "[2,'x']", '[2,"x","Heartbeat",{}] trailing', "\x00", "[" * 15,
    ):  # fmt: skip
        assert says(s, text) == "RpcFrameworkError", text
    assert_alive(s)


def test_RPC1_a_storm_of_nonsense_is_answered_once_a_second():
    s = station()
    s._replies = {}
    s.now += 1
    errors = len(s.log)
    for _ in range(500):
        s.raw("nonsense")
    texts = drain(s)
    assert len(texts) == 1 and "RpcFrameworkError" in texts[0]
    assert len(s.log) - errors < 10
    assert_alive(s)


def test_RPC1_invalid_messages_are_noted_at_most_once_a_minute():
    s = station()
    s.log = []
    for _ in range(60):
        s.now += 1
        s.raw("nonsense")
        drain(s)
    noted = [text for _, text in s.log if "InvalidMessages" in text]
    assert 1 <= len(noted) <= 2, noted
    assert_alive(s)


def drain(s):
    """The texts that the station writes; they go past the checker."""
    texts = []
    s.cp.wakeup(s.now)
    text = s.cp.next_text(s.now)
    while text is not None:
        texts.append(bytes(text).decode())
        s._station_sent(texts[-1])
        text = s.cp.next_text(s.now)
    return texts


# --- RPC-2: message types ---


def test_RPC2_other_message_types_are_not_supported():
    s = station()
    for kind in ("0", "-1", "1", "5", "6", "99", '"2"', "true", "null", "2.0", "1e9", "22", "[2]"):
        text = '[%s,"t-1","GetVariables",%s]' % (kind, A_CALL)
        assert says(s, text, "t-1") == "MessageTypeNotSupported", kind
    assert says(s, '[9,{"id":1},"GetVariables",{}]') == "MessageTypeNotSupported"
    assert says(s, "[9]") == "MessageTypeNotSupported"
    assert_alive(s)


# --- RPC-3: number of elements ---


def test_RPC3_a_call_of_another_length_is_a_format_violation():
    s = station()
    assert says(s, "[2]") == "FormatViolation"
    for rest in ("", ',"GetVariables"'):
        assert says(s, '[2,"n-1"%s]' % rest, "n-1") == "FormatViolation", rest
    for extra in range(1, 5):
        text = '[2,"e-%d","GetVariables",%s%s]' % (extra, A_CALL, ",{}" * extra)
        assert says(s, text, "e-%d" % extra) == "FormatViolation", extra
    assert_alive(s)


def test_RPC3_each_malformed_call_with_an_id_has_its_answer_even_in_one_second():
    s = station()
    s._replies = {}
    s.now += 1
    for n in range(3):
        s.raw('[2,"n-%d","GetVariables"]' % n)
        s.raw('[7,"t-%d"]' % n)
    s.pump()
    codes = [s._replies[one][2] for one in ("n-0", "n-1", "n-2", "t-0", "t-1", "t-2")]
    assert codes == ["FormatViolation"] * 3 + ["MessageTypeNotSupported"] * 3
    assert_alive(s)


def test_RPC3_elements_of_another_kind_are_a_format_violation():
    s = station()
    for action, payload in (
        ("7", "{}"), ("null", "{}"), ('["GetVariables"]', "{}"), ('"GetVariables"', "null"),
        ('"GetVariables"', "[]"), ('"GetVariables"', '"{}"'), ('"GetVariables"', "7"),
    ):  # fmt: skip
        assert says(s, '[2,"n-1",%s,%s]' % (action, payload), "n-1") == "FormatViolation", payload
    assert_alive(s)


def waiting(s):
    """A CALL of the station is open; its id."""
    s.answers["DataTransfer"] = SILENCE
    s.ends = []
    assert s.cp.data_transfer("org.example", None, "x", lambda *end: s.ends.append(end))
    s.pump()
    return s.unanswered


def land(s):
    """Now the CSMS answers what is open."""
    s.answers = {}
    s.raw('[3,"%s",{"status":"Accepted"}]' % s.unanswered)
    s.unanswered = None
    s.pump()
    assert s.ends == [("Accepted", None)]


def test_RPC3_a_malformed_answer_is_dropped_and_the_call_keeps_waiting():
    s = station()
    mine = waiting(s)
    for text in (
        '[3,"%s"]', '[3,"%s",{"status":"Accepted"},{}]', '[3,"%s",null]', '[3,"%s",[]]',
        '[4,"%s"]',
        '[4,"%s","InternalError","",{},{}]', '[4,"%s",7,"",{}]',
    ):  # fmt: skip
        assert says(s, text % mine) is None, text
        assert s.ends == []
    land(s)
    assert_alive(s)


def test_RPC3_a_short_callerror_is_a_failure():
    for text in ('[4,"%s","InternalError"]', '[4,"%s","InternalError","why"]'):
        s = station()
        mine = waiting(s)
        s.answers, s.unanswered = {}, None
        assert says(s, text % mine) is None
        assert s.ends == [(None, None)]
        assert_alive(s)


# --- RPC-4: message ids ---


def test_RPC4_an_id_that_can_not_be_used_is_a_format_violation():
    s = station()
    for message_id in (
        '""', '"%s"' % ("i" * 37), '"%s"' % ("i" * 10000), "7", "null", "[]", "{}", "true",
        '"a\\u0000b"',
        '"a\\nb"', '"\\u00e9"', '"\xe9"', '"\\ud83d\\ude00"',
    ):  # fmt: skip
        text = '[2,%s,"GetVariables",%s]' % (message_id, A_CALL)
        assert says(s, text) == "FormatViolation", message_id
    assert_alive(s)


def test_RPC4_strange_ids_are_ids():
    s = station()
    for message_id in (
        "-1", "__proto__", "i" * 36, " ", "../../etc/passwd", "$(reboot)", "%s%n", "a]b", "{}",
        "a,b", "__class__",
    ):  # fmt: skip
        text = '[2,"%s","GetVariables",%s]' % (message_id, A_CALL)
        assert says(s, text, message_id) == "result", message_id
    assert says(s, '[2,"a\\"b","GetVariables",%s]' % A_CALL, 'a"b') == "result"
    assert_alive(s)


# --- RPC-5: the same CALL again ---


def unlocks(s):
    return len(s.integrator.named("unlock_connector"))


def test_RPC5_the_same_call_again_is_answered_again_and_acted_on_once():
    s = station()
    text = '[2,"again","UnlockConnector",{"evseId":2,"connectorId":1}]'
    availability = (
        '[2,"twice","ChangeAvailability",{"operationalStatus":"Inoperative","evse":{"id":2}}]'
    )
    for _ in range(3):
        assert says(s, availability, "twice") == "result"
    assert says(s, text, "again") == "result"
    says(s, text, "again")
    assert unlocks(s) == 1
    assert_alive(s)


def test_RPC5_the_same_id_with_another_payload_or_action_is_an_error():
    s = station()
    first = '[2,"same","ChangeAvailability",{"operationalStatus":"Inoperative","evse":{"id":2}}]'
    assert says(s, first, "same") == "result"
    other = first.replace("Inoperative", "Operative")
    assert says(s, other, "same") == "InternalError"
    assert s.statuses()[-1] == (2, 2, "Unavailable")
    third = first.replace("ChangeAvailability", "GetVariables")
    assert says(s, third, "same") == "InternalError"
    assert_alive(s)


def test_RPC5_the_same_id_before_the_answer_acts_once():
    s = station()
    moving = []
    s.integrator.unlock_connector = lambda evse_id, connector_id, done: moving.append(done)
    for _ in range(3):
        s.now += 1
        s.raw('[2,"slow","UnlockConnector",{"evseId":2,"connectorId":1}]')
        s.pump()
    assert len(moving) == 1
    moving[0]("Unlocked")
    s.pump()
    assert s._replies["slow"][2] == {"status": "Unlocked"}
    assert_alive(s)


def test_RPC5_a_reset_that_comes_twice_resets_once():
    s = CoreStation()
    for _ in range(2):
        s.raw('[2,"reset","Reset",{"type":"Immediate"}]')
    s.pump()
    s.run(20)
    assert s.integrator.named("reset") == [("reset", None, "Immediate")]


# --- RPC-6: answers to nothing ---


def test_RPC6_answers_to_nothing_are_dropped():
    s = station()
    for text in (
        '[3,"nobody",{}]', '[4,"nobody","InternalError","",{}]', '[4,"-1","InternalError","",{}]',
        '[3,"-1",{}]',
        '[3,"nobody",{"status":"Accepted","interval":5}]',
    ):  # fmt: skip
        assert says(s, text) is None
    assert_alive(s)


def test_RPC6_a_foreign_answer_does_not_end_the_open_call():
    s = station()
    waiting(s)
    for text in (
        '[3,"nobody",{"status":"Accepted"}]',
        '[4,"nobody","InternalError","",{}]',
        '[3,"-1",{}]',
    ):
        says(s, text)
        assert s.ends == []
    land(s)
    assert_alive(s)


def test_RPC6_an_answer_twice_counts_once():
    s = station()
    mine = waiting(s)
    land(s)
    says(s, '[3,"%s",{"status":"Accepted"}]' % mine)
    says(s, '[4,"%s","InternalError","",{}]' % mine)
    assert s.ends == [("Accepted", None)]
    assert_alive(s)


def test_RPC6_an_error_without_id_means_the_open_call():
    s = station()
    waiting(s)
    s.answers, s.unanswered = {}, None
    says(s, '[4,"-1","RpcFrameworkError","",{}]')
    assert s.ends == [(None, None)]
    assert_alive(s)


# --- RPC-7: answers that can't be ---


def boot(**changed):
    answer = {"status": "Accepted", "interval": 300, "currentTime": format_time(WALL + 10)}
    answer.update(changed)
    return {key: answer[key] for key in answer if answer[key] is not MISSING}


MISSING = "missing"


def test_RPC7_a_boot_answer_that_breaks_its_schema_is_none():
    for answer in (
        boot(status=MISSING), boot(status="accepted"), boot(status=""), boot(status=None),
        boot(interval=MISSING), boot(interval="300"), boot(interval=2.5), boot(interval=None),
        boot(interval=True), boot(currentTime=MISSING), boot(currentTime=""),
        boot(currentTime="now"),
        boot(currentTime=848707200), boot(currentTime="2026-11-23 00:00"),
        boot(currentTime="2026-11-23T00:00:10"), boot(currentTime="2026-13-45T99:99:99Z"),
        boot(extra=1), {},
    ):  # fmt: skip
        s = CoreStation(online=False)
        s.answers["BootNotification"] = answer
        s.connect()
        assert s.cp.registration.status == "", answer
        assert s.cp.clock.utc(s.now) is None
        assert [action for action, _ in s.sent] == ["BootNotification"]
        s.answers["BootNotification"] = s.boot_answer("Accepted")
        s.run(60)
        assert s.cp.registration.status == "Accepted"
        assert s.cp.errors == 0


def test_RPC7_a_strange_interval_is_clamped():
    for interval, expected in ((-1, 300), (0, 300), (1, 1), (10**18, 86400), (86401, 86400)):
        s = CoreStation(online=False)
        s.answers["BootNotification"] = boot(interval=interval)
        s.connect()
        assert s.cp.registration.status == "Accepted"
        assert s.cp.variables.number("OCPPCommCtrlr.HeartbeatInterval") == expected, interval


def test_RPC7_while_pending_a_strange_interval_does_not_storm():
    for interval in (-1, 0, -(10**9)):
        s = CoreStation(online=False)
        s.answers["BootNotification"] = boot(status="Pending", interval=interval)
        s.connect()
        s.run(29)
        assert len(s.messages("BootNotification")) == 1
        s.run(31)
        assert len(s.messages("BootNotification")) == 2


def test_RPC7_an_implausible_time_does_not_move_the_clock():
    for text in (
        "1970-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
        "2037-11-24T00:00:00Z",
    ):  # fmt: skip
        s = station()
        s.answers["Heartbeat"] = {"currentTime": text}
        s.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
        assert s.cp.clock.utc(s.now) == WALL + s.now, text
        assert_alive(s)


def test_RPC7_unusual_times_are_times():
    for text, second in (
        ("2026-11-23T01:00:00.123456789Z", 3600), ("2026-11-23T02:30:00+01:30", 3600),
        ("2026-11-22T23:59:60Z", 0), ("2026-11-23t01:00:00z", 3600),
    ):  # fmt: skip
        s = CoreStation()
        s.answers["Heartbeat"] = {"currentTime": text}
        s.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
        assert abs(s.cp.clock.utc(s.now) - (WALL + second)) <= 1, text


def test_RPC7_transaction_answers_that_break_their_schema_are_a_failure():
    for answer in (
        {"idTokenInfo": {}}, {"idTokenInfo": {"status": "Nope"}}, {"totalCost": "3"},
        {"surprise": 1},
    ):  # fmt: skip
        s = station()
        s.answers["TransactionEvent"] = answer
        s.charging(1, "SuspendedEV")
        s.answers = {}
        s.run(10)
        numbers = [one["seqNo"] for one in s.messages("TransactionEvent")]
        assert numbers.count(2) == 2, answer
        s.charging(1)
        assert_alive(s)


# --- RPC-8: crossing and crowding ---


def test_RPC8_a_call_while_ours_is_open_is_answered():
    s = station()
    waiting(s)
    assert s.call("GetVariables", A_VARIABLE)["getVariableResult"]
    land(s)
    assert_alive(s)


def test_RPC8_fifty_calls_without_waiting_are_answered_in_their_order():
    s = station()
    for n in range(50):
        s.raw('[2,"c-%d","GetVariables",%s]' % (n, A_CALL))
    answers = [text for text in drain(s) if text.startswith("[3,")]
    assert [text.split('"')[1] for text in answers] == ["c-%d" % n for n in range(50)]
    assert_alive(s)


def test_RPC8_while_pending_only_some_calls_are_answered():  # B02.FR.01
    s = CoreStation(boot="Pending")
    assert s.call("GetVariables", A_VARIABLE)["getVariableResult"]
    for action, payload in (
        ("ChangeAvailability", {"operationalStatus": "Inoperative"}),
        ("UnlockConnector", {"evseId": 1, "connectorId": 1}),
        ("ClearCache", {}), ("DataTransfer", {"vendorId": "x"}),
    ):  # fmt: skip
        assert s.call(action, payload) == "SecurityError", action
    assert s.call("RequestStopTransaction", {"transactionId": "x"}) == {"status": "Rejected"}
    assert s.cp.state.operative


def test_RPC8_while_rejected_and_before_boot_no_call_is_answered():  # B03.FR.08, B01.FR.10
    for answer in ("Rejected", SILENCE):
        s = CoreStation(online=False)
        if answer is SILENCE:
            s.answers["BootNotification"] = SILENCE
        else:
            s.answers["BootNotification"] = s.boot_answer(answer)
        s.connect()
        for action, payload in (
            ("GetVariables", A_VARIABLE), ("Reset", {"type": "Immediate"}), ("SetVariables",
            A_VARIABLE),
            ("TriggerMessage", {"requestedMessage": "BootNotification"}),
        ):  # fmt: skip
            assert s.call(action, payload) == "SecurityError", action
        assert s.integrator.named("reset") == []


def test_RPC8_an_unknown_action_is_not_implemented_a_known_one_not_supported():
    s = station()
    for action in (
        "Coffee",
        "heartbeat",
        "Heartbeat",
        "BootNotification",
        "",
        "__init__",
        "unlockConnector",
    ):
        assert says(s, '[2,"a-1","%s",{}]' % action, "a-1") == "NotImplemented", action
        s.cp.connected(True, s.now)  # a new connection: the id may be used again
        s.pump()
    assert_alive(s)


# --- RPC-9: a CSMS that fails ---


def test_RPC9_a_csms_that_refuses_everything_is_outlived():
    for error in ("InternalError", "NotSupported", "OccurenceConstraintViolation", "Whatever", ""):
        s = station()
        known = s.answers
        s.answers = Everything((error,))
        s.plug(2)
        s.tap("04BB", 2)
        s.charging(1, "SuspendedEV")
        s.run(1200)
        s.answers = known
        s.run(600)
        assert list(s.cp.outbox.waiting()) == [], error
        s.charging(1)
        assert_alive(s)


def test_RPC9_a_csms_that_never_answers_is_outlived():
    s = station()
    known = s.answers
    s.answers = Everything(SILENCE)
    s.plug(2)
    s.tap("04BB", 2)
    s.run(1200)
    assert s.cp.wants_reconnect
    s.disconnect()
    s.answers = known
    s.connect()
    s.run(600)
    assert list(s.cp.outbox.waiting()) == []
    assert_alive(s)


class Everything:
    """The same answer to all."""

    def __init__(self, answer):
        self.answer = answer

    def get(self, action, usual):
        return self.answer


def test_RPC9_strange_callerrors_are_errors():
    for rest in (
        '"InternalError","%s",{}' % ("d" * 300), '"InternalError",null,{}',
        '"InternalError","",null',
        '"InternalError","",[]', '"","",{}', '"InternalError",7,7',
    ):  # fmt: skip
        s = station()
        mine = waiting(s)
        s.answers, s.unanswered = {}, None
        assert says(s, '[4,"%s",%s]' % (mine, rest)) is None
        assert s.ends == [(None, None)], rest
        assert_alive(s)


# --- JS-1, JS-2, JS-3: JSON ---


def get_variables(name):
    """A GetVariables with this JSON as the name of a component."""
    return (
        '{"getVariableData":[{"component":{"name":%s},'
        '"variable":{"name":"EVConnectionTimeOut"}}]}' % name
    )


def test_JS1_depth_width_and_length_are_bounded():
    s = station()
    deep = '{"customData":{"vendorId":"x","a":%s%s}}' % ("[" * 10000, "]" * 10000)
    wide = '{"customData":{"vendorId":"x",%s}}' % ",".join('"k%d":1' % n for n in range(10000))
    for payload in (
        deep, wide, '{"customData":{"vendorId":"x","a":1e400}}',
        '{"customData":{"vendorId":"x","a":%s}}' % ("9" * 400),
        '{"customData":{"vendorId":"x","a":NaN}}', '{"customData":{"vendorId":"x","a":Infinity}}',
        '{"customData":{"vendorId":"x","a":-Infinity}}', '{"customData":{"vendorId":"x","a":01}}',
        '{"customData":{"vendorId":"x","a":+1}}', '{"customData":{"vendorId":"x","a":.5}}',
        '{"customData":{"vendorId":"x","a":1.}}', '{"customData":{"vendorId":"x","a":0x10}}',
    ):  # fmt: skip
        got = says(s, '[2,"j-%d","ClearCache",%s]' % (s.now, payload), "j-%d" % s.now)
        assert got in ("FormatViolation", "NotSupported"), (got, payload[:60])
        payload = payload[:-1] + ',"requestedMessage":"Heartbeat"}'
        got = says(s, '[2,"j-%d","TriggerMessage",%s]' % (s.now, payload), "j-%d" % s.now)
        assert got == "FormatViolation", (got, payload[:60])
    assert_alive(s)


def test_JS1_nesting_outside_the_payload_is_bounded_too():
    s = station()
    for text in ("[" * 10000 + "]" * 10000, '[2,"n",' + "[" * 10000, "[" * 10000):
        assert says(s, text) == "RpcFrameworkError"
    assert_alive(s)


def test_JS2_of_duplicate_keys_the_last_one_counts():
    s = station()  # the checker would not take such a CALL for one, so it does not hear of it
    s.cp.receive_text(
        '[2,"d","TriggerMessage",{"requestedMessage":"StatusNotification",'
        '"requestedMessage":"Heartbeat"}]',
        s.now,
    )
    assert bytes(s.cp.next_text(s.now)) == b'[3,"d",{"status":"Accepted"}]'
    s.forget()
    s.pump()
    assert [action for action, _ in s.sent] == ["Heartbeat"]
    assert_alive(s)


def test_JS3_strings():
    s = station()
    for name, expected in (
        ('"%s"' % ("x" * 100000), "PropertyConstraintViolation"), ('"\\ud800"', "FormatViolation"),
        ('"\\udc00\\ud800"', "FormatViolation"), ('"\\u12"', "FormatViolation"),
        ('"\\x41"', "FormatViolation"), ('"\\u0000"', "result"), ('"\\ud83d\\ude00"', "result"),
        ('"\t"', "FormatViolation"), ('"open', "FormatViolation"),
    ):  # fmt: skip
        message_id = "s-%d" % s.now
        text = '[2,"%s","GetVariables",%s]' % (message_id, get_variables(name))
        got = says(s, text, message_id)
        assert got == expected, (got, name[:20])
    assert_alive(s)


# --- JS-4: the shape of a request ---

GOOD = {
    "idToken": {"idToken": "04BB", "type": "ISO14443"},
    "remoteStartId": 1,
    "evseId": 2,
}


def changed(path, value):
    """GOOD with one thing else."""
    request = json.loads(json.dumps(GOOD))
    place = request
    for key in path[:-1]:
        place = place[key]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(request)


def test_JS4_each_way_to_be_wrong_has_its_code():
    s = station()
    wrong_type, impossible = "TypeConstraintViolation", "PropertyConstraintViolation"
    for path, value, expected in (
        (("idToken",), MISSING, "ProtocolError"),
        (("remoteStartId",), MISSING, "ProtocolError"),
        (("idToken", "type"), MISSING, "ProtocolError"),
        (("idToken",), None, wrong_type),
        (("idToken",), [], wrong_type),
        (("idToken",), "04BB", wrong_type),
        (("idToken", "idToken"), None, wrong_type),
        (("idToken", "idToken"), 7, wrong_type),
        (("idToken", "idToken"), "x" * 37, impossible),
        (("idToken", "type"), "iso14443", impossible),
        (("idToken", "type"), "", impossible),
        (("idToken", "additionalInfo"), [], "OccurrenceConstraintViolation"),
        (("idToken", "additionalInfo"), [None], wrong_type),
        (("idToken", "extra"), 1, impossible),
        (("extra",), 1, impossible),
        (("evseId",), "2", wrong_type),
        (("evseId",), 2.5, wrong_type),
        (("evseId",), True, wrong_type),
        (("evseId",), None, wrong_type),
        (("customData",), {}, "ProtocolError"),
        (("customData",), {"vendorId": 7}, wrong_type),
        (("customData",), {"vendorId": "v" * 256}, impossible),
        (("customData",), "x", wrong_type),
    ):
        message_id = "f-%d" % s.now
        text = '[2,"%s","RequestStartTransaction",%s]' % (message_id, changed(path, value))
        assert says(s, text, message_id) == expected, (path, value)
    s.forget()
    assert s.messages("Authorize") == []
    assert s.cp.get_evse_transaction_id(2) is None
    assert_alive(s)


def test_JS4_custom_data_with_a_vendor_is_accepted_and_ignored():  # TC_P_03
    s = station()
    s.plug(2)
    custom = {"vendorId": "org.example", "anything": [{"deep": [1, None, "x" * 100000]}]}
    for path in (("customData",), ("idToken", "customData")):
        message_id = "c-%d" % s.now
        text = '[2,"%s","RequestStartTransaction",%s]' % (message_id, changed(path, custom))
        assert says(s, text, message_id) == "result"
    assert s.cp.get_evse_transaction_id(2) is not None
    assert "customData" not in s.messages("TransactionEvent")[-1]["idToken"]
    assert_alive(s)


# --- AP-1: ids of things that do not exist ---


def test_AP1_what_does_not_exist_is_refused_in_the_messages_own_words():
    s = station()
    for evse_id in (0, -1, 3, 99, 2147483647, -2147483648, 10**15):
        start = dict(GOOD, evseId=evse_id)
        evse = {"id": evse_id}
        for action, payload, status in (
            ("RequestStartTransaction", start, "Rejected"),
            ("UnlockConnector", {"evseId": evse_id, "connectorId": 1}, "UnknownConnector"),
            ("UnlockConnector", {"evseId": 1, "connectorId": evse_id}, "UnknownConnector"),
            ("Reset", {"type": "Immediate", "evseId": evse_id}, "Rejected"),
            ("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": evse}, "Rejected"),
            ("TriggerMessage", {"requestedMessage": "MeterValues", "evse": evse}, "Rejected"),
        ):  # fmt: skip
            assert s.call(action, payload)["status"] == status, (action, payload)
    connectors = {"operationalStatus": "Inoperative", "evse": {"id": 1, "connectorId": 3}}
    assert s.call("ChangeAvailability", connectors) == {"status": "Rejected"}
    assert s.call("RequestStopTransaction", {"transactionId": "nobody"}) == {"status": "Rejected"}
    assert s.integrator.named("reset") == []
    assert_alive(s)


def test_AP1_a_fraction_is_no_id():
    s = station()
    for payload in ({"evseId": 1.5, "connectorId": 1}, {"evseId": 1.0, "connectorId": 1}):
        assert s.call("UnlockConnector", payload) == "TypeConstraintViolation"
    assert_alive(s)


# --- AP-3: variables ---


def set_variable(s, value, component="TxCtrlr", variable="EVConnectionTimeOut"):
    item = {
        "component": {"name": component}, "variable": {"name": variable}, "attributeValue": value,
    }  # fmt: skip
    answer = s.call("SetVariables", {"setVariableData": [item]})
    return answer if isinstance(answer, str) else answer["setVariableResult"][0]["attributeStatus"]


def test_AP3_what_is_no_number_is_rejected():
    s = station()
    for value in (
        "abc", " 5", "5 ", "5.0", "1e3", "+5", "-1", "0x10", "1_000", "", "\u0665", "99999999999",
        "--5", "NaN",
    ):  # fmt: skip
        assert set_variable(s, value) == "Rejected", value
    for value in ("True", "1", "yes", "TRUE", "", "true "):
        assert set_variable(s, value, variable="StopTxOnInvalidId") == "Rejected", value
    for value in (
        "Nonsense",
        "EVConnected,Nonsense",
        "EVConnected,,Authorized",
        ",",
        "evconnected",
        "",
    ):
        assert set_variable(s, value, variable="TxStartPoint") == "Rejected", value
    assert_alive(s)


def test_AP3_what_is_too_long_is_refused():
    s = station()
    assert set_variable(s, "9" * 501) == "Rejected"
    assert set_variable(s, "9" * 2501) == "PropertyConstraintViolation"
    assert_alive(s)


def test_AP3_each_item_stands_for_itself():
    s = station()
    values = ("60", "abc", "90")
    items = [
        {"component": {"name": "TxCtrlr"}, "variable": {"name": "MaxEnergyOnInvalidId"},
        "attributeValue": value}
        for value in values
    ]  # fmt: skip
    results = s.call("SetVariables", {"setVariableData": items})["setVariableResult"]
    assert [one["attributeStatus"] for one in results] == ["Accepted", "Rejected", "Accepted"]
    assert s.cp.variables.number("TxCtrlr.MaxEnergyOnInvalidId") == 90
    assert_alive(s)


def test_AP3_more_items_than_allowed_change_nothing():
    s = station()
    item = {
        "component": {"name": "TxCtrlr"}, "variable": {"name": "MaxEnergyOnInvalidId"},
        "attributeValue": "5",
    }  # fmt: skip
    too_many = {"setVariableData": [item] * 25}
    assert s.call("SetVariables", too_many) == "OccurrenceConstraintViolation"
    assert s.cp.variables.number("TxCtrlr.MaxEnergyOnInvalidId") == 0
    too_many = {"getVariableData": A_VARIABLE["getVariableData"] * 33}
    assert s.call("GetVariables", too_many) == "OccurrenceConstraintViolation"
    assert s.call("GetVariables", {"getVariableData": []}) == "OccurrenceConstraintViolation"
    long_item = dict(item, attributeValue="5" * 490)
    assert s.call("SetVariables", {"setVariableData": [long_item] * 20}) == "FormatViolation"
    assert_alive(s)


def test_AP3_names_with_our_own_separators_are_unknown():
    s = station()
    for name in (
        "TxCtrlr#x",
        "TxCtrlr.EVConnectionTimeOut",
        "TxCtrlr$MaxSet",
        "",
        " ",
        "|",
        "[TxCtrlr]",
        "a:0:0",
    ):
        assert set_variable(s, "5", component=name) == "UnknownComponent", name
    for name in (
        "EVConnectionTimeOut#x",
        "EVConnectionTimeOut$MaxSet",
        "",
        "|",
        "EVConnectionTimeOut|integer",
    ):
        assert set_variable(s, "5", variable=name) == "UnknownVariable", name
    assert_alive(s)


# --- AP-6: texts that look like commands ---

COMMANDS = (
    "$(reboot)",
    "; rm -rf /",
    "../../etc/passwd",
    "%s%s%n",
    "{0.__class__}",
    "' OR 1=1 --",
    "<script>",
)


def test_AP6_texts_are_used_literally():
    for text in COMMANDS:
        s = CoreStation()
        s.plug(1)
        token = {"idToken": text, "type": "Central"}
        assert (
            s.call("RequestStartTransaction", dict(GOOD, idToken=token, evseId=1))["status"]
            == "Accepted"
        )
        assert s.last("TransactionEvent")["idToken"] == token
        s.charging(1)
        assert s.call("RequestStopTransaction", {"transactionId": text}) == {"status": "Rejected"}
        answer = s.call("DataTransfer", {"vendorId": text, "messageId": text, "data": text})
        assert answer["status"] == "UnknownVendorId"
        assert set_variable(s, text, "SecurityCtrlr", "OrganizationName") == "Accepted"
        variable = {
            "component": {"name": "SecurityCtrlr"},
            "variable": {"name": "OrganizationName"},
        }
        result = s.call("GetVariables", {"getVariableData": [variable]})["getVariableResult"][0]
        assert result["attributeValue"] == text
        assert_alive(s)


# --- AP-7: storms ---


class CountedFiles(RamFiles):
    def __init__(self):
        super().__init__()
        self.writes = 0

    def write(self, name, data):
        self.writes += 1
        super().write(name, data)


def test_AP7_a_storm_of_resets_resets_once():
    s = station()
    for n in range(50):
        s.raw('[2,"r-%d","Reset",{"type":"OnIdle"}]' % n)
    drain(s)
    assert len([one for one in s._replies if one.startswith("r-")]) == 50
    for n in range(50):
        s.raw('[2,"i-%d","Reset",{"type":"Immediate"}]' % n)
    s.pump()
    s.charging(1, "EVConnected")
    s.run(30)
    assert s.integrator.named("reset") == [("reset", None, "Immediate")]
    assert s.last("TransactionEvent")["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert [event[0] for event in s.events()].count("Ended") == 1


def test_AP7_on_idle_waits_for_the_driver():
    s = station()
    assert s.call("Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    s.run(3600)
    assert s.integrator.named("reset") == []
    s.cp.stop_local(1)
    s.charging(1, "EVConnected")
    s.run(20)
    assert s.integrator.named("reset") == [("reset", None, "OnIdle")]


def test_AP7_change_availability_in_a_loop():
    files = CountedFiles()
    s = station(files=files)
    before = files.writes
    for _ in range(100):
        request = {"operationalStatus": "Inoperative", "evse": {"id": 2}}
        assert s.call("ChangeAvailability", request)["status"] == "Accepted"
    assert files.writes - before <= 2  # what is so already is not written again
    assert s.statuses().count((2, 1, "Unavailable")) == 1
    assert_alive(s)


def test_AP7_a_value_that_is_there_already_is_not_written_again():
    files = CountedFiles()
    s = station(files=files)
    assert set_variable(s, "77", variable="MaxEnergyOnInvalidId") == "Accepted"
    before = files.writes
    for _ in range(100):
        assert set_variable(s, "77", variable="MaxEnergyOnInvalidId") == "Accepted"
    assert files.writes == before
    assert_alive(s)


def test_AP7_a_loop_of_writes_meets_the_budget_of_the_flash():
    files = CountedFiles()
    s = station(files=files)
    before = files.writes
    statuses = [set_variable(s, str(n % 50), variable="MaxEnergyOnInvalidId") for n in range(300)]
    assert files.writes - before < 200
    assert statuses[0] == "Accepted" and statuses[-1] == "Rejected"
    s.run(3601)
    assert set_variable(s, "123", variable="MaxEnergyOnInvalidId") == "Accepted"
    assert_alive(s)


# --- NET-2: the clock jumps ---


def test_NET2_a_clock_that_jumps_moves_no_timer():
    for step in (30000000, -20000000):
        s = CoreStation(
            settings=[("SampledDataCtrlr.TxUpdatedInterval", 60), ("AlignedDataCtrlr.Interval", 0)]
        )
        s.charge(1, token=CARD)
        s.tap("04BB", 2)  # waits for its cable
        s.answers["Heartbeat"] = lambda _, s=s, step=step: {
            "currentTime": format_time(WALL + step + s.now)
        }
        s.run(30)
        s.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
        s.forget()
        s.run(60)
        assert [one[1] for one in s.events()] == ["MeterValuePeriodic"], step
        s.plug(2)
        assert s.cp.may_charge(2)
        assert s.cp.wakeup(s.now) - s.now <= 300
