# runs on: cpython, micropython
"""F. Remote control: start, stop, unlock, and messages on demand."""

from host_tests.core_station import SILENCE, CoreStation

CARD = {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}
INVALID = {"idTokenInfo": {"status": "Invalid"}}


def station(
    start="PowerPathClosed", stop="EVConnected,Authorized", asks=True, settings=(), **more
):
    points = [
        ("TxCtrlr.TxStartPoint", start),
        ("TxCtrlr.TxStopPoint", stop),
        ("AuthCtrlr.AuthorizeRemoteStart", asks),
    ]
    return CoreStation(settings=points + list(settings), **more)


def remote_start(s, evse_id=None, token=CARD, remote_start_id=7, **more):
    request = dict(idToken=token, remoteStartId=remote_start_id, **more)
    if evse_id is not None:
        request["evseId"] = evse_id
    return s.call("RequestStartTransaction", request)


def remote_stop(s, transaction_id):
    return s.call("RequestStopTransaction", {"transactionId": transaction_id})["status"]


def unlock(s, evse_id, connector_id):
    return s.call("UnlockConnector", {"evseId": evse_id, "connectorId": connector_id})["status"]


def trigger(s, message, evse_id=None, connector_id=None):
    request = {"requestedMessage": message}
    if evse_id is not None:
        request["evse"] = {"id": evse_id}
    if connector_id is not None:
        request["evse"]["connectorId"] = connector_id
    return s.call("TriggerMessage", request)["status"]


def send(s, action, payload, count, name):
    """Calls that nobody waits for: all are there before the station gets to write."""
    for n in range(count):
        s.raw('[2,"%s-%d","%s",%s]' % (name, n, action, payload))
    s.pump()


def remote_ids(s):
    events = s.messages("TransactionEvent")
    return [one["transactionInfo"].get("remoteStartId") for one in events]


# --- F01: cable first ---


def test_F01_cable_first_starts_with_the_remote_start():  # TC_F_01
    s = station()
    s.plug(1)
    s.forget()
    assert remote_start(s, 1) == {"status": "Accepted"}
    assert [action for action, _ in s.sent] == ["Authorize", "TransactionEvent"]
    assert s.last("Authorize") == {"idToken": CARD}
    assert s.events() == [("Started", "RemoteStart", "EVConnected")]
    event = s.last("TransactionEvent")
    assert event["transactionInfo"]["remoteStartId"] == 7
    assert event["idToken"] == CARD
    assert s.cp.may_charge(1)


def test_F01_the_answer_leaves_before_what_follows_from_it():
    s = station(asks=False)
    s.plug(1)
    texts = []
    s.cp.receive_text(
        '[2,"x","RequestStartTransaction",{"idToken":{"idToken":"A","type":"Central"},'
        '"remoteStartId":1,"evseId":1}]',
        s.now,
    )
    s.cp.wakeup(s.now)
    text = s.cp.next_text(s.now)
    while text is not None:
        texts.append(bytes(text).decode())
        text = s.cp.next_text(s.now)
    assert texts[0].startswith('[3,"x"')
    assert '"TransactionEvent"' in texts[1]


def test_F01_without_authorize_remote_start_nobody_is_asked():  # F01.FR.02
    s = station(asks=False)
    s.plug(1)
    assert remote_start(s, 1) == {"status": "Accepted"}
    assert s.messages("Authorize") == []
    assert s.events() == [("Started", "RemoteStart", "EVConnected")]


