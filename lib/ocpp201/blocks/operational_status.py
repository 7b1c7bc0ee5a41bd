"""G. ChangeAvailability (G03, G04): station, EVSE or connector in or out of service, for good.

A level that is busy changes when its transaction is over. A connector serves if all three levels
do.
"""

import json

_SCHEMA = 1  # of the stored state: [station, [[EVSE, [connector, ...]], ...]], true for Operative


def change_availability(context, request):
    status = change(context, request.get("evse"), request.get("operationalStatus") == "Operative")
    return {"status": status}


def change(context, evse_ref, operative: bool) -> str:
    """Accepted, Scheduled (a transaction runs: when it is over) or Rejected (no such EVSE or
    connector). Persistent."""
    target, evse = _target(context.state, evse_ref)
    if target is None:
        return "Rejected"
    busy = [place for place in context.state.running() if evse in (None, place)]
    if busy and not operative and target.operative:
        target.scheduled = operative  # G03.FR.05, G04.FR.06
        return "Scheduled"
    target.scheduled = None
    if target.operative != operative:
        _set(context, target, operative)
    return "Accepted"


def _target(state, evse_ref):
    """What an EVSEType names (station, EVSE or connector), and its EVSE."""
    if evse_ref is None:
        return state, None
    evse = state.evse(evse_ref["id"])
    if "connectorId" in evse_ref:
        return state.connector(evse_ref["id"], evse_ref["connectorId"]), evse
    return evse, evse


def take_effect(context, target):
    """What waited for the end of a transaction (G03.FR.05)."""
    operative, target.scheduled = target.scheduled, None
    _set(context, target, operative)


def _set(context, target, operative):
    """Put the station, an EVSE or a connector in or out of service, for good; the integrator hears
    for which connectors that makes a difference."""
    state = context.state
    before = [_is_operative(state, *one) for one in _connectors(state)]
    target.operative = operative
    for was, one in zip(before, _connectors(state)):
        if _is_operative(state, *one) != was:
            tell(context, *one)
    _show_enabled(context)
    body = [
        state.operative,
        [[evse.operative, [one.operative for one in evse.connectors]] for evse in state.evses],
    ]
    body = json.dumps(body).encode()
    try:
        context.store.save("availability", body, _SCHEMA)  # G03.FR.08, G04.FR.08
    except OSError as error:
        context.log("error", "availability not stored: %s" % error)


def _connectors(state):
    return [(evse, connector) for evse in state.evses for connector in evse.connectors]


def _is_operative(state, evse, connector):
    return state.operative and evse.operative and connector.operative


def tell(context, evse, connector):
    """The integrator switches the hardware accordingly."""
    operative = _is_operative(context.state, evse, connector)
    context.callbacks.connector_effective_operative_status_changed(
        evse.id, connector.id, "Operative" if operative else "Inoperative"
    )


def _show_enabled(context):
    for evse in context.state.evses:
        context.variables.put("EVSE.Enabled", evse.operative, evse.id)
        for connector in evse.connectors:
            context.variables.put("Connector.Enabled", connector.operative, evse.id, connector.id)


def restore(context):
    """What ChangeAvailability had set before the restart (B11.FR.03). A place that the stored
    state does not know is in service. A body that is none of ours is kept as the state
    "availability.bad", for the program that wrote it."""
    store = context.store
    try:
        entry = store.load("availability")
        if entry is None:
            return
        try:
            found = _levels(context.state, json.loads(entry[1])) if entry[0] == _SCHEMA else None
        except (IndexError, MemoryError, RuntimeError, TypeError, ValueError):
            found = None
        if found is None:
            context.log("error", "availability: not our format, kept as availability.bad")
            if store.load("availability.bad") != entry:
                store.save("availability.bad", entry[1], entry[0])
            return
        for level, flag in found:
            level.operative = flag
        _show_enabled(context)
    except OSError as error:
        context.log("error", "availability not read: %s" % error)


def _levels(state, body):
    """(station, EVSE or connector; its stored flag) of each that is in both."""
    operative, evses = body
    found = [(state, operative)]
    for evse, (flag, connectors) in zip(state.evses, evses):
        found.append((evse, flag))
        found += zip(evse.connectors, connectors)
    for _, flag in found:
        if type(flag) is not bool:
            raise TypeError(flag)
    return found
