# runs on: cpython, micropython
"""The 22 handlers, one by one: what each does, what each refuses, and that none of them raises or
lets nonsense in, whatever a driver hands over."""

from host_tests.core_station import SILENCE, WALL, CoreStation

TOKEN = {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}
OTHER = {"idToken": "04FFFFFFFFFFFF", "type": "ISO14443"}
BAD_IDS = (None, 0, -1, 3, 99, 1 << 40, True, False, 1.0, "1", "", (), [], {}, b"\x01")


def station(**more):
    s = CoreStation(**more)
    s.forget()
    return s


def started(s, evse_id=1, session_id=None, **more):
    what = {
        "connector_id": 1, "timestamp": None, "trigger_reason": "Authorized",
        "meter_start": None,
    }  # fmt: skip
    what.update(more)
    taken = s.cp.on_transaction_started(evse_id=evse_id, session_id=session_id, **what)
    s.pump()
    return taken


def finished(s, evse_id=1, reason="Local", trigger_reason=None, **more):
    what = {"timestamp": None, "meter_stop": None}
    what.update(more)
    taken = s.cp.on_transaction_finished(
        evse_id=evse_id, reason=reason, trigger_reason=trigger_reason, **what
    )
    s.pump()
    return taken


REGISTER = "Energy.Active.Import.Register"


def meter_value(value, measurand=REGISTER, context="Transaction.Begin", at="2026-11-23T00:00:10Z"):
    return {
        "timestamp": at,
        "sampledValue": [{"value": value, "measurand": measurand, "context": context}],
    }


def refuses_bad_ids(call, connectors=True):
    """`call`: the handler with its ids. Nothing may be said or changed by a refused id."""
    s = station()
    before = s.cp.status(s.now)
    for bad in BAD_IDS:
        assert call(s)(bad, 1) is False, bad
        if connectors:
            assert call(s)(1, bad) is False, bad
    s.pump()
    assert s.sent == []
    assert s.cp.status(s.now) == before
    assert s.integrator.bugs == [] and s.cp.errors == 0


# --- 1. on_network_disconnected ---


def test_on_network_disconnected_drops_the_connection():
    s = station()
    assert s.cp.on_network_disconnected("Wired0") is True
    assert s.cp.wants_reconnect
    assert s.cp.on_network_disconnected("Wired0") is True
    assert s.sent == []


def test_on_network_disconnected_without_a_connection():
    s = CoreStation(online=False)
    assert s.cp.on_network_disconnected("Wireless3") is True
    assert not s.cp.wants_reconnect


def test_on_network_disconnected_of_an_unknown_interface():
    s = station()
    for bad in ("Wired4", "wired0", "eth0", "", None, 0, True, [], {}):
        assert s.cp.on_network_disconnected(bad) is False, bad
    assert not s.cp.wants_reconnect


# --- 2. on_firmware_update_status_notification ---


def firmware(s, request_id, status):
    taken = s.cp.on_firmware_update_status_notification(request_id, status)
    s.pump()
    return taken


def test_on_firmware_update_status_notification_tells_each_status():  # L01.FR.01
    s = station()
    for status in ("Downloading", "Downloaded", "Installing", "Installed"):
        assert firmware(s, 7, status) is True
    assert s.messages("FirmwareStatusNotification") == [
        {"status": "Downloading", "requestId": 7},
        {"status": "Downloaded", "requestId": 7},
        {"status": "Installing", "requestId": 7},
        {"status": "Installed", "requestId": 7},
    ]


def test_on_firmware_update_status_notification_tells_a_status_once():
    s = station()
    for request_id in (7, 7, -1):
        assert firmware(s, request_id, "Downloading") is True
    assert len(s.sent) == 1


def test_on_firmware_update_status_notification_without_id():  # L01.FR.20
    s = station()
    assert firmware(s, -1, "Downloading") is False
    assert firmware(s, 7, "Downloading") is True
    assert firmware(s, -1, "Downloaded") is True
    assert firmware(s, -1, "Idle") is True
    assert [one.get("requestId") for one in s.messages("FirmwareStatusNotification")] == [
        7, 7, None,
    ]  # fmt: skip
    assert firmware(s, -1, "Downloading") is True
    assert s.last("FirmwareStatusNotification") == {"status": "Downloading", "requestId": 7}


def test_on_firmware_update_status_notification_security_events():  # L01.FR.31, L01.FR.03
    s = station()
    firmware(s, 7, "Installed")
    firmware(s, 8, "InvalidSignature")
    types = [one["type"] for one in s.messages("SecurityEventNotification")]
    assert types == ["FirmwareUpdated", "InvalidFirmwareSignature"]


def test_on_firmware_update_status_notification_of_an_older_request():
    s = station()
    assert firmware(s, 7, "Downloading")
    assert firmware(s, 8, "Downloading")
    assert firmware(s, 7, "Downloaded") is False
    assert len(s.sent) == 2


def test_on_firmware_update_status_notification_refuses_nonsense():
    s = station()
    for bad in ("Finished", "idle", "", None, 1, True, [], {}):
        assert firmware(s, 7, bad) is False, bad
    for bad in (None, True, 1.0, "7", "", [], {}):
        assert firmware(s, bad, "Downloading") is False, bad
    assert s.sent == []


def test_on_firmware_update_status_notification_offline_tells_all_of_it_later():  # L01.FR.01
    s = station()
    s.disconnect()
    for status in ("Downloading", "Downloaded", "Installing", "Installed"):
        assert firmware(s, 7, status) is True
    s.run(30)
    s.connect()
    statuses = [one["status"] for one in s.messages("FirmwareStatusNotification")]
    assert statuses == ["Downloading", "Downloaded", "Installing", "Installed"]
    s.disconnect()
    s.connect()
    assert len(s.messages("FirmwareStatusNotification")) == 4


def test_on_firmware_update_status_notification_keeps_sixteen_offline():
    s = station()
    s.disconnect()
    for n in range(20):
        assert firmware(s, 7, ("Downloading", "DownloadPaused")[n % 2])
    s.connect()
    assert len(s.messages("FirmwareStatusNotification")) == 16
    assert s.last("FirmwareStatusNotification")["status"] == "DownloadPaused"