def test_F01_a_running_transaction_without_driver_is_named_and_taken():  # F01.FR.13
    s = station("EVConnected")
    s.plug(1)
    running = s.cp.get_evse_transaction_id(1)
    answer = remote_start(s, 1)
    assert answer == {"status": "Accepted", "transactionId": running}
    s.charging(1)
    assert s.events() == [
        ("Started", "CablePluggedIn", "EVConnected"),
        ("Updated", "RemoteStart", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]
    assert remote_ids(s) == [None, 7, None]  # F01.FR.25
    assert s.messages("TransactionEvent")[1]["idToken"] == CARD


def test_F01_a_parked_vehicle_without_driver_is_taken_too():
    s = station("ParkingBayOccupancy", "ParkingBayOccupancy")
    s.cp.set_parking_bay(2, True)
    s.pump()
    running = s.cp.get_evse_transaction_id(2)
    assert remote_start(s, 2) == {"status": "Accepted", "transactionId": running}
    assert s.events()[-1] == ("Updated", "RemoteStart", "Idle")


def test_F01_a_refused_token_gives_no_energy():
    s = station()
    s.answers["Authorize"] = INVALID
    s.plug(1)
    assert remote_start(s, 1) == {"status": "Accepted"}
    assert s.events() == []
    assert not s.cp.may_charge(1)


def test_F01_a_refused_token_leaves_the_transaction_without_driver():
    s = station("EVConnected")
    s.answers["Authorize"] = INVALID
    s.plug(1)
    assert remote_start(s, 1)["status"] == "Accepted"
    assert [event[0] for event in s.events()] == ["Started"]
    s.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted"}}
    assert remote_start(s, 1, remote_start_id=8)["status"] == "Accepted"
    assert remote_ids(s) == [None, 8]


def test_F01_a_token_that_is_good_on_other_evses_only_gives_no_energy():  # C01.FR.21
    s = station()
    s.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", "evseId": [2]}}
    s.plug(1)
    assert remote_start(s, 1)["status"] == "Accepted"
    assert s.events() == [] and not s.cp.may_charge(1)


def test_F01_an_unanswered_authorize_gives_no_energy():
    s = station()
    s.answers["Authorize"] = SILENCE
    s.plug(1)
    assert remote_start(s, 1)["status"] == "Accepted"
    s.run(40)
    assert s.events() == [] and not s.cp.may_charge(1)


def test_F01_central_and_no_authorization_are_never_asked_for():  # C05.FR.01
    for token in (
        {"idToken": "app", "type": "Central"},
        {"idToken": "", "type": "NoAuthorization"},
    ):
        s = station()
        s.plug(1)
        assert remote_start(s, 1, token)["status"] == "Accepted"
        assert s.messages("Authorize") == []
        assert s.last("TransactionEvent")["idToken"] == token
        assert s.cp.may_charge(1)


def test_F01_the_group_of_the_request_may_stop():  # C09.FR.03
    s = station(asks=False)
    family = {"idToken": "FAMILY", "type": "Central"}
    s.plug(1)
    remote_start(s, 1, groupIdToken=family)
    s.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", "groupIdToken": family}}
    s.tap("04FAFAFA", 1)
    assert s.events()[-1][:2] == ("Ended", "StopAuthorized")


def test_F01_the_card_of_the_remote_start_stops_it_at_the_reader():
    s = station()
    s.plug(1)
    remote_start(s, 1)
    s.tap(CARD["idToken"], 1)
    assert s.events()[-1][:2] == ("Ended", "StopAuthorized")


def test_F01_an_unusable_profile_is_ignored_without_smart_charging():  # F01.FR.12
    s = station()
    s.plug(1)
    profile = {
        "id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [{
            "id": 1, "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}],
        }],
    }  # fmt: skip
    assert remote_start(s, 1, chargingProfile=profile)["status"] == "Accepted"
    assert s.cp.may_charge(1)


# --- F01: without evseId (F01.FR.20) ---


def test_F01_without_evse_the_waiting_car_is_taken():
    s = station()
    s.plug(2)
    assert remote_start(s)["status"] == "Accepted"
    assert s.last("TransactionEvent")["evse"] == {"id": 2, "connectorId": 1}


def test_F01_without_evse_the_transaction_without_driver_is_taken():
    s = station("EVConnected")
    s.plug(2)
    assert remote_start(s)["transactionId"] == s.cp.get_evse_transaction_id(2)
    assert s.cp.may_charge(2)


