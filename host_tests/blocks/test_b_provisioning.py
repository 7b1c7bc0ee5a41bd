# runs on: cpython, micropython
"""B. Provisioning: announcing itself, and being offline. (Variables and Reset have files of their
own.)"""

from host_tests.core_station import SILENCE, WALL, CoreStation

CARD = "04A1B2C3D4E5F6"

CALLS_OF_A_CSMS = (
    "CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache",
    "ClearChargingProfile", "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated",
    "CustomerInformation", "DataTransfer", "DeleteCertificate", "GetBaseReport",
    "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages",
    "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "GetMonitoringReport",
    "GetReport", "GetTransactionStatus", "GetVariables", "InstallCertificate", "PublishFirmware",
    "RequestStartTransaction", "RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList",
    "SetChargingProfile", "SetDisplayMessage", "SetMonitoringBase", "SetMonitoringLevel",
    "SetNetworkProfile", "SetVariableMonitoring", "SetVariables", "TriggerMessage",
    "UnlockConnector", "UnpublishFirmware", "UpdateFirmware",
)  # fmt: skip
ANSWERED_WHILE_PENDING = (
    "GetVariables", "SetVariables", "GetBaseReport", "GetReport", "TriggerMessage",
    "RequestStartTransaction", "RequestStopTransaction", "CertificateSigned", "InstallCertificate",
    "DeleteCertificate", "GetInstalledCertificateIds", "SetNetworkProfile", "Reset",
)  # fmt: skip
START = {"remoteStartId": 1, "idToken": {"idToken": CARD, "type": "ISO14443"}}


def booting(answer, settings=()):
    """A station whose CSMS answers BootNotification like this."""
    s = CoreStation(online=False, settings=settings)
    s.answers["BootNotification"] = answer
    s.connect()
    return s


def boots(status, interval=300, **more):
    s = CoreStation(online=False, **more)
    s.answers["BootNotification"] = s.boot_answer(status, interval)
    s.connect()
    return s


def boot_times(s, seconds):
    """The seconds, counted from now, in which BootNotification is sent."""
    began, times, seen = s.now, [], len(s.messages("BootNotification"))
    for _ in range(seconds):
        s.run(1)
        count = len(s.messages("BootNotification"))
        times += [s.now - began] * (count - seen)
        seen = count
    return times


def actions(s):
    return [action for action, _ in s.sent]


# --- B01: accepted ---


def test_B01_boot_then_status_of_every_connector():  # TC_B_01, B01.FR.05
    s = CoreStation()
    assert actions(s)[:5] == ["BootNotification"] + ["StatusNotification"] * 4
    assert s.statuses() == [
        (1, 1, "Available"), (1, 2, "Available"), (2, 1, "Available"), (2, 2, "Available"),
    ]  # fmt: skip
    assert s.cp.registration.accepted()


def test_B01_boot_tells_who_and_why():  # B01.FR.09
    s = CoreStation(settings=[
        ("ChargingStation.SerialNumber", "0001"), ("ChargingStation.FirmwareVersion", "1.2.3"),
    ])  # fmt: skip
    assert s.last("BootNotification") == {
        "reason": "PowerUp",
        "chargingStation": {
            "model": "Demo",
            "vendorName": "Example",
            "serialNumber": "0001",
            "firmwareVersion": "1.2.3",
        },
    }


def test_B01_unset_fields_are_left_out():
    s = CoreStation()
    assert s.last("BootNotification")["chargingStation"] == {
        "model": "Demo", "vendorName": "Example",
    }  # fmt: skip


def test_B01_the_statuses_of_the_moment_are_told():
    s = CoreStation(online=False)
    s.plug(1, 2)
    assert s.cp.on_faulted(2, 1)
    s.connect()
    assert s.statuses() == [
        (1, 1, "Available"), (1, 2, "Occupied"), (2, 1, "Faulted"), (2, 2, "Available"),
    ]  # fmt: skip


def test_B01_the_start_is_a_security_event():
    s = CoreStation()
    assert s.last("SecurityEventNotification")["type"] == "StartupOfTheDevice"


