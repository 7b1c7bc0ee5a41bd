"""N. Diagnostics: events and the log status that the integrator reports. Logs, monitors and
customer data come in a later version."""

from .. import rpc

_LOG_STATUSES = (
    "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
    "Uploading", "AcceptedCanceled",
)  # fmt: skip
_EVENT = {  # EventDataType: what an integrator may fill in, but for timestamp and actualValue
    "eventId": int,
    "trigger": ("Alerting", "Delta", "Periodic"),
    "cause": int,
    "techCode": 50,
    "techInfo": 500,
    "cleared": bool,
    "transactionId": 36,
    "variableMonitoringId": int,
    "eventNotificationType": (
        "HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor",
    ),
    "component": {"name": 50, "instance": 50, "evse": {"id": int, "connectorId": int}},
    "variable": {"name": 50, "instance": 50},
}  # fmt: skip
_ENVELOPE = 120  # bytes of a NotifyEvent around its entries


def log_status_notification(context, status, request_id) -> bool:
    """on_log_status_notification; request_id -1 is left out, and stands with Idle only
    (N01.FR.13)."""
    state = context.state
    if (
        status not in _LOG_STATUSES
        or type(request_id) is not int
        or (request_id == -1 and status != "Idle")
    ):
        return False
    if (status, request_id) != state.log_status:
        state.log_status = (status, request_id)
        _send_log_status(context, status, request_id, False)
    return True


def log_status(context):
    """As TriggerMessage asks for it: Uploading with its id, else Idle."""
    status, request_id = context.state.log_status
    if status == "Uploading":
        _send_log_status(context, status, request_id, True)
    else:
        _send_log_status(context, "Idle", -1, True)


def _send_log_status(context, status, request_id, first):
    payload = {"status": status}
    if request_id != -1:
        payload["requestId"] = request_id
    if not context.outbox.put("LogStatusNotification", payload, payload, first):
        _keep(context, payload)


def log_status_answered(context, answer, payload):
    if answer is None and not context.outbox.online:
        _keep(context, payload)


def _keep(context, payload):
    """The newest one is told after the next reconnect (own)."""
    context.block("provisioning").tell_later(context, "LogStatusNotification", payload, 1)


def notify(context, events) -> bool:
    """on_event: fills what is missing and sends NotifyEvent, split by size. False: an entry was
    left out, because it had no component or variable or was no EventDataType otherwise."""
    if not isinstance(events, (list, tuple)):
        return False
    good = []
    for event in events:
        try:
            if _is_event(event):
                good.append(_complete(context, event))
        except (TypeError, ValueError) as error:
            context.log("warning", "event refused: %s" % error)
    all_good = len(good) == len(events)
    room = context.variables.number("InternalCtrlr.OutgoingMessageSize") - _ENVELOPE
    generated_at = context.clock.stamp(context.now)
    seq_no = 0
    while good:
        count = _fitting(good, room)
        payload = {
            "generatedAt": generated_at,
            "tbc": count < len(good),
            "seqNo": seq_no,
            "eventData": good[:count],
        }
        context.outbox.put("NotifyEvent", payload)
        good = good[count:]
        seq_no += 1
    return all_good


def _fitting(events, room) -> int:
    """How many of the events go into one message, at least one."""
    size = 0
    for count, event in enumerate(events):
        size += len(rpc.encode(event)) + 1
        if count and size > room:
            return count
    return len(events)


def _is_event(event) -> bool:
    """Can it be sent? What EventDataType does not know, as severity, is not looked at."""
    if not isinstance(event, dict) or not _fits(_known(event), _EVENT):
        return False
    component, variable = event.get("component", {}), event.get("variable", {})
    return bool(
        component.get("name") and variable.get("name") and "id" in component.get("evse", ("id",))
    )


def _known(event):
    return {name: event[name] for name in event if name in _EVENT}


def _fits(value, rule) -> bool:
    """rule: a type, the longest text, the words allowed, or the rules of an object's fields."""
    if isinstance(rule, int):
        return isinstance(value, str) and len(value) <= rule
    if isinstance(rule, tuple):
        return value in rule
    if not isinstance(rule, dict):
        return type(value) is rule
    if not isinstance(value, dict):
        return False
    for name in value:
        if name not in rule or not _fits(value[name], rule[name]):
            return False
    return True


def _complete(context, event):
    longest = context.variables.number("DeviceDataCtrlr.ReportingValueSize")
    complete = _known(event)
    if "eventId" not in event:
        complete["eventId"] = context.ids.event_id()
    if "eventNotificationType" not in event:
        complete["eventNotificationType"] = "HardWiredNotification"
    if "trigger" not in event:
        complete["trigger"] = "Delta"
    at = context.clock.moment(event.get("timestamp"), context.now)
    complete["timestamp"] = context.clock.stamp(at)
    complete["actualValue"] = str(event.get("actualValue", ""))[:longest]
    return complete