def test_F01_without_evse_any_free_one_is_taken():
    s = station("Authorized")
    s.charge(1)
    assert remote_start(s)["status"] == "Accepted"
    assert s.last("TransactionEvent")["evse"] == {"id": 2}


def test_F01_without_evse_and_all_in_use_it_is_rejected():
    s = station()
    s.charge(1)
    s.charge(2, token="04BB")
    assert remote_start(s) == {"status": "Rejected"}


# --- F01: rejected ---


def test_F01_rejected_on_an_evse_that_does_not_exist():
    s = station()
    for evse_id in (0, -1, 3, 99, 2147483647):
        assert remote_start(s, evse_id) == {"status": "Rejected"}, evse_id
    assert s.messages("Authorize") == []


def test_F01_rejected_where_somebody_charges():  # F01.FR.24
    s = station()
    s.charge(1)
    running = s.cp.get_evse_transaction_id(1)
    s.forget()
    assert remote_start(s, 1, {"idToken": "04BB", "type": "ISO14443"}) == {"status": "Rejected"}
    assert remote_start(s, 1, {"idToken": "04A1B2C3", "type": "ISO14443"}) == {
        "status": "Rejected"
    }
    assert s.sent == []
    assert s.cp.get_evse_transaction_id(1) == running
    assert s.cp.may_charge(1)


def test_F01_rejected_where_somebody_is_about_to_charge():
    s = station()
    s.tap("04BB", 1)
    assert remote_start(s, 1) == {"status": "Rejected"}


def test_F01_rejected_on_a_faulted_evse():  # F01.FR.23
    for plugged in (False, True):
        s = station()
        if plugged:
            s.plug(1)
        s.cp.on_faulted(1, 1)
        if not plugged:
            s.cp.on_faulted(1, 2)
        s.pump()
        assert remote_start(s, 1) == {"status": "Rejected"}


def test_F01_one_faulted_connector_does_not_close_the_evse():
    s = station()
    s.cp.on_faulted(1, 1)
    s.pump()
    assert remote_start(s, 1)["status"] == "Accepted"
    s.plug(1, 2)
    assert s.cp.may_charge(1)


