"""B. Reset (B11, B12), by the CSMS or by the operator: transactions end or are waited for, their
messages get time to leave, the reason is stored, and the integrator restarts.
"""

_DELIVERY_S = 10  # how long the Ended messages have to leave


def reset(context, request):
    state, kind = context.state, request.get("type")
    evse = None
    if request.has("evseId"):
        evse = state.evse(request.get("evseId"))
        if evse is None or not context.variables.flag("EVSE.AllowReset", evse.id):
            return {"status": "Rejected"}  # B11.FR.09
    installing = state.firmware_status[0] in ("Installing", "InstallRebooting")
    if installing or not context.callbacks.is_reset_allowed(evse and evse.id, kind):
        return {"status": "Rejected"}
    busy = [place for place in state.running() if evse in (None, place)]
    scheduled = busy and kind == "OnIdle"
    state.reset = (evse, kind, None)
    context.registration.next_reason = "ScheduledReset" if scheduled else "RemoteReset"
    if scheduled:
        return {"status": "Scheduled"}  # B12.FR.01
    _end_all(context, busy, "ImmediateReset")  # B12.FR.04
    return {"status": "Accepted"}


def restart(context) -> bool:
    """The operator restarts the station: transactions end, their messages get time to leave."""
    context.state.reset = (None, "Immediate", None)
    context.registration.next_reason = "LocalReset"
    _end_all(context, context.state.running(), "Reboot")
    return True


def _end_all(context, places, reason):
    for place in places:
        context.block("transactions").end(context, place, reason)


def tick(context):
    """Restart when the transactions are over and their messages have left, or can't leave; returns
    when to look again."""
    if context.state.reset is None:
        return None
    evse, kind, latest = context.state.reset
    outbox = context.outbox
    for place in context.state.running():
        if evse in (None, place):
            return None
    if latest is None:
        latest = context.now + _DELIVERY_S * context.clock.speed
        context.state.reset = (evse, kind, latest)
    leaving = outbox.answers_pending() or context.state.happened
    if leaving or (outbox.online and len(outbox.journal) and context.now < latest):
        return context.now + 1
    context.state.reset = None
    if evse is None:
        context.block("boot_reason").intend(context, context.registration.next_reason)
    context.callbacks.reset(evse and evse.id, kind)
    return None
