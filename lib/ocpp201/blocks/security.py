"""A. Security: the events. Certificates and profiles come in a later version.

The security log is the state "security_log": lines of "time type info", oldest first, UTF-8. An
event is in it before it is queued, so none is told to the CSMS that the station has forgotten. Its
time is the one known then: "+" and seconds since boot before the first synchronisation.
"""

from .. import rpc

_KNOWN_CRITICAL = (
    "FirmwareUpdated", "SettingSystemTime", "StartupOfTheDevice", "ResetOrReboot",
    "SecurityLogWasCleared", "MemoryExhaustion", "TamperDetectionActivated",
    "InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate", "InvalidCsmsCertificate",
    "InvalidChargingStationCertificate", "InvalidTLSVersion", "InvalidTLSCipherSuite",
    "MaintenanceLoginAccepted", "MaintenanceLoginFailed",
)  # fmt: skip
_PER_MINUTE = 10  # of a type: a peer that provokes events must not wear out the flash
_LOG = "security_log"
_LOG_BYTES = 2048


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
    """Logged, also in the security log; critical ones go to the CSMS with guaranteed delivery
    (A04.FR.01, A04.FR.02)."""
    if not event_type or not isinstance(event_type, str):
        return False
    event_type = event_type[:50]
    tech_info = _masked(context, tech_info)
    context.log("warning", "security event %s %s" % (event_type, tech_info or ""))
    if critical is None:
        critical = event_type in _KNOWN_CRITICAL
    if not _not_too_often(context, event_type):
        return True
    _keep(context, "%s %s %s" % (context.clock.stamp(at), event_type, tech_info or ""))
    if critical:
        payload = {"type": event_type, "timestamp": context.clock.stamp(at)}
        if tech_info:
            payload["techInfo"] = tech_info
        context.outbox.journal.put(b"A", b"", 0, rpc.payload(payload), None, False)
    return True


def log_lines(context) -> list:
    """The security log, oldest first, of earlier runs too."""
    try:
        schema, text = context.store.load(_LOG) or (1, b"")
    except OSError as error:
        context.log("error", "security log: %s" % error)
        return []
    return str(text, "utf-8").split("\n")[:-1] if schema == 1 else []


def _keep(context, line):
    try:
        schema, text = context.store.load(_LOG) or (1, b"")
        if schema != 1:  # a newer program's
            return
        text += " ".join(line.split()).encode() + b"\n"
        if len(text) > _LOG_BYTES:
            text = text[text.find(b"\n", len(text) - _LOG_BYTES - 1) + 1 :]
        context.store.save(_LOG, text)
    except OSError as error:
        context.log("error", "security log: %s" % error)


def _masked(context, tech_info):
    if not tech_info:
        return None
    text = str(tech_info)
    secret = context.variables.text("SecurityCtrlr.BasicAuthPassword")
    return (text.replace(secret, "***") if secret else text)[:255]


def _not_too_often(context, event_type) -> bool:
    """Ten of a type in a minute are kept and sent; the eleventh says in the log how it goes on."""
    counts = context.state.security_counts
    minute = context.now // 60
    if counts.get(event_type, (None, 0))[0] != minute:
        counts[event_type] = [minute, 0]
    counts[event_type][1] += 1
    if counts[event_type][1] == _PER_MINUTE + 1:
        context.log(
            "warning", "security event %s: too many in a minute, the rest is not kept" % event_type
        )
    return counts[event_type][1] <= _PER_MINUTE
