"""Hostile servers, as a table: rows WS-1 to WS-6 of what may come over the wire.

Each row is (name, bytes after a good upgrade, close code that we answer with). 0: it is legal.
What the link then does with such a server is in test_link_hostile.py.
"""

import pytest

from evse.websocket.frames import ProtocolError, Reader
from evse.websocket.handshake import Refused, Response

LIMIT = 8192
HALF = b"\x01\x01a"  # the beginning of a fragmented message

WS_1 = (
    ("RSV1 without an extension", b"\xc1\x01a", 1002),
    ("RSV2", b"\xa1\x01a", 1002),
    ("RSV3", b"\x91\x01a", 1002),
    ("opcode 3", b"\x83\x00", 1002),
    ("opcode 7 inside a message", HALF + b"\x87\x00", 1002),
    ("opcode 11", b"\x8b\x00", 1002),
    ("opcode 15", b"\x8f\x00", 1002),
    ("masked text", b"\x81\x81\x00\x00\x00\x00a", 1002),
    ("masked ping", b"\x89\x80", 1002),
    ("split ping", b"\x09\x00", 1002),
    ("split close", b"\x08\x00", 1002),
    ("ping of 126 bytes", b"\x89\x7e", 1002),
    ("ping with a length of 64 bits", b"\x89\x7f", 1002),
    ("text inside a message", HALF + b"\x81\x01b", 1002),
    ("binary inside a message", HALF + b"\x82\x01b", 1002),
    ("continuation without a start", b"\x80\x01a", 1002),
    ("continuation after the end", HALF + b"\x80\x00\x80\x00", 1002),
)

WS_2 = (
    ("length 2^63", b"\x81\x7f\x80" + bytes(7), 1002),
    ("length 2^63 - 1", b"\x81\x7f\x7f" + b"\xff" * 7, 1009),
    ("length 2^32", b"\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00", 1009),
    ("10 MB announced, then silence", b"\x81\x7f\x00\x00\x00\x00\x00\x98\x96\x80", 1009),
    ("a byte over the limit", b"\x81\x7e\x20\x01", 1009),
    ("fragments over the limit", b"\x01\x7e\x20\x00" + b"x" * 8192 + b"\x00\x01", 1009),
    ("125 in 16 bits", b"\x81\x7e\x00\x7d", 1002),
    ("65535 in 64 bits", b"\x81\x7f" + bytes(6) + b"\xff\xff", 1002),
    ("10 000 empty fragments", b"\x01\x00" + b"\x00\x00" * 10000, 1009),
    ("256 fragments", b"\x01\x00" + b"\x00\x00" * 254 + b"\x80\x00", 0),
    ("exactly the limit", b"\x81\x7e\x20\x00" + b"x" * 8192, 0),
)

WS_3 = (
    ("binary", b"\x82\x01a", 1003),
    ("empty binary", b"\x82\x00", 1003),
    ("split binary", b"\x02\x01a", 1003),
)

WS_4 = (
    ("overlong slash", b"\x81\x02\xc0\xaf", 1007),
    ("surrogate", b"\x81\x03\xed\xa0\x80", 1007),
    ("beyond Unicode", b"\x81\x04\xf4\x90\x80\x80", 1007),
    ("character cut by the end", b"\x81\x02\xe2\x82", 1007),
    ("character cut by the last fragment", b"\x01\x01\xc3\x80\x00", 1007),
    ("character cut by a fragment, wrongly continued", b"\x01\x01\xc3\x80\x01\x28", 1007),
    ("character over two fragments", b"\x01\x01\xc3\x80\x01\xa4", 0),
    ("close with 1 byte", b"\x88\x01\x03", 1002),
    ("close 0", b"\x88\x02\x00\x00", 1002),
    ("close 999", b"\x88\x02\x03\xe7", 1002),
    ("close 1005", b"\x88\x02\x03\xed", 1002),
    ("close 1006", b"\x88\x02\x03\xee", 1002),
    ("close 5000", b"\x88\x02\x13\x88", 1002),
    ("close with a bad reason", b"\x88\x04\x03\xe8\xc3\x28", 1007),
    ("close with half a character", b"\x88\x03\x03\xe8\xc3", 1007),
    ("empty close", b"\x88\x00", 0),
    ("garbage after a close", b"\x88\x02\x03\xe8" + b"\xff" * 100, 0),
)

