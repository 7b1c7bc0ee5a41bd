"""E. Transactions: what drivers, vehicles and the CSMS do to them.

Each function notes a fact in the state; the state says at once whether a transaction starts, goes
on or ends by it (state.py has the theory). At the next wakeup transaction_event.flush makes the
messages. In between the contactor has opened where it must.
"""

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


_NEVER = const(0x3FFFFFFF)


def happen(context, place, event, id_token=None, trigger=None):
    """Let one of state.EVENTS happen; returns the eventType that follows or None. Should it fail
    for want of memory, no energy flows until `tick` has repeated it."""
    place.unfinished = event
    variables = context.variables
    points = (variables.members("TxCtrlr.TxStartPoint"), variables.members("TxCtrlr.TxStopPoint"))
    follows = context.state.happen(
        place, event, points, context.now, context.ids.transaction_id, trigger, id_token
    )
    place.unfinished = None
    _watch_for_cable(context, place)
    return follows


def _watch_for_cable(context, place):
    """EVConnectionTimeOut runs while somebody is authorised and no cable is in (E03.FR.05,
    E10.FR.02)."""
    if not place.authorized or place.connector_id:
        place.deadline = None
    elif place.deadline is None:
        timeout = context.variables.number("TxCtrlr.EVConnectionTimeOut")
        place.deadline = context.now + timeout if timeout else None


def plugged(context, evse, connector) -> bool:
    """on_session_started"""
    state = context.state
    if connector.plugged and evse.connected:
        return True
    free = state.usable(evse) and not evse.transaction
    if not connector.plugged:
        connector.plugged = True
        connector.reserved_first = connector.reserved
    if evse.connected or evse.connector_id not in (0, connector.id):
        return True  # a sibling has the EVSE (G01.FR.08)
    evse.connector_id = connector.id
    evse.plugged_at = context.now
    if evse.recalled:  # it may be the cable that was there before the power cut
        evse.recalled[0] = context.now
        return True
    if free and state.waiting:
        state.adopt(evse)
    if evse.transaction:
        evse.transaction.in_service = state.in_service(evse)  # not that of the connector beside
    happen(context, evse, "plugged")
    return True


def unplugged(context, evse, connector) -> bool:
    """on_session_finished"""
    if not connector.plugged:
        return True
    connector.plugged = connector.reserved_first = False
    evse.holds_for = None
    if evse.connector_id == connector.id:
        evse.connector_id = 0
        sibling = None
        for other in evse.connectors:
            if other.plugged:
                sibling = other
        ev_disconnected(context, evse, sibling is not None)
        _watch_for_cable(context, evse)
        if sibling:
            plugged(context, evse, sibling)
    return True


def ev_disconnected(context, evse, for_good=False) -> bool:
    """The vehicle is gone, the cable may still be locked in (E09, E10). for_good: somebody else's
    is next, and not to be charged on this driver's account."""
    if not (evse.connected or for_good and evse.authorized):
        return True
    evse.flowing = False
    evse.unfinished = "unplugged"
    drop = for_good or not evse.transaction
    drop = drop or context.variables.flag("TxCtrlr.StopTxOnEVSideDisconnect")
    happen(context, evse, "ev_left" if drop else "unplugged")
    if context.variables.flag("OCPPCommCtrlr.UnlockOnEVSideDisconnect"):
        context.callbacks.release_connector(evse.id)  # E09.FR.01
    return True


def stop_local(context, evse) -> bool:
    """The stop button: StopAuthorized, Local, no token."""
    if not (evse.transaction or evse.authorized):
        return False
    happen(context, evse, "stop")
    return True


def charging_state_changed(context, evse, charging_state, trigger) -> bool:
    """on_charging_state_changed"""
    energy = charging_state == "Charging"
    evse.flowing = energy
    if charging_state == evse.charging_state:
        return True
    evse.charging_state = charging_state
    happen(context, evse, "charging" if energy else "not_charging", trigger=trigger)
    return True


def parking_bay(context, evse, occupied) -> bool:
    """set_parking_bay"""
    happen(context, evse, "bay_occupied" if occupied else "bay_empty")
    return True


def signed_data_received(context, evse) -> bool:
    """set_signed_data_received; counts only where readings are signed."""
    if context.variables.flag("SampledDataCtrlr.SignReadings") and not evse.transaction:
        happen(context, evse, "signed")
    return True


