# runs on: cpython, micropython
"""J. Meter values: aligned with the clock, sampled in transactions, and what Ended brings."""

import json
from array import array

from host_tests.core_station import WALL, CoreStation
from ocpp201 import MeterValue
from ocpp201.timefmt import format_time

REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
CARD = "04A1B2C3D4E5F6"


def station(*settings, **more):
    """Only what a test asks for is sampled."""
    quiet = [
        ("AlignedDataCtrlr.Interval", 0),
        ("SampledDataCtrlr.TxUpdatedInterval", 0),
        ("SampledDataCtrlr.TxEndedInterval", 0),
    ]
    return CoreStation(settings=quiet + list(settings), **more)


def aligned(interval=900, *settings, **more):
    return station(("AlignedDataCtrlr.Interval", interval), *settings, **more)


def until(s, second):
    """Run until that second of the day (the day begins at core second 0)."""
    s.run(second - s.now)


def stop(s, evse_id=1):
    s.cp.stop_local(evse_id)
    s.charging(evse_id, "EVConnected")
    return s.last("TransactionEvent")


def values(meter_value, measurand=REGISTER):
    return [one["value"] for one in meter_value["sampledValue"] if one["measurand"] == measurand]


def context(meter_value):
    """The one context that all values of a sample share."""
    (one,) = {sampled["context"] for sampled in meter_value["sampledValue"]}
    return one


def contexts(event):
    return [context(one) for one in event.get("meterValue", ())]


def times(event):
    return [one["timestamp"][11:19] for one in event.get("meterValue", ())]


def updated(s, trigger):
    return [one for one in s.messages("TransactionEvent") if one["triggerReason"] == trigger]


# --- J01: aligned with the clock, outside transactions ---


def test_J01_aligned_values_while_idle():  # TC_J_01
    s = aligned()
    s.meter(1, 1000)
    s.meter(2, 2000)
    until(s, 899)
    assert s.messages("MeterValues") == []
    until(s, 901)
    sent = s.messages("MeterValues")
    assert [one["evseId"] for one in sent] == [1, 2]
    assert [values(one["meterValue"][0]) for one in sent] == [[1000], [2000]]
    assert context(sent[0]["meterValue"][0]) == "Sample.Clock"
    assert times(sent[0]) == ["00:15:00"]
    until(s, 3600)
    assert len(s.messages("MeterValues")) == 8


def test_J01_an_evse_without_readings_says_nothing():
    s = aligned()
    s.meter(2, 5)
    until(s, 900)
    assert [one["evseId"] for one in s.messages("MeterValues")] == [2]


def test_J01_the_grid_meter_is_evse_0():
    s = aligned()
    grid = MeterValue()
    grid.energy_wh = 777
    assert s.cp.on_meter_value(0, grid)
    until(s, 900)
    sent = s.messages("MeterValues")
    assert [(one["evseId"], values(one["meterValue"][0])) for one in sent] == [(0, [777])]


def test_J01_intervals_that_do_not_fit_the_day_start_anew_at_midnight():
    s = aligned(50000)
    s.meter(1, 1)
    until(s, 86400 + 50001)
    assert [times(one) for one in s.messages("MeterValues")] == [
        ["13:53:20"], ["00:00:00"], ["13:53:20"],
    ]  # fmt: skip


def test_J01_interval_0_sends_nothing():
    s = aligned(0)
    s.meter(1, 1000)
    s.charge(1)
    s.run(7200)
    assert s.messages("MeterValues") == []
    assert updated(s, "MeterValueClock") == []


def test_J01_disabled_sends_nothing():
    s = aligned(900, ("AlignedDataCtrlr.Enabled", False))
    s.meter(1, 1000)
    s.run(7200)
    assert s.messages("MeterValues") == []


def test_J01_a_changed_interval_counts_from_the_clock():
    s = aligned(900)
    s.meter(1, 1000)
    until(s, 630)
    s.cp.variables.put("AlignedDataCtrlr.Interval", 60)
    until(s, 659)
    assert s.messages("MeterValues") == []
    until(s, 660)
    assert len(s.messages("MeterValues")) == 1
    s.cp.variables.put("AlignedDataCtrlr.Interval", 900)
    until(s, 899)
    assert len(s.messages("MeterValues")) == 1
    until(s, 900)
    assert len(s.messages("MeterValues")) == 2


