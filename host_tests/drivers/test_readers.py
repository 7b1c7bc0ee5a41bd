# runs on: cpython, micropython
"""Card readers that talk by themselves, and what a card means."""

from evse.rfid.ascii_line import AsciiLine
from evse.rfid.rdm6300 import Rdm6300
from evse.rfid.uid import Presence, masked, token

TAG = b"\x02010063E9AE25\x03"
UID = bytes((0x01, 0x00, 0x63, 0xE9, 0xAE))


def cards(reader, data):
    return [uid for uid in [reader.feed(byte) for byte in data] if uid is not None]


def noise(n):
    seed, data = 1, bytearray(n)
    for i in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        data[i] = seed >> 16 & 255
    return data


def raises(call, *args, **options):
    try:
        call(*args, **options)
    except ValueError:
        return True
    return False


def test_RFID_rdm6300_reads_a_tag_and_its_clones_telegrams():
    for data in (
        TAG, b"\x02010063E9AE25\r\n\x03", b"\x02010063E9AE25", b"\x02010063e9ae25\x03",
        b"\x0201" + TAG, b"\x03\r\n" + TAG,
    ):  # fmt: skip
        assert cards(Rdm6300(), data) == [UID], data
    assert cards(Rdm6300(), TAG * 3) == [UID] * 3


def test_RFID_rdm6300_refuses_what_is_damaged():
    for i in range(1, 13):
        for other in b"0123456789ABCDEFG":
            data = bytearray(TAG)
            if other != data[i]:
                data[i] = other
                reader = Rdm6300()
                assert cards(reader, data) == [] and reader.errors == 1, data
                assert cards(reader, TAG) == [UID]


def test_RFID_noise_is_no_card_and_hurts_nobody():
    for reader, good in ((Rdm6300(), TAG), (AsciiLine(), b"\r04A1B2C3\r")):
        assert cards(reader, noise(20000)) == []
        assert reader.errors > 0
        assert len(cards(reader, good)) == 1


def test_RFID_lines_of_text():
    uid = bytes((0x04, 0xA1, 0xB2, 0xC3))
    for line in (b"04A1B2C3\r\n", b"04a1b2c3\n", b"04:A1:B2:C3\r", b"04 A1-b2 C3\r"):
        assert cards(AsciiLine(), b"TWN3 V1.2\r\n" + line) == [uid], line
    assert cards(AsciiLine(), b"1A808001C0\r") == [bytes((0x1A, 0x80, 0x80, 0x01, 0xC0))]
    assert cards(AsciiLine("UID="), b"UID=04A1B2C3\r04A1B2C3\r") == [uid]
    assert cards(AsciiLine(), b"ED0BA996\rEDBA996\r") == [bytes((0xED, 0x0B, 0xA9, 0x96))]


def test_RFID_lines_that_are_no_card():
    reader = AsciiLine()
    for line in (b"04A1B2\r", b"04A1B2C\r", b"04A1B2CG\r", b"0" * 22 + b"\r", b"0" * 65 + b"\r"):
        assert cards(reader, line) == [], line
    assert reader.errors == 5
    assert cards(reader, b"0" * 100 + b"04A1B2C3\r04A1B2C3\r") == [bytes((4, 0xA1, 0xB2, 0xC3))]


def test_RFID_a_UID_becomes_an_idToken():
    seven = bytes((0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x0F))
    assert token(seven) == ("04A1B2C3D4E50F", "ISO14443")
    assert token(seven, order="reversed") == ("0FE5D4C3B2A104", "ISO14443")
    assert token(seven, count=4) == ("04A1B2C3", "ISO14443")
    assert token(seven, order="reversed", count=4) == ("0FE5D4C3", "ISO14443")
    assert token(seven, case="lower") == ("04a1b2c3d4e50f", "ISO14443")
    assert token(UID) == ("010063E9AE", "Local")
    assert token(UID, kind="Central") == ("010063E9AE", "Central")
    assert token(bytes(8)) == ("0" * 16, "ISO15693")


def test_RFID_a_random_UID_and_impossible_ones_are_refused():
    for uid in (bytes((8, 1, 2, 3)), b"", bytes(3), bytes(11)):
        assert raises(token, uid), uid
    assert token(bytes((8, 1, 2, 3, 4, 5, 6)))[0] == "08010203040506"
    assert token(bytes((8, 1, 2, 3)), kind="Local")[0] == "08010203"


def test_RFID_the_log_does_not_name_a_card():
    assert masked("04A1B2C3") == "04****C3" and masked("04A1") == "****"


def test_RFID_a_card_that_stays_was_shown_once():
    presence = Presence()
    assert [presence.is_new(UID, now) for now in (0, 0, 1, 2, 3, 5, 6, 7)] == [
        True, False, False, False, False, True, False, False,
    ]  # fmt: skip
    assert presence.is_new(b"1234", 7) and presence.is_new(UID, 7)
