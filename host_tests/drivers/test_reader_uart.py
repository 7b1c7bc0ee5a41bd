# runs on: cpython, micropython
"""Card readers on a UART: a card is told once, whatever else arrives."""

from boards.drivers.reader_uart import CardReader
from evse.rfid.ascii_line import AsciiLine
from evse.rfid.rdm6300 import Rdm6300

TAG = b"\x02010063E9AE25\x03"


class Desk:
    def __init__(self, wire, **options):
        self.waiting = b""
        self.cards = []
        self.log = []
        self.reader = CardReader(
            self, wire, lambda *card: self.cards.append(card), lambda *line: self.log.append(line),
            **options
        )  # fmt: skip

    def readinto(self, buffer):
        data, self.waiting = self.waiting[: len(buffer)], self.waiting[len(buffer) :]
        buffer[: len(data)] = data
        return len(data) or None

    def second(self, now, data=b""):
        self.waiting += data
        self.reader.tick(now)


def test_RFID_a_tag_on_the_reader_is_one_card_until_it_was_away():
    desk = Desk(Rdm6300(), evse_id=2)
    for now in range(5):
        desk.second(now, TAG * 15)
    assert desk.cards == [("010063E9AE", "Local", 2)]
    for now in range(5, 8):
        desk.second(now)
    desk.second(8, TAG)
    assert len(desk.cards) == 2


def test_RFID_a_telegram_in_two_seconds():
    desk = Desk(Rdm6300())
    desk.second(1, TAG[:7])
    desk.second(2, TAG[7:])
    assert desk.cards == [("010063E9AE", "Local", 0)]


def test_RFID_two_cards_one_after_the_other():
    desk = Desk(AsciiLine(), settings={"order": "reversed"})
    desk.second(1, b"04A1B2C3\r\n05A1B2C3\r\n04A1B2C3\r\n")
    assert [text for text, _, _ in desk.cards] == ["C3B2A104", "C3B2A105", "C3B2A104"]


def test_RFID_a_random_UID_is_refused_with_a_line_that_says_why():
    desk = Desk(AsciiLine())
    desk.second(1, b"08A1B2C3\r\n")
    assert desk.cards == []
    assert desk.log == [("warning", "card refused: a random UID, which is another one next time")]


def test_RFID_the_log_has_no_whole_UID():
    desk = Desk(AsciiLine())
    desk.second(1, b"04A1B2C3\r\n")
    assert desk.log == [("info", "card 04****C3")]


def test_RFID_noise_without_end_costs_a_bounded_number_of_looks():
    desk = Desk(AsciiLine())
    looks = []

    def noise(buffer):
        looks.append(1)
        return len(buffer)

    desk.readinto = noise
    desk.reader._uart = desk
    desk.second(1)
    assert len(looks) <= 8 and desk.cards == []
