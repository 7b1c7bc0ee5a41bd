"""B. Provisioning: the network profiles (B09, B10).

The profile of slot N is the state "network_N": NetworkConnectionProfileType as JSON, or null for
one that may not be used any more. Which slot is tried when is up to whoever makes the connections;
a changed order takes effect with the next restart.
"""

import json

_REFUSED = "empty"
_SLOTS = (1, 2, 3)  # as in the values of NetworkConfigurationPriority
_KEYS = (
    "ocppVersion", "ocppTransport", "ocppCsmsUrl", "messageTimeout", "securityProfile",
    "ocppInterface",
)  # fmt: skip


def set_network_profile(context, request):
    slot, data = request.get("configurationSlot"), request.get("connectionData")
    reason = _reason_against(context, slot, data)
    if reason:
        return {"status": "Rejected", "statusInfo": {"reasonCode": reason}}  # B09.FR.02
    profile = {key: data[key] for key in _KEYS}
    status = context.callbacks.validate_network_profile(slot, profile)
    if status == "Accepted" and not _keep(context, slot, profile):
        status = "Failed"  # B09.FR.03
    return {"status": status}  # B09.FR.01


def _reason_against(context, slot, data):
    level = data["securityProfile"]
    if slot not in _SLOTS:
        return "InvalidConfSlot"
    if data["ocppVersion"] != "OCPP20" or data["ocppTransport"] != "JSON":
        return "InvalidNetworkConf"
    if "apn" in data or "vpn" in data:  # the platform's, nothing that we could set up
        return "UnsupportedParam"
    if level < context.variables.number("SecurityCtrlr.SecurityProfile"):
        return "NoSecurityDowngrade"  # B09.FR.04
    scheme = "wss://" if level > 1 else "ws://"
    if level > 3 or data["ocppCsmsUrl"][: len(scheme)].lower() != scheme:
        return "InvalidNetworkConf"
    if data["messageTimeout"] < 1:
        return "InvalidNetworkConf"
    return ""


def _keep(context, slot, profile) -> bool:
    try:
        if profile != profile_in(context.store, slot):
            context.store.save("network_%d" % slot, json.dumps(profile).encode())
        return True
    except OSError as error:
        context.log("error", "network profile %d not stored: %s" % (slot, error))
        return False


def profile_in(store, slot):
    """NetworkConnectionProfileType, or None. OSError."""
    kept = store.load("network_%d" % slot)
    try:
        return json.loads(kept[1]) if kept and kept[0] == 1 else None
    except ValueError:
        return None


def checked_order(context, value) -> str:
    """What the CSMS wants NetworkConfigurationPriority to be; something that the device model
    refuses, if one of the slots is neither filled nor in use (A05.FR.02)."""
    active = context.variables.text("OCPPCommCtrlr.ActiveNetworkProfile")
    try:
        for slot in value.split(","):
            if slot != active and not profile_in(context.store, int(slot)):
                return _REFUSED
    except (OSError, ValueError):
        return _REFUSED
    return value
