"""WebSocket frames of a client (RFC 6455 section 5), without I/O. `aio.link` moves the bytes.

    1 byte   FIN, RSV1, RSV2, RSV3, opcode in 4 bits: 0 continuation, 1 text, 2 binary,
             8 close, 9 ping, 10 pong
    1 byte   MASK, length in 7 bits
    0, 2, 8  the length anew in 16 or 64 bits, if those 7 bits say 126 or 127
    0 or 4   masking key: client to server always, server to client never
    payload  each byte XORed with the key's bytes in turn, if masked

A message is one data frame with FIN, or one without it and continuations up to one with it.
Control frames (8 to 10) have at most 125 bytes, are never split, and may stand between the
frames of a message. After a close frame nothing counts any more.

Coming in: the stream is cut anywhere, so the Reader keeps its place between calls. Everything that
can be refused is refused as soon as the byte that proves it is there: a length over the limit
before one byte of the payload is stored. Text is checked to be UTF-8 byte by byte, because
MicroPython's own decoder lets overlong forms and surrogates pass.

Going out: one frame a message, its full length in the header. The payload is copied and masked
piece by piece in one small buffer, so a message of any size needs no second copy.
"""

import sys

from evse import const

TEXT = const(1)  # opcodes
CLOSE = const(8)
PING = const(9)
PONG = const(10)

_BINARY = const(2)
_CONTROL = const(8)  # the bit that all control opcodes have
_FIN = const(0x80)
_MASK = const(0x80)
_RESERVED = const(0x70)
_MAX_FRAGMENTS = const(256)  # of one message: endless empty ones would otherwise be legal
_ANY = const(0x80 << 2 | 0xBF << 10)  # bounds of a byte that continues a character, see check_utf8