def test_F01_rejected_on_an_unavailable_evse():  # F01.FR.22
    s = station("EVConnected")
    s.call("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}})
    assert remote_start(s, 1) == {"status": "Rejected"}
    s.plug(2)
    s.cp.on_unavailable(2, 1)
    s.pump()
    assert remote_start(s, 2) == {"status": "Rejected"}


def test_F01_rejected_on_a_reserved_evse():  # F01.FR.21
    s = station()
    for connector_id in (1, 2):
        assert s.cp.on_reserved(1, connector_id)
    s.pump()
    assert remote_start(s, 1) == {"status": "Rejected"}


def test_F01_rejected_by_the_integrator():
    s = station()
    s.integrator.remote_start_allowed = lambda evse_id: evse_id != 1
    s.plug(1)
    assert remote_start(s, 1) == {"status": "Rejected"}
    assert remote_start(s, 2) == {"status": "Accepted"}


def test_F01_rejected_while_pending():  # B02.FR.05
    s = station(boot="Pending")
    s.plug(1)
    assert remote_start(s, 1) == {"status": "Rejected"}
    assert remote_stop(s, "x") == "Rejected"


def test_F01_rejected_while_a_reset_waits():
    s = station()
    s.charge(1)
    assert s.call("Reset", {"type": "OnIdle"})["status"] == "Scheduled"
    assert remote_start(s, 2) == {"status": "Rejected"}


def test_F01_a_storm_of_remote_starts_starts_once():  # AP-7
    for asks in (True, False):
        s = station(asks=asks)
        s.plug(1)
        payload = '{"idToken":{"idToken":"04AA","type":"ISO14443"},"remoteStartId":1,"evseId":1}'
        send(s, "RequestStartTransaction", payload, 50, "storm")
        assert s.events() == [("Started", "RemoteStart", "EVConnected")]
        assert s.cp.may_charge(1)


# --- F02: remote start first ---


def test_F02_remote_start_first_then_cable():  # TC_F_02
    s = station("Authorized")
    assert remote_start(s, 1)["status"] == "Accepted"
    assert s.last("Authorize") == {"idToken": CARD}
    assert s.events() == [("Started", "RemoteStart", "Idle")]
    s.plug(1)
    s.charging(1)
    assert s.events()[1:] == [
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]
    assert remote_ids(s) == [7, None, None]


def test_F02_not_asked_for_where_the_csms_says_so():  # TC_F_03
    s = station("Authorized", asks=False)
    assert remote_start(s, 1)["status"] == "Accepted"
    assert s.messages("Authorize") == []
    assert s.events() == [("Started", "RemoteStart", "Idle")]


def test_F02_the_cable_that_completes_the_power_path_is_a_remote_start():  # F02.FR.21
    s = station("PowerPathClosed")
    remote_start(s, 1)
    assert s.events() == []
    s.plug(1)
    assert s.events() == [("Started", "RemoteStart", "EVConnected")]
    assert remote_ids(s) == [7]
    assert s.last("TransactionEvent")["idToken"] == CARD


def test_F02_no_cable_in_time_ends_it():  # TC_F_04
    s = station("Authorized", settings=[("TxCtrlr.EVConnectionTimeOut", 30)])
    remote_start(s, 1)
    s.run(29)
    assert len(s.events()) == 1
    s.run(2)
    assert s.events()[-1] == ("Ended", "EVConnectTimeout", "Idle")
    assert s.last("TransactionEvent")["transactionInfo"]["stoppedReason"] == "Timeout"


def test_F02_no_cable_in_time_and_no_transaction_yet_forgets_it():
    s = station("PowerPathClosed", settings=[("TxCtrlr.EVConnectionTimeOut", 30)])
    remote_start(s, 1)
    s.run(31)
    s.plug(1)
    assert s.events() == []
    assert remote_start(s, 1, remote_start_id=8)["status"] == "Accepted"
    assert remote_ids(s) == [8]


def test_F02_the_time_counts_from_the_csms_verdict():
    s = station("Authorized", settings=[("TxCtrlr.EVConnectionTimeOut", 30)])
    s.answers["Authorize"] = SILENCE
    remote_start(s, 1)
    s.run(20)
    s.raw('[3,"%s",{"idTokenInfo":{"status":"Accepted"}}]' % s.unanswered)
    s.unanswered = None
    s.run(29)
    assert s.events()[-1][0] == "Started"
    s.run(2)
    assert s.events()[-1][0] == "Ended"


# --- F03: remote stop ---


def test_F03_remote_stop_ends_the_transaction():  # TC_F_08
    s = station()
    s.charge(1)
    assert remote_stop(s, s.cp.get_evse_transaction_id(1)) == "Accepted"
    assert s.integrator.named("power_allowed")[-1] == ("power_allowed", 1, False)
    s.charging(1, "EVConnected")
    assert s.events()[-1] == ("Ended", "RemoteStop", "EVConnected")
    last = s.last("TransactionEvent")
    assert last["transactionInfo"]["stoppedReason"] == "Remote"
    assert "idToken" not in last


def test_F03_remote_stop_only_stops_energy_where_the_cable_ends_it():  # F03.FR.02
    s = station("EVConnected", "EVConnected")
    s.charge(1)
    assert remote_stop(s, s.cp.get_evse_transaction_id(1)) == "Accepted"
    s.charging(1, "EVConnected")
    assert s.events()[-1] == ("Updated", "RemoteStop", "EVConnected")
    s.unplug(1)
    last = s.last("TransactionEvent")
    assert last["eventType"] == "Ended"
    assert last["transactionInfo"]["stoppedReason"] == "Remote"


def test_F03_an_unknown_transaction_is_rejected():  # TC_F_09
    s = station()
    s.charge(1)
    s.forget()
    for transaction_id in ("x", "", "../../etc/passwd", s.cp.get_evse_transaction_id(1)[:-1]):
        assert remote_stop(s, transaction_id) == "Rejected"
    assert s.sent == []
    assert s.cp.may_charge(1)


def test_F03_an_ended_transaction_is_rejected():
    s = station()
    s.charge(1)
    running = s.cp.get_evse_transaction_id(1)
    assert remote_stop(s, running) == "Accepted"
    assert remote_stop(s, running) == "Rejected"
    s.charging(1, "EVConnected")
    assert remote_stop(s, running) == "Rejected"
    assert [event[0] for event in s.events()].count("Ended") == 1


def test_F03_only_the_named_transaction_stops():
    s = station()
    s.charge(1)
    s.charge(2, token="04BB")
    remote_stop(s, s.cp.get_evse_transaction_id(2))
    assert s.cp.may_charge(1) and not s.cp.may_charge(2)


def test_F03_a_transaction_without_evse_can_be_stopped():
    s = station("Authorized")
    s.tap("04BB")
    waiting = s.last("TransactionEvent")["transactionInfo"]["transactionId"]
    assert remote_stop(s, waiting) == "Accepted"
    assert s.events()[-1] == ("Ended", "RemoteStop", "Idle")
    assert s.cp.status(s.now)["waiting"] == []


def test_F03_a_transaction_without_driver_can_be_stopped():
    s = station("EVConnected", "Authorized")
    s.plug(1)
    assert remote_stop(s, s.cp.get_evse_transaction_id(1)) == "Accepted"
    assert s.events()[-1] == ("Ended", "RemoteStop", "EVConnected")


# --- F05: unlock ---


def test_F05_unlocks_when_idle():  # TC_F_06, TC_F_07
    s = station()
    for plugged in (False, True):
        if plugged:
            s.plug(1)
        assert unlock(s, 1, 1) == "Unlocked"
    assert s.integrator.named("unlock_connector") == [("unlock_connector", 1, 1)] * 2


def test_F05_says_when_the_lock_did_not_move():
    s = station()
    s.integrator.unlock_result = "UnlockFailed"
    assert unlock(s, 2, 2) == "UnlockFailed"


def test_F05_refused_during_an_authorised_transaction():  # TC_F_05
    s = station()
    s.charge(1)
    assert unlock(s, 1, 1) == "OngoingAuthorizedTransaction"
    assert s.integrator.named("unlock_connector") == []
    assert s.cp.may_charge(1)


def test_F05_another_connector_may_be_unlocked_meanwhile():
    s = station()
    s.charge(1)
    assert unlock(s, 1, 2) == "Unlocked"
    assert unlock(s, 2, 1) == "Unlocked"


def test_F05_a_transaction_without_driver_is_no_obstacle():
    s = station("EVConnected")
    s.plug(1)
    assert unlock(s, 1, 1) == "Unlocked"
    assert s.cp.get_evse_transaction_id(1) is not None


def test_F05_after_the_driver_has_stopped_it_unlocks():
    s = station("EVConnected", "EVConnected")
    s.charge(1, token="04BB")
    s.tap("04BB", 1)
    assert unlock(s, 1, 1) == "Unlocked"


def test_F05_an_unknown_connector():  # TC_F_10
    s = station()
    for place in ((0, 0), (0, 1), (1, 0), (1, 3), (3, 1), (-1, -1), (99, 2147483647)):
        assert unlock(s, *place) == "UnknownConnector", place
    assert s.integrator.named("unlock_connector") == []


def slow_lock(s):
    """The lock takes its time; returns the callables by which it tells the end."""
    moving = []
    s.integrator.unlock_connector = lambda evse_id, connector_id, done: moving.append(done)
    s.raw('[2,"slow","UnlockConnector",{"evseId":1,"connectorId":1}]')
    s.pump()
    return moving


def test_F05_a_slow_lock_is_waited_for_and_nothing_else_waits():
    s = station()
    moving = slow_lock(s)
    assert "slow" not in s._replies
    assert s.call("GetVariables", A_VARIABLE)["getVariableResult"]
    s.run(20)
    moving[0]("Unlocked")
    s.pump()
    assert s._replies["slow"] == [3, "slow", {"status": "Unlocked"}]


def test_F05_a_lock_that_answers_twice_is_heard_once():
    s = station()
    moving = slow_lock(s)
    moving[0]("Unlocked")
    moving[0]("UnlockFailed")
    s.pump()
    assert s._replies["slow"] == [3, "slow", {"status": "Unlocked"}]


def test_F05_a_lock_that_answers_after_the_link_broke_says_nothing():
    s = station()
    moving = slow_lock(s)
    s.disconnect()
    moving[0]("Unlocked")
    s.pump()
    s.connect()
    assert "slow" not in s._replies
    moving = slow_lock(s)
    s.disconnect()
    s.connect()
    moving[0]("Unlocked")
    s.pump()
    assert "slow" not in s._replies


A_VARIABLE = {
    "getVariableData": [
        {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}}
    ]
}