def test_B01_interval_becomes_heartbeat_interval():  # B01.FR.04
    s = boots("Accepted", 17)
    assert s.cp.variables.number("OCPPCommCtrlr.HeartbeatInterval") == 17
    s.forget()
    s.run(16)
    assert actions(s) == []
    s.run(1)
    assert actions(s) == ["Heartbeat"]


def test_B01_interval_0_leaves_heartbeat_interval():
    s = boots("Accepted", 0)
    assert s.cp.variables.number("OCPPCommCtrlr.HeartbeatInterval") == 300


def test_B01_an_absurd_interval_is_bounded():
    for interval, heartbeat in ((-5, 300), (10**9, 86400)):
        s = boots("Accepted", interval)
        assert s.cp.variables.number("OCPPCommCtrlr.HeartbeatInterval") == heartbeat


def test_B01_the_clock_is_set():  # B01.FR.06
    s = CoreStation()
    assert s.cp.clock.utc(s.now) == WALL + s.now
    assert s.last("StatusNotification")["timestamp"] == "2026-11-23T00:00:10Z"


def test_B01_the_integrator_hears_of_answer_and_time():
    s = CoreStation(online=False)
    heard = []
    s.integrator.boot_notification = lambda status: heard.append(status)
    s.integrator.time_sync = lambda wall: heard.append(wall)
    s.integrator.connection_state_changed = lambda up: heard.append(up)
    s.connect()
    s.disconnect()
    assert heard == [True, WALL + s.now, "Accepted", False]


def test_B01_an_implausible_time_is_not_believed():
    s = booting({"status": "Accepted", "interval": 300, "currentTime": "1970-01-01T00:00:00Z"})
    assert s.cp.registration.accepted()
    assert s.cp.clock.utc(s.now) is None
    assert len(s.statuses()) == 4
    s.plug(1)
    assert s.statuses()[-1] == (1, 1, "Occupied")
    s.run(300)  # the next Heartbeat knows the time
    assert s.cp.clock.utc(s.now) == WALL + s.now


def test_B01_timestamps_are_timestamps_even_if_nobody_knows_the_time():
    s = booting({"status": "Accepted", "interval": 300, "currentTime": "1970-01-01T00:00:00Z"})
    s.charge()
    for action in ("StatusNotification", "SecurityEventNotification", "TransactionEvent"):
        for message in s.messages(action):
            assert message["timestamp"][4] == "-" and message["timestamp"][-1] == "Z", action


def test_B01_a_known_clock_survives_an_implausible_time():
    s = CoreStation(online=False)
    s.cp.clock.set(WALL + s.now, s.now)
    s.answers["BootNotification"] = {
        "status": "Accepted", "interval": 300, "currentTime": "2120-01-01T00:00:00Z",
    }  # fmt: skip
    s.connect()
    assert s.cp.clock.utc(s.now) == WALL + s.now


def test_B01_time_with_offset_and_fraction():
    s = booting({
        "status": "Accepted", "interval": 300, "currentTime": "2026-11-23T01:00:10.123456+01:00",
    })  # fmt: skip
    assert s.cp.clock.utc(s.now) == WALL + 10


def test_B01_a_large_step_of_the_clock_is_a_security_event():
    s = CoreStation(online=False)
    s.cp.clock.set(WALL + s.now - 21, s.now)
    s.connect()
    types = [one["type"] for one in s.messages("SecurityEventNotification")]
    assert sorted(types) == ["SettingSystemTime", "StartupOfTheDevice"]


def test_B01_a_small_step_of_the_clock_is_none():
    s = CoreStation(online=False)
    s.cp.clock.set(WALL + s.now - 20, s.now)
    s.connect()
    assert len(s.messages("SecurityEventNotification")) == 1
    assert s.cp.clock.utc(s.now) == WALL + s.now


def test_B01_a_simulated_clock_is_not_set_by_the_csms():
    s = CoreStation(online=False)
    s.cp.clock.set(WALL, s.now)
    s.cp.clock.speed = 10
    s.connect()
    assert s.cp.clock.utc(s.now) == WALL


def test_B01_before_the_answer_nothing_else_is_sent():  # B01.FR.08
    s = booting(SILENCE)
    s.plug(1)
    assert s.cp.on_security_event("TamperDetectionActivated")
    s.cp.data_transfer("com.example")
    s.run(5)
    assert actions(s) == ["BootNotification"]


