"""B. Provisioning: BootNotification and what its answer means, variables. (Reset: reset.py)"""

from .. import rpc
from ..rpc import RpcError

_RETRY_S = 60  # after a BootNotification that nobody answered (own)
_UNASKED_S = 30  # for interval 0 while not accepted (B02.FR.07, B03.FR.05), plus jitter
_DAY = 86400
_WRITES_PER_HOUR = 120  # of variables, by the CSMS
_WRITTEN = ("Accepted", "RebootRequired")
_NOT_STORED = ("Rejected", "InternalError")
_INTERFACES = "Wired0 Wired1 Wired2 Wired3 Wireless0 Wireless1 Wireless2 Wireless3"


# --- The link ---


def connected(context, up: bool):
    """The websocket is open or gone."""
    registration = context.registration
    if up:
        offline = context.now - (registration.offline_since or 0)
        registration.offline_since = None
        threshold = context.variables.number("OCPPCommCtrlr.OfflineThreshold")
        context.block("availability").resend(context, offline > threshold)  # B04
        if registration.status == "":
            registration.boot_due = context.now
        elif registration.accepted():
            _tell_late(context)
    elif registration.offline_since is None:
        registration.offline_since = context.now
    context.callbacks.connection_state_changed(up)


def tell_later(context, action, payload, most):
    """A status that nobody can be told now: the `most` newest of its kind are sent after the next
    reconnect (L01.FR.01, own)."""
    late = context.registration.late
    late.append((action, payload))
    same = [one for one in late if one[0] == action]
    if len(same) > most:
        late.remove(same[0])


def _tell_late(context):
    late, context.registration.late = context.registration.late, []
    for action, payload in late:
        context.outbox.put(action, payload, payload)


def network_disconnected(context, interface) -> bool:
    """on_network_disconnected: nobody waits for TCP to notice."""
    if interface not in _INTERFACES.split():
        return False
    if context.outbox.online:
        context.outbox.in_flight = None  # its answer can't come any more
        context.outbox.wants_reconnect = True
    return True


# --- BootNotification (B01-B03) ---


def tick(context):
    """BootNotification when it is due; returns the core second when that is, or None."""
    due = context.registration.boot_due if context.outbox.online else None
    if due is not None and context.now >= due:
        boot(context, context.registration.boot_reason)
        return None
    return due


def boot(context, reason):
    context.registration.boot_due = None
    if context.outbox.has("BootNotification"):  # under way: a second would follow Accepted
        return
    variables = context.variables
    station = {
        "model": variables.text("ChargingStation.Model"),
        "vendorName": variables.text("ChargingStation.VendorName"),
    }
    for field, key in (
        ("serialNumber", "ChargingStation.SerialNumber"),
        ("firmwareVersion", "ChargingStation.FirmwareVersion"),
    ):
        if variables.text(key):
            station[field] = variables.text(key)
    context.outbox.put(
        "BootNotification", {"reason": reason, "chargingStation": station}, None, True
    )


def boot_answered(context, answer, _):
    """B01.FR.04 (Accepted), B02.FR.04 (Pending), B03.FR.02 (Rejected)."""
    registration = context.registration
    if registration.boot_due is None:  # should there be no memory for what follows, it is due, too
        registration.boot_due = context.now + _RETRY_S * context.clock.speed
    if answer is None:
        return
    status = answer.get("status")
    interval = max(0, min(answer.get("interval"), _DAY))
    if status != registration.status:
        context.log("info", "registration: %s" % status)
    registration.status = status
    context.block("availability").set_clock(context, answer.get("currentTime"))
    if status == "Accepted":
        _accepted(context, interval)
    else:
        wait = interval or _UNASKED_S + context.ids.random_below(_UNASKED_S)
        registration.boot_due = context.now + wait
    context.callbacks.boot_notification(status)


def _accepted(context, interval):
    registration = context.registration
    registration.heartbeat_at = context.now
    if interval:
        context.variables.put("OCPPCommCtrlr.HeartbeatInterval", interval)
    first = not registration.accepted_once
    if first:
        security = context.block("security")
        context.block("availability").announce(context)  # B01.FR.05
        _tell_late(context)
        registration.accepted_once = True
    registration.boot_due = None
    if first:
        event = "StartupOfTheDevice" if registration.boot_reason == "PowerUp" else "ResetOrReboot"
        security.raise_event(context, event)
        context.block("boot_reason").told(context)


# --- GetVariables, SetVariables (B05, B06) ---


def get_variables(context, request):
    _check_size(context, request, "getVariableData", "GetVariables")
    results = _read(context, request.items("getVariableData"))
    return rpc.payload_of_list("getVariableResult", results)