class ProtocolError(Exception):
    """The server broke the protocol; the connection has to be closed with this close code."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code


class Reader:
    """Assembles text messages of at most `limit` bytes from the bytes of the server.

    text      bytearray of limit + 1 bytes; the last one is for the user, who may want to put
              something behind a message
    message   length of the message that stands in `text`; -1: there is none
    ping      payload of the last ping; whoever answers it sets it to None
    closed    close code of the server, 1005 if it named none; 0: it has not closed
    """

    def __init__(self, limit: int, text=None):
        self.text = bytearray(limit + 1) if text is None else text
        self._header = bytearray(10)
        self.reset()

    def reset(self):
        """A new connection begins."""
        self.message = -1
        self.ping = None
        self.closed = 0
        self._have = 0  # bytes of the header that are here
        self._left = -1  # bytes of the frame's payload still to come; -1: in the header
        self._control = b""  # payload of a control frame
        self._size = 0  # bytes of the message that are here
        self._fragments = 0  # frames of the message so far; 0: between messages
        self._utf8 = 0

    @property
    def halfway(self) -> bool:
        """A frame or a message has begun and is not complete."""
        return self._have + self._fragments > 0

    def feed(self, data, start: int, end: int) -> int:
        """Take data[start:end], at most to the end of a message; returns where it stopped.

        The message is good until the next call. Raises ProtocolError; the connection is dead then.
        """
        self.message = -1
        while start < end and self.message < 0 and not self.closed:
            if self._left < 0:
                self._begin(data[start])
                start += 1
            else:
                stop = min(end, start + self._left)
                self._take(data, start, stop)
                self._left -= stop - start
                start = stop
            if self._left == 0:
                self._end()
        return start

    def _begin(self, byte):
        """Take the next byte of the header."""
        head = self._header
        head[self._have] = byte
        self._have += 1
        if self._have == 2:
            self._check(head[0], byte)
        want = 10 if head[1] == 127 else 4 if head[1] == 126 else 2
        if self._have < want:  # so it is too while head[1] is still that of the frame before
            return
        length = head[1]
        if want > 2:
            length = int.from_bytes(head[2:want], "big")
            shortest = 126 if want == 4 else 65536
            if length < shortest or head[2] & 0x80 and want == 10:
                raise ProtocolError(1002, "length not in its shortest form, or negative")
        self._left = length
        self._control = b""
        if not head[0] & _CONTROL:
            self._fragments += 1
            limit = len(self.text) - 1
            if length > limit - self._size:
                raise ProtocolError(1009, "message longer than %d bytes" % limit)
            if self._fragments > _MAX_FRAGMENTS:
                raise ProtocolError(1009, "message of more than %d frames" % _MAX_FRAGMENTS)

    def _check(self, first, second):
        opcode = first & 15
        if first & _RESERVED or opcode > PONG or _BINARY < opcode < CLOSE:
            raise ProtocolError(1002, "reserved bit or opcode")
        if second & _MASK:
            raise ProtocolError(1002, "masked frame from a server")
        if opcode & _CONTROL:
            if not first & _FIN or second > 125:
                raise ProtocolError(1002, "control frame split or too long")
        elif (opcode == 0) != (self._fragments > 0):
            raise ProtocolError(1002, "continuation out of place")
        elif opcode == _BINARY:
            raise ProtocolError(1003, "binary message")

    def _take(self, data, start, stop):
        if self._header[0] & _CONTROL:
            self._control += data[start:stop]
            return
        self._utf8 = check_utf8(data, start, stop, self._utf8)
        if self._utf8 < 0:
            raise ProtocolError(1007, "text is not UTF-8")
        size = self._size + stop - start
        self.text[self._size : size] = data[start:stop]
        self._size = size

    def _end(self):
        self._have = 0
        self._left = -1
        opcode = self._header[0] & 15
        if opcode == PING:
            self.ping = self._control
        elif opcode == CLOSE:
            self.closed = _close_code(self._control)
        elif self._header[0] & _FIN and opcode != PONG:
            if self._utf8:
                raise ProtocolError(1007, "text ends inside a character")
            self.message = self._size
            self._size = self._fragments = 0


def _close_code(payload):
    """Section 7.4: 1004 to 1006 and 1015 are never sent, 1016 to 2999 not given away."""
    if not payload:
        return 1005
    code = int.from_bytes(payload[:2], "big")
    if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise ProtocolError(1002, "close frame without a valid code")
    if check_utf8(payload, 2, len(payload), 0):
        raise ProtocolError(1007, "close reason is not UTF-8")
    return code


def check_utf8(data, start: int, end: int, state: int) -> int:
    """Go on through data[start:end]. State 0: between characters; -1: the text is invalid.

    Inside a character it holds how many bytes are missing (bits 0 and 1) and the bounds of the
    next one (bits 2 to 9 and 10 to 17). The bounds of the second byte are what keeps overlong
    forms, surrogates and numbers above 0x10FFFF out (Unicode, table 3-7).
    """
    for i in range(start, end):
        byte = data[i]
        if state:
            if not state >> 2 & 255 <= byte <= state >> 10:
                return -1
            state = (state & 3) - 1
            if state:
                state |= _ANY
        elif byte >= 0x80:
            if not 0xC2 <= byte <= 0xF4:
                return -1
            missing = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
            low = 0xA0 if byte == 0xE0 else 0x90 if byte == 0xF0 else 0x80
            high = 0x9F if byte == 0xED else 0x8F if byte == 0xF4 else 0xBF
            state = missing | low << 2 | high << 10
    return state


class Writer:
    """Hands out a frame in pieces. random(n) gives n unpredictable bytes, as os.urandom does.

        writer.start(TEXT, len(payload))
        piece = writer.piece(payload)
        while piece:
            ...                             # send it: the next call overwrites it
            piece = writer.piece(payload)
    """

    def __init__(self, random, size: int = 512):
        self._random = random
        self._buffer = memoryview(bytearray(size))

    def start(self, opcode: int, size: int):
        """A frame begins whose payload has `size` bytes."""
        buffer = self._buffer
        at = 2 if size < 126 else 4 if size < 65536 else 10
        buffer[0] = _FIN | opcode
        buffer[1] = _MASK | (size if at == 2 else 126 if at == 4 else 127)
        if at > 2:
            buffer[2:at] = size.to_bytes(at - 2, "big")
        self._key = self._random(4)
        buffer[at : at + 4] = self._key
        self._at = at + 4  # where the payload goes: in the first piece, behind the header
        self._left = size

    def piece(self, payload):
        """The next bytes to send, None when the frame is out.

        `payload` is the whole one each time, so that between two calls nothing here holds on to
        the owner's buffer.
        """
        start = self._at
        if not start and not self._left:
            return None
        # A multiple of four, so that every piece begins with the first byte of the key.
        n = min(self._left, len(self._buffer) - start & ~3)
        sent = len(payload) - self._left
        self._buffer[start : start + n] = memoryview(payload)[sent : sent + n]
        _mask(self._buffer, start, start + n, self._key)
        self._left -= n
        self._at = 0
        return self._buffer[: start + n]


# XORs buffer[start:end] with the key. A loop over bytes is many times slower on CPython, and on
# MicroPython long integers would be a kilobyte of garbage for each piece.
if sys.implementation.name == "micropython":

    def _mask(buffer, start, end, key):
        for i in range(start, end):
            buffer[i] ^= key[i - start & 3]

else:

    def _mask(buffer, start, end, key):
        n = end - start
        pattern = int.from_bytes((key * (n // 4 + 1))[:n], "big")
        masked = int.from_bytes(buffer[start:end], "big") ^ pattern
        buffer[start:end] = masked.to_bytes(n, "big")