def test_J01_a_clock_that_steps_back_does_not_stop_the_values():
    s = aligned(900)
    s.meter(1, 1000)
    until(s, 950)
    s.answers["Heartbeat"] = lambda _: {"currentTime": format_time(WALL + s.now - 20000000)}
    s.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    s.run(1800)
    assert len(s.messages("MeterValues")) == 3


def step(s, seconds):
    """The CSMS corrects the clock, once."""
    s.answers["Heartbeat"] = {"currentTime": format_time(s.cp.clock.utc(s.now) + seconds)}
    s.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    wall = s.cp.clock.offset
    s.answers["Heartbeat"] = lambda _: {"currentTime": format_time(wall + s.now)}


def test_J01_a_correction_doubles_no_moment_and_loses_none():
    for seconds in (-1, -20, -899, 1, 20, 800):
        s = aligned(900)
        s.meter(1, 1000)
        until(s, 901)
        step(s, seconds)
        until(s, 2701 - seconds)
        shown = [times(one)[0] for one in s.messages("MeterValues")]
        assert shown == ["00:15:00", "00:30:00", "00:45:00"], seconds


def test_J01_a_moment_is_not_lost_by_a_correction_just_before_it():
    for seconds in (-1, -20, 1, 20, 60):
        s = aligned(900)
        s.meter(1, 1000)
        until(s, 890)
        step(s, seconds)
        until(s, 1850)
        assert len(s.messages("MeterValues")) == 2, seconds


def test_J01_after_a_jump_of_the_clock_the_values_go_on_by_it():
    for seconds in (365 * 86400, -250 * 86400, 3600, -3600):
        s = aligned(900)
        s.meter(1, 1000)
        until(s, 950)
        s.forget()
        step(s, seconds)
        s.run(9 * 900)
        sent = s.messages("MeterValues")
        assert 9 <= len(sent) <= 10, seconds  # a jump ahead over a moment shows it at once
        assert len({times(one)[0] for one in sent}) == len(sent)


def test_J02_aligned_values_of_a_transaction_are_not_doubled_by_a_correction():
    s = aligned(900, ("AlignedDataCtrlr.TxEndedInterval", 900))
    s.charge(1)
    until(s, 901)
    step(s, -5)
    s.run(20)
    assert len(updated(s, "MeterValueClock")) == 1
    s.run(900)
    assert len(updated(s, "MeterValueClock")) == 2


def test_J01_only_the_listed_measurands():
    s = aligned(900, ("AlignedDataCtrlr.Measurands", POWER + "," + REGISTER + ",SoC,Power.Factor"))
    s.meter(1, 1000, 3600)
    until(s, 900)
    sampled = s.last("MeterValues")["meterValue"][0]["sampledValue"]
    assert [one["measurand"] for one in sampled] == [POWER, REGISTER]


def test_J01_no_measurands_no_message():
    s = aligned(900, ("AlignedDataCtrlr.Measurands", ""))
    s.meter(1, 1000)
    until(s, 901)
    assert s.messages("MeterValues") == []


def test_J01_dropped_while_offline():
    s = aligned()
    s.meter(1, 1000)
    s.disconnect()
    until(s, 1000)
    s.connect()
    assert s.messages("MeterValues") == []


def test_J01_nothing_before_the_clock_is_known():
    s = aligned(boot={})
    assert s.cp.clock.utc(s.now) is None
    s.meter(1, 1000)
    s.run(3600)
    assert s.messages("MeterValues") == []


# --- J01: averages ---


def reading(
    energy_wh=-1,
    power_w=-1,
    current_ma=(-1, -1, -1),
    voltage_dv=(-1, -1, -1),
    frequency_mhz=-1,
    soc=-1,
):
    value = MeterValue()
    value.energy_wh, value.power_w, value.soc = energy_wh, power_w, soc
    value.frequency_mhz = frequency_mhz
    value.current_ma, value.voltage_dv = array("i", current_ma), array("i", voltage_dv)
    return value


AVERAGED = REGISTER + ",Power.Active.Import,Current.Import,Voltage,Frequency"


