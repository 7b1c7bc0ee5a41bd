# runs on: cpython, micropython
"""E. The power is cut while a transaction runs: it goes on, or it ends, and nothing is told twice
or forgotten."""

from host_tests.core_station import SILENCE, WALL, CoreStation
from ocpp201.timefmt import format_time, parse_time

CARD = "04A1B2C3D4E5F6"
MINUTE = [
    ("SampledDataCtrlr.TxUpdatedInterval", 60),
    (
        "SampledDataCtrlr.TxUpdatedMeasurands",
        "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage",
    ),
]
KEEP_GOING = MINUTE + [("TxCtrlr.StopTxOnEVSideDisconnect", False)]


def charging(settings=MINUTE, connectors=(2, 2), minutes=3):
    """A transaction at EVSE 1 that has told some samples."""
    s = CoreStation(connectors, settings)
    s.charge(1, CARD, 1000)
    sample(s, minutes)
    return s


def sample(s, minutes):
    for _ in range(minutes):
        s.meter(1, s.readings[0].energy_wh + 100, 7360)
        s.run(60)


def back(s, plugged=True, wait=0):
    """Power is back: the board tells what is plugged, then the network comes."""
    if plugged:
        s.plug(1)
    s.connect()
    s.run(wait)
    return s


def story(s):
    """Events by transaction: (eventType, triggerReason, stoppedReason), and the checks that hold
    for each: seqNo 0, 1, 2 ..., each one once but for repetitions, time and register forward."""
    seen = {}
    for one in s.messages("TransactionEvent"):
        events = seen.setdefault(one["transactionInfo"]["transactionId"], [])
        if one["seqNo"] < len(events):
            known = dict(events[one["seqNo"]], offline=None)
            assert known == dict(one, offline=None), "a seqNo used twice"
            continue
        assert one["seqNo"] == len(events), "a gap"
        assert not events or parse_time(one["timestamp"]) >= parse_time(events[-1]["timestamp"])
        events.append(one)
    return [
        [
            (one["eventType"], one["triggerReason"], one["transactionInfo"].get("stoppedReason"))
            for one in events
        ]
        for events in seen.values()
    ]


def registers(payload):
    """[(context, Wh)] of the register samples in a TransactionEvent."""
    return [
        (value["context"], value["value"])
        for sample in payload.get("meterValue", ())
        for value in sample["sampledValue"]
        if value["measurand"] == "Energy.Active.Import.Register"
    ]


def test_E_power_cut_with_the_cable_in_goes_on_with_the_same_transaction():
    s = charging()
    transaction = s.cp.get_evse_transaction_id(1)
    s.cut_power()
    back(s)
    assert s.cp.get_evse_transaction_id(1) == transaction
    assert s.integrator.named("power_allowed") == [("power_allowed", 1, True)]
    s.meter(1, 1400)
    s.charging(1)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    s.run(10)
    (events,) = story(s)
    assert events.count(("Started", "Authorized", None)) == 1
    assert events[-1] == ("Ended", "StopAuthorized", "Local")
    assert registers(s.last("TransactionEvent"))[-1] == ("Transaction.End", 1400)


def test_E_power_cut_says_the_interruption_in_its_first_event():
    s = charging()
    s.cut_power()
    s.forget()
    back(s)
    first = [one for one in s.messages("TransactionEvent") if one["seqNo"] == 5]
    assert registers(first[0]) == [("Interruption.End", 1300)], s.messages("TransactionEvent")
    assert first[0]["transactionInfo"]["chargingState"] == "SuspendedEVSE"


def test_E_power_cut_without_power_until_the_decision_is_durable():
    s = charging()
    s.cut_power()
    s.run(5)
    assert s.integrator.named("power_allowed") == []
    s.plug(1)
    assert s.integrator.named("power_allowed") == [("power_allowed", 1, True)]  # offline, too
    assert s.sent and s.messages("BootNotification") == s.messages("BootNotification")[:1]


def test_E_power_cut_with_the_cable_gone_ends_with_PowerLoss_at_the_newest_sample():
    s = charging()
    s.meter(1, 1350)  # nobody was told, and no flash knows
    at = format_time(s.epoch + s.now)
    s.cut_power(3600)
    back(s, False, 15)
    (events,) = story(s)
    assert events[-1] == ("Ended", "AbnormalCondition", "PowerLoss")
    ended = s.last("TransactionEvent")
    assert ended["timestamp"] == at
    assert registers(ended)[-1] == ("Transaction.End", 1300)
    assert s.cp.get_evse_transaction_id(1) is None
    assert s.integrator.named("transaction_ended") and s.integrator.named("release_connector")
    s.plug(1)
    s.tap(CARD, 1)
    assert len(story(s)) == 2, "the EVSE is free again"