def test_on_firmware_update_status_notification_before_accepted_is_told_then():
    s = CoreStation(boot="Pending")
    firmware(s, 7, "Downloading")
    assert s.messages("FirmwareStatusNotification") == []
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(300)
    assert len(s.messages("FirmwareStatusNotification")) == 1


def test_on_firmware_update_status_notification_lost_with_the_link_is_told_again():
    s = station()
    s.answers["FirmwareStatusNotification"] = SILENCE
    firmware(s, 7, "Downloading")
    s.disconnect()
    del s.answers["FirmwareStatusNotification"]
    s.connect()
    assert len(s.messages("FirmwareStatusNotification")) == 2


# --- 3. on_session_started ---


def test_on_session_started_tells_status_and_then_the_engine():  # E02.FR.05
    s = station(settings=[("TxCtrlr.TxStartPoint", "EVConnected")])
    assert s.cp.on_session_started(1, 2) is True
    s.pump()
    assert s.statuses() == [(1, 2, "Occupied")]
    assert s.events() == [("Started", "CablePluggedIn", "EVConnected")]
    assert [action for action, _ in s.sent] == ["StatusNotification", "TransactionEvent"]


def test_on_session_started_twice_is_once():
    s = station(settings=[("TxCtrlr.TxStartPoint", "EVConnected")])
    s.plug(1)
    s.forget()
    assert s.cp.on_session_started(1, 1) is True
    s.pump()
    assert s.sent == []


def test_on_session_started_of_a_sibling_is_not_reported():  # G01.FR.08
    s = station(settings=[("TxCtrlr.TxStartPoint", "EVConnected")])
    s.plug(1, 1)
    s.forget()
    assert s.cp.on_session_started(1, 2) is True
    s.pump()
    assert s.sent == []


def test_on_session_started_refuses_bad_ids():
    refuses_bad_ids(lambda s: s.cp.on_session_started)


# --- 4. on_get_15118_ev_certificate_request ---

CERTIFICATE_REQUEST = {
    "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install",
    "exiRequest": "gJhJ",
}  # fmt: skip
FAILED = {"status": "Failed", "exiResponse": ""}


def certificate(s, request=CERTIFICATE_REQUEST):
    heard = []
    handle = s.cp.on_get_15118_ev_certificate_request(request, heard.append)
    return handle, heard


def test_on_get_15118_ev_certificate_request_hands_the_answer_over():  # M01
    s = station()
    s.answers["Get15118EVCertificate"] = {"status": "Accepted", "exiResponse": "gJhK"}
    handle, heard = certificate(s)
    assert handle["state"] == "pending" and handle["response"] is None and heard == []
    s.pump()
    response = {"status": "Accepted", "exiResponse": "gJhK"}
    assert handle["state"] == "done" and handle["response"] == response
    assert heard == [response]
    assert s.last("Get15118EVCertificate") == CERTIFICATE_REQUEST


def test_on_get_15118_ev_certificate_request_without_listener():
    s = station()
    s.answers["Get15118EVCertificate"] = {"status": "Failed", "exiResponse": "x"}
    handle = s.cp.on_get_15118_ev_certificate_request(CERTIFICATE_REQUEST)
    s.pump()
    assert handle["response"] == {"status": "Failed", "exiResponse": "x"}


def test_on_get_15118_ev_certificate_request_offline():
    for queue_all in (False, True):
        s = station(settings=[("OCPPCommCtrlr.QueueAllMessages", queue_all)])
        s.disconnect()
        handle, heard = certificate(s)
        assert handle["state"] == "done" and heard == [FAILED]
        s.connect()
        assert s.messages("Get15118EVCertificate") == []


def test_on_get_15118_ev_certificate_request_before_accepted():
    s = CoreStation(boot="Pending")
    handle, heard = certificate(s)
    assert handle["state"] == "done" and heard == [FAILED]


def test_on_get_15118_ev_certificate_request_that_nobody_answers():
    s = station()
    s.answers["Get15118EVCertificate"] = SILENCE
    handle, heard = certificate(s)
    s.run(60)
    assert handle["state"] == "done" and heard == [FAILED]


def test_on_get_15118_ev_certificate_request_with_a_bad_answer():
    for answer in ({}, {"status": "Accepted"}, {"status": "Yes", "exiResponse": "x"}, ("Error",)):
        s = station()
        s.answers["Get15118EVCertificate"] = answer
        handle, heard = certificate(s)
        s.pump()
        assert heard == [FAILED], answer


def test_on_get_15118_ev_certificate_request_one_at_a_time():
    s = station()
    s.answers["Get15118EVCertificate"] = SILENCE
    first, _ = certificate(s)
    second, heard = certificate(s)
    assert second["state"] == "done" and heard == [FAILED]
    assert first["state"] == "pending"
    s.disconnect()
    assert first["state"] == "done" and first["response"] == FAILED
    s.connect()
    s.answers["Get15118EVCertificate"] = {"status": "Accepted", "exiResponse": "x"}
    third, _ = certificate(s)
    s.pump()
    assert third["response"]["status"] == "Accepted"


def test_on_get_15118_ev_certificate_request_that_cannot_be_sent():
    s = station()
    requests = [None, 5, "x", [], {}, dict(CERTIFICATE_REQUEST, more=1)]
    for name in CERTIFICATE_REQUEST:
        for bad in (None, 5, [], "x" * 5601):
            requests.append(dict(CERTIFICATE_REQUEST, **{name: bad}))
    requests.append(dict(CERTIFICATE_REQUEST, action="Delete"))
    for request in requests:
        handle, heard = certificate(s, request)
        assert handle["state"] == "done" and heard == [FAILED], request
    s.pump()
    assert s.sent == []


# --- 5. on_transaction_started ---


def test_on_transaction_started_sends_started():
    s = station()
    s.plug(1)
    s.forget()
    assert started(s, session_id="abc", id_token=TOKEN, meter_start=meter_value(1234)) is True
    assert s.last("TransactionEvent") == {
        "eventType": "Started",
        "timestamp": "2026-11-23T00:00:10Z",
        "triggerReason": "Authorized",
        "seqNo": 0,
        "offline": False,
        "transactionInfo": {"transactionId": "abc", "chargingState": "EVConnected"},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": TOKEN,
        "meterValue": [meter_value(1234)],
    }
    assert s.cp.get_evse_transaction_id(1) == "abc"


