"""The judge is judged: silent about a good conversation, it must catch each kind of bad one."""

import json

import pytest

from host_tests.judges.rpc_checker import RpcChecker

TIME = "2026-11-23T17:{:02}:00Z"
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Demo", "vendorName": "Example"}}
BOOT_ANSWER = {"status": "Accepted", "interval": 300, "currentTime": TIME.format(0)}
RESET = {"type": "OnIdle"}


class Talk:
    """A checker and the two sides that talk past it."""

    def __init__(self, boot_status="Accepted"):
        self.checker = RpcChecker()
        self.ids = 0
        if boot_status:
            self.call("BootNotification", BOOT, dict(BOOT_ANSWER, status=boot_status))

    def station(self, *message):
        self.checker.station_sent(json.dumps(message))

    def csms(self, *message):
        self.checker.csms_sent(json.dumps(message))

    def call(self, action, payload, answer=None):
        self.ids += 1
        self.station(2, f"s{self.ids}", action, payload)
        if answer is not None:
            self.csms(3, f"s{self.ids}", answer)

    def event(self, seq_no, kind="Updated", answered=True, transaction="tx-1", **more):
        timestamp = more.pop("timestamp", TIME.format(seq_no))
        trigger = more.pop("triggerReason", "ChargingStateChanged")
        payload = {
            "eventType": kind, "timestamp": timestamp, "triggerReason": trigger,
            "seqNo": seq_no, "transactionInfo": {"transactionId": transaction}, **more,
        }
        self.call("TransactionEvent", payload, {} if answered else None)

    def caught(self, *words):
        """Exactly one violation, and it says all this."""
        assert len(self.checker.violations) == 1, self.checker.violations
        assert all(word in self.checker.violations[0] for word in words), self.checker.violations
        with pytest.raises(AssertionError):
            self.checker.assert_clean()


def register(wh, minute, **more):
    sample = {"value": wh, "measurand": "Energy.Active.Import.Register", **more}
    return [{"timestamp": TIME.format(minute), "sampledValue": [sample]}]


def test_whole_session_is_complete_and_counted():
    talk = Talk()
    talk.csms(2, "c1", "Reset", RESET)
    talk.station(3, "c1", {"status": "Scheduled"})
    talk.event(0, "Started", evse={"id": 1, "connectorId": 1}, meterValue=register(1000, 0))
    talk.event(1, meterValue=register(1.5, 1, unitOfMeasure={"unit": "kWh"}))
    talk.event(2, "Ended", meterValue=register(1000, 0) + register(2000, 2))
    talk.checker.assert_complete()
    assert talk.checker.transactions.energy_wh("tx-1") == 1000
    assert talk.checker.transactions.duration_s("tx-1") == 120
    assert talk.checker.summary() == {
        "station BootNotification": 1, "station TransactionEvent": 3, "csms Reset": 1,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["not JSON"]),
        ('[2,"1","Heartbeat",{"a":NaN}]', ["not JSON", "NaN"]),
        ('[2,"1","Heartbeat",{"a":1,"a":2}]', ["duplicate key"]),
        ('{"a":1}', ["not a JSON array"]),
        ("[]", ["not a JSON array"]),
        ('[5,"1",{}]', ["unknown message type"]),
        ('[2,"1","Heartbeat"]', ["3 elements instead of 4"]),
        ('[3,"1"]', ["2 elements instead of 3"]),
        ('[4,"1","GenericError",""]', ["4 elements instead of 5"]),
    ],
)
def test_malformed_text_of_the_station_is_caught(text, words):
    talk = Talk()
    talk.checker.station_sent(text)
    talk.caught(*words)


def test_binary_frame_is_caught():
    talk = Talk()
    talk.checker.station_sent_binary()
    talk.caught("binary")


@pytest.mark.parametrize("message_id", ["", "x" * 37, 7, None])
def test_unusable_message_id_is_caught(message_id):
    talk = Talk()
    talk.station(2, message_id, "Heartbeat", {})
    talk.caught("1 to 36 characters")


def test_message_id_is_not_reused_on_another_connection():
    talk = Talk()
    talk.checker.connection_closed()
    talk.checker.connection_opened()
    talk.station(2, "s1", "Heartbeat", {})
    talk.caught("used before")


def test_second_open_call_is_caught():
    talk = Talk()
    talk.call("Heartbeat", {})
    talk.call("Heartbeat", {})
    talk.caught("while Heartbeat s2 is unanswered")


def test_next_call_is_fine_after_answer_error_expiry_and_reconnect():
    talk = Talk()
    talk.call("Heartbeat", {})
    talk.csms(4, "s2", "GenericError", "", {})
    talk.call("Heartbeat", {})
    talk.checker.call_expired()
    talk.call("Heartbeat", {})
    talk.checker.connection_closed()
    talk.call("Heartbeat", {}, {"currentTime": TIME.format(1)})
    talk.checker.assert_complete()


def test_answer_to_another_id_does_not_free_the_way():
    talk = Talk()
    talk.call("Heartbeat", {})
    talk.csms(3, "foreign", {"currentTime": TIME.format(1)})
    talk.call("Heartbeat", {})
    talk.caught("unanswered")