def test_E_power_cut_another_connector_is_another_car():
    s = charging()
    s.cut_power()
    s.plug(1, 2)
    s.connect()
    s.run(15)
    assert story(s)[0][-1] == ("Ended", "AbnormalCondition", "PowerLoss")
    assert s.integrator.named("power_allowed") == []


def test_E_power_cut_too_long_an_outage_ends_it():
    s = charging(MINUTE + [("InternalCtrlr.MaxResumeOutage", 600)])
    s.cut_power(3600)
    s.connect()  # the clock is known before the cable is seen
    s.plug(1)
    assert story(s)[0][-1] == ("Ended", "AbnormalCondition", "PowerLoss")


def test_E_power_cut_resume_can_be_switched_off():
    s = charging(MINUTE + [("InternalCtrlr.ResumeTransactionsOnBoot", False)])
    s.cut_power()
    back(s)
    assert story(s)[0][-1] == ("Ended", "AbnormalCondition", "PowerLoss")
    assert s.integrator.named("power_allowed") == []


def test_E_power_cut_the_integrator_may_refuse_to_resume():
    s = charging()
    s.cut_power()
    s.integrator.can_resume = lambda evse_id, transaction_id: False
    back(s)
    assert story(s)[0][-1] == ("Ended", "AbnormalCondition", "PowerLoss")


def test_E_power_cut_a_sample_under_way_is_told_again_with_the_same_seqNo():
    s = charging()
    s.answers["TransactionEvent"] = SILENCE
    sample(s, 1)
    lost = s.last("TransactionEvent")
    assert lost["triggerReason"] == "MeterValuePeriodic"
    s.cut_power()
    s.answers = {"BootNotification": s.boot_answer("Accepted")}
    s.forget()
    back(s)
    again = s.messages("TransactionEvent")[0]
    assert dict(again, offline=None) == dict(lost, offline=None)
    assert again["offline"] is True
    s.sent.insert(0, ("TransactionEvent", lost))


def test_E_power_cut_twice_before_the_cable_was_seen_leaves_it_to_no_other_car():
    """The second boot must know that there was a cable, though the first has written anew what it
    knows, together with the sample that was under way."""
    s = charging()
    s.answers["TransactionEvent"] = SILENCE
    sample(s, 1)
    s.cut_power()
    s.cp.wakeup(s.now)
    s.cut_power()
    s.answers = {"BootNotification": s.boot_answer("Accepted")}
    back(s, False, 15)
    assert story(s)[0][-1] == ("Ended", "AbnormalCondition", "PowerLoss")
    s.plug(1)
    assert len(story(s)) == 1 and s.cp.get_evse_transaction_id(1) is None


def test_E_power_cut_at_every_file_operation_of_a_session():
    for outcome in (True, False):
        n = 0
        while True:
            s = CoreStation((1, 1), MINUTE)
            n += 1
            if not session_cut_at(s, n, outcome):
                break
        assert n > 10


class Cut(BaseException):
    """Nothing of the station may catch it."""


def session_cut_at(s, n, plugged):
    """A session whose power is cut at the n-th write; False: it had fewer."""
    genuine, counted = {}, [0]
    for name in ("write", "append", "replace", "remove"):
        if hasattr(s.files, name):
            genuine[name] = getattr(s.files, name)
            setattr(s.files, name, counting(genuine[name], counted, n))
    was_cut = False
    try:
        session(s)
    except Cut:
        was_cut = True
    for name in genuine:
        setattr(s.files, name, genuine[name])
    if not was_cut:
        return False
    s.cut_power()
    back(s, plugged, 15)
    if s.cp.get_evse_transaction_id(1):
        s.meter(1, 1400)
        s.tap(CARD, 1)
        s.run(10)
    for events in story(s):
        assert events[0][0] == "Started" and events[-1][0] == "Ended", (n, events)
        assert [one[0] for one in events].count("Ended") == 1
    return True


def counting(function, counted, n):
    def call(*args):
        counted[0] += 1
        if counted[0] == n:
            raise Cut()
        return function(*args)

    return call


def session(s):
    s.charge(1, CARD, 1000)
    for _ in range(3):
        sample(s, 1)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    s.run(60)
    s.unplug(1)


def test_E_power_cut_offline_samples_wait_and_are_told_in_order():
    s = charging(minutes=1)
    s.disconnect()
    sample(s, 6)
    s.cut_power()
    s.forget()
    back(s)
    late = [one for one in s.messages("TransactionEvent") if one["offline"]]
    assert len(late) >= 5
    first = late[0]["seqNo"]
    assert [one["seqNo"] for one in late] == list(range(first, first + len(late)))