# --- F06: trigger ---


def metered(**more):
    s = station(**more)
    s.meter(1, 1000, 0)
    s.meter(2, 2000, 0)
    s.forget()
    return s


def contexts(meter_values):
    return [
        value["context"]
        for sample in meter_values["meterValue"]
        for value in sample["sampledValue"]
    ]


def test_F06_meter_values_of_one_evse():  # TC_F_11
    s = metered(
        settings=[
            ("AlignedDataCtrlr.Measurands", "Energy.Active.Import.Register,Power.Active.Import")
        ]
    )
    assert trigger(s, "MeterValues", 2) == "Accepted"
    sent = s.messages("MeterValues")
    assert [one["evseId"] for one in sent] == [2]
    assert contexts(sent[0]) == ["Trigger", "Trigger"]


def test_F06_meter_values_of_all_evses():  # TC_F_12
    s = metered()
    assert trigger(s, "MeterValues") == "Accepted"
    assert [one["evseId"] for one in s.messages("MeterValues")] == [1, 2]


def test_F06_meter_values_during_a_transaction_too():
    s = metered()
    s.charge(1)
    assert trigger(s, "MeterValues", 1) == "Accepted"
    assert s.last("MeterValues")["evseId"] == 1


def test_F06_meter_values_that_nobody_has_are_rejected():
    s = station()
    assert trigger(s, "MeterValues", 1) == "Rejected"
    assert trigger(s, "MeterValues") == "Rejected"
    s.meter(2, 5)
    assert trigger(s, "MeterValues") == "Accepted"
    assert s.messages("MeterValues")[-1]["evseId"] == 2


