"""J. One sample: the integers of a MeterValue as MeterValueType, and back.

Dicts are made only when a message needs them; the path of a reading (meter_values.take) has none.
"""

_MEASURANDS = {  # attribute of MeterValue, unit (None: Wh, the default), divisor, phases
    "Energy.Active.Import.Register": ("energy_wh", None, 1, None),
    "Energy.Active.Export.Register": ("export_wh", None, 1, None),
    "Power.Active.Import": ("power_w", {"unit": "W"}, 1, None),
    "Current.Import": ("current_ma", {"unit": "A"}, 1000, ("L1", "L2", "L3")),
    "Voltage": ("voltage_dv", {"unit": "V"}, 10, ("L1-N", "L2-N", "L3-N")),
    "Frequency": ("frequency_mhz", {"unit": "Hertz"}, 1000, None),
    "SoC": ("soc", {"unit": "Percent"}, 1, None),
}
_FAMILIES = ("Current", "Energy", "Frequency", "Power", "SoC", "Temperature", "Voltage")
_PHASES = ("L1", "L2", "L3")


def from_dict(value, meter_value: dict):
    """Fill `value` from a MeterValueType. KeyError, TypeError, ValueError, OverflowError: it isn't
    one. What this station has no use for is passed over: other measurands of the specification,
    single phases of a total, other places than the outlet."""
    if not meter_value["sampledValue"]:
        raise ValueError("no sampledValue")
    for sampled in meter_value["sampledValue"]:
        name = sampled.get("measurand", "Energy.Active.Import.Register")
        if name not in _MEASURANDS and name.split(".")[0] not in _FAMILIES:
            raise ValueError("unknown measurand")
        number = float(sampled["value"])
        at_outlet = sampled.get("location", "Outlet") == "Outlet"
        if name in _MEASURANDS and (at_outlet or name == "SoC"):
            _fill(value, _MEASURANDS[name], number, sampled)
    return value


def _fill(value, measurand, number, sampled):
    attribute, _, divisor, phases = measurand
    unit_of = sampled.get("unitOfMeasure", {})
    number *= divisor * 10 ** unit_of.get("multiplier", 0)
    if unit_of.get("unit", "Wh")[:1] == "k":
        number *= 1000
    phase = sampled.get("phase", "").replace("-N", "")
    if phases is None and not phase:
        setattr(value, attribute, int(round(number)))
    elif phases and phase in _PHASES:
        getattr(value, attribute)[_PHASES.index(phase)] = int(round(number))
    elif phases and not phase:
        getattr(value, attribute)[0] = int(round(number))
    value.signed = sampled.get("signedMeterValue", value.signed)


def sample(context, meter, key, reading_context, transaction=None):
    """A MeterValueType with what the meter has of the measurands that the variable `key` lists,
    stamped in its transaction; None if that is nothing."""
    aligned = reading_context == "Sample.Clock"
    signs = "AlignedDataCtrlr.SignReadings" if aligned else "SampledDataCtrlr.SignReadings"
    values = []
    for measurand in context.variables.members(key):
        if measurand not in _MEASURANDS:
            continue
        attribute, unit, divisor, phases = _MEASURANDS[measurand]
        numbers = getattr(meter, attribute)
        for n in range(3 if phases else 1):
            number = numbers[n] if phases else numbers
            if number < 0:
                continue
            entry = {
                "value": number if divisor == 1 else number / divisor,
                "context": reading_context,
                "measurand": measurand,
            }
            if phases:
                entry["phase"] = phases[n]
            if unit:
                entry["unitOfMeasure"] = unit
            # The meter's signature belongs to its register (J01.FR.21, J02.FR.21).
            if attribute == "energy_wh" and meter.signed and context.variables.flag(signs):
                entry["signedMeterValue"] = meter.signed
            values.append(entry)
    if not values:
        return None
    return {"timestamp": context.clock.stamp(context.now, transaction), "sampledValue": values}
