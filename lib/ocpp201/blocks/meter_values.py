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
_HALVE_AT = const(8192)  # keeps the sums of a day inside 30 bits

_MEASURANDS = {  # attribute of MeterValue, unit (None: Wh, the default), divisor, phases
    "Energy.Active.Import.Register": ("energy_wh", None, 1, None),
    "Energy.Active.Export.Register": ("export_wh", None, 1, None),
    "Power.Active.Import": ("power_w", {"unit": "W"}, 1, None),
    "Current.Import": ("current_ma", {"unit": "A"}, 1000, ("L1", "L2", "L3")),
    "Voltage": ("voltage_dv", {"unit": "V"}, 10, ("L1-N", "L2-N", "L3-N")),
    "Frequency": ("frequency_mhz", {"unit": "Hertz"}, 1000, None),
    "SoC": ("soc", {"unit": "Percent"}, 1, None),
}


def on_meter_value(context, evse_id, value) -> bool:
    """A reading as MeterValue, or as a MeterValueType dict; EVSE 0: the grid meter."""
    state = context.state
    if isinstance(value, dict):
        value = from_dict(state.grid_meter.new(), value)
    if evse_id == 0:
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
        _halve(evse)
        count = evse.summed
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


def _halve(evse):
    sums = evse.sums
    evse.summed //= 2
    sums.power_w //= 2
    sums.frequency_mhz //= 2
    for n in range(3):
        sums.current_ma[n] //= 2
        sums.voltage_dv[n] //= 2


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
    sums.power_w //= count
    sums.frequency_mhz //= count
    for n in range(3):
        sums.current_ma[n] //= count
        sums.voltage_dv[n] //= count


def from_dict(value, meter_value: dict):
    """Fill `value` from a MeterValueType. KeyError, TypeError, ValueError: it isn't one, or an
    unknown measurand."""
    for sampled in meter_value["sampledValue"]:
        name = sampled.get("measurand", "Energy.Active.Import.Register")
        attribute, unit, divisor, phases = _MEASURANDS[name]
        unit_of = sampled.get("unitOfMeasure", {})
        scale = divisor * 10 ** unit_of.get("multiplier", 0)
        if unit_of.get("unit", "Wh")[:1] == "k":
            scale *= 1000
        number = int(round(float(sampled["value"]) * scale))
        phase = sampled.get("phase")
        if not phases:
            setattr(value, attribute, number)
        elif phase is None:
            getattr(value, attribute)[0] = number
        else:
            getattr(value, attribute)[int(phase[1]) - 1] = number
        value.signed = sampled.get("signedMeterValue", value.signed)
    return value


def sample(context, meter, measurands, reading_context):
    """A MeterValueType with what the meter has of `measurands`, or None."""
    values = []
    for measurand in measurands:
        if measurand not in _MEASURANDS:
            continue
        attribute, unit, divisor, phases = _MEASURANDS[measurand]
        value = getattr(meter, attribute)
        if phases is None:
            _add(values, value, divisor, reading_context, measurand, unit, None)
            continue
        for n in range(3):
            _add(values, value[n], divisor, reading_context, measurand, unit, phases[n])
    if not values:
        return None
    if meter.signed and context.variables.flag("SampledDataCtrlr.SignReadings"):
        values[0]["signedMeterValue"] = meter.signed  # J02.FR.21
    return {"timestamp": context.clock.stamp(context.now), "sampledValue": values}


def _add(values, value, divisor, reading_context, measurand, unit, phase):
    if value < 0:
        return
    entry = {
        "value": value if divisor == 1 else value / divisor,
        "context": reading_context,
        "measurand": measurand,
    }
    if phase:
        entry["phase"] = phase
    if unit:
        entry["unitOfMeasure"] = unit
    values.append(entry)


def send(context, evse_id, meter, key, reading_context, first=False):
    """MeterValues outside transactions; the grid meter is EVSE 0. False: there is nothing to tell,
    or nobody to be told."""
    values = sample(context, meter, context.variables.members(key), reading_context)
    if values is None:
        return False
    payload = {"evseId": evse_id, "meterValue": [values]}
    return context.outbox.put("MeterValues", payload, evse_id, first)


def tick(context):
    """Notes the samples that are due; returns the next core second of interest."""
    due = min(_aligned(context), _aligned_for_ended(context))
    variables = context.variables
    if variables.flag("SampledDataCtrlr.Enabled"):
        updated = variables.number("SampledDataCtrlr.TxUpdatedInterval")
        ended = variables.number("SampledDataCtrlr.TxEndedInterval")
        for evse in context.state.evses:
            if evse.transaction:
                due = min(
                    due,
                    _periodic(context, evse, updated),
                    _periodic_for_ended(context, evse, ended),
                )
    return due


def _periodic(context, evse, interval):
    """TxUpdatedInterval, counted from the start of the transaction (J02.FR.02)."""
    transaction, now = evse.transaction, context.now
    if not interval:
        return _NEVER
    if now >= transaction.periodic_from + interval:
        transaction.periodic_from = now - (now - transaction.started) % interval
        context.state.note("Updated", evse, "MeterValuePeriodic", None, now)
    return transaction.periodic_from + interval


def _periodic_for_ended(context, evse, interval):
    transaction, now = evse.transaction, context.now
    if not interval:
        return _NEVER
    if now >= transaction.stored_from + interval:
        transaction.stored_from = now - (now - transaction.started) % interval
        _keep(
            context,
            transaction,
            evse.meter,
            "SampledDataCtrlr.TxEndedMeasurands",
            "Sample.Periodic",
        )
    return transaction.stored_from + interval


def _aligned(context):
    """Clock-aligned values at each multiple of Interval, counted from midnight (J01.FR.14,
    J01.FR.22)."""
    state, now = context.state, context.now
    interval = context.variables.number("AlignedDataCtrlr.Interval")
    utc = context.clock.utc(now)
    if not interval or utc is None or not context.variables.flag("AlignedDataCtrlr.Enabled"):
        return _NEVER
    moment = utc - utc % interval
    if state.aligned is not None and moment > state.aligned:
        _send_aligned(context)
    state.aligned = moment
    return now + interval - utc % interval


def _send_aligned(context):
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


def _aligned_for_ended(context):
    """The aligned samples that wait for the Ended message (J02.FR.10)."""
    state, now = context.state, context.now
    interval = context.variables.number("AlignedDataCtrlr.TxEndedInterval")
    utc = context.clock.utc(now)
    if not interval or utc is None or not context.variables.flag("AlignedDataCtrlr.Enabled"):
        return _NEVER
    moment = utc - utc % interval
    if state.aligned_ended is not None and moment > state.aligned_ended:
        for evse in state.evses:
            if evse.transaction:
                _keep(
                    context,
                    evse.transaction,
                    evse.meter,
                    "AlignedDataCtrlr.TxEndedMeasurands",
                    "Sample.Clock",
                )
    state.aligned_ended = moment
    return now + interval - utc % interval


def _keep(context, transaction, meter, key, reading_context):
    """Store a sample for Ended. When the store is full every second one goes, and from then on
    every second is taken."""
    transaction.skipped += 1
    if transaction.skipped < transaction.stride:
        return
    transaction.skipped = 0
    values = sample(context, meter, context.variables.members(key), reading_context)
    if values:
        transaction.samples.append(values)
    if len(transaction.samples) >= context.variables.number("InternalCtrlr.EndedSamplesMax"):
        transaction.stride *= 2
        transaction.samples = transaction.samples[:1] + transaction.samples[2::2]  # E06.FR.12
