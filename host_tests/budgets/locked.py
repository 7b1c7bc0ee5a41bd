"""The paths that may not allocate, with the heap locked. Prints `NAME 0`, or `NAME 1` where it
does; runs on MicroPython, from heap.py."""

from micropython import heap_lock, heap_unlock

from host_tests.budgets.desk import SAMPLE_S, Desk
from host_tests.budgets.whole import Whole
from ocpp201 import MeterValue


def report(config):
    one = Whole(config)
    _say("an allocation, to show that it is noticed", one, lambda: [one])
    _say("wakeup, idle", one, lambda: one.cp.wakeup(one.now))
    one.begin()
    board, cp, value = one.station.board, one.cp, MeterValue()
    outlet = one.station.controller.outlets[0]
    _say("wakeup, in transactions", one, lambda: cp.wakeup(one.now))
    _say("decode of the simulated meter", one, lambda: board.read_meter(1, value))
    _say("measure of the outlet", one, outlet.measure)
    _say("on_meter_value", one, lambda: cp.on_meter_value(1, value))
    _say("on_meter_value, grid", one, lambda: cp.on_meter_value(0, value))
    _say("force_open", one, outlet.contactor.force_open)
    three = Desk()
    three.begin()
    full = MeterValue()
    full.energy_wh, full.power_w, full.frequency_mhz = 999999999, 22080, 50000
    for n in range(3):
        full.current_ma[n], full.voltage_dv[n] = 32000, 2300
    _say("on_meter_value, a day of readings", three, lambda: _a_day(three.cp, full))


def _a_day(cp, value):
    for _ in range(86400 // SAMPLE_S * 6):
        cp.on_meter_value(1, value)


def _say(name, one, path):
    """Twice to warm up; then locked. An error that the core has caught counts as well."""
    path()
    path()
    errors = one.cp.errors
    allocated = 0
    heap_lock()
    try:
        path()
    except MemoryError:
        allocated = 1
    heap_unlock()
    print(name, 1 if one.cp.errors != errors else allocated)