def test_F06_transaction_event_of_one_evse():  # TC_F_13
    s = metered()
    s.charge(1)
    s.charge(2, token="04BB")
    s.meter(1, 1234, 3600)
    s.forget()
    assert trigger(s, "TransactionEvent", 1) == "Accepted"
    assert s.events() == [("Updated", "Trigger", "Charging")]
    event = s.last("TransactionEvent")
    assert event["transactionInfo"]["transactionId"] == s.cp.get_evse_transaction_id(1)
    values = event["meterValue"][0]["sampledValue"]
    assert [(one["measurand"], one["value"]) for one in values] == [
        ("Energy.Active.Import.Register", 1234), ("Power.Active.Import", 3600),
    ]  # fmt: skip
    assert contexts(event) == ["Trigger", "Trigger"]


def test_F06_transaction_events_of_all_evses():  # TC_F_14
    s = metered()
    s.charge(1)
    s.charge(2, token="04BB")
    s.forget()
    assert trigger(s, "TransactionEvent") == "Accepted"
    assert s.events() == [("Updated", "Trigger", "Charging")] * 2


def test_F06_transaction_event_without_readings_is_still_sent():
    s = station()
    s.plug(1)
    s.tap("04BB", 1)
    assert trigger(s, "TransactionEvent", 1) == "Accepted"
    assert s.events()[-1] == ("Updated", "Trigger", "EVConnected")
    assert "meterValue" not in s.last("TransactionEvent")