def test_J01_power_current_voltage_and_frequency_are_averaged():
    s = aligned(900, ("AlignedDataCtrlr.Measurands", AVERAGED))
    for power, current, volt, mhz in ((1000, 4000, 2300, 50000), (3000, 8000, 2320, 50020)):
        s.cp.on_meter_value(1, reading(power * 2, power, (current, 0, -1), (volt, -1, -1), mhz))
    until(s, 900)
    sample = s.last("MeterValues")["meterValue"][0]
    assert values(sample) == [6000]  # as read last
    assert values(sample, POWER) == [2000]
    assert values(sample, "Current.Import") == [6, 0]
    assert values(sample, "Voltage") == [231]
    assert values(sample, "Frequency") == [50.01]
    phases = [one.get("phase") for one in sample["sampledValue"]]
    assert phases == [None, None, "L1", "L2", "L1-N", None]
    units = [one.get("unitOfMeasure", {}).get("unit") for one in sample["sampledValue"]]
    assert units == [None, "W", "A", "A", "V", "Hertz"]


def test_J01_each_interval_has_its_own_average():
    s = aligned(900, ("AlignedDataCtrlr.Measurands", POWER))
    s.meter(1, 1, 9000)
    until(s, 900)
    for power in (100, 200):
        s.meter(1, 1, power)
    until(s, 1800)
    until(s, 2700)  # no reading at all: the last one
    sent = [values(one["meterValue"][0], POWER)[0] for one in s.messages("MeterValues")]
    assert sent == [9000, 150, 200]


def test_J01_an_absent_value_is_not_a_zero():
    s = aligned(900, ("AlignedDataCtrlr.Measurands", POWER))
    for power in (-1, 100, -1, 300):
        s.meter(1, 1, power)
    until(s, 900)
    power = values(s.last("MeterValues")["meterValue"][0], POWER)[0]
    assert 100 <= power <= 300


def test_J01_a_day_of_readings_does_not_overflow_the_average():
    s = aligned(86400, ("AlignedDataCtrlr.Measurands", "Power.Active.Import,Current.Import"))
    strong = reading(1, 60000, (80000, 80000, 80000))
    for _ in range(20000):
        s.cp.on_meter_value(1, strong)
    assert s.cp.state.evse(1).sums.current_ma[0] < 2**30
    until(s, 86400)
    sample = s.last("MeterValues")["meterValue"][0]
    assert values(sample, POWER) == [60000]
    assert values(sample, "Current.Import") == [80, 80, 80]


# --- J01: aligned with the clock, in a transaction ---


def test_J01_aligned_values_during_a_transaction():  # TC_J_02
    s = aligned()
    s.meter(2, 2000)
    s.charge(1, energy_wh=1000)
    until(s, 901)
    event = s.last("TransactionEvent")
    assert (event["eventType"], event["triggerReason"]) == ("Updated", "MeterValueClock")
    assert contexts(event) == ["Sample.Clock"]
    assert times(event) == ["00:15:00"]
    assert [one["evseId"] for one in s.messages("MeterValues")] == [2]


def test_J01_an_event_that_would_carry_nothing_is_not_sent():
    s = aligned()
    s.plug(1)
    s.tap(CARD, 1)
    s.forget()
    until(s, 1800)
    assert s.messages("TransactionEvent") == []


def test_J01_send_during_idle_is_quiet_while_anybody_charges():  # TC_J_06, J01.FR.20
    s = aligned(900, ("AlignedDataCtrlr.SendDuringIdle", True))
    s.meter(2, 2000)
    s.charge(1)
    until(s, 901)
    assert s.messages("MeterValues") == []
    assert updated(s, "MeterValueClock") == []
    stop(s)
    until(s, 1801)
    assert [one["evseId"] for one in s.messages("MeterValues")] == [1, 2]


def test_J01_aligned_values_inside_ended():  # TC_J_03
    s = station(
        ("AlignedDataCtrlr.TxEndedInterval", 900), ("AlignedDataCtrlr.TxEndedMeasurands", REGISTER)
    )
    s.charge(1, energy_wh=1000)
    for n in range(1, 3):
        until(s, 900 * n - 1)
        s.meter(1, 1000 + n)
        until(s, 900 * n)
    assert updated(s, "MeterValueClock") == []
    s.meter(1, 1003)
    event = stop(s)
    assert contexts(event) == [
        "Transaction.Begin",
        "Sample.Clock",
        "Sample.Clock",
        "Transaction.End",
    ]
    assert [values(one)[0] for one in event["meterValue"]] == [1000, 1001, 1002, 1003]
    assert times(event)[1:3] == ["00:15:00", "00:30:00"]


