# runs on: cpython, micropython
"""Frames of Modbus RTU: byte by byte, with an echo, and everything that is not the answer."""

from evse.modbus import rtu
from evse.modbus.rtu import BAD, GOOD, REFUSED, WAITING, Bus

ASK = (1, 4, 0x34, 2)
POWER = bytes.fromhex("010404462CCE007B65")
EXCEPTIONS = (((1, 4, 0x34, 2), "018402C2C1", 2), ((1, 3, 0x34, 2), "01830180F0", 1))
GOLDEN = (
    ((1, 4, 0x34, 2), "0104003400023005"),
    ((1, 4, 0x48, 2), "010400480002F1DD"),
    ((1, 4, 0, 18), "0104000000127007"),
    ((1, 4, 0x46, 6), "01040046000691DD"),
    ((1, 3, 0x5B00, 6), "01035B000006D6EC"),
    ((1, 3, 0x5B0C, 6), "01035B0C000616EF"),
    ((1, 3, 0x5B14, 2), "01035B140002972B"),
    ((1, 3, 0x5000, 4), "0103500000045509"),
    ((1, 4, 0x28, 2), "010400280002F1C3"),
    ((1, 4, 0x4E, 2), "0104004E000211DC"),
    ((1, 3, 0x1C, 2), "0103001C000205CD"),
    ((1, 3, 0x108, 2), "0103010800024435"),
)


def asked(request=ASK):
    bus = Bus()
    bus.read(*request)
    return bus


def bytewise(bus, data):
    states = [bus.feed(data[i : i + 1], 1) for i in range(len(data))]
    assert all([state == WAITING for state in states[:-1]]), states
    return states[-1]


def with_crc(data):
    crc = rtu.crc16(data, 0, len(data))
    return bytes(data) + bytes((crc & 255, crc >> 8))


def test_MB_crc_has_the_check_value_of_the_specification():
    assert rtu.crc16(b"123456789", 0, 9) == 0x4B37


def test_MB_requests_are_the_golden_ones():
    for request, frame in GOLDEN:
        assert bytes(asked(request).request) == bytes.fromhex(frame), frame


def test_MB_an_answer_in_one_piece_and_byte_by_byte():
    for feed in (lambda bus: bus.feed(POWER, len(POWER)), lambda bus: bytewise(bus, POWER)):
        bus = asked()
        assert feed(bus) == GOOD
        assert (bus.register(0), bus.register(1)) == (0x462C, 0xCE00)


def test_MB_split_at_every_byte():
    for at in range(1, len(POWER)):
        bus = asked()
        assert bus.feed(POWER[:at], at) == WAITING
        assert bus.feed(POWER[at:], len(POWER) - at) == GOOD


def test_MB_our_own_echo_is_skipped():
    for request, answer in ((ASK, POWER), (ASK, bytes.fromhex("018402C2C1"))):
        for at in range(0, 8 + len(answer)):
            bus = asked(request)
            both = bytes(bus.request) + answer
            if at:
                assert bus.feed(both[:at], at) == WAITING
            state = bus.feed(both[at:], len(both) - at)
            assert state == (GOOD if answer == POWER else REFUSED), at
            assert bus.echoes


def test_MB_nothing_but_an_echo_is_no_answer():
    bus = asked()
    assert bytewise(bus, bytes(bus.request)) == WAITING


def test_MB_exceptions():
    for request, answer, code in EXCEPTIONS:
        bus = asked(request)
        assert bytewise(bus, bytes.fromhex(answer)) == REFUSED
        assert bus.exception == code


def test_MB_every_flipped_bit_is_noticed():
    for i in range(8 * len(POWER)):
        data = bytearray(POWER)
        data[i // 8] ^= 1 << i % 8
        bus = asked()
        assert bus.feed(data, len(data)) in (BAD, WAITING), i


def test_MB_what_is_not_the_answer():
    for data, why in (
        (with_crc(b"\x02" + POWER[1:-2]), "another unit"),
        (with_crc(b"\x01\x03" + POWER[2:-2]), "another function"),
        (with_crc(b"\x01\x83\x02"), "another function"),
        (with_crc(b"\x01\x04\x02\x00\x00"), "another length"),  # late, of the request before
        (POWER + b"\x00", "bytes behind the answer"),
        (POWER[:-1] + b"\x00", "wrong CRC"),
    ):
        bus = asked()
        assert bus.feed(data, len(data)) == BAD
        assert bus.why == why, (data, bus.why)


def test_MB_bytes_behind_the_answer_are_noticed_later_too():
    bus = asked()
    bus.feed(POWER, len(POWER))
    assert bus.feed(b"\x00", 0) == GOOD
    assert bus.feed(b"\x00", 1) == BAD


def test_MB_noise_at_full_speed_ends_in_bad_and_a_new_request_works():
    bus = asked()
    for n in range(1000):
        bus.feed(bytes((n & 255, 1, 4)) * 20, 60)
    assert bus.feed(POWER, len(POWER)) == BAD
    bus.read(*ASK)
    assert bus.feed(POWER, len(POWER)) == GOOD


def test_MB_before_any_request_nothing_is_an_answer():
    assert Bus().feed(POWER, len(POWER)) == BAD


def test_MB_writing():
    bus = Bus()
    bus.write_one(1, 0x10, 0x1234)
    frame = bytes(bus.request)
    assert frame == with_crc(b"\x01\x06\x00\x10\x12\x34")
    assert bytewise(bus, frame) == GOOD
    bus.write_more(1, 0x1C, (0x4000, 0))
    assert bytes(bus.request) == bytes.fromhex("0110001C00020440000000E736")
    assert bytewise(bus, with_crc(b"\x01\x10\x00\x1c\x00\x02")) == GOOD
    bus.write_more(1, 0x1C, (0x4000, 0))
    answer = with_crc(b"\x01\x10\x00\x1d\x00\x02")
    assert bus.feed(answer, len(answer)) == BAD and bus.why == "another address"


def test_MB_a_write_on_a_line_that_echoes_waits_for_the_unit():
    bus = asked()
    bus.feed(bytes(bus.request) + POWER, 8 + len(POWER))
    bus.write_one(1, 0x10, 1)
    frame = bytes(bus.request)
    assert bytewise(bus, frame) == WAITING
    assert bytewise(bus, frame) == GOOD


def test_MB_impossible_requests():
    for request in ((1, 5, 0, 1), (1, 4, 0, 0), (1, 4, 0, 126)):
        try:
            Bus().read(*request)
        except ValueError:
            continue
        raise AssertionError(request)