def test_F06_transaction_event_without_transaction_is_rejected():
    s = metered()
    assert trigger(s, "TransactionEvent") == "Rejected"
    s.charge(1)
    assert trigger(s, "TransactionEvent", 2) == "Rejected"
    assert trigger(s, "TransactionEvent") == "Accepted"


def test_F06_log_status_idle_and_uploading():  # TC_F_15, TC_F_16
    s = station()
    assert trigger(s, "LogStatusNotification") == "Accepted"
    assert s.last("LogStatusNotification") == {"status": "Idle"}
    assert s.cp.on_log_status_notification("Uploading", 12)
    s.pump()
    assert trigger(s, "LogStatusNotification") == "Accepted"
    assert (
        s.messages("LogStatusNotification")[1:] == [{"status": "Uploading", "requestId": 12}] * 2
    )
    assert s.cp.on_log_status_notification("Uploaded", 12)
    s.pump()
    assert trigger(s, "LogStatusNotification") == "Accepted"
    assert s.last("LogStatusNotification") == {"status": "Idle"}


def test_F06_firmware_status_idle_and_downloading():  # TC_F_18, TC_F_19
    s = station()
    assert trigger(s, "FirmwareStatusNotification") == "Accepted"
    assert s.last("FirmwareStatusNotification") == {"status": "Idle"}
    assert s.cp.on_firmware_update_status_notification(5, "Downloading")
    s.pump()
    s.forget()
    assert trigger(s, "FirmwareStatusNotification") == "Accepted"
    assert s.messages("FirmwareStatusNotification") == [{"status": "Downloading", "requestId": 5}]


def test_F06_an_evse_that_does_not_matter_is_ignored():  # TC_F_17
    for evse_id in (1, 99):
        s = station()
        s.forget()
        assert trigger(s, "LogStatusNotification", evse_id) == "Accepted"
        assert trigger(s, "FirmwareStatusNotification", evse_id) == "Accepted"
        assert trigger(s, "Heartbeat", evse_id) == "Accepted"
        assert [action for action, _ in s.sent] == [
            "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat",
        ]  # fmt: skip


def test_F06_heartbeat():  # TC_F_20
    s = station()
    s.forget()
    assert trigger(s, "Heartbeat") == "Accepted"
    assert s.sent == [("Heartbeat", {})]


def test_F06_status_of_one_connector():  # TC_F_23, TC_F_24
    s = station()
    s.plug(1, 2)
    s.forget()
    assert trigger(s, "StatusNotification", 1, 1) == "Accepted"
    assert trigger(s, "StatusNotification", 1, 2) == "Accepted"
    assert s.statuses() == [(1, 1, "Available"), (1, 2, "Occupied")]


def test_F06_status_needs_a_connector():  # F06.FR.12
    s = station()
    s.forget()
    assert trigger(s, "StatusNotification") == "Rejected"
    assert trigger(s, "StatusNotification", 1) == "Rejected"
    assert trigger(s, "StatusNotification", 1, 3) == "Rejected"
    assert s.sent == []


def test_F06_an_evse_that_does_not_exist_is_rejected_where_it_matters():
    s = metered()
    s.charge(1)
    s.forget()
    for evse_id in (0, -1, 3, 99, 2147483647):
        assert trigger(s, "MeterValues", evse_id) == "Rejected"
        assert trigger(s, "TransactionEvent", evse_id) == "Rejected"
        assert trigger(s, "StatusNotification", evse_id, 1) == "Rejected"
    assert s.sent == []


def test_F06_boot_after_accepted_is_rejected():  # TC_F_26
    s = station()
    s.forget()
    assert trigger(s, "BootNotification") == "Rejected"
    assert s.sent == []


def test_F06_what_the_station_does_not_have_is_not_implemented():  # TC_F_27
    s = station()
    for message in (
        "SignV2GCertificate",
        "SignCombinedCertificate",
        "PublishFirmwareStatusNotification",
    ):
        assert trigger(s, message) == "NotImplemented"
        assert trigger(s, message, 99) == "NotImplemented"