def test_on_transaction_started_without_cable_and_token():
    s = station()
    assert started(s, 2) is True
    event = s.last("TransactionEvent")
    assert event["transactionInfo"]["chargingState"] == "Idle"
    assert event["evse"]["id"] == 2
    assert "idToken" not in event and "meterValue" not in event
    assert len(event["transactionInfo"]["transactionId"]) == 36


def test_on_transaction_started_gives_each_its_own_id():
    s = station()
    started(s, 1)
    started(s, 2)
    assert s.cp.get_evse_transaction_id(1) != s.cp.get_evse_transaction_id(2)


def test_on_transaction_started_with_reservation_and_remote_start():  # E01.FR.13, F01.FR.25
    s = station()
    started(s, trigger_reason="RemoteStart", remote_start_id=5, reservation_id=9)
    event = s.last("TransactionEvent")
    assert event["reservationId"] == 9
    assert event["transactionInfo"]["remoteStartId"] == 5


def test_on_transaction_started_refuses_a_second_one():
    s = station()
    started(s, session_id="abc")
    s.forget()
    assert started(s, session_id="def") is False
    assert s.sent == []
    assert s.cp.get_evse_transaction_id(1) == "abc"


def test_on_transaction_started_refuses_session_ids():  # E01.FR.08
    s = station()
    for bad in ("", "x" * 37, 5, True, [], {}, b"abc"):
        assert started(s, session_id=bad) is False, bad
    assert started(s, session_id="x" * 36) is True
    assert finished(s) is True
    assert started(s, session_id="x" * 36) is False


def test_on_transaction_started_refuses_what_is_out_of_service():
    for make in (
        lambda s: s.cp.on_faulted(1, 1),
        lambda s: s.cp.on_unavailable(1, 1),
        lambda s: s.cp.change_availability(False),
        lambda s: s.cp.change_availability(False, {"id": 1}),
        lambda s: s.cp.change_availability(False, {"id": 1, "connectorId": 1}),
    ):
        s = station()
        make(s)
        s.pump()
        s.forget()
        assert started(s) is False
        assert s.sent == []


def test_on_transaction_started_minds_its_own_connector_only():
    for make in (
        lambda s: s.cp.on_faulted(1, 2),
        lambda s: s.cp.on_unavailable(1, 2),
        lambda s: s.cp.on_faulted(2, 1),
        lambda s: s.cp.change_availability(False, {"id": 1, "connectorId": 2}),
    ):
        s = station()
        make(s)
        s.pump()
        assert started(s) is True


def test_on_transaction_started_timestamps():
    s = station()
    s.run(90)
    for given, told in (
        (None, "2026-11-23T00:01:40Z"),
        ("2026-11-23T00:01:00Z", "2026-11-23T00:01:00Z"),
        ("2026-11-23T01:01:00.500+01:00", "2026-11-23T00:01:00Z"),
        (WALL + 70, "2026-11-23T00:01:10Z"),
        (WALL + 5000, "2026-11-23T00:01:40Z"),  # not in the future
    ):
        assert started(s, timestamp=given) is True
        assert s.last("TransactionEvent")["timestamp"] == told, given
        finished(s)
    for bad in ("yesterday", "", [], {}, True, 1.5):
        s.forget()
        assert started(s, timestamp=bad) is False, bad
        assert s.sent == []


def test_on_transaction_started_stores_the_group_for_stopping():  # C09.FR.03, E07.FR.01
    s = station()
    group = {"idToken": "G1", "type": "Central"}
    started(s, id_token=TOKEN, group_id_token=group)
    s.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
    s.tap(OTHER["idToken"], 1)
    assert s.events()[-1][:2] == ("Ended", "StopAuthorized")


def test_on_transaction_started_refuses_bad_ids():
    def call(s):
        return lambda evse_id, connector_id: started(s, evse_id, connector_id=connector_id)

    refuses_bad_ids(call)


# --- 6. on_transaction_finished ---


def test_on_transaction_finished_sends_ended():
    s = station()
    started(s, session_id="abc", id_token=TOKEN, meter_start=meter_value(1000))
    s.run(30)
    end = meter_value(3000, context="Transaction.End", at="2026-11-23T00:00:40Z")
    assert finished(s, meter_stop=end, id_token=TOKEN) is True
    assert s.last("TransactionEvent") == {
        "eventType": "Ended",
        "timestamp": "2026-11-23T00:00:40Z",
        "triggerReason": "StopAuthorized",
        "seqNo": 1,
        "offline": False,
        "transactionInfo": {
            "transactionId": "abc", "chargingState": "Idle", "stoppedReason": "Local",
        },
        "idToken": TOKEN,
        "meterValue": [meter_value(1000), end],
    }  # fmt: skip
    assert s.cp.get_evse_transaction_id(1) is None
    assert s.integrator.named("transaction_ended") == [("transaction_ended", 1, "abc")]


def test_on_transaction_finished_names_the_usual_trigger():
    for reason, trigger in (
        ("DeAuthorized", "Deauthorized"), ("Remote", "RemoteStop"), ("Local", "StopAuthorized"),
        ("MasterPass", "StopAuthorized"), ("StoppedByEV", "StopAuthorized"),
        ("EVDisconnected", "EVCommunicationLost"), ("Timeout", "EVConnectTimeout"),
        ("ImmediateReset", "ResetCommand"), ("Reboot", "ResetCommand"),
        ("EnergyLimitReached", "EnergyLimitReached"), ("SOCLimitReached", "EnergyLimitReached"),
        ("TimeLimitReached", "TimeLimitReached"), ("LocalOutOfCredit", "ChargingStateChanged"),
        ("EmergencyStop", "AbnormalCondition"), ("GroundFault", "AbnormalCondition"),
        ("OvercurrentFault", "AbnormalCondition"), ("PowerLoss", "AbnormalCondition"),
        ("PowerQuality", "AbnormalCondition"), ("Other", "AbnormalCondition"),
    ):  # fmt: skip
        s = station()
        started(s)
        assert finished(s, reason=reason) is True
        event = s.last("TransactionEvent")
        assert event["triggerReason"] == trigger, reason
        assert event["transactionInfo"]["stoppedReason"] == reason


