"""E. The TransactionEvent message: built from what happened, with the meter values that belong to
it. (What is kept of a transaction against a power cut: transaction_image.py)

`flush` makes the messages, in the order in which things happened; seqNo counts on once one is in
the journal. The timestamp and the offline flag have fixed-width places, which the outbox fills in
when the message leaves.
"""

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


from .. import rpc

_OPENING_S = const(6)  # the contactor is open by then, whatever the vehicle does

_CONTEXTS = {  # trigger -> (measurands, reading context) of the sample in an Updated event
    "MeterValuePeriodic": ("SampledDataCtrlr.TxUpdatedMeasurands", "Sample.Periodic"),  # J02.FR.02
    "MeterValueClock": ("AlignedDataCtrlr.Measurands", "Sample.Clock"),  # J01.FR.22
    "Trigger": ("SampledDataCtrlr.TxUpdatedMeasurands", "Trigger"),  # F06.FR.07
}


def flush(context):
    """Make the messages of what has happened. Ended waits until energy has stopped, to bill all of
    it. What can't be made for want of memory is made at the next wakeup."""
    happened = context.state.happened
    context.state.held = len(happened)  # should this fail: not again before the next second
    held = ()
    n = 0
    while n < len(happened):
        one = happened[n]
        place = one[1].place
        if one[0] == "Ended" and place.flowing and context.now < one[5] + _OPENING_S:
            held += (place,)
            if context.now == one[5]:
                context.block("transaction_image").end_is_due(context, one[1])
        if place in held:
            n += 1
            continue
        payload = _journal(context, one)
        happened.pop(n)
        if payload is None:
            continue
        # The journal has it: the integrator may hear of it.
        if one[0] == "Ended" and place.id:
            if not place.holds_for:
                context.callbacks.release_connector(place.id)  # E07.FR.04
            context.callbacks.transaction_ended(place.id, one[1].id)
        context.callbacks.transaction_event(payload)
    context.state.held = n


def look_again(context):
    """When to flush again: at once if a callback has noted something since."""
    state = context.state
    if len(state.happened) > state.held:
        return context.now
    return context.now + 1 if state.held else None


def _journal(context, one):
    """Make the message of what happened and put it into the journal, or fail and change nothing;
    returns its payload."""
    transaction = one[1]
    before = transaction.samples, transaction.begin_due, transaction.told_evse
    try:
        payload = build(context, one)
        if payload is None:
            return None
        changed = before != (transaction.samples, transaction.begin_due, transaction.told_evse)
        durable = context.block("transaction_image").keep(context, one, payload, changed)
    except Exception:
        transaction.samples, transaction.begin_due, transaction.told_evse = before
        transaction.journaled = transaction.seq_no > 0
        raise
    # Without a durable Started no energy; a medium that fails later ends no transaction.
    transaction.journaled = durable or transaction.seq_no > 0 and transaction.journaled
    transaction.seq_no += 1
    return payload


def build(context, happened):
    """The payload for one entry of state.happened; None if it would only carry meter values and
    there are none, or the transaction may have ended with a power cut."""
    event_type, transaction, trigger, charging_state, id_token, at = happened
    samples = _samples(context, event_type, transaction, trigger, charging_state)
    if not samples or transaction.place.recalled:
        if trigger in ("MeterValuePeriodic", "MeterValueClock"):
            return None
    info = {"transactionId": transaction.id, "chargingState": charging_state}
    payload = {
        "eventType": event_type,
        "timestamp": context.clock.stamp(_moment(context, happened), transaction),
        "triggerReason": trigger,
        "seqNo": transaction.seq_no,
        "offline": not context.outbox.online,
        "transactionInfo": info,
    }
    if samples:
        payload["meterValue"] = samples
    if event_type == "Ended":
        info["stoppedReason"] = transaction.stopped_reason or "Local"
    if trigger == "RemoteStart" and transaction.remote_start_id is not None:
        info["remoteStartId"] = transaction.remote_start_id  # F01.FR.25
    if id_token:
        payload["idToken"] = id_token
    if event_type == "Started" and transaction.reservation_id is not None:
        payload["reservationId"] = transaction.reservation_id  # H01.FR.15
    _name_evse(transaction, payload)
    return payload


def _moment(context, happened):
    """When it happened, never before the last message. The end is when energy has stopped, or when
    the integrator says."""
    event_type, transaction, _, _, _, at = happened
    if event_type == "Ended":
        at = context.now if transaction.ended_at is None else transaction.ended_at
    transaction.told_at = max(at, transaction.told_at)
    return transaction.told_at


def _name_evse(transaction, payload):
    """The EVSE in the first event that knows it, the connector once with the cable (E01.FR.16)."""
    place = transaction.place
    knows = 2 if place.connector_id else 1 if place.id else 0
    if knows > transaction.told_evse:
        transaction.told_evse = knows
        payload["evse"] = {"id": place.id}
        if knows == 2:
            payload["evse"]["connectorId"] = place.connector_id


def _samples(context, event_type, transaction, trigger, charging_state):
    samples = []
    if transaction.begin_due and (event_type != "Updated" or charging_state == "Charging"):
        samples = _begin(context, transaction)
    if event_type == "Ended":
        return _all_samples(context, transaction)
    if trigger in _CONTEXTS:
        key, reading_context = _CONTEXTS[trigger]
        meter = transaction.place.sums if trigger == "MeterValueClock" else transaction.place.meter
        take = context.block("meter_sample").sample
        sample = take(context, meter, key, reading_context, transaction)
        if sample:
            samples.append(sample)
    return samples


def _begin(context, transaction):
    """Transaction.Begin: with Started, or if EVSE or reading were not there then, when charging
    begins (E01.FR.17, J02.FR.03)."""
    if transaction.place.id == 0:
        return []
    meter = _reading(context, transaction, transaction.meter_start)
    take, why = context.block("meter_sample").sample, "Transaction.Begin"
    sample = take(context, meter, "SampledDataCtrlr.TxStartedMeasurands", why, transaction)
    kept = take(context, meter, "SampledDataCtrlr.TxEndedMeasurands", why, transaction)
    transaction.begin_due = not (sample or kept)
    if kept:
        transaction.samples = [kept] + transaction.samples
    return [sample] if sample else []


def _all_samples(context, transaction):
    """Begin, those stored on the way, end; the first and the last always (E06.FR.12,
    E06.FR.13)."""
    samples = transaction.samples[:]
    meter = _reading(context, transaction, transaction.meter_stop)
    key = "SampledDataCtrlr.TxEndedMeasurands"
    take = context.block("meter_sample").sample
    end = take(context, meter, key, "Transaction.End", transaction)
    if end:
        samples.append(end)
    room = context.variables.number("InternalCtrlr.OutgoingMessageSize") - 1000
    while len(samples) > 2 and rpc.size(samples) > room:
        samples = samples[:1] + samples[2:-1:2] + samples[-1:]  # J02.FR.20
    return samples


def _reading(context, transaction, given):
    """What the integrator gave with start or stop, a MeterValue or a MeterValueType; else what the
    meter said last."""
    meter = transaction.place.meter
    if not isinstance(given, dict):
        return given or meter
    try:
        return context.block("meter_sample").from_dict(meter.new(), given)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        context.log("warning", "reading of the integrator refused: %r" % error)
        return meter
