# runs on: cpython, micropython
"""The queue of CALLs: order, one at a time, time-outs, retries, and what a dead link does."""

from host_tests.core_station import SILENCE, WALL, CoreStation
from ocpp201.timefmt import format_time

CARD = "04A1B2C3D4E5F6"
RETRIES = [
    ("OCPPCommCtrlr.MessageAttempts#TransactionEvent", 3),
    ("OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent", 10),
]
QUEUE_ALL = [("OCPPCommCtrlr.QueueAllMessages", True)]
ENOUGH = 65  # more than the queue of plain messages takes


class Wire:
    """A link that hands over nothing by itself: the test reads each text and answers it."""

    def __init__(self, settings=()):
        self.station = CoreStation(settings=settings)
        self.cp = self.station.cp
        self.ids = []  # of all CALLs

    def next(self):
        """(message id, action) of the next CALL; None: the station says nothing."""
        self.cp.wakeup(self.station.now)
        text = self.cp.next_text(self.station.now)
        if text is None:
            return None
        _, message_id, action, _ = bytes(text).decode().split(",", 3)
        self.ids.append(message_id.strip('"'))
        return self.ids[-1], action.strip('"')

    def answer(self, text="{}"):
        self.cp.receive_text('[3,"%s",%s]' % (self.ids[-1], text), self.station.now)

    def refuse(self):
        text = '[4,"%s","InternalError","",{}]' % self.ids[-1]
        self.cp.receive_text(text, self.station.now)

    def link(self, up):
        self.cp.connected(up, self.station.now)

    def heartbeat(self):
        assert self.cp.context.block("availability").heartbeat(self.cp.context) is None


def refuse(s, seq_nos=None):
    """The CSMS answers these TransactionEvents with CALLERROR; returns (second, seqNo) of all."""
    seen = []

    def answer(payload):
        seen.append((s.now, payload["seqNo"]))
        return ("InternalError",) if seq_nos is None or payload["seqNo"] in seq_nos else {}

    s.answers["TransactionEvent"] = answer
    return seen


def seq_nos(s):
    return [one["seqNo"] for one in s.messages("TransactionEvent")]


def transfer(s, text="x"):
    """A plain message; returns what will be said of its end."""
    ends = []
    assert s.cp.data_transfer("org.example", None, text, lambda *end: ends.append(end))
    s.pump()
    return ends


# --- one CALL in flight ---


def test_one_call_at_a_time():
    w = Wire()
    w.cp.on_session_started(1, 1)
    w.cp.on_session_started(2, 1)
    assert w.next()[1] == "StatusNotification"
    for _ in range(5):
        assert w.next() is None
    w.answer()
    assert w.next()[1] == "StatusNotification"
    assert w.next() is None


def test_an_answer_to_the_csms_leaves_while_a_call_is_open():
    w = Wire()
    w.cp.on_session_started(1, 1)
    w.next()
    w.cp.receive_text('[2,"q","TriggerMessage",{"requestedMessage":"Heartbeat"}]', w.station.now)
    assert bytes(w.cp.next_text(w.station.now)).startswith(b'[3,"q"')
    assert w.next() is None


def test_all_ids_are_new():
    w = Wire([("OCPPCommCtrlr.MessageAttempts#TransactionEvent", 100)])
    w.cp.on_transaction_started(1, 1, None, None, "Authorized", None)
    for n in range(50):
        assert w.next()[1] == "TransactionEvent"  # again and again
        if n % 2:
            w.cp.receive_text('[4,"%s","InternalError","",{}]' % w.ids[-1], w.station.now)
            w.station.now += 1
        w.link(False)
        w.link(True)
    assert len(set(w.ids)) == len(w.ids) == 50
    assert all(1 <= len(one) <= 36 for one in w.ids)


# --- order ---


def test_the_oldest_message_goes_first():
    s = CoreStation()
    s.answers["StatusNotification"] = SILENCE
    s.plug(1)
    s.forget()
    s.answers = {}
    s.tap(CARD, 1)
    s.plug(2)
    assert s.sent == []
    s.raw('[3,"%s",{}]' % s.unanswered)
    s.unanswered = None
    s.pump()
    assert [action for action, _ in s.sent][:2] == ["Authorize", "StatusNotification"]
    s.forget()
    s.charging(1)
    s.cp.on_unavailable(1, 2)
    s.pump()
    s.charging(1, "SuspendedEV")
    assert [action for action, _ in s.sent] == [
        "TransactionEvent", "StatusNotification", "TransactionEvent",
    ]  # fmt: skip


