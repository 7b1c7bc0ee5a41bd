"""What a station and any real CSMS talk about, a use case each: (csms, station) -> None.

`csms` is a Loopback or an NpmCsms, `station` the real firmware/main.py in its own process. `hold`
brings both together and asks afterwards whether every message was valid and nothing was left open.
"""

import pytest

from host_tests import runtimes
from host_tests.peers.sessions import is_quiet
from host_tests.station import Station

PASSWORD = "at-least-16-chars"
CARD = {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}
BRISK, FAST = 20, 200   # speeds: of drivers, who have 120 s for the cable; of a car that charges


def hold(conversation, csms, runtime, folder):
    """Two EVSEs with a fixed cable and a socket each, registered and quiet when it begins."""
    if runtime == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    config = {
        "station": {"id": "CP 001/ä", "model": "Demo", "vendor_name": "Example"},
        "csms": {"url": csms.url, "security_profile": 1, "password": PASSWORD},
        "board": "simulated",
        "evses": [{"connectors": ["cType2", "sType2"]}] * 2,
    }
    with Station(runtime, config, folder) as station:
        station.wait_until(is_quiet)
        station.command(f"speed {BRISK}")
        conversation(csms, station)
        csms.all_answered()
        csms.checker.assert_complete()
        assert station.status()["errors"] == 0, station.command("crash")
        assert station.stop() == 0
        assert "Traceback" not in station.log()


# ------------------------------------------------------------------------- charging with a card