def test_E_power_cut_after_a_reset_ends_with_its_reason():
    for boot_reason, reason in (("RemoteReset", "ImmediateReset"), ("LocalReset", "Reboot")):
        s = charging()
        s.cp.context.store.save("boot_reason", boot_reason.encode())
        s.cut_power()
        back(s)
        assert story(s)[0][-1] == ("Ended", "ResetCommand", reason)
        assert s.messages("BootNotification")[-1]["reason"] == boot_reason


def test_E_power_cut_card_first_without_evse_goes_on_waiting():
    s = CoreStation(settings=[("TxCtrlr.TxStartPoint", "Authorized")])
    s.tap(CARD)
    (events,) = story(s)
    assert events == [("Started", "Authorized", None)]
    s.cut_power()
    s.connect()
    s.plug(2)
    assert s.integrator.named("power_allowed") == [("power_allowed", 2, True)]
    (events,) = story(s)
    assert events[-1] == ("Updated", "CablePluggedIn", None)


def test_E_power_cut_ended_waits_for_the_contactor():
    s = charging()
    s.cp.authorize(1, 0, {"idToken": CARD, "type": "ISO14443"})
    s.pump()
    assert story(s)[0][-1][0] == "Updated", "energy flows still"
    s.cut_power()
    back(s, True, 15)
    assert story(s)[0][-1][0] == "Ended"
    assert s.integrator.named("power_allowed") == []


def test_E_power_cut_a_suspended_driver_gets_no_energy_afterwards():
    s = charging(MINUTE + [("TxCtrlr.StopTxOnInvalidId", False)])
    s.answers["TransactionEvent"] = {"idTokenInfo": {"status": "Blocked"}}
    sample(s, 1)
    assert s.integrator.named("power_allowed")[-1] == ("power_allowed", 1, False)
    s.answers = {"BootNotification": s.boot_answer("Accepted")}
    s.cut_power()
    back(s)
    assert s.integrator.named("power_allowed") == []


def test_E_power_cut_timestamps_never_go_back_even_if_the_csms_clock_does():
    s = charging()
    s.cut_power()
    s.epoch = WALL - 30000
    back(s)
    s.tap(CARD, 1)
    s.run(10)
    assert story(s)[0][-1][0] == "Ended"


def test_E_power_cut_twice():
    s = charging()
    s.cut_power()
    s.plug(1)
    s.cut_power()
    back(s)
    s.tap(CARD, 1)
    s.run(10)
    (events,) = story(s)
    assert [one[0] for one in events].count("Started") == 1
    assert events[-1][0] == "Ended"


def test_E_power_cut_that_follows_another_ends_no_earlier_than_it_went_on():
    s = charging()
    s.cut_power()
    back(s)
    s.cut_power()
    back(s, False, 15)
    (events,) = story(s)
    assert events[-1] == ("Ended", "AbnormalCondition", "PowerLoss")


def test_E_power_cut_of_a_boot_that_learnt_the_time_late_ends_no_earlier_than_its_events():
    s = charging()
    s.cut_power(600)
    s.plug(1)
    s.meter(1, 1300)
    s.charging(1)
    sample(s, 2)
    s.connect()
    s.cut_power()
    back(s, False, 15)
    (events,) = story(s)
    assert events[-1] == ("Ended", "AbnormalCondition", "PowerLoss")


def test_E_power_cut_ends_with_the_register_that_was_kept_whatever_is_read_afterwards():
    s = charging()
    s.cut_power()
    s.meter(1, 1390)
    back(s, False, 15)
    assert registers(s.last("TransactionEvent"))[-1] == ("Transaction.End", 1300)


def test_E_power_cut_takes_no_samples_until_it_is_decided():
    s = charging(MINUTE + [("AlignedDataCtrlr.Interval", 5)])
    s.cut_power()
    s.forget()
    back(s, False, 15)
    assert s.last("TransactionEvent")["eventType"] == "Ended"
    triggers = [one["triggerReason"] for one in s.messages("TransactionEvent")]
    assert "MeterValueClock" not in triggers[1:], triggers  # the first one was under way


def test_E_power_cut_right_after_Started_ends_no_earlier_than_its_reading():
    s = CoreStation((2, 2), MINUTE)
    s.meter(1, 1000)
    s.cp.on_session_started(1, 1)
    s.pump()
    s.cp.authorize(1, 0, {"idToken": CARD, "type": "ISO14443"})
    s.pump()
    s.now += 3
    s.pump()
    s.cut_power()
    back(s, False, 15)
    story(s)
