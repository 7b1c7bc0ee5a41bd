# runs on: cpython, micropython
"""What the registers of each kind of meter mean: golden frames, and what is no reading."""

import struct

from evse.modbus import rtu
from evse.modbus.meters import MAPS, Meter
from evse.modbus.rtu import GOOD, Bus
from ocpp201 import MeterValue

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    heap_lock = heap_unlock = None


def frame(function, registers):
    data = bytearray(3 + 2 * len(registers))
    data[0], data[1], data[2] = 1, function, 2 * len(registers)
    for n, register in enumerate(registers):
        struct.pack_into(">H", data, 3 + 2 * n, register)
    crc = rtu.crc16(data, 0, len(data))
    return bytes(data) + bytes((crc & 255, crc >> 8))


def words(kind, number):
    """Registers, high word first."""
    data = struct.pack(">" + kind, number)
    return [data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)]


class Desk:
    """A meter whose registers a test writes."""

    def __init__(self, kind):
        self.meter = Meter(kind)
        self.bus = Bus()
        self.value = MeterValue()
        self.registers = {}

    def put(self, address, registers):
        for n, register in enumerate(registers):
            self.registers[address + n] = register

    def read(self):
        for n, (function, address, count, _) in enumerate(self.meter.requests):
            self.meter.ask(self.bus, n)
            answer = frame(function, [self.registers.get(address + i, 0) for i in range(count)])
            assert self.bus.feed(answer, len(answer)) == GOOD
            self.meter.take(self.bus, n, self.value)
        return self.value


def golden(kind, address, answer):
    """The value after this answer to the request at that address; all else stays absent."""
    desk = Desk(kind)
    answer = bytes.fromhex(answer)
    for n, request in enumerate(desk.meter.requests):
        if request[1] == address:
            # The golden frame has the first registers of the request, or all.
            count = answer[2] // 2
            desk.bus.read(1, request[0], address, count)
            assert desk.bus.feed(answer, len(answer)) == GOOD
            items = [
                (item[0], item[1], item[2], tuple([at for at in item[3] if at < count]))
                for item in request[3]
            ]
            desk.meter.requests[n] = request[:3] + (items,)
            desk.meter.take(desk.bus, n, desk.value)
            return desk.value
    raise AssertionError("no request at %x" % address)


def test_MTR_golden_frames():
    assert golden("SDM630", 0x34, "010404462CCE007B65").power_w == 11060
    value = golden("SDM72", 0, "01040C4366199A4367333343 65E666EFEC".replace(" ", ""))
    assert list(value.voltage_dv) == [2301, 2312, 2299]
    assert golden("B23", 0x5000, "010308000000000001E2408D47").energy_wh == 1234560
    assert golden("B24", 0x5B14, "010304FFEF1FE273AB").power_w == 0  # -11059.5 W
    assert golden("B23", 0x5B14, "0103047FFFFFFFD267").power_w == -1
    value = golden("EM340", 0x0C, "01040C3E8A0000C194FFFF3EB2000001BB")
    assert list(value.current_ma) == [16010, 15980, 16050]
    assert golden("EM340", 0x28, "0104048FC50000C16D").power_w == 3681
    assert golden("EM340", 0x34, "010404AE61000A0AB5").energy_wh == 70000100
    assert golden("EM24", 0x42, "010404AE61000A0AB5").energy_wh == 70000100


def assert_reads(desk):
    value = desk.read()
    assert value.energy_wh == 1234567, value.energy_wh
    assert value.export_wh == 2500
    assert value.power_w == 11060
    assert value.frequency_mhz == 50020
    phases = 3 if desk.meter.requests[0][3][0][3][1:] else 1
    assert list(value.voltage_dv)[:phases] == [2301, 2312, 2299][:phases]
    assert list(value.current_ma)[:phases] == [16010, 5, 15980][:phases]
    assert list(value.voltage_dv)[phases:] == [-1, -1, -1][phases:]


def test_MTR_float_meters_read_every_quantity():
    for kinds, volts, amperes, power, hertz, energy, export, kilo in (
        (("SDM630", "SDM72"), 0, 6, 0x34, 0x46, 0x48, 0x4A, 1000),
        (("SDM120", "SDM230"), 0, 6, 0x0C, 0x46, 0x48, 0x4A, 1000),
        (("7M",), 2500, 2516, 2536, 2584, 2752, 2756, 1),
        (("OR-WE-516", "OR-WE-517"), 0x0E, 0x16, 0x1C, 0x14, 0x108, 0x110, 1000),
    ):
        for kind in kinds:
            desk = Desk(kind)
            phases = 1 if kind in ("SDM120", "SDM230") else 3
            for n in range(phases):
                desk.put(volts + 2 * n, words("f", (230.1, 231.2, 229.9)[n]))
                desk.put(amperes + 2 * n, words("f", (16.01, 0.005, -15.98)[n]))
            desk.put(power, words("f", 11.0596 if kind[0] == "O" else 11059.6))
            desk.put(hertz, words("f", 50.02))
            desk.put(energy, words("f", 1234.567 * 1000 / kilo))
            desk.put(export, words("f", 2.5 * 1000 / kilo))
            assert_reads(desk)