def test_transaction_events_never_overtake_one_another():
    s = CoreStation(settings=RETRIES)
    seen = refuse(s, (1,))
    s.charge()
    s.charging(1, "SuspendedEV")
    s.charging(1)
    s.run(100)
    numbers = [seq_no for _, seq_no in seen]
    assert numbers == sorted(numbers)
    assert numbers.count(1) == 3
    assert set(numbers) == {0, 1, 2, 3, 4}


def test_others_pass_while_a_transaction_event_waits_for_its_retry():  # E13.FR.02
    s = CoreStation(settings=RETRIES)
    refuse(s)
    s.charge()
    s.forget()
    s.plug(2, 2)
    s.tap("04BB", 2)
    assert [action for action, _ in s.sent] == ["StatusNotification", "Authorize"]


def test_others_pass_before_a_transaction_event_is_tried_again_at_once():
    w = Wire(settings=[("OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent", 0)])
    w.cp.on_transaction_started(1, 1, None, None, "CablePluggedIn", None)
    assert w.next()[1] == "TransactionEvent"
    w.cp.on_unavailable(2, 1)
    w.refuse()
    assert w.next()[1] == "StatusNotification"
    w.answer()
    assert w.next()[1] == "TransactionEvent"


def test_one_heartbeat_waits_at_most():
    w = Wire()
    w.cp.on_unavailable(2, 1)
    assert w.next()[1] == "StatusNotification"
    for _ in range(3):
        w.heartbeat()
    w.answer()
    assert w.next()[1] == "Heartbeat"
    w.refuse()
    assert w.next() is None


# --- time-outs ---


def test_the_time_out_begins_when_the_last_byte_has_left():
    w = Wire()
    w.cp.on_session_started(1, 1)
    w.next()
    w.station.now += 100  # a slow line: the link has not asked for the next text yet
    w.cp.wakeup(w.station.now)
    assert w.cp.outbox.in_flight
    assert w.next() is None  # now it has
    w.station.now += 29
    assert w.next() is None and w.cp.outbox.in_flight
    w.station.now += 1
    w.cp.wakeup(w.station.now)
    assert not w.cp.outbox.in_flight


def test_a_plain_message_that_nobody_answers_is_dropped():
    s = CoreStation()
    s.answers["DataTransfer"] = SILENCE
    ends = transfer(s)
    s.run(29)
    assert ends == []
    s.run(1)
    assert ends == [(None, None)]
    s.run(300)
    assert len(s.messages("DataTransfer")) == 1


def test_a_plain_message_that_is_refused_is_dropped():
    s = CoreStation()
    s.answers["DataTransfer"] = ("NotSupported",)
    assert transfer(s) == [(None, None)]
    s.run(300)
    assert len(s.messages("DataTransfer")) == 1


def test_two_silences_in_a_row_ask_for_a_new_connection():
    s = CoreStation()
    s.answers["DataTransfer"] = SILENCE
    transfer(s)
    transfer(s)
    s.run(30)
    assert not s.cp.wants_reconnect
    s.run(31)
    assert s.cp.wants_reconnect


def test_A01_a_new_connection_waits_for_the_answer_to_the_call_in_flight():
    w = Wire()
    w.cp.on_session_started(1, 1)
    w.cp.on_session_started(2, 1)
    w.next()
    w.cp.context.outbox.wants_reconnect = True  # as after a new password
    assert not w.cp.wants_reconnect
    w.answer()
    assert w.next() is None  # nothing new begins on a connection that is to end
    assert w.cp.wants_reconnect
    w.link(False)
    w.link(True)
    assert w.next()[1] == "StatusNotification"


def test_A01_a_new_connection_waits_no_longer_than_the_message_time_out():
    w = Wire()
    w.cp.on_session_started(1, 1)
    w.next()
    w.cp.context.outbox.wants_reconnect = True
    assert w.next() is None  # the last byte has left
    w.station.now += 31
    assert w.next() is None
    assert w.cp.wants_reconnect