def test_on_transaction_finished_says_what_it_is_told():
    s = station()
    s.plug(1)
    started(s)
    finished(s, reason="Other", trigger_reason="UnlockCommand", charging_state="SuspendedEV")
    assert s.events()[-1] == ("Ended", "UnlockCommand", "SuspendedEV")


def test_on_transaction_finished_takes_its_time_from_the_caller():
    s = station()
    started(s)
    s.run(100)
    assert finished(s, timestamp="2026-11-23T00:01:20Z") is True
    assert s.last("TransactionEvent")["timestamp"] == "2026-11-23T00:01:20Z"


def test_on_transaction_finished_never_ends_before_it_began():
    s = station()
    s.run(60)
    started(s)
    assert finished(s, timestamp="2026-11-23T00:00:20Z") is True
    assert s.last("TransactionEvent")["timestamp"] == "2026-11-23T00:01:10Z"


def test_on_transaction_finished_names_the_token_only_if_it_stopped():  # E07.FR.02
    s = station()
    started(s, id_token=TOKEN)
    finished(s, reason="EVDisconnected", id_token=TOKEN)
    assert "idToken" not in s.last("TransactionEvent")


def test_on_transaction_finished_carries_a_signed_value():
    s = station(settings=[("SampledDataCtrlr.SignReadings", True)])
    s.meter(1, 1000)
    started(s)
    s.meter(1, 2000)
    finished(s, signed_meter_value="c2lnbmVk")
    end = s.last("TransactionEvent")["meterValue"][-1]["sampledValue"][0]
    assert end["context"] == "Transaction.End"
    assert end["signedMeterValue"]["signedMeterData"] == "c2lnbmVk"


def test_on_transaction_finished_without_one():
    s = station()
    s.plug(1)
    s.forget()
    assert finished(s) is False
    assert s.sent == []


def test_on_transaction_finished_twice():
    s = station()
    started(s)
    assert finished(s) is True
    assert finished(s) is False
    assert [event[0] for event in s.events()] == ["Started", "Ended"]


def test_on_transaction_finished_refuses_bad_ids():
    refuses_bad_ids(lambda s: lambda evse_id, _: finished(s, evse_id), connectors=False)


# --- 7. on_session_finished ---


def test_on_session_finished_ends_and_tells():
    s = station()
    s.charge()
    s.forget()
    assert s.cp.on_session_finished(1, 1) is True
    s.run(1)
    assert s.events() == [("Ended", "EVCommunicationLost", "Idle")]
    assert s.statuses() == [(1, 1, "Available")]


def test_on_session_finished_without_a_cable():
    s = station()
    assert s.cp.on_session_finished(1, 1) is True
    s.pump()
    assert s.sent == []


def test_on_session_finished_of_a_sibling_changes_nothing():
    s = station()
    s.charge()
    s.plug(1, 2)
    s.forget()
    assert s.cp.on_session_finished(1, 2) is True
    s.pump()
    assert s.events() == []
    assert s.cp.may_charge(1)


def test_on_session_finished_refuses_bad_ids():
    refuses_bad_ids(lambda s: s.cp.on_session_finished)


# --- 8. on_authorized ---


def test_on_authorized_starts_without_asking():
    s = station()
    s.plug(1)
    s.forget()
    assert s.cp.on_authorized(1, 1, TOKEN) is True
    s.pump()
    assert [action for action, _ in s.sent] == ["TransactionEvent"]
    assert s.events() == [("Started", "Authorized", "EVConnected")]


def test_on_authorized_again_stops():  # E07.FR.01
    s = station()
    s.plug(1)
    s.cp.on_authorized(1, 1, TOKEN)
    s.pump()
    assert s.cp.on_authorized(1, 1, TOKEN) is True
    s.pump()
    assert s.events()[-1][:2] == ("Ended", "StopAuthorized")


def test_on_authorized_of_somebody_else_is_refused():  # C01.FR.23, TC_C_04
    s = station()
    s.plug(1)
    s.cp.on_authorized(1, 1, TOKEN)
    s.pump()
    s.forget()
    assert s.cp.on_authorized(1, 1, OTHER) is False
    s.pump()
    assert s.sent == []
    assert s.cp.may_charge(1)


def test_on_authorized_for_no_evse_in_particular():
    s = station()
    s.plug(2)
    assert s.cp.on_authorized(0, 0, TOKEN) is True
    s.pump()
    assert s.cp.get_evse_transaction_id(2)


def test_on_authorized_refuses_bad_ids():
    s = station()
    before = s.cp.status(s.now)
    for bad in BAD_IDS:
        if bad != 0 or type(bad) is not int:
            assert s.cp.on_authorized(bad, 1, TOKEN) is False, bad
            assert s.cp.on_authorized(1, bad, TOKEN) is False, bad
            assert s.cp.authorize(bad, 1, TOKEN) is False, bad
            assert s.cp.authorize(1, bad, TOKEN) is False, bad
    s.pump()
    assert s.sent == [] and s.cp.status(s.now) == before
    assert s.cp.errors == 0


def test_on_authorized_refuses_bad_tokens():
    s = station()
    s.plug(1)
    s.forget()
    for bad in (
        None, 5, "04A1", [], {}, {"idToken": "04A1"}, {"type": "ISO14443"},
        {"idToken": 5, "type": "ISO14443"}, {"idToken": "x" * 37, "type": "ISO14443"},
        {"idToken": "04A1", "type": "Card"}, {"idToken": "04A1", "type": None},
        {"idToken": "04A1", "type": "ISO14443", "more": 1},
        {"idToken": "04A1", "type": "ISO14443", "additionalInfo": 5},
        {"idToken": "04A1", "type": "ISO14443", "additionalInfo": []},
        {"idToken": "04A1", "type": "ISO14443", "additionalInfo": [{"type": "x"}]},
    ):  # fmt: skip
        assert s.cp.on_authorized(1, 1, bad) is False, bad
        assert s.cp.authorize(1, 1, bad) is False, bad
        s.pump()
    assert s.sent == [] and s.cp.errors == 0