# --- J02: begin ---


def started(s):
    return [one for one in s.messages("TransactionEvent") if one["eventType"] == "Started"][-1]


def test_J02_begin_values_inside_started():  # TC_J_07
    s = station(("SampledDataCtrlr.TxStartedMeasurands", "Energy.Active.Import.Register,Voltage"))
    s.cp.on_meter_value(1, reading(1000, 0, voltage_dv=(2301, 2299, 2305)))
    s.plug(1)
    s.tap(CARD, 1)
    assert contexts(started(s)) == ["Transaction.Begin"]
    sample = started(s)["meterValue"][0]
    assert values(sample) == [1000]
    assert values(sample, "Voltage") == [230.1, 229.9, 230.5]


def test_J02_begin_values_later_where_the_evse_was_not_known():  # TC_J_08
    s = station(("TxCtrlr.TxStartPoint", "Authorized"))
    s.meter(1, 1000)
    s.meter(2, 2000)
    s.tap(CARD)
    assert "meterValue" not in started(s)
    s.plug(2)
    assert "meterValue" not in s.last("TransactionEvent")
    s.meter(2, 2001)
    s.charging(2)
    event = s.last("TransactionEvent")
    assert event["triggerReason"] == "ChargingStateChanged"
    assert contexts(event) == ["Transaction.Begin"]
    assert values(event["meterValue"][0]) == [2001]
    s.charging(2, "SuspendedEV")
    s.charging(2)
    assert "meterValue" not in s.last("TransactionEvent")
    event = stop(s, 2)
    assert contexts(event) == ["Transaction.Begin", "Transaction.End"]


def test_J02_begin_values_later_where_there_was_no_reading():  # E01.FR.17
    s = station()
    s.plug(1)
    s.tap(CARD, 1)
    assert "meterValue" not in started(s)
    s.meter(1, 1000)
    s.charging(1)
    assert contexts(s.last("TransactionEvent")) == ["Transaction.Begin"]


def test_J02_no_begin_measurands_no_begin_values():
    s = station(("SampledDataCtrlr.TxStartedMeasurands", ""))
    s.charge(1)
    assert all("meterValue" not in one for one in s.messages("TransactionEvent"))
    assert contexts(stop(s)) == ["Transaction.Begin", "Transaction.End"]


def test_J02_begin_value_of_the_integrator():
    given = {
        "timestamp": "2026-11-23T00:00:00Z",
        "sampledValue": [
            {"value": 1.5, "unitOfMeasure": {"unit": "kWh"}}, {"value": 9, "measurand": POWER},
        ],
    }  # fmt: skip
    for meter_start in (given, reading(1500, 9)):
        s = station()
        s.meter(1, 77)
        assert s.cp.on_transaction_started(1, 1, None, None, "Authorized", meter_start)
        s.pump()
        assert contexts(started(s)) == ["Transaction.Begin"]
        sampled = started(s)["meterValue"][0]["sampledValue"]
        assert [(one["measurand"], one["value"]) for one in sampled] == [(REGISTER, 1500)]


def test_J02_a_begin_value_that_is_none_does_not_lose_started():
    for meter_start in ({}, {"sampledValue": []}, {"sampledValue": [{"value": "many"}]}):
        s = station()
        s.meter(1, 77)
        s.cp.on_transaction_started(1, 1, None, None, "Authorized", meter_start)
        s.pump()
        if s.cp.get_evse_transaction_id(1):
            assert s.events() == [("Started", "Authorized", "Idle")]


def test_J02_end_value_of_the_integrator():
    s = station()
    s.charge(1, energy_wh=1000)
    assert s.cp.on_transaction_finished(1, None, reading(1800), "Local", None)
    s.charging(1, "EVConnected")
    event = s.last("TransactionEvent")
    assert contexts(event) == ["Transaction.Begin", "Transaction.End"]
    assert [values(one) for one in event["meterValue"]] == [[1000], [1800]]