def test_F06_a_message_that_does_not_exist_breaks_the_schema():
    s = station()
    assert (
        s.call("TriggerMessage", {"requestedMessage": "Coffee"}) == "PropertyConstraintViolation"
    )


def test_F06_what_is_asked_for_goes_before_what_waits():  # F06.FR.04
    s = metered()
    s.answers["StatusNotification"] = SILENCE
    s.plug(1)
    s.plug(2)
    s.answers = {}
    s.raw('[2,"t","TriggerMessage",{"requestedMessage":"Heartbeat"}]')
    s.raw('[3,"%s",{}]' % s.unanswered)
    s.unanswered = None
    s.pump()
    assert [action for action, _ in s.sent] == [
        "StatusNotification", "Heartbeat", "StatusNotification",
    ]  # fmt: skip


def test_F06_a_storm_of_triggers_sends_each_message_once():  # AP-7
    s = metered()
    s.charge(1)
    s.forget()
    for n, payload in enumerate((
        '{"requestedMessage":"Heartbeat"}', '{"requestedMessage":"MeterValues"}',
        '{"requestedMessage":"StatusNotification","evse":{"id":1,"connectorId":1}}',
        '{"requestedMessage":"StatusNotification","evse":{"id":1,"connectorId":2}}',
        '{"requestedMessage":"LogStatusNotification"}', '{"requestedMessage":"TransactionEvent"}',
        '{"requestedMessage":"FirmwareStatusNotification"}',
    )):  # fmt: skip
        send(s, "TriggerMessage", payload, 100, "storm%d" % n)
    for action, count in (
        ("Heartbeat", 1), ("MeterValues", 2), ("StatusNotification", 2), ("LogStatusNotification",
        1),
        ("TransactionEvent", 1), ("FirmwareStatusNotification", 1),
    ):  # fmt: skip
        assert len(s.messages(action)) == count, action
    assert len([one for one in s._replies if one.startswith("storm")]) == 700


def test_F06_a_storm_while_the_csms_is_silent_leaves_one_message_waiting():
    s = metered()
    s.answers["Heartbeat"] = SILENCE
    for _ in range(100):
        assert trigger(s, "Heartbeat") == "Accepted"
    assert len([one for one in s.cp.outbox.waiting()]) == 2  # one of them is on its way
    s.answers = {}
    s.run(31)
    assert len(s.messages("Heartbeat")) == 2


def test_F06_while_pending_boot_is_sent_with_its_true_reason():
    s = station(boot="Pending")
    assert trigger(s, "BootNotification") == "Accepted"
    assert [one["reason"] for one in s.messages("BootNotification")] == ["PowerUp", "Triggered"]
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(301)
    assert s.last("BootNotification")["reason"] == "PowerUp"


def test_F06_a_storm_for_boot_while_pending_sends_one():
    s = station(boot="Pending")
    s.forget()
    send(s, "TriggerMessage", '{"requestedMessage":"BootNotification"}', 100, "storm")
    assert len(s.messages("BootNotification")) == 1


def test_F06_while_pending_what_is_asked_for_is_sent():  # B02.FR.02
    s = station(boot="Pending")
    s.meter(1, 1000)
    s.forget()
    assert trigger(s, "Heartbeat") == "Accepted"
    assert trigger(s, "MeterValues", 1) == "Accepted"
    assert trigger(s, "StatusNotification", 1, 1) == "Accepted"
    assert [action for action, _ in s.sent] == ["Heartbeat", "MeterValues", "StatusNotification"]
    s.plug(1)
    assert len(s.sent) == 3


def test_F06_while_rejected_nothing_is_triggered():  # B03.FR.08
    s = station(boot="Rejected")
    request = {"requestedMessage": "Heartbeat"}
    assert s.call("TriggerMessage", request) == "SecurityError"
    assert len(s.sent) == 1
