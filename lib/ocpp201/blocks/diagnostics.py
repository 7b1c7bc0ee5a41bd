"""N. Diagnostics: events and the log status that the integrator reports. Logs, monitors and
customer data come in a later version."""

from .. import rpc

_LOG_STATUSES = (
    "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
    "Uploading", "AcceptedCanceled",
)  # fmt: skip
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
    context.outbox.put("LogStatusNotification", payload, status, first)


def notify(context, events) -> bool:
    """on_event: fills what is missing and sends NotifyEvent, split by size. False: an entry had no
    component or variable."""
    good = [
        _complete(context, event)
        for event in events
        if "component" in event and "variable" in event
    ]
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


def _complete(context, event):
    longest = context.variables.number("DeviceDataCtrlr.ReportingValueSize")
    event = dict(event)
    if "eventId" not in event:
        event["eventId"] = context.ids.event_id()
    if "timestamp" not in event:
        event["timestamp"] = context.clock.stamp(context.now)
    if "eventNotificationType" not in event:
        event["eventNotificationType"] = "HardWiredNotification"
    if "trigger" not in event:
        event["trigger"] = "Delta"
    event["actualValue"] = str(event.get("actualValue", ""))[:longest]
    return event
