"""B. Why the station starts (B01.FR.09): the state "boot_reason", a word of BootReasonEnumType.
Stored before a restart, and not erased before the CSMS knows it: a power cut meanwhile does not
take it away. No state: the power was off.

Schema 1: of the next boot. Schema 2: of an earlier one, which the CSMS does not know of yet.
"""

_REASONS = """
ApplicationReset FirmwareUpdate LocalReset PowerUp RemoteReset ScheduledReset Unknown Watchdog
"""
_NEXT = 1
_EARLIER = 2


def restore(context):
    """At boot."""
    registration, store = context.registration, context.store
    try:
        schema, body = store.load("boot_reason") or (_EARLIER, b"PowerUp")
        reason = str(body, "utf-8")
        if reason not in _REASONS.split():
            raise ValueError(reason)
        registration.boot_reason = reason
        if schema == _NEXT:
            registration.restart_reason = reason
            store.save("boot_reason", body, _EARLIER)
    except (OSError, ValueError) as error:
        context.log("error", "boot reason not read: %s" % error)


def intend(context, reason: str):
    """Why the station will start the next time; "": it will not."""
    context.registration.next_reason = reason
    try:
        if reason:
            context.store.save("boot_reason", reason.encode(), _NEXT)
        else:
            context.store.erase("boot_reason")
    except OSError as error:
        context.log("error", "boot reason not stored: %s" % error)


def told(context):
    """The CSMS knows it. That of the next boot may have taken its place."""
    registration = context.registration
    if registration.boot_reason != "PowerUp" and not registration.next_reason:
        intend(context, "")