# --- J02: periodic ---


def test_J02_periodic_values_in_updated():  # TC_J_09
    s = station(("SampledDataCtrlr.TxUpdatedInterval", 60))
    s.charge(1)
    began = s.now
    s.forget()
    s.run(59)
    assert s.events() == []
    s.run(121)
    assert s.events() == [("Updated", "MeterValuePeriodic", "Charging")] * 3
    assert contexts(s.last("TransactionEvent")) == ["Sample.Periodic"]
    seconds = [int(times(one)[0][-2:]) for one in updated(s, "MeterValuePeriodic")]
    assert seconds == [began % 60] * 3


def test_J02_periodic_values_count_from_the_start_even_if_the_station_was_busy():
    s = station(("SampledDataCtrlr.TxUpdatedInterval", 60))
    s.charge(1)
    began = s.now
    s.forget()
    s.now += 90
    s.pump()
    s.run(30)
    assert s.now == began + 120
    assert len(s.events()) == 2


def test_J02_each_transaction_has_its_own_rhythm():
    s = station(("SampledDataCtrlr.TxUpdatedInterval", 60))
    s.charge(1)
    s.run(25)
    s.charge(2, token="04BB")
    s.forget()
    s.run(60)
    assert [times(one)[0] for one in updated(s, "MeterValuePeriodic")] == ["00:01:10", "00:01:35"]


def test_J02_no_periodic_values_after_the_end():
    s = station(("SampledDataCtrlr.TxUpdatedInterval", 60))
    s.charge(1)
    stop(s)
    s.forget()
    s.run(600)
    assert s.messages("TransactionEvent") == []


def test_J02_interval_0_no_updates():
    s = station()
    s.charge(1)
    s.forget()
    s.run(3600)
    assert s.messages("TransactionEvent") == []


def test_J02_a_changed_interval_takes_effect_at_once():
    s = station()
    s.charge(1)
    s.run(100)
    s.cp.variables.put("SampledDataCtrlr.TxUpdatedInterval", 30)
    s.forget()
    s.run(29)
    assert s.events() == []
    s.run(61)
    assert len(s.events()) == 3
    s.cp.variables.put("SampledDataCtrlr.TxUpdatedInterval", 0)
    s.run(300)
    assert len(s.events()) == 3


def test_J02_disabled_no_updates():
    s = station(
        ("SampledDataCtrlr.TxUpdatedInterval", 60), ("SampledDataCtrlr.Enabled", False),
    )  # fmt: skip
    s.charge(1)
    s.forget()
    s.run(300)
    assert s.messages("TransactionEvent") == []


def test_J02_only_the_listed_measurands_that_the_meter_has():
    s = station(
        ("SampledDataCtrlr.TxUpdatedInterval", 60),
        ("SampledDataCtrlr.TxUpdatedMeasurands", "Current.Import,SoC,Temperature,Power.Offered"),
    )
    s.charge(1)
    s.cp.on_meter_value(1, reading(1000, 11000, (16000, -1, 15900), soc=42))
    s.run(60)
    sampled = s.last("TransactionEvent")["meterValue"][0]["sampledValue"]
    assert [(one["measurand"], one.get("phase"), one["value"]) for one in sampled] == [
        ("Current.Import", "L1", 16), ("Current.Import", "L3", 15.9), ("SoC", None, 42),
    ]  # fmt: skip


def test_J02_no_measurand_no_update():
    s = station(
        ("SampledDataCtrlr.TxUpdatedInterval", 60), ("SampledDataCtrlr.TxUpdatedMeasurands", "")
    )
    s.charge(1)
    s.forget()
    s.run(300)
    assert s.events() == []
    stop(s)
    assert s.last("TransactionEvent")["seqNo"] == 2  # what is not sent has no number


def test_J02_energy_is_sent_as_read():
    s = station(("SampledDataCtrlr.TxUpdatedInterval", 60))
    s.charge(1, energy_wh=123456789)
    s.meter(1, 123456790)
    s.run(60)
    assert values(s.last("TransactionEvent")["meterValue"][0]) == [123456790]


# --- J02: Ended ---


