# runs on: cpython, micropython
"""Frames of the PN532: golden ones, damaged ones, and whatever stands between them."""

from evse.rfid import pn532
from evse.rfid.pn532 import ACK, ANSWER, ERROR, NACK, NOTHING, Pn532, command, uid_of

ACKED = "0000FF00FF00"
FOUR = "0000FF0CF4D54B010100040804DEADBEEF9600"
SEVEN = "0000FF0FF1D54B01010044000704A1B2C3D4E5804000"
GOLDEN = (
    (pn532.GET_FIRMWARE_VERSION, b"", "0000FF02FED4022A00", "0000FF06FAD50332010607E800"),
    (pn532.SAM_CONFIGURATION, pn532.SAM_NORMAL, "0000FF05FBD41401140102 00", "0000FF02FED5151600"),
    (pn532.RF_CONFIGURATION, pn532.FEW_RETRIES, "0000FF06FAD43205FF0110E500", None),
    (pn532.RF_CONFIGURATION, pn532.FIELD_OFF, "0000FF04FCD4320100F900", None),
    (pn532.IN_LIST_PASSIVE_TARGET, pn532.ONE_TARGET_106A, "0000FF04FCD44A0100E100",
     "0000FF03FDD54B00E000"),
    (pn532.IN_RELEASE, b"\x00", "0000FF03FDD45200DA00", None),
)  # fmt: skip


def data(text):
    return bytes.fromhex(text.replace(" ", ""))


def said(reader, frame):
    """What came of it."""
    return [one for one in [reader.feed(byte) for byte in frame] if one != NOTHING]


def framed(payload):
    """A frame from the chip, of any length."""
    n = len(payload)
    size = (n, -n & 255) if n < 256 else (255, 255, n >> 8, n & 255, -((n >> 8) + n) & 255)
    size = bytes(size)
    return b"\x00\x00\xff" + size + payload + bytes((-sum(payload) & 255, 0))


def test_RFID_pn532_commands_are_the_golden_ones():
    for number, more, frame, _ in GOLDEN:
        assert command(number, more) == data(frame), frame


def test_RFID_pn532_answers_are_understood():
    for number, _, _, frame in GOLDEN:
        if frame:
            reader = Pn532()
            assert said(reader, data(ACKED) + data(frame)) == [ACK, ANSWER]
            assert reader.answers(number) and not reader.answers(number + 1)
            assert reader.errors == 0


def test_RFID_pn532_finds_cards_of_four_and_seven_bytes_and_none():
    for frame, uid in (
        (FOUR, data("DEADBEEF")), (SEVEN, data("04A1B2C3D4E580")), ("0000FF03FDD54B00E000", None),
    ):  # fmt: skip
        reader = Pn532()
        assert said(reader, data(frame)) == [ANSWER]
        assert uid_of(reader.answer()) == uid


def test_RFID_pn532_a_card_with_a_processor_appends_what_is_no_UID():
    answer = data("01010344200704A1B2C3D4E580 0675338102 80".replace(" ", ""))
    assert uid_of(answer) == data("04A1B2C3D4E580")
    for short in range(0, 13):
        assert uid_of(answer[:short]) is None, short


def test_RFID_pn532_nack_and_error_frame():
    assert said(Pn532(), data("0000FFFF0000")) == [NACK]
    assert said(Pn532(), data("0000FF01FF7F8100")) == [ERROR]


def test_RFID_pn532_extended_frames():
    for n in (254, 255, 256, 290, 298):
        payload = b"\xd5\x4b" + bytes([i & 255 for i in range(n)])
        reader = Pn532()
        assert said(reader, framed(payload)) == [ANSWER], n
        assert reader.answer() == payload[2:]
    reader = Pn532()
    assert said(reader, framed(b"\xd5" + bytes(300))) == [] and reader.errors == 1


def test_RFID_pn532_every_flipped_bit_is_noticed():
    frame = data(SEVEN)
    for i in range(8, 8 * (len(frame) - 1)):  # the zeros around it carry nothing
        damaged = bytearray(frame)
        damaged[i // 8] ^= 1 << i % 8
        assert ANSWER not in said(Pn532(), damaged), i


def test_RFID_pn532_goes_on_after_noise():
    seed, noise = 1, bytearray(5000)
    for i in range(len(noise)):
        seed = (seed * 1103515245 + 12345) % 2147483648
        noise[i] = seed >> 16 & 255
    reader = Pn532()
    said(reader, noise)
    said(reader, bytes(400))  # whatever frame had begun there ends
    assert said(reader, data(ACKED) + data(FOUR)) == [ACK, ANSWER]


def test_RFID_pn532_an_answer_of_one_byte_is_none():
    reader = Pn532()
    assert said(reader, framed(b"\xd5")) == [] and reader.errors == 1