def E02_cable_card_charge_card_unplug(csms, station):
    station.command("plug 1")
    occupied = {"connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    csms.wait_for("StatusNotification", occupied)
    station.command(f"tap {CARD['idToken']}")
    assert csms.wait_for("Authorize") == {"idToken": CARD}
    started = csms.wait_for("TransactionEvent")
    assert started["eventType"] == "Started"
    assert started["triggerReason"] == "Authorized"
    assert started["idToken"] == CARD
    assert started["evse"] == {"id": 1, "connectorId": 1}
    transaction = charges(csms, station)
    station.command(f"tap {CARD['idToken']}")
    ended = ends(csms, transaction, "Local")
    assert ended["triggerReason"] == "StopAuthorized"
    assert csms.checker.transactions.energy_wh(transaction) > 0
    station.command("unplug 1")
    csms.wait_for("StatusNotification", {"connectorStatus": "Available", "evseId": 1})


def E03_card_first_then_cable(csms, station):
    station.command(f"tap {CARD['idToken']}")
    csms.wait_for("Authorize", {"idToken": CARD})
    station.wait_until(is_quiet)    # the answer has arrived
    station.command("plug 2")
    started = csms.wait_for("TransactionEvent", {"eventType": "Started"})
    assert started["triggerReason"] == "CablePluggedIn"
    assert started["evse"] == {"id": 2, "connectorId": 1}
    transaction = charges(csms, station)
    station.command("unplug 2")
    assert ends(csms, transaction, "EVDisconnected")["triggerReason"] == "EVCommunicationLost"


def E01_a_transaction_starts_before_its_evse_is_known(csms, station):
    set_variable(csms, "TxCtrlr", "TxStartPoint", "Authorized")
    station.command(f"tap {CARD['idToken']}")
    started = csms.wait_for("TransactionEvent", {"eventType": "Started"})
    assert "evse" not in started
    station.command("plug 2 2")
    plugged = csms.wait_for("TransactionEvent", {"triggerReason": "CablePluggedIn"})
    assert plugged["evse"] == {"id": 2, "connectorId": 2}
    transaction = charges(csms, station)
    station.command("stop 2")
    ends(csms, transaction, "Local")


def C01_a_refused_card_starts_nothing(csms, station):
    csms.answer("Authorize", {"idTokenInfo": {"status": "Blocked"}})
    station.command("plug 1")
    station.command(f"tap {CARD['idToken']}")
    csms.wait_for("Authorize")
    status = station.wait_until(is_quiet)
    assert status["evses"][0]["transaction"] is None
    csms.answer("Authorize", {"idTokenInfo": {"status": "Accepted"}})
    station.command("tap ANOTHER eMAID")
    started = csms.wait_for("TransactionEvent", {"eventType": "Started"})
    assert started["idToken"] == {"idToken": "ANOTHER", "type": "eMAID"}
    station.command("stop 1")
    ends(csms, started["transactionInfo"]["transactionId"], "Local")


# ----------------------------------------------------------------------------- remote control


def F01_F03_remote_start_and_stop_of_a_plugged_car(csms, station):
    station.command("plug 1")
    assert remote_start(csms, 1) == "Accepted"
    started = csms.wait_for("TransactionEvent", {"eventType": "Started"})
    assert started["triggerReason"] == "RemoteStart"
    assert started["transactionInfo"]["remoteStartId"] == 7
    transaction = charges(csms, station)
    assert remote_start(csms, 1) == "Rejected"
    assert remote_stop(csms, "nobody knows it") == "Rejected"
    assert remote_stop(csms, transaction) == "Accepted"
    assert ends(csms, transaction, "Remote")["triggerReason"] == "RemoteStop"


def F02_remote_start_then_cable(csms, station):
    assert remote_start(csms, 2) == "Accepted"
    csms.wait_for("Authorize", {"idToken": CARD})
    station.wait_until(is_quiet)
    station.command("plug 2")
    started = csms.wait_for("TransactionEvent", {"eventType": "Started"})
    assert started["triggerReason"] == "RemoteStart"
    assert started["evse"] == {"id": 2, "connectorId": 1}
    transaction = charges(csms, station)
    assert remote_stop(csms, transaction) == "Accepted"
    ends(csms, transaction, "Remote")


def F05_unlock(csms, station):
    def unlock(evse, connector):
        socket = {"evseId": evse, "connectorId": connector}
        return csms.request("UnlockConnector", socket)["status"]

    assert unlock(1, 2) == "Unlocked"
    assert unlock(1, 3) == "UnknownConnector"
    assert unlock(9, 1) == "UnknownConnector"
    station.command("cable 1 lock-fail")
    assert unlock(1, 2) == "UnlockFailed"
    station.command("cable 1 lock-ok")
    station.command("plug 1 2")
    assert remote_start(csms, 1) == "Accepted"
    transaction = charges(csms, station)
    assert unlock(1, 2) == "OngoingAuthorizedTransaction"
    assert remote_stop(csms, transaction) == "Accepted"
    ends(csms, transaction, "Remote")
    assert unlock(1, 2) == "Unlocked"


def F06_every_message_that_can_be_triggered(csms, station):
    def trigger(message, **where):
        request = {"requestedMessage": message, **where}
        return csms.request("TriggerMessage", request)["status"]

    assert trigger("BootNotification") == "Rejected"        # F06.FR.17
    assert trigger("SignV2GCertificate") == "NotImplemented"
    assert trigger("TransactionEvent") == "Rejected"        # F06.FR.10 there is none
    for message in ("Heartbeat", "MeterValues", "FirmwareStatusNotification",
                    "LogStatusNotification"):  # fmt: skip
        assert trigger(message) == "Accepted"
        csms.wait_for(message)
    assert trigger("StatusNotification", evse={"id": 2, "connectorId": 1}) == "Accepted"
    csms.wait_for("StatusNotification", {"evseId": 2, "connectorId": 1})
    station.command("plug 1")
    remote_start(csms, 1)
    transaction = charges(csms, station)
    assert trigger("TransactionEvent", evse={"id": 1}) == "Accepted"
    csms.wait_for("TransactionEvent", {"triggerReason": "Trigger"})
    station.command("stop 1")
    ends(csms, transaction, "Local")


# ------------------------------------------------------------------------------- the operator


def B05_B06_variables_are_read_and_set(csms, station):
    assert get_variable(csms, "ChargingStation", "VendorName") == "Example"
    assert get_variable(csms, "ChargingStation", "Nonsense") == "UnknownVariable"
    assert get_variable(csms, "Nonsense", "Nonsense") == "UnknownComponent"
    assert get_variable(csms, "SecurityCtrlr", "BasicAuthPassword") == "Rejected"
    assert set_variable(csms, "TxCtrlr", "EVConnectionTimeOut", "45") == "Accepted"
    assert set_variable(csms, "TxCtrlr", "EVConnectionTimeOut", "soon") == "Rejected"
    assert get_variable(csms, "TxCtrlr", "EVConnectionTimeOut") == "45"
    assert station.command("vars TxCtrlr EVConnectionTimeOut") == [
        "TxCtrlr EVConnectionTimeOut 45 ReadWrite"
    ]


def G03_availability_of_connector_evse_and_station(csms, station):
    places = ({"evse": {"id": 1, "connectorId": 2}}, {"evse": {"id": 2}}, {})
    for place in places:
        where = {"evseId": place["evse"]["id"]} if place else {"evseId": 2, "connectorId": 2}
        assert change_availability(csms, "Inoperative", place) == "Accepted"
        csms.wait_for("StatusNotification", dict(where, connectorStatus="Unavailable"))
        assert change_availability(csms, "Operative", place) == "Accepted"
        csms.wait_for("StatusNotification", dict(where, connectorStatus="Available"))
    assert change_availability(csms, "Inoperative", {"evse": {"id": 9}}) == "Rejected"


def G03_a_running_transaction_ends_before_its_evse_goes_out_of_service(csms, station):
    station.command("plug 1")
    remote_start(csms, 1)
    transaction = charges(csms, station)
    assert change_availability(csms, "Inoperative", {"evse": {"id": 1}}) == "Scheduled"
    assert station.status()["evses"][0]["contactor"] == "closed"
    remote_stop(csms, transaction)
    ends(csms, transaction, "Remote")
    csms.wait_for("StatusNotification", {"evseId": 1, "connectorStatus": "Unavailable"})
    assert remote_start(csms, 1) == "Rejected"


def G05_a_fault_is_told_and_stops_the_energy(csms, station):
    station.command("plug 1")
    remote_start(csms, 1)
    transaction = charges(csms, station)
    station.command("fault 1 1 GroundFault")
    csms.wait_for("StatusNotification", {"evseId": 1, "connectorStatus": "Faulted"})
    problem = csms.wait_for("NotifyEvent")["eventData"][0]
    assert problem["variable"] == {"name": "Problem"}
    assert problem["techInfo"] == "GroundFault"
    suspended = {"transactionInfo": {"chargingState": "SuspendedEVSE"}}
    csms.wait_for("TransactionEvent", suspended)
    station.command("clear 1 1")
    csms.wait_for("StatusNotification", {"evseId": 1, "connectorStatus": "Occupied"})
    charges(csms, station)
    station.command("unplug 1")
    ends(csms, transaction, "EVDisconnected")


def P01_P02_data_transfer_both_ways(csms, station):
    stranger = {"vendorId": "com.example", "data": {"any": [1, "thing"]}}
    assert csms.request("DataTransfer", stranger)["status"] == "UnknownVendorId"
    csms.answer("DataTransfer", {"status": "Accepted", "data": "pong"})
    assert station.command("data com.example hello ping") == ['Accepted "pong"']
    sent = {"vendorId": "com.example", "messageId": "hello", "data": "ping"}
    assert csms.wait_for("DataTransfer") == sent


# ------------------------------------------------------------------------------------- Reset


def B12_an_immediate_reset_ends_the_transaction_and_the_station_comes_back(csms, station):
    station.command("plug 1")
    remote_start(csms, 1)
    transaction = charges(csms, station)
    assert reset(csms, "Immediate") == "Accepted"
    assert ends(csms, transaction, "ImmediateReset")["triggerReason"] == "ResetCommand"
    station.wait_ready()
    csms.wait_for("BootNotification", {"reason": "RemoteReset"})
    station.wait_until(is_quiet)
    station.command(f"speed {BRISK}")
    assert remote_start(csms, 1) == "Accepted"      # the car never left
    again = charges(csms, station)
    assert again != transaction
    station.command("stop 1")
    ends(csms, again, "Local")


def B11_a_reset_on_idle_waits_for_the_driver(csms, station):
    station.command("plug 1")
    remote_start(csms, 1)
    transaction = charges(csms, station)
    assert reset(csms, "OnIdle") == "Scheduled"
    assert station.status()["evses"][0]["contactor"] == "closed"
    station.command(f"tap {CARD['idToken']}")
    ends(csms, transaction, "Local")
    station.wait_ready()
    csms.wait_for("BootNotification", {"reason": "ScheduledReset"})
    station.wait_until(is_quiet)


ALL = (
    E02_cable_card_charge_card_unplug,
    E03_card_first_then_cable,
    E01_a_transaction_starts_before_its_evse_is_known,
    C01_a_refused_card_starts_nothing,
    F01_F03_remote_start_and_stop_of_a_plugged_car,
    F02_remote_start_then_cable,
    F05_unlock,
    F06_every_message_that_can_be_triggered,
    B05_B06_variables_are_read_and_set,
    G03_availability_of_connector_evse_and_station,
    G03_a_running_transaction_ends_before_its_evse_goes_out_of_service,
    G05_a_fault_is_told_and_stops_the_energy,
    P01_P02_data_transfer_both_ways,
    B12_an_immediate_reset_ends_the_transaction_and_the_station_comes_back,
    B11_a_reset_on_idle_waits_for_the_driver,
)


# ----------------------------------------------------------------------- what both sides say


def charges(csms, station):
    """The car takes energy and two samples are taken; returns the transaction's id."""
    charging = {"transactionInfo": {"chargingState": "Charging"}}
    event = csms.wait_for("TransactionEvent", charging)
    station.command(f"speed {FAST}")
    for _ in range(2):
        csms.wait_for("TransactionEvent", {"triggerReason": "MeterValuePeriodic"})
    station.command(f"speed {BRISK}")
    return event["transactionInfo"]["transactionId"]


def ends(csms, transaction, reason):
    """Waits for Ended, which must give that stoppedReason."""
    which = {"eventType": "Ended", "transactionInfo": {"transactionId": transaction}}
    event = csms.wait_for("TransactionEvent", which)
    assert event["transactionInfo"]["stoppedReason"] == reason
    return event


def remote_start(csms, evse_id):
    request = {"evseId": evse_id, "remoteStartId": 7, "idToken": CARD}
    return csms.request("RequestStartTransaction", request)["status"]


def remote_stop(csms, transaction):
    return csms.request("RequestStopTransaction", {"transactionId": transaction})["status"]


def change_availability(csms, status, place):
    request = {"operationalStatus": status, **place}
    return csms.request("ChangeAvailability", request)["status"]


def reset(csms, kind):
    return csms.request("Reset", {"type": kind})["status"]


def get_variable(csms, component, variable):
    """Its value, or why there is none."""
    item = {"component": {"name": component}, "variable": {"name": variable}}
    answer = csms.request("GetVariables", {"getVariableData": [item]})
    result = answer["getVariableResult"][0]
    return result.get("attributeValue", result["attributeStatus"])


def set_variable(csms, component, variable, value):
    item = {"component": {"name": component}, "variable": {"name": variable}}
    request = {"setVariableData": [dict(item, attributeValue=value)]}
    return csms.request("SetVariables", request)["setVariableResult"][0]["attributeStatus"]