def sampled_for_ended(most=48, **more):
    return station(
        ("SampledDataCtrlr.TxEndedInterval", 60),
        ("SampledDataCtrlr.TxEndedMeasurands", REGISTER),
        ("InternalCtrlr.EndedSamplesMax", most),
        ("InternalCtrlr.OutgoingMessageSize", 100000),
        **more,
    )


def charge_for(s, minutes):
    """A kilowatt for so many minutes, read every minute before the sample is taken."""
    s.charge(1, energy_wh=0)
    for minute in range(1, minutes + 1):
        s.run(59)
        s.meter(1, minute)
        s.run(1)
    return stop(s)


def test_J02_begin_and_end_values_inside_ended():  # TC_J_10
    s = station(("SampledDataCtrlr.TxEndedMeasurands", REGISTER + "," + POWER))
    s.charge(1, energy_wh=1000)
    s.meter(1, 1500, 7200)
    event = stop(s)
    assert contexts(event) == ["Transaction.Begin", "Transaction.End"]
    assert [values(one) for one in event["meterValue"]] == [[1000], [1500]]
    assert values(event["meterValue"][1], POWER) == [7200]


def test_J02_no_ended_measurands_no_values_inside_ended():
    s = station(("SampledDataCtrlr.TxEndedMeasurands", ""))
    s.charge(1)
    assert "meterValue" not in stop(s)


def test_J02_sampled_values_inside_ended():
    event = charge_for(sampled_for_ended(), 5)
    assert contexts(event) == ["Transaction.Begin"] + ["Sample.Periodic"] * 5 + ["Transaction.End"]
    assert [values(one)[0] for one in event["meterValue"]] == [0, 1, 2, 3, 4, 5, 5]


def test_J02_a_long_transaction_is_thinned_evenly():  # E06.FR.12, E06.FR.13, J02.FR.20
    for most in (2, 3, 4, 8, 9, 48):
        for minutes in (most - 2, most - 1, most, most + 1, 3 * most, 100):
            event = charge_for(sampled_for_ended(most), minutes)
            kept = [values(one)[0] for one in event["meterValue"]]
            assert len(kept) <= max(most, 2), (most, minutes, kept)
            assert (kept[0], kept[-1]) == (0, minutes)
            assert contexts(event)[0] == "Transaction.Begin"
            assert contexts(event)[-1] == "Transaction.End"
            steps = {b - a for a, b in zip(kept[:-1], kept[1:-1])}
            assert len(steps) <= 1, (most, minutes, kept)
            if most > 3 and minutes >= most:
                assert len(kept) > most // 2 - 1, (most, minutes, kept)


def test_J02_ended_is_never_larger_than_a_message_may_be():  # J02.FR.20
    everything = REGISTER + ",Power.Active.Import,Current.Import,Voltage"
    s = CoreStation(settings=[
        ("SampledDataCtrlr.TxEndedInterval", 60), ("SampledDataCtrlr.TxUpdatedInterval", 0),
        ("SampledDataCtrlr.TxEndedMeasurands", everything), ("InternalCtrlr.OutgoingMessageSize",
        4096),
    ])  # fmt: skip
    s.cp.on_meter_value(1, reading(0, 11000, (16000,) * 3, (2301,) * 3))
    s.plug(1)
    s.tap(CARD, 1)
    s.charging(1)
    s.run(40 * 60)
    s.cp.on_meter_value(1, reading(7000, 11000, (16000,) * 3, (2301,) * 3))
    event = stop(s)
    assert len(json.dumps(event)) < 4096
    assert contexts(event)[0] == "Transaction.Begin"
    assert contexts(event)[-1] == "Transaction.End"
    assert len(event["meterValue"]) > 2
    assert values(event["meterValue"][-1]) == [7000]


def test_J02_samples_of_one_transaction_do_not_leak_into_the_next():
    s = sampled_for_ended()
    charge_for(s, 5)
    s.unplug(1)
    s.charge(1, energy_wh=5)
    assert len(stop(s)["meterValue"]) == 2


# --- J02: signed ---

SIGNED = {
    "signedMeterData": "c2lnbmVk", "signingMethod": "ECDSA", "encodingMethod": "OCMF",
    "publicKey": "",
}  # fmt: skip