def test_B01_before_the_answer_calls_get_SecurityError():  # B01.FR.10
    s = booting(SILENCE)
    for action in CALLS_OF_A_CSMS:
        assert s.call(action) == "SecurityError", action


def test_B01_what_happened_before_comes_after():
    s = booting(SILENCE)
    assert s.cp.on_security_event("TamperDetectionActivated")
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(100)
    types = [one["type"] for one in s.messages("SecurityEventNotification")]
    assert types == ["TamperDetectionActivated", "StartupOfTheDevice"]
    assert s.last("SecurityEventNotification")["timestamp"] == "2026-11-23T00:01:40Z"
    assert s.messages("SecurityEventNotification")[0]["timestamp"] == "2026-11-23T00:00:10Z"


def test_B01_no_answer_is_asked_again_a_minute_after_the_timeout():
    s = booting(SILENCE)
    assert boot_times(s, 119) == [90]
    assert not s.cp.wants_reconnect
    s.run(1)
    assert s.cp.wants_reconnect  # two silences: perhaps another connection works


def test_B01_an_error_is_asked_again_after_a_minute():
    s = booting(("InternalError",))
    assert boot_times(s, 130) == [60, 120]
    assert s.cp.registration.status == ""


def test_B01_nonsense_for_an_answer_is_asked_again():
    for nonsense in (
        {},
        {"status": "Accepted", "interval": 300},
        {"status": "Welcome", "interval": 300, "currentTime": "2026-11-23T00:00:00Z"},
        {"status": "Accepted", "interval": "300", "currentTime": "2026-11-23T00:00:00Z"},
        {"status": "Accepted", "interval": 300, "currentTime": "today"},
    ):
        s = booting(nonsense)
        assert not s.cp.registration.accepted(), nonsense
        assert s.statuses() == []
        assert boot_times(s, 61) == [60], nonsense


def test_B01_a_link_lost_before_the_answer_boots_at_once():
    for queue_all in (False, True):
        s = booting(SILENCE, [("OCPPCommCtrlr.QueueAllMessages", queue_all)])
        s.disconnect()
        s.run(5)
        s.answers["BootNotification"] = s.boot_answer("Accepted")
        s.forget()
        s.connect()
        s.run(200)
        assert actions(s).count("BootNotification") == 1, queue_all


def test_B01_a_reconnect_boots_no_second_time():
    s = CoreStation()
    s.forget()
    s.disconnect()
    s.run(10000)
    s.connect()
    s.run(100)
    assert s.messages("BootNotification") == []
    assert s.cp.registration.accepted()


def test_B01_the_first_start_keeps_its_reason_through_all_retries():
    s = boots("Pending", 60)
    s.run(60)
    s.answers["BootNotification"] = s.boot_answer("Rejected", 60)
    s.run(60)
    s.answers["BootNotification"] = SILENCE
    s.run(60)
    assert [one["reason"] for one in s.messages("BootNotification")] == ["PowerUp"] * 4


# --- B02: pending ---


def test_B02_pending_boots_again_after_the_interval_and_is_silent():  # TC_B_02, B02.FR.04
    s = boots("Pending", 60)
    s.plug(1)
    s.cp.on_security_event("TamperDetectionActivated")
    s.cp.data_transfer("com.example")
    assert boot_times(s, 130) == [60, 120]
    assert actions(s) == ["BootNotification"] * 3


def test_B02_then_accepted():  # TC_B_02
    s = boots("Pending", 60)
    s.plug(1)
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(60)
    assert s.statuses() == [
        (1, 1, "Occupied"), (1, 2, "Available"), (2, 1, "Available"), (2, 2, "Available"),
    ]  # fmt: skip


def test_B02_the_clock_is_set():
    s = boots("Pending", 60)
    assert s.cp.clock.utc(s.now) == WALL + s.now


def test_B02_pending_interval_0_is_our_own_wait():  # B02.FR.07
    s = boots("Pending", 0)
    times = boot_times(s, 60)
    assert 30 <= times[0] <= 60, times


def test_B02_the_interval_is_not_the_heartbeat_interval():
    s = boots("Pending", 17)
    assert s.cp.variables.number("OCPPCommCtrlr.HeartbeatInterval") == 300


