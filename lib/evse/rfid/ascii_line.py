"""Readers that write the card as a line of text: hexadecimal digits, ended by CR, LF or both.

Blanks, colons and hyphens between the digits don't matter; from 8 to 20 digits are a card, an even
number of them. What else a reader says, its banner or noise, is no card. A prefix that the reader
puts before each card is dropped; more digits than the card has, as of a checksum, go by `count` of
uid.token.
"""

from evse import const

_LONGEST = const(64)
_BETWEEN = b" :-"
_ENDS = b"\r\n"


class AsciiLine:
    """`errors`: lines that were no card."""

    def __init__(self, prefix: str = ""):
        self.errors = 0
        self._prefix = prefix.encode()
        self._line = bytearray(_LONGEST)
        self._got = 0  # _LONGEST + 1: too long, until the next end

    def feed(self, byte: int) -> "bytes | None":
        """The UID, when this byte has ended its line."""
        if byte not in _ENDS:
            if self._got < _LONGEST:
                self._line[self._got] = byte
            self._got = min(self._got + 1, _LONGEST + 1)
            return None
        n, self._got = self._got, 0
        uid = self._uid(bytes(self._line[:n])) if n <= _LONGEST else None
        self.errors += n > 0 and uid is None
        return uid

    def _uid(self, line):
        if not line.startswith(self._prefix):
            return None
        digits = line[len(self._prefix) :]
        for byte in _BETWEEN:
            digits = digits.replace(bytes((byte,)), b"")
        if not 8 <= len(digits) <= 20 or len(digits) % 2:
            return None
        for byte in digits:
            if byte not in b"0123456789ABCDEFabcdef":
                return None
        return bytes([int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)])