def signed_reading(energy_wh):
    value = reading(energy_wh, 11000)
    value.signed = SIGNED
    return value


def signatures(meter_value):
    return [one.get("signedMeterValue") for one in meter_value["sampledValue"]]


def test_J02_signed_values_where_wanted():  # TC_J_11
    for wanted in (True, False):
        s = station(
            ("SampledDataCtrlr.SignReadings", wanted),
            ("SampledDataCtrlr.TxStartedMeasurands", POWER + "," + REGISTER),
        )
        s.cp.on_meter_value(1, signed_reading(1000))
        s.plug(1)
        s.tap(CARD, 1)
        expected = [None, SIGNED] if wanted else [None, None]
        assert signatures(started(s)["meterValue"][0]) == expected


def test_J01_signed_aligned_values_where_wanted():  # TC_J_04
    for wanted in (True, False):
        s = aligned(900, ("AlignedDataCtrlr.SignReadings", wanted))
        s.cp.on_meter_value(1, signed_reading(1000))
        until(s, 900)
        assert signatures(s.last("MeterValues")["meterValue"][0]) == [SIGNED if wanted else None]


# --- readings as dicts ---


def given(*sampled):
    return {"timestamp": "2026-11-23T00:00:00Z", "sampledValue": list(sampled)}


def taken(s):
    return s.cp.state.evse(1).meter


def test_J02_a_dict_is_normalised():
    s = station()
    assert s.cp.on_meter_value(1, given(
        {"value": 12.345, "unitOfMeasure": {"unit": "kWh"}},
        {"value": 11, "measurand": POWER, "unitOfMeasure": {"unit": "W", "multiplier": 3}},
        {"value": 16.2, "measurand": "Current.Import", "phase": "L1"},
        {"value": 15.9, "measurand": "Current.Import", "phase": "L2"},
        {"value": 230.4, "measurand": "Voltage", "phase": "L3-N"},
        {"value": 49.98, "measurand": "Frequency"},
        {"value": 80, "measurand": "SoC", "location": "EV"},
    ))  # fmt: skip
    meter = taken(s)
    assert (meter.energy_wh, meter.power_w, meter.soc) == (12345, 11000, 80)
    assert list(meter.current_ma) == [16200, 15900, -1]
    assert list(meter.voltage_dv) == [-1, -1, 2304]
    assert meter.frequency_mhz == 49980


def test_J02_the_total_is_not_taken_from_a_phase_or_another_place():
    s = station()
    assert s.cp.on_meter_value(1, given(
        {"value": 900},
        {"value": 300, "phase": "L1"},
        {"value": 901, "location": "Inlet"},
        {"value": 400, "measurand": "Voltage", "phase": "L1-L2"},
        {"value": 7, "measurand": "Current.Import", "phase": "N"},
        {"value": 35, "measurand": "Temperature", "location": "Body"},
    ))  # fmt: skip
    assert taken(s).energy_wh == 900
    assert list(taken(s).voltage_dv) == [-1, -1, -1]
    assert list(taken(s).current_ma) == [-1, -1, -1]


def test_J02_a_dict_that_is_no_reading_keeps_the_one_before():
    s = station()
    s.meter(1, 500)
    for bad in (
        {}, {"sampledValue": []}, {"sampledValue": None}, given({}), given({"value": "many"}),
        given({"value": None}), given({"value": 1, "measurand": "Nonsense"}), given("1"),
        given({"value": 1}, {"value": "x"}), given({"value": float("nan")}),
        given({"value": float("inf")}),
    ):  # fmt: skip
        assert not s.cp.on_meter_value(1, bad), bad
        assert taken(s).energy_wh == 500
    assert s.cp.errors == 0


def test_J02_a_reading_of_an_unknown_evse_is_refused():
    s = station()
    for evse_id in (3, -1, 99, True, False, 1.0, "1", None):
        assert not s.cp.on_meter_value(evse_id, reading(1)), evse_id
    assert s.cp.state.grid_meter.energy_wh == -1
    assert taken(s).energy_wh == -1


def test_J02_the_drivers_object_may_be_used_again():
    s = station()
    mine = reading(1000)
    s.cp.on_meter_value(1, mine)
    mine.energy_wh = 5
    assert taken(s).energy_wh == 1000
