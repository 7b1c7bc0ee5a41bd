"""Each register map against a real Modbus server, which knows our frames from nobody here."""

import struct

import pytest

from evse.modbus.meters import MAPS, Meter
from evse.modbus.rtu import GOOD, REFUSED, WAITING, Bus
from host_tests.drivers.rs485 import Rs485
from ocpp201 import MeterValue

ENERGY = {  # function, address, registers of 1,234.5 kWh
    "SDM630": (4, 0x48, ">f", 1234.5), "SDM72": (4, 0x48, ">f", 1234.5),
    "SDM120": (4, 0x48, ">f", 1234.5), "SDM230": (4, 0x48, ">f", 1234.5),
    "B23": (3, 0x5000, ">Q", 123450), "B24": (3, 0x5000, ">Q", 123450),
    "EM340": (4, 0x34, "low", 12345), "EM24": (4, 0x42, "low", 12345),
    "OR-WE-516": (3, 0x108, ">f", 1234.5), "OR-WE-517": (3, 0x108, ">f", 1234.5),
    "7M": (4, 2752, ">f", 1234500.0),
}  # fmt: skip


def words(kind, number):
    data = struct.pack(">i" if kind == "low" else kind, number)
    registers = list(struct.unpack(f">{len(data) // 2}H", data))
    return registers[::-1] if kind == "low" else registers


def registers(kind):
    """All that the map reads, and nothing between: 0, but the energy."""
    functions = {}
    for function, address, count, _ in Meter(kind).requests:
        functions.setdefault(function, {})[address] = [0] * count
    function, address, packed, number = ENERGY[kind]
    for start, block in functions[function].items():
        if start <= address < start + len(block):
            new = words(packed, number)
            block[address - start : address - start + len(new)] = new
    return functions


def read_all(line, meter, bus, value, **how):
    for n in range(len(meter.requests)):
        meter.ask(bus, n)
        assert line.ask(bus, **how) == GOOD, (n, bus.why, bus.exception)
        meter.take(bus, n, value)


@pytest.mark.parametrize("kind", MAPS)
def test_MTR_a_real_server_with_this_map_is_read(kind):
    with Rs485({7: registers(kind)}) as line:
        value = MeterValue()
        read_all(line, Meter(kind, 7), Bus(), value)
        assert value.energy_wh == 1234500
        assert value.power_w == 0 == value.voltage_dv[0] == value.current_ma[0]


def test_MTR_two_meters_on_one_bus_with_an_echo():
    with Rs485({1: registers("SDM630"), 2: registers("B23")}) as line:
        bus = Bus()
        for _ in range(3):
            for kind, unit in (("SDM630", 1), ("B23", 2)):
                value = MeterValue()
                read_all(line, Meter(kind, unit), bus, value, echo=True, chunk=64)
                assert value.energy_wh == 1234500
        assert bus.echoes


def test_MTR_an_undefined_register_is_an_exception_and_the_next_request_works():
    with Rs485({1: registers("EM340")}) as line:
        bus = Bus()
        bus.read(1, 4, 0, 80)
        assert line.ask(bus) == REFUSED and bus.exception == 2
        bus.read(1, 4, 0x34, 2)
        assert line.ask(bus) == GOOD


def test_MTR_who_is_not_there_does_not_answer():
    with Rs485({1: registers("SDM630")}) as line:
        bus = Bus()
        bus.read(9, 4, 0, 2)
        assert line.ask(bus, patience_s=0.2) == WAITING
        bus.read(1, 4, 0x48, 2)
        assert line.ask(bus) == GOOD


def test_MTR_registers_are_written():
    with Rs485({1: {3: {0x10: [0, 0]}}}) as line:
        bus = Bus()
        bus.write_one(1, 0x10, 0x1234)
        assert line.ask(bus) == GOOD
        bus.write_more(1, 0x10, (7, 8))
        assert line.ask(bus) == GOOD
        bus.read(1, 3, 0x10, 2)
        assert line.ask(bus) == GOOD
        assert (bus.register(0), bus.register(1)) == (7, 8)
