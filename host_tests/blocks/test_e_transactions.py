# runs on: cpython, micropython
"""E. Transactions: every start point, every stop point, and the orders in which things happen."""

from host_tests.core_station import SILENCE, CoreStation

CARD = "04A1B2C3D4E5F6"


def station(start="PowerPathClosed", stop="EVConnected,Authorized", **more):
    settings = [("TxCtrlr.TxStartPoint", start), ("TxCtrlr.TxStopPoint", stop)]
    return CoreStation(settings=settings + list(more.pop("settings", ())), **more)


# --- E01: start points ---


def test_E01_ev_connected_starts_at_plug():  # TC_E_09
    s = station("EVConnected")
    s.plug(1)
    assert s.events() == [("Started", "CablePluggedIn", "EVConnected")]
    assert s.last("TransactionEvent")["evse"] == {"id": 1, "connectorId": 1}
    assert "idToken" not in s.last("TransactionEvent")


def test_E01_authorized_starts_at_card():  # TC_E_10
    s = station("Authorized")
    s.tap(CARD, 1)
    assert s.events() == [("Started", "Authorized", "Idle")]
    assert s.last("TransactionEvent")["idToken"] == {"idToken": CARD, "type": "ISO14443"}


def test_E01_power_path_closed_starts_when_both_are_there():  # TC_E_01
    s = station("PowerPathClosed")
    s.plug(1)
    assert s.events() == []
    s.tap(CARD, 1)
    assert s.events() == [("Started", "Authorized", "EVConnected")]


def test_E01_energy_transfer_starts_when_energy_flows():  # TC_E_02
    s = station("EnergyTransfer", "EnergyTransfer,EVConnected")
    s.plug(1)
    s.tap(CARD, 1)
    assert s.events() == []
    assert s.integrator.named("power_allowed") == [("power_allowed", 1, True)]
    s.charging(1)
    assert s.events() == [("Started", "ChargingStateChanged", "Charging")]
    assert s.last("TransactionEvent")["idToken"]["idToken"] == CARD


def test_E01_parking_bay_occupancy_starts_at_arrival():  # TC_E_12
    s = station("ParkingBayOccupancy", "ParkingBayOccupancy")
    assert s.cp.set_parking_bay(2, True)
    s.pump()
    assert s.events() == [("Started", "EVDetected", "Idle")]
    assert s.last("TransactionEvent")["evse"] == {"id": 2}


def test_E01_data_signed_starts_with_the_first_signed_value():  # TC_E_11
    s = station("DataSigned", settings=[("SampledDataCtrlr.SignReadings", True)])
    s.plug(1)
    s.tap(CARD, 1)
    assert s.events() == []
    assert s.cp.set_signed_data_received(1)
    s.pump()
    assert s.events() == [("Started", "SignedDataReceived", "EVConnected")]


def test_E01_data_signed_counts_only_where_readings_are_signed():
    s = station("DataSigned")
    s.plug(1)
    s.tap(CARD, 1)
    s.cp.set_signed_data_received(1)
    s.pump()
    assert s.events() == []


def test_E01_several_start_points_start_once():
    s = station("EVConnected,Authorized,PowerPathClosed,EnergyTransfer")
    s.plug(1)
    s.tap(CARD, 1)
    s.charging(1)
    assert [event[0] for event in s.events()] == ["Started", "Updated", "Updated"]


def test_E01_the_facts_of_an_ended_transaction_do_not_start_the_next():
    s = station("EVConnected", "Authorized")
    s.plug(1)
    s.tap(CARD, 1)
    s.tap(CARD, 1)
    assert s.events()[-1][0] == "Ended"
    s.run(600)
    assert [event[0] for event in s.events()].count("Started") == 1
    s.tap("04FFFFFF", 1)
    assert [event[0] for event in s.events()].count("Started") == 2


def test_E01_session_id_is_used_once_only():
    s = station()
    start = ("abc", None, "Authorized", None)
    end = (None, None, "Local", None)
    assert s.cp.on_transaction_started(1, 1, *start)
    assert s.cp.on_transaction_finished(1, *end)
    s.pump()
    assert not s.cp.on_transaction_started(1, 1, *start)
    assert s.events() == [("Started", "Authorized", "Idle"), ("Ended", "StopAuthorized", "Idle")]


