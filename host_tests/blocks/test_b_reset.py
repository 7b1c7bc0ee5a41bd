# runs on: cpython, micropython
"""B. Provisioning: Reset, of the station and of one EVSE."""

from host_tests.core_station import SILENCE, CoreStation

CARD = "04A1B2C3D4E5F6"
START = {"remoteStartId": 1, "idToken": {"idToken": CARD, "type": "ISO14443"}}


def reset(s, kind="Immediate", evse_id=None):
    payload = {"type": kind}
    if evse_id is not None:
        payload["evseId"] = evse_id
    return s.call("Reset", payload)["status"]


def resets(s):
    return s.integrator.named("reset")


# --- B11: reset without a transaction ---


def test_B11_idle_station_restarts():  # TC_B_20
    for kind in ("OnIdle", "Immediate"):
        s = CoreStation()
        assert reset(s, kind) == "Accepted"
        assert resets(s) == [("reset", None, kind)]
        s.restart()
        assert s.last("BootNotification")["reason"] == "RemoteReset"  # B01.FR.09
        assert s.last("SecurityEventNotification")["type"] == "ResetOrReboot"


def test_B11_the_answer_leaves_before_the_restart():
    s = CoreStation()
    left = []
    s.integrator.reset = lambda evse_id, kind: left.append(list(s._replies))
    reset(s)
    assert left == [["csms-1"]]


def test_B11_the_reason_is_told_once():
    s = CoreStation()
    reset(s)
    s.restart()
    s.restart()
    assert s.last("BootNotification")["reason"] == "PowerUp"
    assert s.last("SecurityEventNotification")["type"] == "StartupOfTheDevice"


def test_B11_the_reason_stays_through_retries():
    s = CoreStation()
    reset(s)
    s.answers["BootNotification"] = s.boot_answer("Pending", 60)
    s.forget()
    s.restart()
    s.run(60)
    assert [one["reason"] for one in s.messages("BootNotification")] == ["RemoteReset"] * 2


