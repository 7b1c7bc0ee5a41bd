"""L. Firmware management: the status of an update that the integrator carries out. UpdateFirmware
comes in a later version."""

_STATUSES = (
    "Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle",
    "InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled",
    "InstallVerificationFailed", "InvalidSignature", "SignatureVerified",
)  # fmt: skip
_RING = 16  # statuses kept while nobody can be told
_BUSY = (
    "Downloading", "Downloaded", "DownloadScheduled", "DownloadPaused", "Installing",
    "InstallRebooting", "InstallScheduled", "SignatureVerified",
)  # fmt: skip
_EVENTS = {
    "Installed": "FirmwareUpdated",  # L01.FR.31
    "InvalidSignature": "InvalidFirmwareSignature",  # L01.FR.03
}


def status_notification(context, request_id, status) -> bool:
    """on_firmware_update_status_notification; request_id -1 is left out, and stands with Idle only
    (L01.FR.20)."""
    state = context.state
    if status not in _STATUSES or type(request_id) is not int:
        return False
    stored_status, stored_id = state.firmware_status
    if request_id == -1 and status != "Idle":
        request_id = stored_id
        if request_id == -1:
            return False
    if (status, request_id) == state.firmware_status or (
        status == stored_status and request_id == -1
    ):
        return True
    if 0 <= request_id < stored_id:
        context.log("warning", "firmware status of an older request")
        return False
    state.firmware_status = (status, request_id if request_id != -1 else stored_id)
    _send(context, status, request_id, False)
    if "InstallRebooting" in (status, stored_status):
        reason = "FirmwareUpdate" if status == "InstallRebooting" else ""
        context.block("boot_reason").intend(context, reason)
    if status in _EVENTS:
        context.block("security").raise_event(context, _EVENTS[status])
    return True


def firmware_status(context):
    """As TriggerMessage asks for it: what is under way, else Idle (L01.FR.25, L01.FR.26)."""
    status, request_id = context.state.firmware_status
    if status in _BUSY:
        _send(context, status, request_id, True)
    else:
        _send(context, "Idle", -1, True)


def _send(context, status, request_id, first):
    payload = {"status": status}
    if request_id != -1:
        payload["requestId"] = request_id
    if not context.outbox.put("FirmwareStatusNotification", payload, payload, first):
        _keep(context, payload)


def status_answered(context, answer, payload):
    if answer is None and not context.outbox.online:
        _keep(context, payload)


def _keep(context, payload):
    """Each state is reported, if late (L01.FR.01)."""
    context.block("provisioning").tell_later(context, "FirmwareStatusNotification", payload, _RING)