# --- 9. on_meter_value ---


def test_on_meter_value_as_integers_and_as_dict():
    s = station()
    s.meter(1, 1234)
    assert s.cp.status(s.now)["evses"][0]["energy_wh"] == 1234
    assert s.cp.on_meter_value(1, meter_value(2345)) is True
    assert s.cp.status(s.now)["evses"][0]["energy_wh"] == 2345
    assert s.sent == []


def test_on_meter_value_of_the_grid_meter():
    s = station()
    assert s.cp.on_meter_value(0, meter_value(99)) is True
    assert s.cp.state.grid_meter.energy_wh == 99


def test_on_meter_value_takes_units_apart():
    s = station()
    for unit, value, energy in (
        ({"unit": "kWh"}, 1.5, 1500), ({"unit": "Wh"}, 1500, 1500),
        ({"unit": "Wh", "multiplier": 3}, 1.5, 1500), (None, 1500, 1500),
    ):  # fmt: skip
        sampled = {"value": value}
        if unit:
            sampled["unitOfMeasure"] = unit
        reading = {"timestamp": "2026-11-23T00:00:10Z", "sampledValue": [sampled]}
        assert s.cp.on_meter_value(1, meter_value(0))
        assert s.cp.on_meter_value(1, reading)
        assert s.cp.status(s.now)["evses"][0]["energy_wh"] == energy, unit


def test_on_meter_value_malformed_keeps_the_one_before():
    s = station()
    s.meter(1, 1234, 500)
    for bad in (
        None, 5, "x", [], {}, {"sampledValue": None}, {"sampledValue": []}, {"sampledValue": [5]},
        {"sampledValue": [{}]}, meter_value("many"), meter_value(None), meter_value(5, "Warmth"),
        meter_value(float("nan")), meter_value([]),
        {"sampledValue": [{"value": 9999}, {"value": "x"}]},
        {"sampledValue": [{"value": 5, "unitOfMeasure": 7}]},
    ):  # fmt: skip
        assert s.cp.on_meter_value(1, bad) is False, bad
        one = s.cp.status(s.now)["evses"][0]
        assert (one["energy_wh"], one["power_w"]) == (1234, 500), bad
    assert s.cp.errors == 0


def test_on_meter_value_refuses_bad_ids():
    s = station()
    reading = s.readings[0]
    for bad in BAD_IDS:
        if bad != 0 or type(bad) is not int:
            assert s.cp.on_meter_value(bad, reading) is False, bad


# --- 10. to 13. on_unavailable, on_enabled, on_faulted, on_fault_cleared ---


def test_on_unavailable_and_on_enabled():
    s = station()
    for _ in range(2):
        assert s.cp.on_unavailable(1, 2) is True
        s.pump()
    assert s.statuses() == [(1, 2, "Unavailable")]
    for _ in range(2):
        assert s.cp.on_enabled(1, 2) is True
        s.pump()
    assert s.statuses()[1:] == [(1, 2, "Available")]


def test_on_enabled_does_not_overrule_the_csms():
    s = station()
    s.cp.change_availability(False, {"id": 1})
    assert s.cp.on_enabled(1, 1) is True
    s.pump()
    assert s.statuses() == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]


def test_on_faulted_and_on_fault_cleared():
    s = station()
    s.charge()
    s.forget()
    for _ in range(2):
        assert s.cp.on_faulted(1, 1) is True
        s.pump()
    assert s.sent == [("StatusNotification", s.last("StatusNotification"))]
    assert not s.cp.may_charge(1)
    for _ in range(2):
        assert s.cp.on_fault_cleared(1, 1) is True
        s.pump()
    assert s.statuses() == [(1, 1, "Faulted"), (1, 1, "Occupied")]
    assert s.cp.may_charge(1)


def test_on_fault_cleared_without_a_fault():
    s = station()
    assert s.cp.on_fault_cleared(1, 1) is True
    s.pump()
    assert s.sent == []


def test_on_unavailable_and_the_like_refuse_bad_ids():
    refuses_bad_ids(lambda s: s.cp.on_unavailable)
    refuses_bad_ids(lambda s: s.cp.on_enabled)
    refuses_bad_ids(lambda s: s.cp.on_faulted)
    refuses_bad_ids(lambda s: s.cp.on_fault_cleared)


# --- 14., 15. on_reserved, on_reservation_cleared ---


def test_on_reserved_and_on_reservation_cleared():
    s = station()
    for _ in range(2):
        assert s.cp.on_reserved(2, 1) is True
        s.pump()
    assert s.statuses() == [(2, 1, "Reserved")]
    for _ in range(2):
        assert s.cp.on_reservation_cleared(2, 1) is True
        s.pump()
    assert s.statuses()[1:] == [(2, 1, "Available")]
    assert s.messages("ReservationStatusUpdate") == []


def test_on_reserved_of_what_is_not_free_follows_precedence():
    s = station()
    s.plug(1)
    s.cp.on_faulted(2, 1)
    s.cp.on_unavailable(2, 2)
    s.pump()
    s.forget()
    for evse_id, connector_id in ((1, 1), (2, 1), (2, 2)):
        assert s.cp.on_reserved(evse_id, connector_id) is True
    s.pump()
    assert s.sent == []
    s.unplug(1)
    s.cp.on_fault_cleared(2, 1)
    s.cp.on_enabled(2, 2)
    s.pump()
    assert s.statuses() == [(1, 1, "Reserved"), (2, 1, "Reserved"), (2, 2, "Reserved")]


def test_on_reserved_refuses_bad_ids():
    refuses_bad_ids(lambda s: s.cp.on_reserved)
    refuses_bad_ids(lambda s: s.cp.on_reservation_cleared)


# --- 16. on_charging_state_changed ---