def test_MTR_ABB_reads_every_quantity():
    for kind in ("B23", "B24"):
        desk = Desk(kind)
        for n in range(3):
            desk.put(0x5B00 + 2 * n, words("I", (2301, 2312, 2299)[n]))
            desk.put(0x5B0C + 2 * n, words("I", (1601, 0, 1598)[n]))
        desk.put(0x5B14, words("i", 1105960))
        desk.put(0x5B2C, [5002])
        desk.put(0x5000, words("Q", 123456))
        desk.put(0x5004, words("Q", 250))
        value = desk.read()
        assert (value.energy_wh, value.export_wh, value.power_w) == (1234560, 2500, 11060)
        assert value.frequency_mhz == 50020
        assert list(value.voltage_dv) == [2301, 2312, 2299]
        assert list(value.current_ma) == [16010, 0, 15980]


def test_MTR_Carlo_Gavazzi_reads_every_quantity():
    for kind, hertz, energy, export in (("EM340", 0x33, 0x34, 0x4E), ("EM24", 0x37, 0x42, 0x5C)):
        desk = Desk(kind)
        for n in range(3):
            desk.put(2 * n, words("i", (2301, 2312, 2299)[n])[::-1])
            desk.put(0x0C + 2 * n, words("i", (16010, 5, -15980)[n])[::-1])
        desk.put(0x28, words("i", 110596)[::-1])
        desk.put(hertz, [500])
        desk.put(energy, words("i", 12346)[::-1])
        desk.put(export, words("i", 25)[::-1])
        value = desk.read()
        assert (value.energy_wh, value.export_wh, value.power_w) == (1234600, 2500, 11060)
        assert value.frequency_mhz == 50000
        assert list(value.voltage_dv) == [2301, 2312, 2299]
        assert list(value.current_ma) == [16010, 5, 15980]


def test_MTR_all_ones_NaN_and_infinity_are_no_reading():
    for kind in MAPS:
        for word in (0xFFFF, 0x7FFF, 0x7F80, 0xFF80):
            desk = Desk(kind)
            for _, address, count, _ in desk.meter.requests:
                desk.put(address, [word] + [0xFFFF] * (count - 1))
            if kind[:2] == "EM":  # low word first
                if word != 0x7FFF:
                    continue
                desk.put(0, [0xFFFF, 0x7FFF])
            elif kind[0] == "B" and word & 0xFF == 0x80:
                continue  # a number there
            assert desk.read().voltage_dv[0] == -1, (kind, word)


def test_MTR_a_register_that_falls_counts_as_its_highest():
    desk = Desk("SDM630")
    for kwh, expected in ((10.0, 10000), (9.5, 10000), (10.25, 10250), (0.0, 10250)):
        desk.put(0x48, words("f", kwh))
        assert desk.read().energy_wh == expected
    assert desk.meter.backwards == 2
    desk.put(0x48, [0x7FC0, 0])  # NaN is no fall
    assert desk.read().energy_wh == 10250 and desk.meter.backwards == 2


def test_MTR_floats_are_rounded_as_exact_arithmetic_does():
    desk = Desk("7M")
    desk_k = Desk("SDM630")
    seed = 7
    for _ in range(3000):
        seed = (seed * 1103515245 + 12345) % 2147483648
        mantissa, exponent = seed >> 8 & 0x7FFFFF, 112 + (seed >> 3) % 44
        registers = [exponent << 7 | mantissa >> 16, mantissa & 0xFFFF]
        whole = mantissa | 0x800000
        for one, address, factor in ((desk, 2752, 1), (desk_k, 0x48, 1000)):
            shift = 150 - exponent
            exact = whole * factor
            exact = (exact + (1 << shift - 1)) >> shift if shift > 0 else exact << -shift
            one.value.energy_wh = -1
            one.put(address, registers)
            assert one.read().energy_wh == exact, (mantissa, exponent, factor)


def test_MTR_unknown_kinds_and_units():
    for kind, unit in (("SDM999", 1), ("SDM630", 0), ("SDM630", 248)):
        try:
            Meter(kind, unit)
        except ValueError:
            continue
        raise AssertionError(kind)


def test_MTR_from_bytes_to_MeterValue_nothing_is_allocated():
    if heap_lock is None:
        return  # CPython has no heap to lock
    for kind in MAPS:
        desk = Desk(kind)
        for _, address, count, _ in desk.meter.requests:
            desk.put(address, [0x4366, 0x199A] * (count // 2 + 1))
        desk.read()
        answers = []
        for function, address, count, _ in desk.meter.requests:
            registers = [desk.registers.get(address + i, 0) for i in range(count)]
            if kind[0] == "B":
                registers = [0, 0, 0, 77] * (count // 4 + 1)
            answers.append(frame(function, registers[:count]))
        heap_lock()
        try:
            for n in range(len(answers)):
                desk.meter.ask(desk.bus, n)
                state = desk.bus.feed(answers[n], len(answers[n]))
                desk.meter.take(desk.bus, n, desk.value)
        finally:
            heap_unlock()
        assert state == GOOD