def test_B02_calls_that_are_not_for_pending_get_SecurityError():  # B02.FR.01
    s = boots("Pending")
    for action in CALLS_OF_A_CSMS:
        if action not in ANSWERED_WHILE_PENDING:
            assert s.call(action) == "SecurityError", action


def test_B02_calls_for_pending_are_heard():
    s = boots("Pending")
    for action in ANSWERED_WHILE_PENDING:
        assert s.call(action) != "SecurityError", action


def test_B02_variables_can_be_written_and_read():
    s = boots("Pending")
    timeout = {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}}
    setting = {"setVariableData": [dict(timeout, attributeValue="77")]}
    result = s.call("SetVariables", setting)["setVariableResult"][0]
    assert result["attributeStatus"] == "Accepted"
    result = s.call("GetVariables", {"getVariableData": [timeout]})["getVariableResult"][0]
    assert result["attributeValue"] == "77"


def test_B02_remote_start_and_stop_are_rejected():  # B02.FR.05
    s = boots("Pending")
    assert s.call("RequestStartTransaction", START) == {"status": "Rejected"}
    assert s.call("RequestStopTransaction", {"transactionId": "abc"}) == {"status": "Rejected"}
    assert s.call("RequestStartTransaction", dict(START, evseId=1)) == {"status": "Rejected"}
    s.run(5)
    assert actions(s) == ["BootNotification"]


def test_B02_triggered_messages_are_sent():  # B02.FR.02
    s = boots("Pending")
    for message in ("Heartbeat", "StatusNotification", "LogStatusNotification"):
        payload = {"requestedMessage": message}
        if message == "StatusNotification":
            payload["evse"] = {"id": 1, "connectorId": 1}
        assert s.call("TriggerMessage", payload) == {"status": "Accepted"}
        assert actions(s)[-1] == message


def test_B02_triggered_boot_says_so_and_replaces_the_next_one():
    s = boots("Pending", 60)
    s.run(30)
    trigger = {"requestedMessage": "BootNotification"}
    assert s.call("TriggerMessage", trigger) == {"status": "Accepted"}
    assert s.last("BootNotification")["reason"] == "Triggered"
    assert boot_times(s, 70) == [60]
    assert s.last("BootNotification")["reason"] == "PowerUp"


def test_B02_a_trigger_while_a_boot_is_under_way_makes_no_second_one():
    s = boots("Pending", 60)
    s.answers["BootNotification"] = SILENCE
    s.run(60)
    s.forget()
    trigger = {"requestedMessage": "BootNotification"}
    assert s.call("TriggerMessage", trigger) == {"status": "Accepted"}
    answer = '[3,"%s",{"status":"Accepted","interval":300,"currentTime":"2026-11-23T00:01:10Z"}]'
    s.raw(answer % s.unanswered)
    s.unanswered = None
    s.run(60)
    assert s.cp.registration.accepted()
    assert s.messages("BootNotification") == []


def test_B02_no_transaction_before_accepted():
    s = boots("Pending")
    s.plug(1)
    assert not s.tap(CARD, 1)
    assert s.cp.get_evse_transaction_id(1) is None


def test_B02_transactions_before_accepted_wait_where_they_are_allowed():  # B02.FR.03
    s = boots("Pending", 60, settings=[
        ("TxCtrlr.TxBeforeAcceptedEnabled", True),
        ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True),
    ])  # fmt: skip
    s.charge(token=CARD)
    assert s.cp.get_evse_transaction_id(1)
    assert actions(s) == ["BootNotification"]
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(60)
    assert actions(s)[2:6] == ["StatusNotification"] * 4
    assert [event[0] for event in s.events()[:2]] == ["Started", "Updated"]
    assert s.messages("TransactionEvent")[0]["timestamp"] == "2026-11-23T00:00:10Z"


def test_B02_a_reconnect_does_not_shorten_the_wait():
    for status in ("Pending", "Rejected"):
        s = boots(status, 100)
        s.run(20)
        s.disconnect()
        s.run(20)
        s.connect()
        assert boot_times(s, 100) == [60], status


def test_B02_a_reconnect_after_the_interval_boots_at_once():
    s = boots("Pending", 100)
    s.disconnect()
    s.run(200)
    s.forget()
    s.connect()
    assert actions(s) == ["BootNotification"]