def test_on_charging_state_changed_tells_each_change():  # E02.FR.13
    s = station()
    s.charge()
    s.forget()
    for state in ("Charging", "SuspendedEV", "SuspendedEV", "SuspendedEVSE", "Charging"):
        assert s.cp.on_charging_state_changed(1, state) is True
        s.pump()
    assert s.events() == [
        ("Updated", "ChargingStateChanged", "SuspendedEV"),
        ("Updated", "ChargingStateChanged", "SuspendedEVSE"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


def test_on_charging_state_changed_with_a_reason():
    s = station()
    s.charge()
    assert s.cp.on_charging_state_changed(1, "SuspendedEVSE", "ChargingRateChanged") is True
    s.pump()
    assert s.events()[-1] == ("Updated", "ChargingRateChanged", "SuspendedEVSE")


def test_on_charging_state_changed_without_a_transaction_is_remembered():
    s = station()
    s.plug(1)
    s.forget()
    assert s.cp.on_charging_state_changed(1, "SuspendedEV") is True
    s.pump()
    assert s.sent == []


def test_on_charging_state_changed_refuses_states_and_ids():
    s = station()
    s.charge()
    s.forget()
    for bad in ("charging", "", None, 5, True, [], {}):
        assert s.cp.on_charging_state_changed(1, bad) is False, bad
    s.pump()
    assert s.sent == []
    refuses_bad_ids(
        lambda s: lambda evse_id, _: s.cp.on_charging_state_changed(evse_id, "Idle"),
        connectors=False,
    )


# --- 17. get_evse_transaction_id ---


def test_get_evse_transaction_id():
    s = station()
    assert s.cp.get_evse_transaction_id(1) is None
    started(s, session_id="abc")
    assert s.cp.get_evse_transaction_id(1) == "abc"
    assert s.cp.get_evse_transaction_id(2) is None
    for bad in BAD_IDS:
        assert s.cp.get_evse_transaction_id(bad) is None, bad


# --- 18. on_event ---

EVENT = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Problem"}}


def test_on_event_fills_what_is_missing():  # N07
    s = station()
    assert s.cp.on_event([EVENT]) is True
    s.pump()
    message = s.last("NotifyEvent")
    event = message["eventData"][0]
    assert type(event.pop("eventId")) is int
    assert event == {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Problem"},
        "timestamp": "2026-11-23T00:00:10Z",
        "eventNotificationType": "HardWiredNotification",
        "trigger": "Delta",
        "actualValue": "",
    }
    assert (message["seqNo"], message["tbc"]) == (0, False)


def test_on_event_keeps_what_is_given():
    s = station()
    given = {
        "eventId": 17,
        "timestamp": "2026-11-23T00:00:05Z",
        "trigger": "Alerting",
        "cause": 16,
        "actualValue": "true",
        "techCode": "E17",
        "techInfo": "relay",
        "cleared": False,
        "transactionId": "abc",
        "variableMonitoringId": 5,
        "eventNotificationType": "CustomMonitor",
        "component": {
            "name": "Connector", "instance": "left", "evse": {"id": 1, "connectorId": 2},
        },
        "variable": {"name": "Problem", "instance": "x"},
    }  # fmt: skip
    assert s.cp.on_event([dict(given, severity=5)]) is True
    s.pump()
    assert s.last("NotifyEvent")["eventData"] == [given]


def test_on_event_gives_each_its_own_id():
    s = station()
    assert s.cp.on_event([EVENT] * 3)
    assert s.cp.on_event([EVENT] * 3)
    s.pump()
    ids = [one["eventId"] for message in s.messages("NotifyEvent") for one in message["eventData"]]
    assert len(set(ids)) == 6


def test_on_event_splits_by_size():
    s = station()
    assert s.cp.on_event([dict(EVENT, techInfo="x" * 500) for _ in range(40)]) is True
    s.pump()
    messages = s.messages("NotifyEvent")
    assert len(messages) > 4
    assert [one["seqNo"] for one in messages] == list(range(len(messages)))
    assert [one["tbc"] for one in messages] == [True] * (len(messages) - 1) + [False]
    assert sum(len(one["eventData"]) for one in messages) == 40
    assert len(set(one["generatedAt"] for one in messages)) == 1


def test_on_event_cuts_long_values():
    s = station()
    assert s.cp.on_event([dict(EVENT, actualValue="x" * 5000)]) is True
    s.pump()
    assert s.last("NotifyEvent")["eventData"][0]["actualValue"] == "x" * 500


def test_on_event_drops_what_is_no_event_and_sends_the_rest():
    s = station()
    for bad in (
        {}, {"component": {"name": "EVSE"}}, {"variable": {"name": "Problem"}}, None, 5, "x", [],
        dict(EVENT, component=None), dict(EVENT, component={}), dict(EVENT, component="EVSE"),
        dict(EVENT, component={"name": ""}), dict(EVENT, component={"name": "x" * 51}),
        dict(EVENT, component={"name": "EVSE", "evse": {}}),
        dict(EVENT, component={"name": "EVSE", "evse": {"id": True}}),
        dict(EVENT, component={"name": "EVSE", "evse": 1}),
        dict(EVENT, component={"name": "EVSE", "colour": "red"}),
        dict(EVENT, variable={"name": 5}), dict(EVENT, variable=[]),
        dict(EVENT, trigger="Sometimes"), dict(EVENT, eventNotificationType="Mine"),
        dict(EVENT, eventId="1"), dict(EVENT, eventId=True), dict(EVENT, timestamp="noon"),
        dict(EVENT, timestamp=[]), dict(EVENT, techInfo=5), dict(EVENT, techInfo="x" * 501),
        dict(EVENT, cleared="no"), dict(EVENT, transactionId="x" * 37),
    ):  # fmt: skip
        s.forget()
        assert s.cp.on_event([EVENT, bad, EVENT]) is False, bad
        s.pump()
        assert len(s.last("NotifyEvent")["eventData"]) == 2, bad
        s.forget()
        assert s.cp.on_event([bad]) is False
        s.pump()
        assert s.sent == [], bad
    assert s.cp.errors == 0


def test_on_event_of_nothing():
    s = station()
    assert s.cp.on_event([]) is True
    for bad in (None, 5, "x", {}, EVENT, True):
        assert s.cp.on_event(bad) is False, bad
    s.pump()
    assert s.sent == [] and s.cp.errors == 0


def test_on_event_offline():
    for queue_all in (False, True):
        s = station(settings=[("OCPPCommCtrlr.QueueAllMessages", queue_all)])
        s.disconnect()
        assert s.cp.on_event([EVENT]) is True
        s.run(5)
        s.connect()
        assert len(s.messages("NotifyEvent")) == queue_all


# --- 19. on_log_status_notification ---


def log_status(s, status, request_id):
    taken = s.cp.on_log_status_notification(status, request_id)
    s.pump()
    return taken


def test_on_log_status_notification():  # N01
    s = station()
    for status in ("Uploading", "Uploading", "Uploaded"):
        assert log_status(s, status, 3) is True
    assert log_status(s, "Idle", -1) is True
    assert s.messages("LogStatusNotification") == [
        {"status": "Uploading", "requestId": 3}, {"status": "Uploaded", "requestId": 3},
        {"status": "Idle"},
    ]  # fmt: skip


def test_on_log_status_notification_refuses_nonsense():  # N01.FR.13
    s = station()
    for bad in ("Busy", "uploading", "", None, 5, True, [], {}):
        assert log_status(s, bad, 3) is False, bad
    for bad in (-1, None, True, 1.0, "3", [], {}):
        assert log_status(s, "Uploading", bad) is False, bad
    assert s.sent == []


def test_on_log_status_notification_offline_the_newest_survives():
    s = station()
    s.disconnect()
    log_status(s, "Uploading", 3)
    log_status(s, "Uploaded", 3)
    s.run(30)
    s.connect()
    assert s.messages("LogStatusNotification") == [{"status": "Uploaded", "requestId": 3}]
    s.disconnect()
    s.connect()
    assert len(s.messages("LogStatusNotification")) == 1


def test_on_log_status_notification_is_what_a_trigger_gets():
    s = station()
    trigger = {"requestedMessage": "LogStatusNotification"}
    s.call("TriggerMessage", trigger)
    assert s.last("LogStatusNotification") == {"status": "Idle"}
    log_status(s, "Uploading", 3)
    s.call("TriggerMessage", trigger)
    assert s.last("LogStatusNotification") == {"status": "Uploading", "requestId": 3}
    log_status(s, "UploadFailure", 3)
    s.call("TriggerMessage", trigger)
    assert s.last("LogStatusNotification") == {"status": "Idle"}


# --- 20. on_security_event ---


def security(s, *what, **more):
    taken = s.cp.on_security_event(*what, **more)
    s.pump()
    return taken


def test_on_security_event_critical_ones_are_sent():  # A04.FR.01
    s = station()
    assert security(s, "TamperDetectionActivated", "lid") is True
    assert s.last("SecurityEventNotification") == {
        "type": "TamperDetectionActivated", "timestamp": "2026-11-23T00:00:10Z", "techInfo": "lid",
    }  # fmt: skip


def test_on_security_event_others_are_only_logged():  # A04.FR.04
    s = station()
    for name in (
        "FailedToAuthenticateAtCsms", "CsmsFailedToAuthenticate",
        "ReconfigurationOfSecurityParameters", "InvalidMessages", "AttemptedReplayAttacks",
        "SomethingOfMine",
    ):  # fmt: skip
        assert security(s, name) is True
        assert [text for _, text in s.log if name in text]
    assert s.sent == []


def test_on_security_event_as_the_integrator_judges():
    s = station()
    assert security(s, "SomethingOfMine", critical=True) is True
    assert security(s, "TamperDetectionActivated", critical=False) is True
    assert [one["type"] for one in s.messages("SecurityEventNotification")] == ["SomethingOfMine"]


def test_on_security_event_cuts_to_length():
    s = station()
    assert security(s, "x" * 80, "y" * 300, critical=True) is True
    event = s.last("SecurityEventNotification")
    assert (event["type"], event["techInfo"]) == ("x" * 50, "y" * 255)


def test_on_security_event_offline_is_delivered_later():  # A04.FR.02
    s = station()
    s.disconnect()
    security(s, "TamperDetectionActivated")
    s.run(1000)
    s.answers["SecurityEventNotification"] = ("InternalError",)
    s.connect()
    s.run(3000)
    assert len(s.messages("SecurityEventNotification")) > 5  # tried without limit
    del s.answers["SecurityEventNotification"]
    s.forget()
    s.run(3000)
    assert s.messages("SecurityEventNotification") == [
        {"type": "TamperDetectionActivated", "timestamp": "2026-11-23T00:00:10Z"},
    ]


def test_on_security_event_ten_of_a_kind_in_a_minute():
    s = station()
    s.run(50)
    for _ in range(50):
        assert security(s, "MaintenanceLoginFailed") is True
    assert len(s.sent) == 10
    assert len([text for _, text in s.log if "too many" in text]) == 1
    security(s, "TamperDetectionActivated")
    assert len(s.sent) == 11
    s.run(60)
    security(s, "MaintenanceLoginFailed")
    assert len(s.messages("SecurityEventNotification")) == 12


def test_on_security_event_masks_the_password():
    s = station(settings=[("SecurityCtrlr.BasicAuthPassword", "correct-horse-battery")])
    security(s, "TamperDetectionActivated", "password correct-horse-battery seen")
    assert s.last("SecurityEventNotification")["techInfo"] == "password *** seen"
    assert not [text for _, text in s.log if "correct-horse" in text]


def test_on_security_event_timestamps():
    s = station()
    s.run(90)
    for given, told in (
        ("2026-11-23T00:01:00Z", "2026-11-23T00:01:00Z"), (WALL + 60, "2026-11-23T00:01:00Z"),
        (None, "2026-11-23T00:01:40Z"), (WALL + 9999, "2026-11-23T00:01:40Z"),
    ):  # fmt: skip
        assert security(s, "TamperDetectionActivated", timestamp=given) is True
        assert s.last("SecurityEventNotification")["timestamp"] == told


def test_on_security_event_refuses_nonsense():
    s = station()
    for bad in ("", None, 5, True, [], {}, b"x"):
        assert security(s, bad, critical=True) is False, bad
    for bad in ("noon", "", [], {}):
        assert security(s, "TamperDetectionActivated", timestamp=bad) is False, bad
    assert s.sent == [] and s.cp.errors == 0


def test_on_security_event_of_the_integrator_does_not_come_back_to_him():
    s = station()
    heard = []
    s.integrator.security_event = lambda *what: heard.append(what)
    security(s, "TamperDetectionActivated")
    assert heard == []
    firmware(s, 1, "Installed")
    assert heard == [("FirmwareUpdated", None)]


# --- 21. on_variable_changed ---


def changed(component, variable, value, **more):
    return dict(
        {
            "component": {"name": component},
            "variable": {"name": variable},
            "attributeValue": value,
        },
        **more,
    )


def test_on_variable_changed_writes_the_value():
    s = station()
    heard = []
    s.integrator.variable_changed = lambda *what: heard.append(what)
    assert s.cp.on_variable_changed(changed("TxCtrlr", "EVConnectionTimeOut", "45")) is True
    assert s.cp.on_variable_changed(changed("TxCtrlr", "Enabled", "false")) is True  # ReadOnly
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 45
    assert s.cp.variables.flag("TxCtrlr.Enabled") is False
    assert heard == []
    s.restart()
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 45


def test_on_variable_changed_has_its_effects():
    s = station()
    password = changed("SecurityCtrlr", "BasicAuthPassword", "correct-horse-battery")
    assert s.cp.on_variable_changed(password) is True
    assert s.cp.wants_reconnect


def test_on_variable_changed_refuses():
    s = station()
    good = changed("TxCtrlr", "EVConnectionTimeOut", "45")
    for bad in (
        changed("Nobody", "EVConnectionTimeOut", "45"), changed("TxCtrlr", "Nothing", "45"),
        changed("TxCtrlr", "EVConnectionTimeOut", "soon"),
        changed("TxCtrlr", "EVConnectionTimeOut", 45), dict(good, attributeType="Target"),
        dict(good, component=None), dict(good, component={}), dict(good, component="TxCtrlr"),
        dict(good, component={"name": 5}), dict(good, component={"name": "TxCtrlr", "evse": 5}),
        dict(good, variable=[]), dict(good, variable={"name": None}),
        dict(good, attributeValue=None), dict(good, attributeType=5),
        {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}},
        {}, None, 5, "x", [], True,
    ):  # fmt: skip
        assert s.cp.on_variable_changed(bad) is False, bad
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 120
    assert s.cp.errors == 0


# --- 22. on_reservation_status ---


def test_on_reservation_status():  # H04
    s = station()
    assert s.cp.on_reservation_status(5, "Expired") is True
    assert s.cp.on_reservation_status(0, "Removed") is True
    s.pump()
    assert s.messages("ReservationStatusUpdate") == [
        {"reservationId": 5, "reservationUpdateStatus": "Expired"},
        {"reservationId": 0, "reservationUpdateStatus": "Removed"},
    ]


def test_on_reservation_status_refuses_nonsense():
    s = station()
    for bad in (None, True, 1.0, "5", [], {}):
        assert s.cp.on_reservation_status(bad, "Expired") is False, bad
    for bad in ("Used", "expired", "", None, 5, [], {}):
        assert s.cp.on_reservation_status(5, bad) is False, bad
    s.pump()
    assert s.sent == []


# --- All of them, with everything a driver could hand over by mistake ---


class Strange:
    """Has nothing of what a handler may expect."""


NASTY = (
    None, True, False, 0, -1, 99, 1 << 40, 1.0, float("nan"), "", "x", "Ü" * 40, "x" * 2000, b"x",
    [], [None], (), {}, {"idToken": None}, {"sampledValue": [None]}, Strange(),
)  # fmt: skip

USUAL = (
    ("on_network_disconnected", ("Wired9",)),
    ("on_firmware_update_status_notification", (1, "Downloading")),
    ("on_session_started", (1, 1)),
    ("on_get_15118_ev_certificate_request", (CERTIFICATE_REQUEST, None)),
    ("on_transaction_started", (1, 1, None, None, "Authorized", None, None, None, None, None,
                                None)),
    ("on_transaction_finished", (1, None, None, "Local", None, None, None, None)),
    ("on_session_finished", (1, 1)),
    ("on_authorized", (1, 1, TOKEN)),
    ("on_meter_value", (1, meter_value(5))),
    ("on_unavailable", (1, 1)),
    ("on_enabled", (1, 1)),
    ("on_faulted", (1, 1)),
    ("on_fault_cleared", (1, 1)),
    ("on_reserved", (1, 1)),
    ("on_reservation_cleared", (1, 1)),
    ("on_charging_state_changed", (1, "Charging", "ChargingStateChanged")),
    ("get_evse_transaction_id", (1,)),
    ("on_event", ([EVENT],)),
    ("on_log_status_notification", ("Uploading", 1)),
    ("on_security_event", ("TamperDetectionActivated", None, None, None)),
    ("on_variable_changed", (changed("TxCtrlr", "EVConnectionTimeOut", "45"),)),
    ("on_reservation_status", (1, "Expired")),
    ("authorize", (1, 1, TOKEN)),
    ("set_stop_reason", (1, "EmergencyStop")),
)  # fmt: skip


def abused(name, running):
    """Hand each argument of a handler everything in NASTY. Every message that leaves is judged by
    the schemas; what is refused leaves nothing behind."""
    usual = dict(USUAL)[name]
    for at in range(len(usual)):
        s = station()
        if running:
            s.charge()
        for bad in NASTY:
            before = s.cp.status(s.now)
            s.forget()
            result = getattr(s.cp, name)(*(usual[:at] + (bad,) + usual[at + 1 :]))
            s.pump()
            if result is False:
                assert s.cp.status(s.now) == before, (name, at, bad)
                assert s.sent == [], (name, at, bad)
            else:
                known = result is True or result is None or type(result) in (str, dict)
                assert known, (name, at, bad, result)
            s.run(7)  # an end that waits for the contactor
        assert s.cp.errors == 0, (name, at)


def test_no_handler_takes_nonsense_when_idle():
    for name, _ in USUAL:
        abused(name, False)


def test_no_handler_takes_nonsense_while_charging():
    for name, _ in USUAL:
        abused(name, True)


def test_there_are_22_of_them():
    names = [name for name, _ in USUAL if name not in ("authorize", "set_stop_reason")]
    assert len(names) == 22
    for name in names:
        assert hasattr(CoreStation(online=False).cp, name)