def test_B11_unavailable_is_still_there_after_the_restart():  # TC_B_23, B11.FR.03
    s = CoreStation()
    s.call("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 2}})
    reset(s)
    s.forget()
    s.restart()
    assert s.statuses() == [
        (1, 1, "Available"), (1, 2, "Available"), (2, 1, "Unavailable"), (2, 2, "Unavailable"),
    ]  # fmt: skip


def test_B11_one_evse_cannot_be_reset():  # TC_B_28, B11.FR.09
    s = CoreStation()
    for kind in ("OnIdle", "Immediate"):
        for evse_id in (1, 0, 3, -1):
            assert reset(s, kind, evse_id) == "Rejected"
    s.run(30)
    assert resets(s) == []


def test_B11_one_evse_can_be_reset_where_it_may():  # TC_B_25
    s = CoreStation()
    s.cp.variables.put("EVSE.AllowReset", True, 1)
    assert reset(s, "OnIdle", 2) == "Rejected"
    assert reset(s, "OnIdle", 1) == "Accepted"
    assert resets(s) == [("reset", 1, "OnIdle")]
    assert s.cp.registration.accepted()
    s.charge(1)
    assert s.events()


def test_B11_the_integrator_may_say_no():
    s = CoreStation()
    asked = []
    s.integrator.is_reset_allowed = lambda evse_id, kind: asked.append((evse_id, kind))
    assert reset(s, "OnIdle") == "Rejected"
    assert asked == [(None, "OnIdle")]
    s.run(30)
    assert resets(s) == []


def test_B11_no_reset_during_an_installation():
    s = CoreStation()
    for status in ("Installing", "InstallRebooting"):
        assert s.cp.on_firmware_update_status_notification(1, status)
        s.pump()
        assert reset(s) == "Rejected", status
    assert s.cp.on_firmware_update_status_notification(1, "Installed")
    s.pump()
    assert reset(s) == "Accepted"


# --- B12: reset during a transaction ---


def test_B12_on_idle_waits_for_the_end():  # TC_B_21, B12.FR.01
    s = CoreStation()
    s.charge(token=CARD)
    assert reset(s, "OnIdle") == "Scheduled"
    s.run(600)
    assert resets(s) == []
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    s.run(1)
    assert s.events()[-1] == ("Ended", "StopAuthorized", "EVConnected")
    assert s.last("TransactionEvent")["transactionInfo"]["stoppedReason"] == "Local"
    assert resets(s) == [("reset", None, "OnIdle")]
    s.restart()
    assert s.last("BootNotification")["reason"] == "ScheduledReset"


def test_B12_on_idle_waits_for_the_last_of_several():  # TC_B_41
    s = CoreStation()
    s.charge(1, CARD)
    s.charge(2, "04FFFFFF")
    assert reset(s, "OnIdle") == "Scheduled"
    s.unplug(1)
    s.run(60)
    assert resets(s) == []
    s.unplug(2)
    s.run(60)
    assert resets(s) == [("reset", None, "OnIdle")]


def test_B12_on_idle_starts_nothing_new_meanwhile():
    s = CoreStation()
    s.charge(1, CARD)
    reset(s, "OnIdle")
    s.plug(2)
    s.tap("04FFFFFF", 2)
    assert s.cp.get_evse_transaction_id(2) is None
    assert s.call("RequestStartTransaction", dict(START, evseId=2)) == {"status": "Rejected"}


def test_B12_on_idle_delivers_ended_before_the_restart():
    s = CoreStation()
    s.charge(token=CARD)
    reset(s, "OnIdle")
    s.run(600)
    s.answers["TransactionEvent"] = SILENCE
    s.unplug(1)
    s.run(5)
    assert resets(s) == []
    s.run(10)
    assert resets(s) == [("reset", None, "OnIdle")]


def test_B12_immediate_ends_the_transaction():  # TC_B_22, B12.FR.04
    s = CoreStation()
    s.charge()
    assert reset(s) == "Accepted"
    assert ("power_allowed", 1, False) in s.integrator.calls
    s.charging(1, "EVConnected")
    s.run(1)
    assert s.events()[-1][:2] == ("Ended", "ResetCommand")
    assert s.last("TransactionEvent")["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert resets(s) == [("reset", None, "Immediate")]
    s.restart()
    assert s.last("BootNotification")["reason"] == "RemoteReset"


def test_B12_immediate_ends_every_transaction():
    s = CoreStation(settings=[("TxCtrlr.TxStartPoint", "Authorized")])
    s.charge(1, CARD)
    s.tap("04FFFFFF")
    s.cp.on_charging_state_changed(1, "EVConnected")
    reset(s)
    ends = [event for event in s.events() if event[0] == "Ended"]
    assert [event[1] for event in ends] == ["ResetCommand"] * 2
    assert resets(s)


def test_B12_immediate_waits_ten_seconds_for_the_delivery():  # B12.FR.05
    s = CoreStation()
    s.charge()
    s.charging(1, "SuspendedEV")
    s.answers["TransactionEvent"] = SILENCE
    assert reset(s) == "Accepted"
    s.run(9)
    assert resets(s) == []
    s.run(2)
    assert resets(s) == [("reset", None, "Immediate")]


def test_B12_immediate_goes_as_soon_as_everything_is_delivered():
    s = CoreStation()
    s.charge()
    s.charging(1, "SuspendedEV")
    reset(s)
    s.run(1)
    assert resets(s) == [("reset", None, "Immediate")]


def test_B12_nobody_waits_for_a_dead_link():
    s = CoreStation()
    s.charge()
    s.charging(1, "SuspendedEV")
    s.answers["TransactionEvent"] = SILENCE
    reset(s)
    s.disconnect()
    s.run(1)
    assert resets(s) == [("reset", None, "Immediate")]


def test_B12_immediate_overtakes_a_scheduled_one():
    s = CoreStation()
    s.charge()
    assert reset(s, "OnIdle") == "Scheduled"
    assert reset(s, "Immediate") == "Accepted"
    s.run(15)
    assert resets(s) == [("reset", None, "Immediate")]


def test_B12_an_evse_that_cannot_be_reset_goes_on():  # TC_B_29
    s = CoreStation()
    s.charge()
    for kind in ("OnIdle", "Immediate"):
        assert reset(s, kind, 1) == "Rejected"
    s.run(30)
    assert resets(s) == []
    assert s.cp.may_charge(1)


def test_B12_one_evse_after_its_transaction():  # TC_B_26
    s = CoreStation()
    s.cp.variables.put("EVSE.AllowReset", True, 1)
    s.charge(1, CARD)
    s.charge(2, "04FFFFFF")
    assert reset(s, "OnIdle", 1) == "Scheduled"
    s.run(60)
    assert resets(s) == []
    s.unplug(1)
    s.run(15)
    assert resets(s) == [("reset", 1, "OnIdle")]
    assert s.cp.may_charge(2)


def test_B12_one_evse_at_once():  # TC_B_27
    s = CoreStation()
    s.cp.variables.put("EVSE.AllowReset", True, 1)
    s.charge(1, CARD)
    s.charge(2, "04FFFFFF")
    assert reset(s, "Immediate", 1) == "Accepted"
    s.charging(1, "EVConnected")
    s.run(15)
    assert [event[:2] for event in s.events() if event[0] == "Ended"] == [
        ("Ended", "ResetCommand")
    ]
    assert resets(s) == [("reset", 1, "Immediate")]
    assert s.cp.may_charge(2)


def test_B12_the_other_evse_serves_while_one_waits_for_its_reset():
    s = CoreStation()
    s.cp.variables.put("EVSE.AllowReset", True, 1)
    s.charge(1, CARD)
    assert reset(s, "OnIdle", 1) == "Scheduled"
    s.charge(2, "04FFFFFF")
    assert s.cp.may_charge(2)


def test_B12_on_idle_is_forgotten_by_a_power_cut():
    s = CoreStation()
    s.charge()
    reset(s, "OnIdle")
    s.restart()
    s.run(60)
    assert resets(s) == []
    assert s.last("BootNotification")["reason"] == "PowerUp"


def test_B12_the_same_call_twice_resets_once():
    s = CoreStation()
    s.charge()
    text = '[2,"once","Reset",{"type":"OnIdle"}]'
    s.raw(text)
    s.pump()
    first = s._replies.pop("once")
    s.raw(text)
    s.pump()
    assert s._replies["once"] == first == [3, "once", {"status": "Scheduled"}]
    s.unplug(1)
    s.run(15)
    assert len(resets(s)) == 1