def test_nobody_waits_for_an_answer_when_the_network_is_gone():
    w = Wire()
    w.cp.on_session_started(1, 1)
    w.next()
    assert w.next() is None  # the last byte has left
    w.cp.on_network_disconnected("Wired0")
    assert w.cp.wants_reconnect
    w.station.now += 31  # the link takes its time: no time-out of what nobody waits for
    assert w.cp.wakeup(w.station.now) > w.station.now
    assert w.cp.errors == 0


def test_anything_received_ends_the_row_of_silences():
    s = CoreStation()
    s.answers["DataTransfer"] = SILENCE
    transfer(s)
    transfer(s)
    s.run(31)
    s.call("GetVariables", A_VARIABLE)
    s.run(40)
    assert not s.cp.wants_reconnect


def test_silence_about_transaction_events_does_not_close_the_link():  # TC_E_41
    s = CoreStation(settings=RETRIES)
    s.charge()
    s.answers["TransactionEvent"] = SILENCE
    s.charging(1, "SuspendedEV")
    s.run(200)
    assert not s.cp.wants_reconnect
    assert seq_nos(s).count(2) == 3


def test_an_answer_after_its_time_changes_nothing():
    w = Wire()
    w.cp.data_transfer("org.example", None, "a", None)
    w.cp.data_transfer("org.example", None, "b", None)
    w.next()
    w.next()
    late = w.ids[-1]
    w.station.now += 31
    second = w.next()
    assert second and second[0] != late
    w.cp.receive_text('[3,"%s",{"status":"Accepted"}]' % late, w.station.now)
    assert w.next() is None
    assert w.cp.outbox.in_flight


# --- attempts ---


def test_E13_exactly_so_many_attempts_with_growing_waits():  # TC_E_41, TC_E_50
    for answer in (SILENCE, ("InternalError",)):
        s = CoreStation(settings=RETRIES)
        s.charge()
        at = []

        def note(payload, s=s, at=at, answer=answer):
            if payload["triggerReason"] == "MeterValuePeriodic":
                return {}
            at.append(s.now)
            return answer

        s.answers["TransactionEvent"] = note
        s.charging(1, "SuspendedEV")
        s.run(600)
        waited = 30 if answer is SILENCE else 0
        assert [b - a for a, b in zip(at, at[1:])] == [10 + waited, 20 + waited], at


def test_E13_the_next_event_has_all_its_attempts():
    s = CoreStation(settings=RETRIES)
    seen = refuse(s, (1, 2))
    s.charge()
    s.charging(1, "SuspendedEV")
    s.run(300)
    numbers = [seq_no for _, seq_no in seen]
    assert (numbers.count(1), numbers.count(2)) == (3, 3)


def test_E13_a_dead_link_costs_no_attempt():
    s = CoreStation(settings=RETRIES)
    s.charge()
    s.answers["TransactionEvent"] = SILENCE
    s.charging(1, "SuspendedEV")
    for _ in range(10):  # each time it has left, and the link breaks before its time is over
        s.run(5)
        s.disconnect()
        s.run(100)
        s.connect()
    s.answers = {}
    s.disconnect()
    s.connect()
    assert set(seq_nos(s)) == set(range(max(seq_nos(s)) + 1))
    assert list(s.cp.outbox.waiting()) == []


def test_E13_after_a_new_connection_nobody_waits_for_the_retry():
    s = CoreStation(settings=RETRIES)
    refuse(s, (1,))
    s.charge()
    s.disconnect()
    s.answers = {}
    s.connect()
    assert list(s.cp.outbox.waiting()) == []


def test_A04_security_events_are_tried_for_ever():
    s = CoreStation(settings=RETRIES)
    s.answers["SecurityEventNotification"] = ("InternalError",)
    s.cp.on_security_event("MemoryExhaustion", None)
    s.pump()
    s.run(3600)
    assert len(s.messages("SecurityEventNotification")) > 5
    s.answers = {}
    s.run(3600)
    assert list(s.cp.outbox.waiting()) == []


# --- offline ---


def test_a_plain_message_offline_is_refused():
    s = CoreStation()
    s.disconnect()
    ends = []
    assert not s.cp.data_transfer("org.example", None, "x", lambda *end: ends.append(end))
    s.connect()
    assert s.messages("DataTransfer") == []


