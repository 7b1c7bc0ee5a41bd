"""G. Availability: connector status on three tiers, ChangeAvailability, Heartbeat.

Nobody reports a status; it is computed from the flags (evse.Connector.status), and `report` tells
what differs from what was told before.
"""

import json

_DAY = 86400


def report(context):
    """Write AvailabilityState where it changed, and send StatusNotification for it (G01.FR.01)."""
    state = context.state
    told = context.outbox.online and context.registration.accepted()
    changed = False
    for evse in state.evses:
        for connector in evse.connectors:
            status = state.status(evse, connector)
            if status != connector.shown:
                changed = True
                _show(context, evse, connector, status)
            if told and status != connector.queued:
                send_status(context, evse, connector)
    if changed:
        _show_upper_tiers(context)


def _show(context, evse, connector, status):
    was, connector.shown = connector.shown, status
    context.variables.put("Connector.AvailabilityState", status, evse.id, connector.id)
    out = status == "Unavailable"
    if was is None or out or was == "Unavailable":
        word = "Inoperative" if out else "Operative"
        context.callbacks.connector_effective_operative_status_changed(evse.id, connector.id, word)


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
    evses = []
    for evse in state.evses:
        statuses = [connector.shown for connector in evse.connectors]
        evse.shown = _evse_status(statuses, evse.transaction)
        evses.append(evse.shown)
        context.variables.put("EVSE.AvailabilityState", evse.shown, evse.id)
    state.shown = _station_status(evses)
    context.variables.put("ChargingStation.AvailabilityState", state.shown)


def _evse_status(statuses, transaction):
    if "Faulted" in statuses and not any(
        one in statuses for one in ("Available", "Occupied", "Reserved")
    ):
        return "Faulted"
    if all(one == "Unavailable" for one in statuses):
        return "Unavailable"
    if transaction or "Occupied" in statuses:
        return "Occupied"
    return "Reserved" if "Reserved" in statuses else "Available"


def _station_status(evses):
    if "Available" in evses:
        return "Available"
    if all(one == "Unavailable" for one in evses):
        return "Unavailable"
    if all(one in ("Faulted", "Unavailable") for one in evses):
        return "Faulted"
    return "Reserved" if "Reserved" in evses else "Occupied"


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
        context.variables.put("EVSE.Problem", evse.faulted(), evse.id)
        if not context.state.permits(evse) and evse.allowed:
            evse.allowed = False
            context.callbacks.power_allowed(
                evse.id, False
            )  # a fault does not wait for the next wakeup
    return True


# --- ChangeAvailability (G03, G04) ---


def change_availability(context, request):
    status = change(context, request.get("evse"), request.get("operationalStatus") == "Operative")
    return {"status": status}


def change(context, evse_ref, operative: bool) -> str:
    """Accepted, Scheduled (a transaction runs: when it is over) or Rejected (no such EVSE or
    connector). Persistent."""
    target, evse = _target(context.state, evse_ref)
    if target is None:
        return "Rejected"
    busy = [place for place in context.state.evses if place.transaction and evse in (None, place)]
    if busy and not operative and target.operative:
        target.scheduled = operative  # G03.FR.05, G04.FR.06
        return "Scheduled"
    target.scheduled = None
    if target.operative != operative:
        target.operative = operative
        _save(context)
    return "Accepted"


def _target(state, evse_ref):
    """What an EVSEType names (station, EVSE or connector), and its EVSE."""
    if evse_ref is None:
        return state, None
    evse = state.evse(evse_ref["id"])
    if "connectorId" in evse_ref:
        return state.connector(evse_ref["id"], evse_ref["connectorId"]), evse
    return evse, evse


def carry_out_scheduled(context):
    """What waited for the end of a transaction (G03.FR.05)."""
    state = context.state
    if state.scheduled is not None and not state.running():
        _take_effect(context, state)
    for evse in state.evses:
        if evse.transaction:
            continue
        if evse.scheduled is not None:
            _take_effect(context, evse)
        for connector in evse.connectors:
            if connector.scheduled is not None:
                _take_effect(context, connector)


def _take_effect(context, target):
    target.operative, target.scheduled = target.scheduled, None
    _save(context)


def _save(context):
    state = context.state
    body = [
        state.operative,
        [
            [evse.operative, [connector.operative for connector in evse.connectors]]
            for evse in state.evses
        ],
    ]
    context.store.save("availability", json.dumps(body).encode())  # G03.FR.08, G04.FR.08


def restore(context):
    """What ChangeAvailability had set before the restart (B11.FR.03)."""
    entry = context.store.load("availability")
    if entry is None:
        return
    context.state.operative, evses = json.loads(entry[1])
    for evse, saved in zip(context.state.evses, evses):
        evse.operative = saved[0]
        for connector, operative in zip(evse.connectors, saved[1]):
            connector.operative = operative


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
        context.block("provisioning").set_clock(context, answer.get("currentTime"))
