"""PN532 on a UART (HSU, 115200 8N1): frames of its commands and answers, sans-I/O.

    reader = Pn532()
    uart.write(WAKE_UP)
    uart.write(command(SAM_CONFIGURATION, b"\\x01\\x14\\x01"))
    reader.feed(byte)       # ACK first, then ANSWER: reader.answer()

    00 | 00 FF | length | its checksum | TFI, command, data | their checksum | 00

A length from 256 on is told by FF FF in its place, two bytes of it and their checksum. TFI is D4
to the chip, D5 from it; an answer has the number of its command plus one. Between frames anything
may be said. What `feed` returns:

    NOTHING     more bytes are to come
    ACK         the command has arrived
    NACK        it has not: say it again
    ANSWER      answer() has it
    ERROR       the chip did not understand the command
"""

from evse import const

NOTHING = const(0)
ACK = const(1)
NACK = const(2)
ANSWER = const(3)
ERROR = const(4)

GET_FIRMWARE_VERSION = const(0x02)
SAM_CONFIGURATION = const(0x14)
RF_CONFIGURATION = const(0x32)
IN_LIST_PASSIVE_TARGET = const(0x4A)
IN_RELEASE = const(0x52)

WAKE_UP = b"\x55\x55" + bytes(14)
ABORT = b"\x00\x00\xff\x00\xff\x00"  # an ACK from us ends what the chip is doing
ONE_TARGET_106A = b"\x01\x00"  # of IN_LIST_PASSIVE_TARGET
SAM_NORMAL = b"\x01\x14\x01"  # 20 times 50 ms, with IRQ
FEW_RETRIES = b"\x05\xff\x01\x10"  # of RF_CONFIGURATION: a search comes to its end
FIELD_OFF = b"\x01\x00"

_TO_CHIP = const(0xD4)
_FROM_CHIP = const(0xD5)
_NO_FRAME = const(0x7F)
_LONGEST = const(300)  # what a reader of cards has to say is shorter

# What the byte is that comes next.
_QUIET, _START, _LENGTH, _CHECK, _HIGH, _LOW, _CHECK_LONG, _DATA, _SUM = (
    const(0), const(1), const(2), const(3), const(4), const(5), const(6), const(7), const(8),
)  # fmt: skip


def command(number: int, data=b"") -> bytes:
    """The frame of a command; data of up to 253 bytes."""
    n = len(data) + 2
    if n > 255:
        raise ValueError("PN532: %d bytes" % n)
    frame = bytearray((0, 0, 0xFF, n, -n & 255, _TO_CHIP, number))
    frame.extend(data)
    frame.append(-(_TO_CHIP + number + sum(data)) & 255)
    frame.append(0)
    return bytes(frame)


class Pn532:
    """`errors`: frames that were none."""

    def __init__(self):
        self.errors = 0
        self._next = _QUIET
        self._data = bytearray(_LONGEST)
        self._size = self._got = self._sum = 0

    def feed(self, byte: int) -> int:
        state = self._next
        if state == _DATA:
            self._data[self._got] = byte
            self._got += 1
            self._sum += byte
            if self._got == self._size:
                self._next = _SUM
        elif state == _SUM:
            self._next = _QUIET
            return self._check(self._sum + byte)
        elif state == _QUIET:
            self._next = _QUIET if byte else _START
        elif state == _START:
            if byte:  # a further 00 is as good a start
                self._next = _LENGTH if byte == 0xFF else _QUIET
        else:
            return self._measure(state, byte)
        return NOTHING

    def _measure(self, state, byte) -> int:
        """A byte of the length."""
        if state == _LENGTH:
            self._size = byte
            self._next = _CHECK
        elif state == _CHECK:
            return self._measured(byte)
        elif state == _HIGH:
            self._size = byte << 8
            self._sum = byte
            self._next = _LOW
        elif state == _LOW:
            self._size |= byte
            self._sum += byte
            self._next = _CHECK_LONG
        elif self._sum + byte & 255:
            return self._wrong()
        else:
            return self._begin()
        return NOTHING

    def _measured(self, check) -> int:
        self._next = _QUIET
        if self._size == 0 and check == 0xFF:
            return ACK
        if self._size == 0xFF and check == 0:
            return NACK
        if self._size == check == 0xFF:
            self._next = _HIGH
            return NOTHING
        return self._wrong() if self._size + check & 255 else self._begin()

    def _begin(self) -> int:
        if not 0 < self._size <= _LONGEST:
            return self._wrong()
        self._next = _DATA
        self._got = self._sum = 0
        return NOTHING

    def _wrong(self) -> int:
        self._next = _QUIET
        self.errors += 1
        return NOTHING

    def _check(self, total) -> int:
        if total & 255:
            return self._wrong()
        if self._data[0] == _NO_FRAME:
            return ERROR
        return ANSWER if self._data[0] == _FROM_CHIP and self._size > 1 else self._wrong()

    def answers(self, number: int) -> bool:
        """Is the answer the one to that command?"""
        return self._data[1] == number + 1

    def answer(self) -> bytes:
        """Its data, without TFI and number."""
        return bytes(self._data[2 : self._size])


def uid_of(answer) -> "bytes | None":
    """The UID of the first card that IN_LIST_PASSIVE_TARGET has found; None: there was none. What
    follows it, as the answer to select (ATS) of a card with a processor, is none of it."""
    if len(answer) < 6 or not answer[0]:
        return None
    n = answer[5]
    return bytes(answer[6 : 6 + n]) if 4 <= n <= 10 and len(answer) >= 6 + n else None
