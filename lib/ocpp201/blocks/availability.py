"""G. Availability: connector status on three tiers, Heartbeat. (ChangeAvailability:
operational_status.py)

Nobody reports a status; it is computed from the flags (State.status), and `report` tells
what differs from what was told before.
"""

from ..timefmt import parse_time

_DAY = 86400
_TRUSTED_S = 90000  # 25 h: even Heartbeat tells the time once a day


def report(context):
    """Write AvailabilityState where it changed, and send StatusNotification for it (G01.FR.01)."""
    state = context.state
    told = context.outbox.online and context.registration.accepted()
    for evse in state.evses:
        for connector in evse.connectors:
            if _waits(state, evse, connector):
                continue
            status = state.status(evse, connector)
            if status != connector.shown:
                if connector.shown is None:
                    context.block("operational_status").tell(context, evse, connector)
                connector.shown = status
                context.variables.put("Connector.AvailabilityState", status, evse.id, connector.id)
            if told and status != connector.queued:
                send_status(context, evse, connector)
    _show_upper_tiers(context)


def _waits(state, evse, connector):
    """Is this a connector whose transaction is over, and that is out of service once the rest of
    this round of wakeup is done? It goes there straight, not by way of Available (G01.FR.05)."""
    if evse.transaction:
        return False
    if state.scheduled is not None and not state.running():
        return True
    return evse.scheduled is not None or connector.scheduled is not None


def carry_out_scheduled(context):
    """ChangeAvailability that waited for the end of a transaction (G03.FR.05)."""
    state = context.state
    if state.scheduled is not None and not state.running():
        context.block("operational_status").take_effect(context, state)
    for evse in state.evses:
        if evse.transaction:
            continue
        if evse.scheduled is not None:
            context.block("operational_status").take_effect(context, evse)
        for connector in evse.connectors:
            if connector.scheduled is not None:
                context.block("operational_status").take_effect(context, connector)


def send_status(context, evse, connector, first=False):
    status = connector.queued = context.state.status(evse, connector)
    payload = {
        "timestamp": context.clock.stamp(context.now),
        "connectorStatus": status,
        "evseId": evse.id,
        "connectorId": connector.id,
    }
    context.outbox.put("StatusNotification", payload, (connector, status), first)


def status_answered(context, answer, told):
    connector, status = told
    if answer is not None:
        connector.reported = status


def _show_upper_tiers(context):
    """AvailabilityState of the EVSEs and of the station, from their parts."""
    state = context.state
    for evse in state.evses:
        status = _first(("Occupied", "Reserved", "Available", "Faulted"), evse.connectors)
        if evse.transaction and status not in ("Faulted", "Unavailable"):
            status = "Occupied"
        if status != evse.shown:
            evse.shown = status
            context.variables.put("EVSE.AvailabilityState", status, evse.id)
    status = "Unavailable"
    if state.operative:
        status = _first(("Available", "Reserved", "Occupied", "Faulted"), state.evses)
    if status != state.shown:
        state.shown = status
        context.variables.put("ChargingStation.AvailabilityState", status)


def _first(order, parts):
    """The first of these that one of the parts shows."""
    for status in order:
        for part in parts:
            if part.shown == status:
                return status
    return "Unavailable"


def announce(context):
    """The station was accepted: the status of every connector, before anything else
    (B01.FR.05)."""
    for evse in context.state.evses:
        for connector in evse.connectors:
            send_status(context, evse, connector, True)


def resend(context, everything: bool):
    """After a reconnect: all connectors (B04.FR.01, B01.FR.05), or those whose status the CSMS
    does not know (B04.FR.02)."""
    for evse in context.state.evses:
        for connector in evse.connectors:
            connector.queued = None if everything else connector.reported


def unavailable(context, evse, connector, is_unavailable: bool) -> bool:
    """on_unavailable, on_enabled"""
    connector.unavailable = is_unavailable
    return True


def faulted(context, evse, connector, problem: bool) -> bool:
    """on_faulted, on_fault_cleared"""
    if connector.faulted != problem:
        connector.faulted = problem
        context.variables.put("Connector.Problem", problem, evse.id, connector.id)
        here = anywhere = False
        for one in context.state.evses:
            for other in one.connectors:
                here = here or other.faulted and one is evse
                anywhere = anywhere or other.faulted
        context.variables.put("EVSE.Problem", here, evse.id)
        context.variables.put("ChargingStation.Problem", anywhere)
        if not context.state.permits(evse) and evse.allowed:
            context.callbacks.power_allowed(evse.id, False)  # not only at the next wakeup
            evse.allowed = False  # if it was taken; else `forbid_power` says it again
    return True


# --- Heartbeat (G02) ---


def tick(context):
    """A Heartbeat after silence on our side, and one a day for the clock; returns when the next is
    due (G02.FR.05, G02.FR.07)."""
    outbox, registration = context.outbox, context.registration
    if not (outbox.online and registration.accepted()):
        return None
    interval = context.variables.number("OCPPCommCtrlr.HeartbeatInterval")
    quiet_since = max(outbox.sent_at, registration.heartbeat_at)
    due = min(quiet_since + interval, registration.heartbeat_at + _DAY)
    if context.now < due:
        return due
    heartbeat(context)
    return context.now + interval


def heartbeat(context, first=False):
    context.registration.heartbeat_at = context.now
    context.outbox.put("Heartbeat", {}, "Heartbeat", first)


def heartbeat_answered(context, answer, _):
    if answer is not None:
        set_clock(context, answer.get("currentTime"))


def set_clock(context, wall, source="Heartbeat"):
    """The time that a source tells, RFC 3339 or seconds since 2000. It is taken if TimeSource has
    that source, and none before it there, the order is the preference, has told its own in the
    last day (B01.FR.06, G02.FR.06). Simulated time is nobody's."""
    clock, sources = context.clock, context.variables.members("ClockCtrlr.TimeSource")
    if clock.speed != 1 or source not in sources:
        return
    better = clock.source in sources[: sources.index(source)]
    if better and context.now < clock.set_at + _TRUSTED_S:
        return
    try:
        if isinstance(wall, str):
            wall = parse_time(wall)
        stepped = clock.set(wall, context.now)
    except ValueError:
        context.log("warning", "%s: the time is not plausible: %s" % (source, wall))
        return
    clock.source, clock.set_at = source, context.now
    context.callbacks.time_sync(wall)
    if abs(stepped) > context.variables.number("ClockCtrlr.TimeAdjustmentReportingThreshold"):
        context.block("security").raise_event(context, "SettingSystemTime")
