"""J. Meter values: takes readings, averages them, and says when which sample is due.

The path of a reading (`take`) allocates nothing: integers are compared, added and copied in place.
Samples become dicts only when a message needs them.
"""

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


_NEVER = const(0x3FFFFFFF)
_DAY = const(86400)
_HALVE_AT = const(8192)  # keeps the sums of a day inside 30 bits


def on_meter_value(context, evse_id, value) -> bool:
    """A reading as MeterValue, or as a MeterValueType dict; EVSE 0: the grid meter."""
    state = context.state
    if isinstance(value, dict):
        value = context.block("meter_sample").from_dict(state.grid_meter.new(), value)
    if evse_id == 0 and type(evse_id) is int:
        state.grid_meter.copy_from(value)
        return True
    evse = state.evse(evse_id)
    if evse is None:
        return False
    take(evse, value)
    return True


def take(evse, value):
    """A reading of this EVSE's meter, as integers."""
    count = evse.summed
    sums = evse.sums
    if count >= _HALVE_AT:
        _divide(sums, 2)
        count //= 2
    sums.power_w = _sum(sums.power_w, count, value.power_w)
    sums.frequency_mhz = _sum(sums.frequency_mhz, count, value.frequency_mhz)
    for n in range(3):
        sums.current_ma[n] = _sum(sums.current_ma[n], count, value.current_ma[n])
        sums.voltage_dv[n] = _sum(sums.voltage_dv[n], count, value.voltage_dv[n])
    evse.summed = count + 1
    evse.meter.copy_from(value)


def _sum(total, count, value):
    """Add a value; an absent one counts like the mean of those before."""
    if count == 0:
        return value
    if total < 0:
        return value * (count + 1) if value >= 0 else -1
    return total + (value if value >= 0 else total // count)


def _divide(sums, count):
    sums.power_w //= count
    sums.frequency_mhz //= count
    for n in range(3):
        sums.current_ma[n] //= count
        sums.voltage_dv[n] //= count


def _average(evse):
    """Turns the sums into means; what isn't averaged is taken as read last. The next reading
    starts anew."""
    sums, count = evse.sums, evse.summed
    evse.summed = 0
    if count == 0:
        sums.copy_from(evse.meter)
        return
    sums.energy_wh, sums.export_wh = evse.meter.energy_wh, evse.meter.export_wh
    sums.soc, sums.signed = evse.meter.soc, evse.meter.signed
    _divide(sums, count)


def send(context, evse_id, meter, key, reading_context, first=False):
    """MeterValues outside transactions; the grid meter is EVSE 0. False: there is nothing to tell,
    or nobody to be told."""
    values = context.block("meter_sample").sample(context, meter, key, reading_context)
    if values is None:
        return False
    payload = {"evseId": evse_id, "meterValue": [values]}
    return context.outbox.put("MeterValues", payload, evse_id, first)


def tick(context):
    """Notes the samples that are due; returns the next core second of interest."""
    due = min(
        _aligned(context, "aligned", "AlignedDataCtrlr.Interval", _send_aligned),
        _aligned(context, "aligned_ended", "AlignedDataCtrlr.TxEndedInterval", _keep_aligned),
    )
    variables = context.variables
    if variables.flag("SampledDataCtrlr.Enabled"):
        updated = variables.number("SampledDataCtrlr.TxUpdatedInterval")
        ended = variables.number("SampledDataCtrlr.TxEndedInterval")
        for evse in context.state.evses:
            if evse.transaction:
                due = min(
                    due,
                    _periodic(context, evse, "periodic_from", updated, _note),
                    _periodic(context, evse, "stored_from", ended, _keep),
                )
    return due


def _periodic(context, evse, since, interval, act):
    """Act once in each interval, counted from the start of the transaction; returns when next.
    `since`: where the transaction holds when it was last."""
    transaction, now = evse.transaction, context.now
    if not interval:
        setattr(transaction, since, now)  # should it be switched on, it starts from there
        return _NEVER
    if now >= getattr(transaction, since) + interval:
        setattr(transaction, since, now - (now - transaction.started) % interval)
        act(context, evse)
    return getattr(transaction, since) + interval


def _note(context, evse):
    """TxUpdatedInterval (J02.FR.02)"""
    context.state.note("Updated", evse, "MeterValuePeriodic", None, context.now)


def _aligned(context, which, key, act):
    """Act at each multiple of the interval, counted from midnight UTC, but at none of an interval
    that has been changed since, and not again when the clock is set back over the one that has
    just been; returns when next. `which`: where the state holds the moment."""
    state = context.state
    interval = context.variables.number(key)
    utc = context.clock.utc(context.now)
    if not interval or utc is None or not context.variables.flag("AlignedDataCtrlr.Enabled"):
        setattr(state, which, None)
        return _NEVER
    second = utc % _DAY
    due = utc - second + min(_DAY, second - second % interval + interval)
    known = getattr(state, which)
    waited_for, of = known or (due, interval)
    if of == interval and due < waited_for <= due + interval:
        return context.now + waited_for - utc
    if known is None or waited_for != due or of != interval:  # else it would allocate
        setattr(state, which, (due, interval))
    if waited_for <= utc and waited_for % _DAY % interval == 0:
        act(context)
    return context.now + due - utc


def _keep_aligned(context):
    """The aligned samples that wait for the Ended message (J02.FR.10)."""
    for evse in context.state.evses:
        if evse.transaction:
            _keep(context, evse, "AlignedDataCtrlr.TxEndedMeasurands", "Sample.Clock")


def _send_aligned(context):
    """Outside transactions and in them (J01.FR.14, J01.FR.22)."""
    state = context.state
    key = "AlignedDataCtrlr.Measurands"
    quiet = (
        context.variables.flag("AlignedDataCtrlr.SendDuringIdle") and state.running()
    )  # J01.FR.20
    for evse in state.evses:
        _average(evse)
        if quiet:
            continue
        if evse.transaction:
            state.note("Updated", evse, "MeterValueClock", None, context.now)
        else:
            send(context, evse.id, evse.sums, key, "Sample.Clock")
    if not quiet:
        send(context, 0, state.grid_meter, key, "Sample.Clock")


def _keep(context, evse, key="SampledDataCtrlr.TxEndedMeasurands", why="Sample.Periodic"):
    """Store a sample for Ended (J02.FR.04). When the store is full every second one goes, and from
    then on every second is taken."""
    transaction = evse.transaction
    transaction.skipped += 1
    if transaction.skipped < transaction.stride:
        return
    transaction.skipped = 0
    sample = context.block("meter_sample").sample
    newest = sample(context, evse.meter, key, why, transaction)
    if newest is None:
        return
    transaction.samples.append(newest)
    if len(transaction.samples) >= context.variables.number("InternalCtrlr.EndedSamplesMax"):
        transaction.samples = transaction.samples[:1] + transaction.samples[2::2]  # E06.FR.12
        if transaction.samples[-1] is not newest:
            transaction.skipped = transaction.stride  # the newest counts as skipped
        transaction.stride *= 2
