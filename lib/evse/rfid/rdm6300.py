"""RDM6300, a reader of EM4100 tags (125 kHz) that only talks: 9600 8N1.

    02 | 10 hexadecimal digits | 2 of their checksum | 03

The checksum is the XOR of the five bytes that the ten digits mean. It is said again every 60 ms or
so as long as the tag is there. Clones put CR LF before the 03, or leave it out: a telegram is over
with its twelfth digit.
"""

from evse import const

_START = const(2)
_END = b"\r\n\x03"


class Rdm6300:
    """`errors`: telegrams that were none."""

    def __init__(self):
        self.errors = 0
        self._digits = bytearray(12)
        self._got = -1  # before a start

    def feed(self, byte: int) -> "bytes | None":
        """The five bytes of a tag, when this was the last of its telegram."""
        if byte == _START:
            self.errors += self._got > 0
            self._got = 0
        elif self._got < 0 or byte in _END:
            return None
        elif _digit(byte) < 0:
            self.errors += 1
            self._got = -1
        else:
            self._digits[self._got] = _digit(byte)
            self._got += 1
            if self._got == 12:
                self._got = -1
                return self._uid()
        return None

    def _uid(self):
        digits, check = self._digits, 0
        for i in range(0, 12, 2):
            check ^= digits[i] << 4 | digits[i + 1]
        if check:
            self.errors += 1
            return None
        return bytes([digits[i] << 4 | digits[i + 1] for i in range(0, 10, 2)])


def _digit(byte):
    """Value of an ASCII digit of base 16, or -1."""
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32  # lower case
    return byte - 87 if 97 <= byte <= 102 else -1
