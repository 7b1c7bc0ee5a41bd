"""A conversation for human eyes: a line a message, with the fields that matter.

    3.13 s  → TransactionEvent           Updated, #4, MeterValuePeriodic, Charging, 368 Wh
    3.14 s  ←     Accepted

→ is from the station, ← from the CSMS; answers stand further right than what they answer.
"""

import json
import time

# Paths into the payload, with the words around the value. Other messages show all plain values.
_CALLS = {
    "BootNotification": (
        ("reason", "{}"), ("chargingStation.vendorName", "{}"), ("chargingStation.model", "{}"),
    ),
    "StatusNotification": (
        ("evseId", "EVSE {}"), ("connectorId", "connector {}"), ("connectorStatus", "{}"),
    ),
    "Authorize": (("idToken.idToken", "{}"), ("idToken.type", "{}")),
    "TransactionEvent": (
        ("eventType", "{}"), ("seqNo", "#{}"), ("triggerReason", "{}"), ("evse.id", "EVSE {}"),
        ("transactionInfo.chargingState", "{}"), ("transactionInfo.stoppedReason", "stopped: {}"),
        ("idToken.idToken", "{}"),
    ),
    "SecurityEventNotification": (("type", "{}"),),
    "RequestStartTransaction": (("evseId", "EVSE {}"), ("idToken.idToken", "{}")),
    "RequestStopTransaction": (("transactionId", "{}"),),
}
_ANSWERS = (("status", "{}"), ("idTokenInfo.status", "{}"), ("interval", "every {} s"))
_VARIABLES = ("setVariableData", "setVariableResult", "getVariableData", "getVariableResult")


class Transcript:
    """Watches like RpcChecker does. Calls `write` with a line for each message."""

    def __init__(self, write=print, colour=False):
        self._write = write
        self._colour = colour
        self._began = time.monotonic()

    def station_sent(self, text):
        self._line("→", text, "36")

    def csms_sent(self, text):
        self._line("←", text, "33")

    def _line(self, arrow, text, colour):
        line = f"{time.monotonic() - self._began:8.2f} s  {arrow} {words(text)}"
        self._write(f"\033[{colour}m{line}\033[0m" if self._colour else line)


def words(text):
    """What a message says, on one line; the text itself if it can't be read."""
    try:
        kind, _, *rest = json.loads(text)
        if kind == 2:
            action, payload = rest
            plain = [(key, key + " {}") for key, value in payload.items() if is_plain(value)]
            return f"{action:<26} {details(payload, _CALLS.get(action, plain))}".rstrip()
        if kind == 3:
            return "    " + (details(rest[0], _ANSWERS) or "ok")
        return "    refused: " + " ".join(str(word) for word in rest[:2])
    except (ValueError, TypeError, AttributeError):
        return f"unreadable: {text[:80]!r}"


def details(payload, rows):
    """The given rows of a payload, its variables and its meter values."""
    found = [(value_at(payload, path), form) for path, form in rows]
    told = [form.format(value) for value, form in found if value not in (None, "", [])]
    for name in _VARIABLES:
        told += [variable(one) for one in payload.get(name, ())]
    if payload.get("offline"):
        told.append("offline")
    return ", ".join(told + meter_values(payload))


def is_plain(value):
    return not isinstance(value, (dict, list))


def value_at(payload, path):
    for key in path.split("."):
        payload = payload.get(key) if isinstance(payload, dict) else None
    return payload


def variable(one):
    name = f"{one['component']['name']}.{one['variable']['name']}"
    value = f" = {one['attributeValue']}" if "attributeValue" in one else ""
    status = f" {one['attributeStatus']}" if "attributeStatus" in one else ""
    return name + value + status


def meter_values(payload):
    """The newest sample of each measurand that is not of a single phase: 1234 Wh, 11040 W."""
    newest = {}
    for meter_value in payload.get("meterValue", ()):
        for sample in meter_value["sampledValue"]:
            unit = sample.get("unitOfMeasure", {}).get("unit", "Wh")
            if "phase" not in sample:
                newest[sample.get("measurand")] = f"{sample['value']:g} {unit}"
    return list(newest.values())
