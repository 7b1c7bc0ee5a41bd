"""Modbus RTU, the master's side, sans-I/O: one request at a time, one answer.

    bus = Bus()
    bus.read(1, 4, 0x34, 2)             # unit, function, address, registers
    uart.write(bus.request)
    state = bus.feed(chunk, n)          # as long as it is WAITING
    if state == GOOD:
        bus.register(0)

Reading a meter allocates nothing. Whoever sends waits 3.5 characters of silence before a request,
and empties the UART: an answer that comes too late is told from the right one by unit, function
and length only. Half-duplex transceivers may give us our own request back; exactly that is
skipped.

    WAITING     more bytes are to come
    GOOD        the answer
    REFUSED     an exception of the unit, its code is in `exception`
    BAD         anything else: `why` says what. Wait for silence and ask again
"""

import struct
from array import array

from evse import const

WAITING = const(0)
GOOD = const(1)
REFUSED = const(2)
BAD = const(3)

READ_HOLDING = const(3)
READ_INPUT = const(4)
WRITE_ONE = const(6)
WRITE_MORE = const(16)

MOST_REGISTERS = const(125)  # of a request, by the protocol; meters take fewer
_LONGEST = const(256)
_CRC_STEPS = array("H", (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
))  # fmt: skip


def crc16(data, start: int, end: int) -> int:
    """CRC-16/MODBUS of data[start:end], half a byte at a step."""
    crc = 0xFFFF
    for i in range(start, end):
        byte = data[i]
        crc = crc >> 4 ^ _CRC_STEPS[(crc ^ byte) & 15]
        crc = crc >> 4 ^ _CRC_STEPS[(crc ^ byte >> 4) & 15]
    return crc


class Bus:
    def __init__(self):
        self._short = bytearray(8)
        self.request = self._short  # what to send
        self.exception = 0
        self.why = ""
        self.echoes = False  # what we send comes back; a read has shown it
        self._received = bytearray(2 * _LONGEST)  # an echo and an answer
        self._got = self._start = self._size = 0
        self._state = BAD

    # ------------------------------------------------------------------ asking

    def read(self, unit: int, function: int, address: int, count: int):
        """READ_HOLDING or READ_INPUT."""
        if not (READ_HOLDING <= function <= READ_INPUT and 1 <= count <= MOST_REGISTERS):
            raise ValueError("modbus: function %d, %d registers" % (function, count))
        self._ask(self._short, unit, function, address, count)
        self._size = 5 + 2 * count

    def write_one(self, unit: int, address: int, value: int):
        self._ask(self._short, unit, WRITE_ONE, address, value)
        self._size = 8

    def write_more(self, unit: int, address: int, values):
        """Allocates."""
        count = len(values)
        if not 1 <= count <= 123:
            raise ValueError("modbus: %d registers" % count)
        frame = bytearray(9 + 2 * count)
        frame[6] = 2 * count
        for n in range(count):
            struct.pack_into(">H", frame, 7 + 2 * n, values[n])
        self._ask(frame, unit, WRITE_MORE, address, count)
        self._size = 8

    def _ask(self, frame, unit, function, address, last):
        end = len(frame) - 2
        frame[0], frame[1] = unit, function
        frame[2], frame[3] = address >> 8, address & 255
        frame[4], frame[5] = last >> 8, last & 255
        crc = crc16(frame, 0, end)
        frame[end], frame[end + 1] = crc & 255, crc >> 8
        self.request = frame
        self._got = self._start = 0
        self._state = WAITING

    # ------------------------------------------------------------------ being answered

    def feed(self, data, n: int) -> int:
        """data[:n] has arrived; returns the state."""
        if self._state != WAITING and n:
            return self._bad("bytes behind the answer")
        if self._got + n > len(self._received):
            return self._bad("too many bytes")
        for i in range(n):
            self._received[self._got + i] = data[i]
        self._got += n
        if self._got and not self._start and self._may_be_echo():
            if self._got < len(self.request):
                return WAITING
            self._start = len(self.request)
            self.echoes = True
        if self._got > self._start:
            self._state = self._judge(self._start)
        return self._state

    def _may_be_echo(self) -> bool:
        """The answer to a write may be the request, word for word."""
        if self.request[1] > READ_INPUT and not self.echoes:
            return False
        for i in range(min(self._got, len(self.request))):
            if self._received[i] != self.request[i]:
                return False
        return True

    def _judge(self, at) -> int:
        why = self._mismatch(at)
        if why:
            return self._bad(why)
        frame, got = self._received, self._got - at
        refused = got > 1 and frame[at + 1] & 0x80
        size = 5 if refused else self._size
        if got < size:
            return WAITING
        if got > size:
            return self._bad("bytes behind the answer")
        end = at + size - 2
        if crc16(frame, at, end) != frame[end] | frame[end + 1] << 8:
            return self._bad("wrong CRC")
        if refused:
            self.exception = frame[at + 2]
            return REFUSED
        return GOOD

    def _mismatch(self, at) -> str:
        """What of the bytes so far can't answer the request."""
        frame, request, got = self._received, self.request, self._got - at
        function = request[1]
        if frame[at] != request[0]:
            return "another unit"
        if got > 1 and frame[at + 1] & 0x7F != function:
            return "another function"
        if got < 3 or frame[at + 1] & 0x80:
            return ""
        if function <= READ_INPUT:
            return "" if frame[at + 2] == self._size - 5 else "another length"
        for i in range(2, min(got, 6)):
            if frame[at + i] != request[i]:
                return "another address"
        return ""

    def _bad(self, why) -> int:
        self.why = why
        self._state = BAD
        return BAD

    def register(self, n: int) -> int:
        """The n-th of an answer that is GOOD, 0 to 65535."""
        at = self._start + 3 + 2 * n
        return self._received[at] << 8 | self._received[at + 1]

    def received(self) -> bytes:
        """All bytes since the request, for a person to look at."""
        return bytes(self._received[: self._got])