def test_E01_a_second_start_never_loses_the_running_transaction():
    s = station()
    s.charge()
    running = s.cp.get_evse_transaction_id(1)
    assert not s.cp.on_transaction_started(1, 1, "other", None, "Authorized", None)
    assert s.cp.get_evse_transaction_id(1) == running


# --- E02: cable first ---


def test_E02_cable_first_then_card_tells_the_whole_story():  # TC_E_03
    s = station("EVConnected")
    s.forget()
    s.plug(1)
    s.tap(CARD, 1)
    s.charging(1)
    assert [action for action, _ in s.sent] == [
        "StatusNotification",
        "TransactionEvent",
        "Authorize",
        "TransactionEvent",
        "TransactionEvent",
    ]  # fmt: skip
    assert s.statuses() == [(1, 1, "Occupied")]
    assert s.events() == [
        ("Started", "CablePluggedIn", "EVConnected"),
        ("Updated", "Authorized", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]
    assert [one["seqNo"] for one in s.messages("TransactionEvent")] == [0, 1, 2]


def test_E02_evse_and_token_are_told_once():
    s = station("EVConnected")
    s.charge()
    events = s.messages("TransactionEvent")
    assert ["evse" in one for one in events] == [True, False, False]
    assert ["idToken" in one for one in events] == [False, True, False]


def test_E02_power_comes_after_started_was_queued():
    s = station()
    order = []
    s.integrator.power_allowed = lambda evse_id, allowed: order.append("power")
    s.integrator.transaction_event = lambda payload: order.append(payload["eventType"])
    s.plug(1)
    s.tap(CARD, 1)
    assert order == ["Started", "power"]


def test_E02_no_energy_without_a_driver():
    s = station("EVConnected")
    s.plug(1)
    s.run(60)
    assert s.integrator.named("power_allowed") == []
    assert not s.cp.may_charge(1)


# --- E03: card first ---


def test_E03_card_first_then_cable_starts_once():
    s = station("PowerPathClosed")
    s.tap(CARD, 1)
    assert s.events() == []
    s.plug(1)
    assert s.events() == [("Started", "CablePluggedIn", "EVConnected")]
    assert s.last("TransactionEvent")["idToken"]["idToken"] == CARD


def test_E03_card_without_evse_waits_for_the_cable():  # TC_E_04
    s = station("Authorized")
    s.tap(CARD)
    assert s.events() == [("Started", "Authorized", "Idle")]
    assert "evse" not in s.last("TransactionEvent")
    s.plug(2, 2)
    assert s.events()[-1] == ("Updated", "CablePluggedIn", "EVConnected")
    assert s.last("TransactionEvent")["evse"] == {"id": 2, "connectorId": 2}
    assert s.cp.get_evse_transaction_id(2) is not None
    assert s.integrator.named("power_allowed") == [("power_allowed", 2, True)]


def test_E03_card_without_evse_and_no_start_point_waits_too():
    s = station("PowerPathClosed")
    s.tap(CARD)
    assert s.events() == []
    s.plug(2)
    assert s.events() == [("Started", "CablePluggedIn", "EVConnected")]


def test_E03_two_cards_wait_and_are_served_in_order():
    s = station("Authorized")
    s.tap("04AA")
    s.tap("04BB")
    s.plug(2)
    s.plug(1)
    assert s.cp.status(s.now)["evses"][1]["transaction"]["id_token"] == "04AA"
    assert s.cp.status(s.now)["evses"][0]["transaction"]["id_token"] == "04BB"


def test_E03_more_cards_than_evses_are_refused():
    s = station("Authorized")
    for card in ("04AA", "04BB", "04CC"):
        s.tap(card)
    assert [event[0] for event in s.events()] == ["Started", "Started"]


def test_E03_with_one_free_evse_the_card_means_that_one():
    s = station("Authorized")
    s.charge(1)
    s.tap("04BB")
    assert s.last("TransactionEvent")["evse"] == {"id": 2}


def test_E03_a_waiting_car_gets_the_card():
    s = station()
    s.plug(2)
    s.tap(CARD)
    assert s.cp.get_evse_transaction_id(2) is not None


def test_E03_no_cable_in_time_ends_it():  # TC_E_05, TC_E_39
    s = station("Authorized", settings=[("TxCtrlr.EVConnectionTimeOut", 30)])
    s.tap(CARD, 1)
    s.run(31)
    assert s.events()[-1] == ("Ended", "EVConnectTimeout", "Idle")
    assert s.last("TransactionEvent")["transactionInfo"]["stoppedReason"] == "Timeout"


def test_E03_no_cable_in_time_drops_the_authorisation_silently():
    s = station("PowerPathClosed", settings=[("TxCtrlr.EVConnectionTimeOut", 30)])
    s.tap(CARD, 1)
    s.run(31)
    s.plug(1)
    assert s.events() == []
    assert not s.cp.may_charge(1)


def test_E03_waiting_card_times_out_too():
    s = station("Authorized", settings=[("TxCtrlr.EVConnectionTimeOut", 30)])
    s.tap(CARD)
    s.run(31)
    assert s.events()[-1][:2] == ("Ended", "EVConnectTimeout")
    assert s.cp.status(s.now)["waiting"] == []


def test_E03_timeout_with_parking_bay_stop_point_only_updates():
    s = station(
        "Authorized", "ParkingBayOccupancy", settings=[("TxCtrlr.EVConnectionTimeOut", 30)]
    )
    s.cp.set_parking_bay(1, True)
    s.tap(CARD, 1)
    s.run(31)
    assert s.events()[-1][:2] == ("Updated", "EVConnectTimeout")


def test_E03_same_card_again_gives_the_place_back():
    s = station("PowerPathClosed")
    s.tap(CARD, 1)
    s.tap(CARD, 1)
    s.plug(1)
    assert s.events() == []


# --- E06: stop points ---


def ended(s):
    last = s.last("TransactionEvent")
    return last["eventType"], last["triggerReason"], last["transactionInfo"].get("stoppedReason")


def test_E06_ev_connected_ends_at_unplug():  # TC_E_14
    s = station(
        "EVConnected", "EVConnected", settings=[("TxCtrlr.StopTxOnEVSideDisconnect", False)]
    )
    s.charge()
    s.unplug(1)
    assert ended(s) == ("Ended", "EVCommunicationLost", "EVDisconnected")


def test_E06_authorized_ends_at_local_stop():  # TC_E_15
    s = station(stop="Authorized")
    s.charge(token=CARD)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert ended(s) == ("Ended", "StopAuthorized", "Local")
    assert s.last("TransactionEvent")["idToken"]["idToken"] == CARD


def test_E06_power_path_closed_ends_at_local_stop():  # TC_E_07
    s = station(stop="PowerPathClosed")
    s.charge(token=CARD)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert ended(s) == ("Ended", "StopAuthorized", "Local")


def test_E06_power_path_closed_ends_at_unplug():  # TC_E_37
    s = station(stop="PowerPathClosed")
    s.charge()
    s.unplug(1)
    s.charging(1, "Idle")
    assert ended(s) == ("Ended", "EVCommunicationLost", "EVDisconnected")


def test_E06_energy_transfer_ends_when_the_vehicle_suspends():  # TC_E_22
    s = station(stop="EnergyTransfer")
    s.charge()
    s.charging(1, "SuspendedEV")
    assert ended(s) == ("Ended", "ChargingStateChanged", "StoppedByEV")


def test_E06_energy_transfer_ends_at_local_stop():  # TC_E_08
    s = station(stop="EnergyTransfer")
    s.charge(token=CARD)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert ended(s) == ("Ended", "StopAuthorized", "Local")


def test_E06_parking_bay_ends_when_the_bay_empties():  # TC_E_19
    s = station("ParkingBayOccupancy", "ParkingBayOccupancy")
    s.cp.set_parking_bay(1, True)
    s.charge(token=CARD)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert s.events()[-1][:2] == ("Updated", "StopAuthorized")
    s.unplug(1)
    s.cp.set_parking_bay(1, False)
    s.pump()
    assert ended(s) == ("Ended", "EVDeparted", "Local")


def test_E06_the_driver_who_stopped_it_is_the_reason_not_the_unplug():
    s = station("EVConnected", "EVConnected")
    s.charge(token=CARD)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert s.events()[-1] == ("Updated", "StopAuthorized", "EVConnected")
    s.unplug(1)
    assert ended(s) == ("Ended", "EVCommunicationLost", "Local")


def test_E06_no_energy_flows_after_the_end():
    s = station(stop="EnergyTransfer")
    s.charge()
    s.charging(1, "SuspendedEV")
    assert s.integrator.named("power_allowed")[-1] == ("power_allowed", 1, False)
    assert not s.cp.may_charge(1)


def test_E06_power_goes_before_the_end_is_reported():
    s = station()
    s.charge(token=CARD)
    order = []
    s.integrator.power_allowed = lambda evse_id, allowed: order.append(allowed)
    s.integrator.transaction_event = lambda payload: order.append(payload["eventType"])
    s.tap(CARD, 1)
    assert order == [False]
    s.charging(1, "EVConnected")
    assert order == [False, "Ended"]


def test_E06_ended_bills_what_flowed_until_the_contactor_was_open():
    s = station()
    s.charge(token=CARD, energy_wh=1000)
    s.tap(CARD, 1)
    s.meter(1, 1009)
    s.charging(1, "EVConnected")
    values = s.last("TransactionEvent")["meterValue"]
    assert [one["sampledValue"][0]["value"] for one in values] == [1000, 1009]
    assert [one["sampledValue"][0]["context"] for one in values] == [
        "Transaction.Begin",
        "Transaction.End",
    ]


def test_E06_ended_does_not_wait_for_ever_for_the_contactor():
    s = station()
    s.charge(token=CARD)
    s.tap(CARD, 1)
    assert ended(s)[0] == "Updated"
    s.run(10)
    assert ended(s) == ("Ended", "StopAuthorized", "Local")


def test_E06_the_integrators_reason_counts():
    s = station()
    s.charge()
    s.cp.set_stop_reason(1, "EmergencyStop")
    s.cp.stop_local(1)
    s.charging(1, "EVConnected")
    assert ended(s) == ("Ended", "StopAuthorized", "EmergencyStop")


def test_E06_explicit_end_derives_the_trigger_from_the_reason():
    for reason, trigger in (
        ("DeAuthorized", "Deauthorized"),
        ("Remote", "RemoteStop"),
        ("EVDisconnected", "EVCommunicationLost"),
        ("Timeout", "EVConnectTimeout"),
        ("Reboot", "ResetCommand"),
        ("SOCLimitReached", "EnergyLimitReached"),
        ("TimeLimitReached", "TimeLimitReached"),
        ("GroundFault", "AbnormalCondition"),
    ):
        s = station()
        s.charge()
        s.charging(1, "SuspendedEVSE")
        assert s.cp.on_transaction_finished(1, None, None, reason, None)
        s.pump()
        assert ended(s) == ("Ended", trigger, reason)


# --- E05: refused afterwards ---

INVALID = {"idTokenInfo": {"status": "Invalid"}}


def refuse(payload):
    return INVALID if "idToken" in payload else {}


def test_E05_refused_token_stops_the_transaction():  # TC_E_16, TC_C_16
    s = station()
    s.answers["TransactionEvent"] = refuse
    s.plug(1)
    s.tap(CARD, 1)
    assert ended(s) == ("Ended", "Deauthorized", "DeAuthorized")
    assert s.integrator.named("power_allowed")[-1] == ("power_allowed", 1, False)


def test_E05_refused_token_with_stop_point_ev_connected_only_updates():
    s = station("EVConnected", "EVConnected")
    s.answers["TransactionEvent"] = refuse
    s.plug(1)
    s.tap(CARD, 1)
    assert s.events()[-1] == ("Updated", "Deauthorized", "EVConnected")


def test_E05_refused_token_suspends_where_it_may_not_stop():  # TC_C_17
    s = station(settings=[("TxCtrlr.StopTxOnInvalidId", False)])
    s.answers["TransactionEvent"] = refuse
    s.plug(1)
    s.tap(CARD, 1)
    assert s.events()[-1] == ("Updated", "ChargingStateChanged", "SuspendedEVSE")
    assert not s.cp.may_charge(1)


def test_E05_refused_token_gets_its_last_energy_and_no_more():  # TC_C_15
    s = station(
        settings=[("TxCtrlr.StopTxOnInvalidId", False), ("TxCtrlr.MaxEnergyOnInvalidId", 500)]
    )
    s.answers["TransactionEvent"] = refuse
    s.meter(1, 1000)
    s.plug(1)
    s.tap(CARD, 1)
    assert s.cp.may_charge(1)
    s.charging(1)
    s.meter(1, 1499)
    s.pump()
    assert s.cp.may_charge(1)
    s.meter(1, 1500)
    s.pump()
    assert not s.cp.may_charge(1)
    assert s.events()[-1] == ("Updated", "ChargingStateChanged", "SuspendedEVSE")


# --- E07: local stop ---


def test_E07_another_card_does_not_stop():  # TC_C_04
    s = station()
    s.charge(token=CARD)
    s.tap("04999999", 1)
    assert [event[0] for event in s.events()].count("Ended") == 0
    assert s.cp.may_charge(1)


def test_E07_a_card_of_the_group_stops():  # TC_C_39
    s = station()
    s.answers["Authorize"] = {
        "idTokenInfo": {
            "status": "Accepted",
            "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
        }
    }
    s.charge(token=CARD)
    s.tap("04FAFAFA", 1)
    s.charging(1, "EVConnected")
    assert ended(s) == ("Ended", "StopAuthorized", "Local")


def test_E07_a_refused_card_of_the_group_does_not_stop():  # TC_C_42
    s = station()
    group = {"idToken": "FAMILY", "type": "Central"}
    s.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
    s.charge(token=CARD)
    s.answers["Authorize"] = {"idTokenInfo": {"status": "Blocked", "groupIdToken": group}}
    s.tap("04FAFAFA", 1)
    assert s.cp.may_charge(1)


def test_E07_the_starting_card_stops_without_asking():  # TC_E_06
    s = station()
    s.charge(token=CARD)
    s.forget()
    s.tap(CARD.lower(), 1)
    assert s.messages("Authorize") == []
    assert not s.cp.may_charge(1)


def test_E07_the_card_finds_its_evse_by_itself():
    s = station()
    s.charge(1, token=CARD)
    s.charge(2, token="04BBBB")
    s.tap(CARD)
    s.charging(1, "EVConnected")
    assert s.cp.get_evse_transaction_id(1) is None
    assert s.cp.get_evse_transaction_id(2) is not None


def test_E07_stop_button_needs_no_token():
    s = station()
    s.charge()
    assert s.cp.stop_local(1)
    s.charging(1, "EVConnected")
    assert ended(s) == ("Ended", "StopAuthorized", "Local")
    assert "idToken" not in s.last("TransactionEvent")
    assert not s.cp.stop_local(1)


def test_E07_the_cable_is_released_at_the_end():
    s = station()
    s.charge(token=CARD)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert s.integrator.calls[-2][0] == "release_connector"
    assert s.integrator.calls[-1][0] == "transaction_ended"


# --- E08, E11: offline ---


def test_E08_a_stop_while_offline_arrives_later_and_says_so():  # TC_E_44
    s = station()
    s.charge(token=CARD)
    s.disconnect()
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert ended(s)[0] == "Updated"
    s.connect()
    assert ended(s) == ("Ended", "StopAuthorized", "Local")
    assert s.last("TransactionEvent")["offline"] is True


def test_E04_whole_transaction_while_offline():  # TC_E_43
    s = station(settings=[("AuthCtrlr.OfflineTxForUnknownIdEnabled", True)])
    s.disconnect()
    s.charge(token=CARD)
    s.run(180)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    assert s.events() == []
    s.connect()
    events = s.messages("TransactionEvent")
    assert [one["seqNo"] for one in events] == list(range(len(events)))
    assert [one["offline"] for one in events] == [True] * len(events)
    assert (events[0]["eventType"], events[-1]["eventType"]) == ("Started", "Ended")
    assert len([one for one in events if one["triggerReason"] == "MeterValuePeriodic"]) == 3


# --- E09, E10: unplugged at the vehicle ---


def test_E09_ev_side_unplug_ends_and_releases_the_cable():  # TC_E_24
    s = station(stop="Authorized")
    s.charge()
    s.cp.on_ev_disconnected(1)
    s.charging(1, "Idle")
    assert ended(s) == ("Ended", "EVCommunicationLost", "EVDisconnected")
    assert ("release_connector", 1) in s.integrator.calls


def test_E09_ev_side_unplug_keeps_the_cable_locked_where_told_so():  # TC_E_25
    s = station(settings=[("OCPPCommCtrlr.UnlockOnEVSideDisconnect", False)])
    s.charge()
    s.cp.on_ev_disconnected(1)
    assert ("release_connector", 1) not in s.integrator.calls


def test_E10_ev_side_unplug_keeps_the_transaction_and_replug_resumes():  # TC_E_26
    s = station(stop="Authorized", settings=[("TxCtrlr.StopTxOnEVSideDisconnect", False)])
    s.charge()
    s.unplug(1)
    s.charging(1, "Idle")
    assert s.events()[-1] == ("Updated", "EVCommunicationLost", "Idle")
    assert not s.cp.may_charge(1)
    s.plug(1)
    assert s.events()[-1] == ("Updated", "CablePluggedIn", "EVConnected")
    assert s.cp.may_charge(1)


def test_E10_fixed_cable_times_out():  # TC_E_27
    s = station(
        stop="Authorized",
        settings=[
            ("TxCtrlr.StopTxOnEVSideDisconnect", False),
            ("TxCtrlr.EVConnectionTimeOut", 60),
        ],
    )
    s.charge()
    s.unplug(1)
    s.charging(1, "Idle")
    s.run(61)
    assert ended(s) == ("Ended", "EVConnectTimeout", "Timeout")


# --- E13: not accepted ---


def test_E13_gives_up_after_the_last_attempt_and_goes_on():  # TC_E_41, TC_E_50
    s = station(settings=[
        ("OCPPCommCtrlr.MessageAttempts#TransactionEvent", 3),
        ("OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent", 10),
    ])  # fmt: skip
    times = []

    def refuse_the_first(payload):
        if payload["seqNo"] == 0:
            times.append(s.now)
            return ("InternalError",)
        return {}

    s.answers["TransactionEvent"] = refuse_the_first
    s.charge()
    s.run(100)
    assert [times[1] - times[0], times[2] - times[1]] == [10, 20]
    assert len(times) == 3
    last = s.last("TransactionEvent")
    assert last["seqNo"] > 0
    entry = "security event TransactionEventGivenUp " + last["transactionInfo"]["transactionId"]
    assert ("warning", entry) in s.log  # E13.FR.04
    s.start()
    assert s.cp.security_log()[-1].endswith(entry[15:])
    told = [one["type"] for one in s.messages("SecurityEventNotification")]
    assert "TransactionEventGivenUp" not in told  # the security log has it, and that is all


def test_E13_an_event_that_is_never_answered_is_given_up_too():
    s = station(settings=[("OCPPCommCtrlr.MessageAttempts#TransactionEvent", 1)])
    s.answers["TransactionEvent"] = SILENCE
    s.plug(1)
    s.tap(CARD, 1)
    s.run(31)
    assert [text for _, text in s.log if "TransactionEventGivenUp" in text]


def test_E13_stops_retrying_once_answered():  # TC_E_42, TC_E_51
    s = station()
    tries = []

    def refuse_once(payload):
        tries.append(payload["seqNo"])
        return ("GenericError",) if len(tries) == 1 else {}

    s.answers["TransactionEvent"] = refuse_once
    s.plug(1)
    s.tap(CARD, 1)
    s.run(30)
    assert tries == [0, 0]


# --- E15 ---


def test_E15_stopped_by_the_vehicle():
    s = station()
    s.charge()
    s.charging(1, "EVConnected")
    assert s.cp.on_transaction_finished(1, None, None, "StoppedByEV", "ChargingStateChanged")
    s.pump()
    assert ended(s) == ("Ended", "ChargingStateChanged", "StoppedByEV")