def test_a_plain_message_whose_link_breaks_fails_once():
    s = CoreStation()
    s.answers["DataTransfer"] = SILENCE
    on_its_way, waiting = transfer(s), transfer(s)
    s.disconnect()
    assert on_its_way == waiting == [(None, None)]
    s.answers = {}
    s.connect()
    assert on_its_way == waiting == [(None, None)]
    assert len(s.messages("DataTransfer")) == 1


def test_status_is_sent_anew_not_from_the_queue():  # B04.FR.02
    s = CoreStation()
    s.disconnect()
    s.plug(1)
    s.unplug(1)
    s.plug(1, 2)
    s.forget()
    s.connect()
    assert s.statuses() == [(1, 2, "Occupied")]


def test_E11_offline_events_say_so_and_keep_their_time():
    s = CoreStation()
    s.charge()
    s.disconnect()
    s.run(100)
    s.charging(1, "SuspendedEV")
    s.run(1000)
    s.connect()
    event = [
        one for one in s.messages("TransactionEvent")
        if one["transactionInfo"]["chargingState"] == "SuspendedEV"
    ][0]  # fmt: skip
    assert event["offline"] is True
    assert event["timestamp"] == format_time(WALL + 110)
    assert s.messages("TransactionEvent")[0]["offline"] is False


def test_E11_what_still_waits_when_the_link_breaks_counts_as_offline():  # E11.FR.07
    s = CoreStation()
    s.charge()
    s.answers["TransactionEvent"] = SILENCE
    s.charging(1, "SuspendedEV")  # has left
    s.charging(1)  # waits
    s.disconnect()
    s.forget()
    s.answers = {}
    s.connect()
    assert [one["offline"] for one in s.messages("TransactionEvent")] == [True, True]
    s.charging(1, "SuspendedEV")
    assert s.last("TransactionEvent")["offline"] is False


def test_a_link_that_breaks_before_the_call_has_left():
    w = Wire()
    w.cp.on_transaction_started(1, 1, None, None, "Authorized", None)
    assert w.next()[1] == "TransactionEvent"
    first = w.ids[-1]
    w.link(False)
    w.link(True)
    assert w.next()[1] == "TransactionEvent"
    assert w.ids[-1] != first


def test_an_answer_of_the_last_connection_counts_for_nothing():
    w = Wire()
    w.cp.on_transaction_started(1, 1, None, None, "Authorized", None)
    w.next()
    w.next()
    first = w.ids[-1]
    w.link(False)
    w.link(True)
    w.cp.receive_text('[3,"%s",{}]' % first, w.station.now)
    again = w.next()
    assert again and again[1] == "TransactionEvent"
    w.answer()
    assert list(w.cp.outbox.waiting()) == []


def test_an_answer_that_comes_with_the_close_counts():
    w = Wire()
    w.cp.on_transaction_started(1, 1, None, None, "Authorized", None)
    w.next()
    w.next()
    w.answer()
    w.link(False)
    w.link(True)
    assert w.next() is None
    assert list(w.cp.outbox.waiting()) == []


def test_answers_of_the_last_connection_are_not_sent_on_the_next():
    w = Wire()
    w.cp.receive_text('[2,"old","TriggerMessage",{"requestedMessage":"Heartbeat"}]', w.station.now)
    w.link(False)
    w.link(True)
    text = w.cp.next_text(w.station.now)
    assert text is None or b'"old"' not in bytes(text)


def test_flapping_loses_and_doubles_nothing():
    s = CoreStation()
    s.charge()
    for n in range(20):
        s.disconnect()
        s.charging(1, "SuspendedEV" if n % 2 else "Charging")
        s.run(2)
        s.connect()
        s.run(2)
    numbers = seq_nos(s)
    assert numbers == list(range(len(numbers)))


# --- QueueAllMessages ---


def test_queue_all_messages_keeps_plain_messages_while_offline():  # C-21
    s = CoreStation(settings=QUEUE_ALL)
    s.disconnect()
    s.cp.on_log_status_notification("Uploading", 1)
    s.cp.on_log_status_notification("Uploaded", 1)
    s.run(3600)
    s.connect()
    assert [one["status"] for one in s.messages("LogStatusNotification")] == [
        "Uploading", "Uploaded",
    ]  # fmt: skip