WS_5 = (
    ("ping flood", b"\x89\x7d" + b"p" * 125 + b"\x89\x04last" * 1000, 0),
    ("unsolicited pong", b"\x8a\x05hello", 0),
    ("pong inside a message", HALF + b"\x8a\x00" + b"\x80\x01b", 0),
)

ROWS = [
    pytest.param(data, code, id=f"WS-{number}: {name}")
    for number, table in enumerate((WS_1, WS_2, WS_3, WS_4, WS_5), 1)
    for name, data, code in table
]


def verdict(reader, data, step):
    try:
        for start in range(0, len(data), step):
            end = min(start + step, len(data))
            while start < end and not reader.closed:
                start = reader.feed(data, start, end)
    except ProtocolError as error:
        return error.code
    return 0


@pytest.mark.parametrize("step", [1, 512], ids=["bytewise", "at once"])
@pytest.mark.parametrize("data, code", ROWS)
def test_frames(data, code, step):
    reader = Reader(LIMIT)
    assert verdict(reader, data, step) == code
    assert len(reader.text) == LIMIT + 1


def test_WS_5_of_a_ping_flood_only_the_last_is_answered():
    reader = Reader(LIMIT)
    verdict(reader, WS_5[0][1], 512)
    assert reader.ping == b"last"


KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
GOOD = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"Sec-WebSocket-Protocol: ocpp2.0.1\r\n\r\n"
)

WS_6 = (
    ("unknown extension", GOOD[:-2] + b"Sec-WebSocket-Extensions: x-foo\r\n\r\n"),
    ("compression", GOOD[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    ("unknown subprotocol", GOOD.replace(b"ocpp2.0.1", b"ocpp9")),
    ("no subprotocol", GOOD.replace(b"Sec-WebSocket-Protocol: ocpp2.0.1\r\n", b"")),
    ("two subprotocols", GOOD[:-2] + b"Sec-WebSocket-Protocol: ocpp2.0.1\r\n\r\n"),
    ("wrong Accept", GOOD.replace(b"s3p", b"S3p")),
    ("Accept of no key", GOOD.replace(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", b"")),
    ("endless header", b"HTTP/1.1 101 x\r\n" + b"X: y\r\n" * 1000),
    ("endless line", b"HTTP/1.1 101 " + b"x" * 5000),
    ("HTTP/1.0", GOOD.replace(b"HTTP/1.1", b"HTTP/1.0")),
    ("HTTP/2", b"HTTP/2 101\r\n\r\n"),
    ("LF only", GOOD.replace(b"\r\n", b"\n")),
    ("frames at once", b"\x81\x02{}\r\n\r\n"),
    ("TLS alert", b"\x15\x03\x03\x00\x02\x02\x28\r\n\r\n"),
    ("no status", b"HTTP/1.1\r\n\r\n"),
)


@pytest.mark.parametrize("step", [1, 512], ids=["bytewise", "at once"])
@pytest.mark.parametrize("data", [pytest.param(data, id=f"WS-6: {name}") for name, data in WS_6])
def test_answers_that_are_refused(data, step):
    response = Response(KEY, bytearray(LIMIT + 1))
    with pytest.raises(Refused):
        for start in range(0, len(data), step):
            response.feed(data, start, min(start + step, len(data)))


def test_WS_6_message_glued_to_the_header_is_kept():
    reader = Reader(LIMIT)
    data = GOOD + b"\x81\x02{}"
    start = Response(KEY, reader.text).feed(data, 0, len(data))
    reader.feed(data, start, len(data))
    assert bytes(reader.text[: reader.message]) == b"{}"
