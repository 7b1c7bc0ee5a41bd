"""One session that goes everywhere, told through the two faces of a station: its console and a
real CSMS. The same story under CPython, where the nesting of calls is looked at, and under
MicroPython with a small heap.
"""

import json
from pathlib import Path

from host_tests.budgets import desk
from host_tests.core_station import CoreStation
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.station import Station

PASSWORD = "sixteen-or-longer"
SPEED = 60
# What a person may type while both cars charge.
LINES = (
    "status", "vars", "meter raw 1", "help", "log tail 50", "queue", "config show", "crash",
    "authorize 0499", "data com.example hello world", "fault 1 2 OtherError", "clear 1 2",
    "set SampledDataCtrlr TxUpdatedInterval 30", "unlock 2 2", "version",
)  # fmt: skip


def nesting(folder):
    """The deepest chain of the station's own calls and awaits, the first frame first."""
    _play("cpython", folder, main=Path(__file__).resolve().parent / "deep.py")
    return json.loads((Path(folder) / "nesting.json").read_text(encoding="utf-8"))


def heap_used(folder, tree, heapsize):
    """The `memory` of the station's status while two cars charge, and again when it has restarted:
    firmware from .mpy, in a heap of that size."""
    return _play("micropython", folder, heapsize, tree / "firmware" / "main.py")


def _play(runtime, folder, heapsize=None, main=None):
    with Loopback(Csms(PASSWORD)) as csms:
        with Station(runtime, _config(csms.url), folder, heapsize, main) as station:
            try:
                charging = _charge(station, csms)
                _leave(station, csms)
                station.wait_ready()
                csms.wait_for("BootNotification")
                csms.all_answered()
                restarted = station.status()["memory"]
                assert station.status()["errors"] == 0, station.log()
                assert station.stop() == 0
            except BaseException:
                print(station.log())
                raise
    return {"charging": charging, "restarted": restarted}


def _config(url):
    return {
        "station": {"id": "CP1"},
        "csms": {"url": url, "security_profile": 1, "password": PASSWORD},
        "board": "simulated",
        "evses": [{"connectors": ["cType2", "sType2"]}] * 2,
        "variables": [
            _variable("TxCtrlr", "TxStartPoint", "PowerPathClosed"),
            _variable("TxCtrlr", "TxStopPoint", "PowerPathClosed"),
            _variable("SampledDataCtrlr", "TxUpdatedInterval", "60"),
        ],
    }


def _variable(component, name, value):
    return {"component": {"name": component}, "variable": {"name": name}, "attributeValue": value}


def _charge(station, csms):
    csms.wait_for("BootNotification")
    for _ in range(4):
        csms.wait_for("StatusNotification", {"connectorStatus": "Available"})
    station.command("speed %d" % SPEED)
    for evse_id, card in enumerate(desk.CARDS, 1):
        station.command("plug %d" % evse_id)
        station.command("tap %s ISO14443 %d" % (card, evse_id))
        csms.wait_for("TransactionEvent", {"eventType": "Started"})
    for _ in range(4):
        csms.wait_for("TransactionEvent", {"triggerReason": "MeterValuePeriodic"})
    _largest_calls(csms)
    for line in LINES:
        station.command(line)
    csms.request("TriggerMessage", {"requestedMessage": "StatusNotification"})
    csms.request("TriggerMessage", {"requestedMessage": "TransactionEvent"})
    csms.request("UnlockConnector", {"evseId": 2, "connectorId": 2})
    csms.wait_for("TransactionEvent", {"triggerReason": "MeterValuePeriodic"})
    return station.status()["memory"]


def _leave(station, csms):
    status = station.status()
    transaction = status["evses"][0]["transaction"]["id"]
    csms.request("ChangeAvailability", {"operationalStatus": "Inoperative"})
    csms.request("RequestStopTransaction", {"transactionId": transaction})
    csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    station.command("tap %s ISO14443 2" % desk.CARDS[1])
    csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    station.command("unplug 1")
    station.command("unplug 2")
    csms.request("Reset", {"type": "OnIdle"})


def _largest_calls(csms):
    """Made from the device model of a station with the same EVSEs."""
    variables = CoreStation().cp.variables
    for make in (desk.largest_set, desk.largest_get):
        _, _, action, payload = json.loads(make(variables)[:-1])
        csms.request(action, payload)