def read(context, items):
    """A GetVariableResultType for each GetVariableDataType."""
    return list(_read(context, items))


def _read(context, items):
    """One after the other: all of them at once would not fit into the heap of a board."""
    context.variables.put("ClockCtrlr.DateTime", context.clock.text(context.now))
    longest = context.variables.number("DeviceDataCtrlr.ReportingValueSize")
    for item in items:
        attribute = item.get("attributeType", "Actual")  # B06.FR.11
        status, value = context.variables.read(item["component"], item["variable"], attribute)
        result = _result(item, status, "WriteOnly" if status == "Rejected" else "")
        if status == "Accepted":
            result["attributeValue"] = value[:longest]
        yield result


def set_variables(context, request):
    field = "setVariableData"
    _check_size(context, request, field, "SetVariables")
    verdicts = _write(context, request.items(field), False)
    _take_effect(context, request.items(field), verdicts, True)
    return rpc.payload_of_list("setVariableResult", _results(request.items(field), verdicts))


def write(context, items, internal, tell=True):
    """A SetVariableResultType for each SetVariableDataType. tell: the integrator wants to know."""
    verdicts = _write(context, items, internal)
    _take_effect(context, items, verdicts, tell)
    return list(_results(items, verdicts))


def _write(context, items, internal):
    """(status, reason) for each item, all in one storage write before the answer. Each item stands
    for itself (B05.FR.01)."""
    verdicts = []
    for item in items:
        attribute = item.get("attributeType", "Actual")  # B05.FR.12
        component, variable = item["component"], item["variable"]
        value = item["attributeValue"]
        if not internal and variable["name"] == "NetworkConfigurationPriority":
            value = context.block("network_profiles").checked_order(context, value)
        verdicts.append(context.variables.write(component, variable, attribute, value, internal))
    if _store(context, internal):
        return verdicts
    return [_NOT_STORED if verdict[0] in _WRITTEN else verdict for verdict in verdicts]


def _results(items, verdicts):
    for item, (status, reason) in zip(items, verdicts):
        yield _result(item, status, reason)


def _take_effect(context, items, verdicts, tell):
    for item, (status, _) in zip(items, verdicts):
        if status in _WRITTEN:
            _changed(context, item, tell)


def _store(context, internal) -> bool:
    """One write for all; False: it failed, or the CSMS has had its share of the flash for this
    hour (own). What the integrator sets has no budget."""
    variables, state = context.variables, context.state
    if variables.unsaved() and not internal:
        hour, writes = state.writes
        if hour != context.now // 3600:
            hour, writes = context.now // 3600, 0
        state.writes = (hour, writes + 1)
        if writes >= _WRITES_PER_HOUR:
            context.log("warning", "variables not stored: %d writes in an hour" % writes)
            variables.roll_back()
            return False
    return variables.commit()


def _result(item, status, reason):
    result = {
        "attributeType": item.get("attributeType", "Actual"),
        "attributeStatus": status,
        "component": _bare(item["component"]),
        "variable": _bare(item["variable"]),
    }
    if reason:
        result["attributeStatusInfo"] = {"reasonCode": reason}
    return result


def _bare(thing):
    """As received, but for customData (B05.FR.02, B06.FR.02)."""
    bare = {key: thing[key] for key in thing if key != "customData"}
    if "evse" in bare:
        bare["evse"] = _bare(bare["evse"])
    return bare


def _check_size(context, request, field, action):
    variables = context.variables
    if request.count(field) > variables.number("DeviceDataCtrlr.ItemsPerMessage#" + action):
        raise RpcError("OccurrenceConstraintViolation", "too many items in " + field)  # B06.FR.16
    if request.size > variables.number("DeviceDataCtrlr.BytesPerMessage#" + action):
        raise RpcError("FormatViolation", "more than BytesPerMessage")  # B06.FR.17


def _changed(context, item, tell):
    """Effects that don't wait for the next time somebody reads the variable."""
    value = item["attributeValue"]
    if item["variable"]["name"] == "BasicAuthPassword":
        context.outbox.wants_reconnect = True  # A01.FR.05
        event = "ReconfigurationOfSecurityParameters"  # A01.FR.11
        context.block("security").raise_event(context, event)
        value = ""  # A01.FR.12
    if tell:
        attribute = item.get("attributeType", "Actual")
        context.callbacks.variable_changed(item["component"], item["variable"], attribute, value)


def variable_changed(context, item) -> bool:
    """on_variable_changed: the value was changed elsewhere; ReadOnly is no obstacle."""
    try:
        return write(context, [item], True, False)[0]["attributeStatus"] in _WRITTEN
    except (AttributeError, KeyError, TypeError):
        context.log("warning", "a changed variable refused: not SetVariableData")
        return False