def test_B02_reset_is_carried_out():
    s = boots("Pending")
    assert s.call("Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    assert s.integrator.named("reset") == [("reset", None, "Immediate")]


# --- B03: rejected ---


def test_B03_rejected_is_silent_until_the_interval_is_over():  # TC_B_03, B03.FR.02
    s = boots("Rejected", 60)
    s.plug(1)
    s.cp.on_security_event("TamperDetectionActivated")
    assert boot_times(s, 130) == [60, 120]
    assert actions(s) == ["BootNotification"] * 3


def test_B03_every_call_gets_SecurityError():  # TC_B_30, B03.FR.08
    s = boots("Rejected")
    for action in CALLS_OF_A_CSMS:
        assert s.call(action) == "SecurityError", action
    trigger = {"requestedMessage": "BootNotification"}
    assert s.call("TriggerMessage", trigger) == "SecurityError"
    report = {"requestId": 1, "reportBase": "FullInventory"}
    assert s.call("GetBaseReport", report) == "SecurityError"


def test_B03_rejected_interval_0_is_our_own_wait():  # B03.FR.05
    s = boots("Rejected", 0)
    times = boot_times(s, 60)
    assert 30 <= times[0] <= 60, times


def test_B03_then_accepted():
    s = boots("Rejected", 60)
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(60)
    assert len(s.statuses()) == 4
    assert s.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}


def test_B03_unknown_actions_are_not_implemented_whatever_the_state():
    for status in ("Accepted", "Pending", "Rejected"):
        assert boots(status).call("FlyToTheMoon") == "NotImplemented"


# --- B04: offline while idle ---


def test_B04_long_offline_tells_all_states():  # TC_B_51, B04.FR.01
    s = CoreStation()
    s.forget()
    s.disconnect()
    s.run(301)
    s.connect()
    assert s.statuses() == [
        (1, 1, "Available"), (1, 2, "Available"), (2, 1, "Available"), (2, 2, "Available"),
    ]  # fmt: skip


def test_B04_short_offline_tells_what_changed():  # TC_B_52, B04.FR.02
    s = CoreStation()
    s.forget()
    s.disconnect()
    s.plug(1, 2)
    s.run(300)
    s.connect()
    assert s.statuses() == [(1, 2, "Occupied")]


def test_B04_short_offline_without_change_tells_nothing():
    s = CoreStation()
    s.forget()
    s.disconnect()
    s.plug(1)
    s.unplug(1)
    s.run(299)
    s.connect()
    assert s.statuses() == []


def test_B04_the_threshold_is_the_variable():
    s = CoreStation(settings=[("OCPPCommCtrlr.OfflineThreshold", 20)])
    s.forget()
    s.disconnect()
    s.run(21)
    s.connect()
    assert len(s.statuses()) == 4


def test_B04_failing_to_reconnect_is_still_the_same_time_offline():
    s = CoreStation()
    s.forget()
    s.disconnect()
    for _ in range(4):
        s.run(100)
        s.disconnect()
    s.connect()
    assert len(s.statuses()) == 4


def test_B04_a_status_that_was_on_its_way_is_told_again():
    s = CoreStation()
    s.forget()
    s.answers["StatusNotification"] = SILENCE
    s.plug(1)
    s.disconnect()
    del s.answers["StatusNotification"]
    s.run(5)
    s.connect()
    assert s.statuses() == [(1, 1, "Occupied"), (1, 1, "Occupied")]


def test_B04_a_refused_status_is_told_again_after_a_reconnect():
    s = CoreStation()
    s.forget()
    s.answers["StatusNotification"] = ("InternalError",)
    s.plug(1)
    assert s.statuses() == [(1, 1, "Occupied")]
    del s.answers["StatusNotification"]
    s.disconnect()
    s.connect()
    assert s.statuses() == [(1, 1, "Occupied"), (1, 1, "Occupied")]


def test_B04_the_newest_status_counts():
    s = CoreStation()
    s.forget()
    s.disconnect()
    s.plug(1)
    s.run(10)
    assert s.cp.on_faulted(1, 1)
    s.run(10)
    s.connect()
    assert s.statuses() == [(1, 1, "Faulted")]
