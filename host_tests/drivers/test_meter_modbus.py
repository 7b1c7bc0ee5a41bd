"""The driver of Modbus meters, with a real Modbus server at the other end of a pseudo-terminal,
and a line between them that damages, loses and echoes."""

import asyncio
import os

import pytest

from boards.drivers.meter_modbus import MeterBus
from evse.modbus.meters import Meter
from host_tests.drivers.rs485 import Rs485
from host_tests.drivers.test_meters_pymodbus import registers
from ocpp201 import MeterValue


class Uart:
    """As machine.UART, over the near end of the line. spoil(data) -> what arrives of it."""

    def __init__(self, line):
        self._fd = line.ours
        os.set_blocking(self._fd, False)
        self.spoil = lambda data: data
        self.echo = False
        self.log = []
        self._back = b""

    def write(self, data):
        self.log.append("write")
        self._back += bytes(data) if self.echo else b""
        return os.write(self._fd, data)

    def flush(self):
        self.log.append("flush")

    def readinto(self, buffer):
        try:
            data = os.read(self._fd, len(buffer) - len(self._back))
        except BlockingIOError:
            data = b""
        data = self._back + (self.spoil(data) if data else b"")
        self._back = b""
        buffer[: len(data)] = data
        return len(data) or None


class Desk:
    def __init__(self, line, meters=None, **options):
        self.uart = Uart(line)
        self.log = []
        self.slept = []
        meters = meters or {1: Meter("SDM630", 1)}
        self.bus = MeterBus(
            self.uart, meters, self._sleep_ms, lambda *line: self.log.append(line), **options
        )
        self.values = {evse_id: MeterValue() for evse_id in meters}
        for evse_id in meters:
            assert self.bus.read(evse_id, self.values[evse_id]) is False

    async def _sleep_ms(self, ms):
        self.slept.append(ms)
        await asyncio.sleep(ms / 1000)

    def round(self):
        """What `read` says of each EVSE afterwards."""
        asyncio.run(self.bus.round())
        return [self.bus.read(one, self.values[one]) for one in self.values]


@pytest.fixture
def line():
    with Rs485({1: registers("SDM630"), 2: registers("B23")}) as line:
        yield line


def once(spoil):
    """The first piece of an answer that arrives is spoilt, the rest is not."""
    pieces = []

    def spoilt(data):
        pieces.append(data)
        return spoil(data) if len(pieces) == 1 else data

    return spoilt


def test_MTR_two_meters_on_one_bus(line):
    desk = Desk(line, {1: Meter("SDM630", 1), 4: Meter("B23", 2)})
    assert desk.round() == [True, True]
    assert [value.energy_wh for value in desk.values.values()] == [1234500] * 2
    assert desk.bus.repeats == 0 and desk.bus.rounds == 1
    assert desk.bus.read(2, MeterValue()) is None  # no meter is fitted there
    assert desk.slept.count(200) == 2  # another unit


@pytest.mark.parametrize("name, spoil", [
    ("a wrong CRC", lambda data: data[:-1] + bytes((data[-1] ^ 1,))),
    ("a lost answer", lambda data: b""),
    ("half an answer", lambda data: data[: len(data) // 2]),
    ("noise before it", lambda data: b"\x00\xff" + data),
    ("bytes behind it", lambda data: data + b"\x00"),
    ("another unit's", lambda data: b"\x09" + data[1:]),
])  # fmt: skip
def test_MTR_a_damaged_answer_is_asked_for_again(line, name, spoil):
    desk = Desk(line)
    desk.uart.spoil = once(spoil)
    assert desk.round() == [True]
    assert desk.values[1].energy_wh == 1234500
    assert desk.bus.repeats == 1 and [level for level, _ in desk.log] == ["info"]


def test_MTR_a_line_that_echoes(line):
    desk = Desk(line)
    desk.uart.echo = True
    assert desk.round() == [True] == desk.round()
    assert desk.values[1].energy_wh == 1234500 and desk.bus.repeats == 0


def test_MTR_a_meter_that_falls_silent_says_so_once_and_comes_back(line):
    desk = Desk(line)
    assert desk.round() == [True]
    desk.uart.spoil = lambda data: b""
    assert desk.round() == [False] == desk.round()
    desk.uart.spoil = lambda data: data
    assert desk.round() == [True]
    assert [text for _, text in desk.log] == [
        "meter of evse 1 answers", "meter of evse 1: no answer", "meter of evse 1 answers",
    ]  # fmt: skip


def test_MTR_a_meter_without_these_registers(line):
    desk = Desk(line, {1: Meter("EM340", 1)})
    assert desk.round() == [False]
    assert desk.log == [("warning", "meter of evse 1: exception 2")]
    assert desk.bus.repeats == 0


def test_MTR_noise_without_end_stops_nobody(line):
    desk = Desk(line, {1: Meter("SDM630", 1), 2: Meter("B23", 2)})
    desk.uart.readinto = lambda buffer: len(buffer)
    assert desk.round() == [False, False]
    assert len(desk.log) == 2


def test_MTR_the_transceiver_is_told_who_talks(line):
    desk = Desk(line, direction=lambda level: desk.uart.log.append(level))
    assert desk.round() == [True]
    assert desk.uart.log == [1, "write", "flush", 0] * 3


def test_MTR_a_round_begins_each_second(line):
    desk = Desk(line)

    async def live():
        task = asyncio.ensure_future(desk.bus.run())
        while desk.bus.rounds < 2:
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(live())
    assert sum(desk.slept) == 2 * 1000