def end(context, place, reason, trigger="ResetCommand", id_token=None, charging_state=None):
    """End the transaction now, whatever the facts say."""
    place.transaction.stopped_reason = reason
    place.charging_state = charging_state or ("EVConnected" if place.connected else "Idle")
    id_token = id_token if trigger == "StopAuthorized" else None  # E07.FR.02
    context.state.note("Ended", place, trigger, id_token, context.now)


def tick(context):
    """EVConnectionTimeOut, MaxEnergyOnInvalidId, what failed half-way, and what a power cut left;
    returns the next core second of interest."""
    return min(_expire(context, context.state.evses), _expire(context, context.state.waiting))


def _expire(context, places):
    due = _NEVER
    for place in places:
        if place.unfinished:
            named = place.unfinished in ("authorized", "remote_start", "stop")
            happen(context, place, place.unfinished, place.id_token if named else None)
            return context.now
        if place.recalled:
            if context.now < place.recalled[0]:
                due = min(due, place.recalled[0])
                continue
            context.block("power_loss").settle(context, place)
            if place.connector_id and not place.connected:
                happen(context, place, "plugged")  # its transaction has ended
            _watch_for_cable(context, place)
            return context.now
        if 0 <= place.energy_limit_wh <= place.meter.energy_wh:
            place.energy_limit_wh = -1
            _suspend(context, place)  # E05.FR.03
        if place.deadline is None:
            continue
        if context.now >= place.deadline:
            happen(context, place, "timed_out")
            return context.now  # `places` may have changed: once more
        due = min(due, place.deadline)
    return due


def forbid_power(context):
    """Said again until the integrator has taken it; his failure at one EVSE costs no other one."""
    failed = None
    for evse in context.state.evses:
        if evse.allowed and not context.state.permits(evse):
            try:
                context.callbacks.power_allowed(evse.id, False)
                evse.allowed = False
            except Exception as error:
                failed = error
    if failed:
        raise failed


def permit_power(context):
    """After `flush`: a Started that is due stands in the journal before the contactor closes."""
    for evse in context.state.evses:
        if not evse.allowed and context.state.permits(evse):
            evse.allowed = True
            try:
                context.callbacks.power_allowed(evse.id, True)
            except Exception:
                context.callbacks.power_allowed(evse.id, False)  # whatever he has understood
                evse.allowed = False
                raise


def safe_again(context):
    """Flash takes messages again: transactions whose Started it did not take may have energy once
    the next message stands there."""
    for place in context.state.running():
        if not (place.transaction.journaled or place.recalled):
            context.state.note("Updated", place, "ChargingStateChanged", None, context.now)


def event_answered(context, answer, payload):
    """The CSMS may refuse the token afterwards, or name its group (C15, E05). No answer: it would
    not take the event, which is lost to it now; the security log tells (E13.FR.04)."""
    if answer is not None and not answer.has("idTokenInfo"):
        return
    at = payload.index(b'"transactionId":"') + 17
    transaction_id = str(payload[at : payload.index(b'"', at)], "utf-8")
    if answer is None:
        security = context.block("security")
        security.event(context, "TransactionEventGivenUp", transaction_id, False, context.now)
        return
    place = context.state.place_of(transaction_id)
    if place is None:
        return
    info = answer.get("idTokenInfo")
    if info["status"] == "Accepted":
        if "groupIdToken" in info:
            place.group = info["groupIdToken"]["idToken"]
    elif place.authorized:
        _refused(context, place, info["status"])


def _refused(context, place, status):
    context.log("warning", "token refused by the CSMS: %s" % status)
    variables = context.variables
    limit = variables.number("TxCtrlr.MaxEnergyOnInvalidId")
    if variables.flag("TxCtrlr.StopTxOnInvalidId"):
        place.holds_for = place.id_token if place.connected else None  # E05.FR.11
        happen(context, place, "deauthorized")  # E05.FR.09, E05.FR.10
    elif limit > 0 and place.meter.energy_wh >= 0:
        place.energy_limit_wh = place.meter.energy_wh + limit  # E05.FR.02
    else:
        _suspend(context, place)


def _suspend(context, place):
    place.suspended = True
    if place.charging_state != "SuspendedEVSE":
        place.charging_state = "SuspendedEVSE"
        happen(context, place, "not_charging")