def test_queue_all_messages_keeps_what_was_on_its_way():
    s = CoreStation(settings=QUEUE_ALL)
    s.answers["LogStatusNotification"] = SILENCE
    s.cp.on_log_status_notification("Uploading", 1)
    s.pump()
    s.disconnect()
    s.answers = {}
    s.forget()
    s.connect()
    assert len(s.messages("LogStatusNotification")) == 1


def test_queue_all_messages_is_bounded_and_transactions_go_on():
    s = CoreStation(settings=QUEUE_ALL + [("AuthCtrlr.OfflineTxForUnknownIdEnabled", True)])
    s.disconnect()
    for n in range(1000):
        s.cp.on_log_status_notification("Uploading", n)
    s.pump()
    assert sum(1 for _ in s.cp.outbox.waiting()) < ENOUGH
    s.charge()
    s.connect()
    assert s.events()[0] == ("Started", "Authorized", "EVConnected")


def test_queue_all_messages_boots_once():
    s = CoreStation(settings=QUEUE_ALL, boot="Pending", online=False)
    s.answers["BootNotification"] = SILENCE
    s.connect()
    s.disconnect()
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.forget()
    s.connect()
    assert len(s.messages("BootNotification")) == 1


def test_a_full_queue_refuses_and_goes_on():
    s = CoreStation()
    s.answers["DataTransfer"] = SILENCE
    taken = [s.cp.data_transfer("org.example", None, str(n), None) for n in range(3 * ENOUGH)]
    assert taken[0] and not taken[-1]
    s.answers = {}
    s.pump()
    assert len(s.messages("DataTransfer")) == sum(1 for one in taken if one) < ENOUGH
    assert s.cp.errors == 0


# --- timestamps ---


def test_events_made_before_the_clock_is_known_get_their_true_time():
    s = CoreStation(
        online=False,
        settings=[("TxCtrlr.TxBeforeAcceptedEnabled", True),
        ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True)],
    )  # fmt: skip
    s.charge()
    s.run(100)
    s.charging(1, "SuspendedEV")
    s.connect()
    events = s.messages("TransactionEvent")
    assert events[0]["timestamp"] == format_time(WALL + 10)
    assert events[-1]["timestamp"] == format_time(WALL + 110)
    samples = [sample["timestamp"] for one in events for sample in one.get("meterValue", ())]
    assert samples and all(one.startswith("2026-11-23T00:0") for one in samples)


def test_plain_messages_made_before_the_clock_is_known_get_their_true_time():
    s = CoreStation(online=False, settings=QUEUE_ALL)
    s.pump()
    s.cp.on_event([EVENT])
    s.run(50)
    s.connect()
    sent = s.last("NotifyEvent")
    assert sent["generatedAt"] == format_time(WALL + 10)
    assert sent["eventData"][0]["timestamp"] == format_time(WALL + 10)


def test_timestamps_are_timestamps_even_if_nobody_knows_the_time():
    s = CoreStation(online=False)
    s.answers["BootNotification"] = lambda _: {
        "status": "Accepted", "interval": 300, "currentTime": "1970-01-01T00:00:00Z",
    }  # fmt: skip
    s.answers["Heartbeat"] = {"currentTime": "1970-01-01T00:00:00Z"}
    s.connect()
    s.charge()
    s.run(600)
    assert s.events()[0][0] == "Started"
    assert len(s.statuses()) > 4  # the checker has looked at every timestamp


def test_NET2_timestamps_of_a_transaction_never_go_back():
    s = CoreStation(settings=[("SampledDataCtrlr.TxEndedInterval", 60)])
    s.charge()
    for step in (0, 30000000, -1000000, 15000000, -20000000):
        s.answers["Heartbeat"] = lambda _, step=step: {
            "currentTime": format_time(WALL + step + s.now)
        }
        s.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
        s.meter(1, 1000 + s.now)
        s.run(200)
    s.cp.stop_local(1)
    s.charging(1, "EVConnected")
    times = [one["timestamp"] for one in s.messages("TransactionEvent")]
    assert times == sorted(times)
    assert len(times) > 10
    samples = [one["timestamp"] for one in s.last("TransactionEvent")["meterValue"]]
    assert samples == sorted(samples)


A_VARIABLE = {
    "getVariableData": [
        {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}}
    ]
}
EVENT = {
    "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
    "variable": {"name": "Problem"},
    "actualValue": "true",
}