@pytest.mark.parametrize(
    ("action", "payload", "words"),
    [
        ("Reset", RESET, ["not a message of a station"]),
        ("Nonsense", {}, ["not a message of a station"]),
        ("Heartbeat", {"extra": 1}, ["Additional properties"]),
        ("Heartbeat", None, ["not of type 'object'"]),
        ("Authorize", {"idToken": {"idToken": "A", "type": "Mine"}}, ["not one of"]),
        (
            "StatusNotification",
            {"timestamp": "now", "connectorStatus": "Available", "evseId": 1, "connectorId": 1},
            ["date-time"],
        ),
    ],
)
def test_wrong_call_of_the_station_is_caught(action, payload, words):
    talk = Talk()
    talk.station(2, "x", action, payload)
    talk.caught(*words)


def test_each_call_of_the_csms_is_answered_once():
    talk = Talk()
    talk.csms(2, "c1", "Reset", RESET)
    with pytest.raises(AssertionError, match="Reset c1 of the CSMS"):
        talk.checker.assert_complete()
    talk.station(3, "c1", {"status": "Accepted"})
    talk.checker.assert_complete()
    talk.station(3, "c1", {"status": "Accepted"})
    talk.caught("CALLRESULT for c1, which waits for none")


def test_same_id_twice_is_answered_twice():
    talk = Talk()
    talk.csms(2, "c1", "Reset", RESET)
    talk.csms(2, "c1", "Reset", RESET)
    talk.station(3, "c1", {"status": "Accepted"})
    talk.station(4, "c1", "InternalError", "id used before", {})
    talk.checker.assert_complete()


def test_call_of_the_last_connection_is_not_answered():
    talk = Talk()
    talk.csms(2, "c1", "Reset", RESET)
    talk.checker.connection_closed()
    talk.checker.connection_opened()
    talk.station(3, "c1", {"status": "Accepted"})
    talk.caught("waits for none")


@pytest.mark.parametrize(
    ("request_", "answer", "words"),
    [
        (["Reset", RESET], {"status": "Maybe"}, ["not one of"]),
        (["Reset", {"type": "Gently"}], {"status": "Accepted"}, ["the request breaks its schema"]),
        (["Explode", {}], {}, ["no such request"]),
        (["Heartbeat", {}], {"currentTime": TIME.format(1)}, ["no such request"]),
    ],
)
def test_wrong_result_is_caught(request_, answer, words):
    talk = Talk()
    talk.csms(2, "c1", *request_)
    talk.station(3, "c1", answer)
    talk.caught(*words)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (("MyError", "", {}), ["no such code"]),
        (("OccurenceConstraintViolation", "", {}), ["no such code"]),      # the old misspelling
        (("GenericError", "x" * 256, {}), ["255"]),
        (("GenericError", None, {}), ["255"]),
        (("GenericError", "", {"why": "that"}), ["details"]),
        (("GenericError", "", None), ["details"]),
    ],
)
def test_wrong_error_is_caught(error, words):
    talk = Talk()
    talk.csms(2, "c1", "Reset", RESET)
    talk.station(4, "c1", *error)
    talk.caught(*words)


@pytest.mark.parametrize(
    ("text", "message_id"),
    [
        ("", "-1"),
        ("[2,", "-1"),
        ('[2,"c1","Reset",{"type":}]', "c1"),
        ("[" * 100_000, "-1"),
        ('[9,"c1",{}]', "c1"),
        ("[9,7,{}]", "-1"),
        ('[2,"c1","Reset"]', "c1"),
        ('[2,"c1","Reset",null]', "c1"),
        ('[2,"' + "x" * 37 + '","Reset",{}]', "-1"),
    ],
)
def test_malformed_text_of_the_csms_may_be_refused_once(text, message_id):
    talk = Talk()
    talk.checker.csms_sent(text)
    talk.checker.assert_complete()      # silence is an answer too
    talk.station(4, message_id, "FormatViolation", "", {})
    talk.checker.assert_complete()
    talk.station(4, message_id, "FormatViolation", "", {})
    talk.caught("nothing waits for it")


def test_answers_of_the_csms_are_never_answered():
    talk = Talk()
    talk.checker.csms_sent('[3,"c1"]')
    talk.station(4, "c1", "FormatViolation", "", {})
    talk.caught("nothing waits for it")


def test_B01_only_boot_before_the_first_answer():
    talk = Talk(boot_status=None)
    talk.station(2, "x", "Heartbeat", {})
    talk.caught("not allowed, registration is ''")


def test_B01_calls_before_the_first_answer_get_a_security_error():
    talk = Talk(boot_status=None)
    talk.csms(2, "c1", "Reset", RESET)
    talk.station(4, "c1", "SecurityError", "not registered", {})
    talk.csms(2, "c2", "Reset", RESET)
    talk.station(3, "c2", {"status": "Accepted"})
    talk.caught("SecurityError is due")


