"""A. Security: the events. Certificates and profiles come in a later version."""

from .. import rpc

_KNOWN_CRITICAL = (
    "FirmwareUpdated", "SettingSystemTime", "StartupOfTheDevice", "ResetOrReboot",
    "SecurityLogWasCleared", "MemoryExhaustion", "TamperDetectionActivated",
    "InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate", "InvalidCsmsCertificate",
    "InvalidChargingStationCertificate", "InvalidTLSVersion", "InvalidTLSCipherSuite",
    "MaintenanceLoginAccepted", "MaintenanceLoginFailed",
)  # fmt: skip
_PER_MINUTE = 10


def raise_event(context, event_type, tech_info=None):
    """An event that was born inside the stack."""
    context.callbacks.security_event(event_type, tech_info)
    event(context, event_type, tech_info, None, context.now)


def on_security_event(context, event_type, tech_info, critical, timestamp) -> bool:
    try:
        at = context.clock.moment(timestamp, context.now)
    except (TypeError, ValueError):
        context.log("warning", "security event %s refused: bad timestamp" % event_type)
        return False
    return event(context, event_type, tech_info, critical, at)


def event(context, event_type, tech_info, critical, at) -> bool:
    """Always logged; critical ones go to the CSMS with guaranteed delivery (A04.FR.01,
    A04.FR.02)."""
    if not event_type or not isinstance(event_type, str):
        return False
    event_type = event_type[:50]
    tech_info = _masked(context, tech_info)
    context.log("warning", "security event %s %s" % (event_type, tech_info or ""))
    if critical is None:
        critical = event_type in _KNOWN_CRITICAL
    if critical and _not_too_often(context, event_type):
        payload = {"type": event_type, "timestamp": context.clock.stamp(at)}
        if tech_info:
            payload["techInfo"] = tech_info
        context.outbox.journal.put(b"A", b"", 0, rpc.payload(payload), None, False)
    return True


def _masked(context, tech_info):
    if not tech_info:
        return None
    text = str(tech_info)
    secret = context.variables.text("SecurityCtrlr.BasicAuthPassword")
    return (text.replace(secret, "***") if secret else text)[:255]


def _not_too_often(context, event_type) -> bool:
    """Ten of a type in a minute are sent; the eleventh says in the log how it goes on."""
    counts = context.state.security_counts
    minute = context.now // 60
    if counts.get(event_type, (None, 0))[0] != minute:
        counts[event_type] = [minute, 0]
    counts[event_type][1] += 1
    if counts[event_type][1] == _PER_MINUTE + 1:
        context.log(
            "warning", "security event %s: too many in a minute, the rest is not sent" % event_type
        )
    return counts[event_type][1] <= _PER_MINUTE