def test_B02_pending_answers_variables_and_sends_what_was_triggered():
    talk = Talk("Pending")
    trigger = {"requestedMessage": "SignChargingStationCertificate"}
    talk.csms(2, "c1", "TriggerMessage", trigger)
    talk.station(3, "c1", {"status": "Accepted"})
    talk.call("SignCertificate", {"csr": "..."}, {"status": "Accepted"})
    talk.call("BootNotification", BOOT, BOOT_ANSWER)
    talk.call("Heartbeat", {}, {"currentTime": TIME.format(1)})
    talk.checker.assert_complete()


def test_B02_pending_sends_nothing_else():
    talk = Talk("Pending")
    talk.call("Heartbeat", {})
    talk.caught("registration is 'Pending'")


def test_B02_pending_answers_nothing_else():
    talk = Talk("Pending")
    talk.csms(2, "c1", "ClearCache", {})
    talk.station(3, "c1", {"status": "Accepted"})
    talk.caught("SecurityError is due")


def test_B03_rejected_answers_nothing():
    talk = Talk("Rejected")
    talk.csms(2, "c1", "GetVariables", {"getVariableData": []})
    talk.station(4, "c1", "SecurityError", "", {})
    talk.csms(2, "c2", "TriggerMessage", {"requestedMessage": "BootNotification"})
    talk.station(3, "c2", {"status": "Accepted"})
    talk.caught("SecurityError is due")


def test_B01_restarted_station_boots_first():
    talk = Talk()
    talk.checker.station_restarted()
    talk.call("Heartbeat", {})
    talk.caught("not allowed")


def started(**more):
    talk = Talk()
    talk.event(0, "Started", **more)
    return talk


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"seq_no": 2}, ["leaves a gap after seqNo 0"]),
        ({"seq_no": 1, "kind": "Started"}, ["second Started"]),
        ({"seq_no": 1, "timestamp": TIME.format(0).replace("17", "16")}, ["is older"]),
        ({"seq_no": 1, "evse": {"id": 2}}, ["moves from id 1 to 2"]),
        ({"seq_no": 1, "evse": {"id": 1, "connectorId": 2}}, ["moves from connectorId 1 to 2"]),
        ({"seq_no": 1, "meterValue": register(999, 1)}, ["register that falls"]),
        ({"seq_no": 0, "kind": "Started"}, ["sent again after its CALLRESULT"]),
        (
            {"seq_no": 0, "kind": "Started", "transaction": "tx-2", "evse": {"id": 1}},
            ["shares EVSE 1 with transaction tx-1"],
        ),
        ({"seq_no": 0, "transaction": "tx-2"}, ["is first but not Started"]),
    ],
)
def test_wrong_transaction_event_is_caught(event, words):
    evse = {"id": 1, "connectorId": 1}
    talk = started(evse=evse, meterValue=register(1000, 0), timestamp=TIME.format(0))
    if event.get("seq_no") == 0 and "transaction" not in event:
        event = dict(event, evse=evse, meterValue=register(1000, 0))
    talk.event(**event)
    talk.caught(*words)


def test_falling_register_inside_the_ended_event_is_caught():
    talk = started()
    talk.event(1, "Ended", meterValue=register(500, 0) + register(400, 1))
    talk.caught("register that falls")


def test_other_measurands_and_phases_may_fall():
    talk = started(meterValue=register(1000, 0))
    lower = register(1, 1, phase="L1") + register(1, 1, location="Inlet")
    talk.event(1, meterValue=lower + register(5, 1, measurand="Power.Active.Import"))
    talk.checker.assert_clean()


def test_nothing_comes_after_ended():
    talk = started()
    talk.event(1, "Ended")
    talk.event(2)
    talk.caught("comes after Ended")


def test_event_starting_late_is_caught():
    talk = Talk()
    talk.event(1, "Started")
    talk.caught("leaves a gap")


def test_running_transaction_is_clean_but_not_complete():
    talk = started()
    talk.checker.assert_clean()
    with pytest.raises(AssertionError, match="transaction tx-1"):
        talk.checker.assert_complete()


def test_unanswered_event_comes_again_with_offline_flag():
    talk = started()
    talk.event(1, answered=False)
    talk.checker.connection_closed()
    talk.event(1, offline=True)
    talk.event(2, "Ended")
    talk.checker.assert_complete()


def test_event_whose_answer_was_lost_with_the_connection_comes_again():
    talk = started()
    talk.event(1)
    talk.checker.connection_closed()
    talk.event(1, offline=True)
    talk.checker.assert_clean()


def test_event_whose_answer_surely_arrived_does_not_come_again():
    talk = started()
    talk.call("Heartbeat", {}, {"currentTime": TIME.format(1)})
    talk.checker.connection_closed()
    talk.event(0, "Started")
    talk.caught("sent again after its CALLRESULT")


def test_event_that_comes_again_is_unchanged():
    talk = started()
    talk.event(1, answered=False)
    talk.checker.call_expired()
    talk.event(1, timestamp=TIME.format(9))
    talk.caught("with another content")


def test_thinned_out_queue_may_leave_gaps_when_the_test_says_so():
    talk = Talk()
    talk.checker = RpcChecker(gaps_allowed=True)
    talk.checker.registration = "Accepted"
    talk.event(0, "Started")
    talk.event(3)
    talk.checker.assert_clean()
