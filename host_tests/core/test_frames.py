# runs on: cpython, micropython
"""WebSocket frames, both ways. The judges of the same code are in host_tests/link."""

from evse.websocket.frames import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    ProtocolError,
    Reader,
    Writer,
    check_utf8,
)

CONTINUATION = 0


def frame(opcode, payload=b"", fin=True):
    """A frame as a server sends it, with its length in the shortest form."""
    first = opcode | (0x80 if fin else 0)
    n = len(payload)
    if n < 126:
        return bytes((first, n)) + payload
    if n < 65536:
        return bytes((first, 126)) + n.to_bytes(2, "big") + payload
    return bytes((first, 127)) + n.to_bytes(8, "big") + payload


def messages(reader, data):
    """All messages in data, as the link takes them."""
    found = []
    start = 0
    while start < len(data) and not reader.closed:
        start = reader.feed(data, start, len(data))
        if reader.message >= 0:
            found.append(bytes(reader.text[: reader.message]))
    return found


def error_of(data, limit=1000):
    try:
        messages(Reader(limit), data)
    except ProtocolError as error:
        return error.code
    return 0


def test_a_message_ends_the_feed_and_the_rest_waits():
    data = frame(TEXT, b"one") + frame(TEXT, b"two")
    reader = Reader(10)
    stop = reader.feed(data, 0, len(data))
    assert (stop, reader.message, bytes(reader.text[:3])) == (5, 3, b"one")
    stop = reader.feed(data, stop, len(data))
    assert (stop, reader.message, bytes(reader.text[:3])) == (10, 3, b"two")


def test_text_has_a_spare_byte_behind_the_longest_message():
    reader = Reader(125)
    assert messages(reader, frame(TEXT, b"x" * 125)) == [b"x" * 125]
    assert len(reader.text) == 126


def test_split_at_every_byte_fragments_and_a_ping_between_them_make_one_message():
    text = "zwölf Ampère €, 🔌".encode()
    data = (
        frame(TEXT, text[:3], fin=False)
        + frame(PING, b"are you there")
        + frame(CONTINUATION, b"", fin=False)
        + frame(CONTINUATION, text[3:])
        + frame(TEXT, b"")
        + frame(TEXT, b"y" * 300)
    )
    for cut in range(len(data)):
        reader = Reader(300)
        found = messages(reader, data[:cut])
        assert found or not cut or reader.halfway
        assert found + messages(reader, data[cut:]) == [text, b"", b"y" * 300], cut
        assert reader.ping == b"are you there"
        assert not reader.halfway


def test_one_byte_at_a_time():
    reader = Reader(200)
    data = frame(TEXT, b"a" * 126) + frame(CLOSE, b"\x03\xe8bye")
    found = []
    for i in range(len(data)):
        found += messages(reader, data[i : i + 1])
    assert found == [b"a" * 126]
    assert reader.closed == 1000


def test_only_the_last_ping_is_remembered_and_a_pong_means_nothing():
    reader = Reader(10)
    messages(reader, frame(PING, b"1") + frame(PING, b"2") + frame(PONG, b"3"))
    assert reader.ping == b"2"
    assert reader.message == -1


def test_what_follows_a_close_is_not_read():
    reader = Reader(10)
    assert messages(reader, frame(CLOSE) + b"\xff\xff" + frame(TEXT, b"late")) == []
    assert reader.closed == 1005


def test_reset_forgets_half_a_message():
    reader = Reader(10)
    messages(reader, frame(TEXT, b"\xc3", fin=False) + b"\x80")
    reader.reset()
    assert not reader.halfway
    assert messages(reader, frame(TEXT, b"new")) == [b"new"]


def test_length_over_the_limit_is_refused_before_a_byte_of_it_has_come():
    for header in (b"\x81\x7d", b"\x81\x7e\x00\x7e", b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"):
        assert error_of(header, limit=100) == 1009
        assert error_of(header[:-1], limit=100) == 0
    assert error_of(frame(TEXT, b"x" * 60, fin=False) + b"\x00\x29", limit=100) == 1009
    assert error_of(frame(TEXT, b"x" * 60, fin=False) + b"\x00\x28", limit=100) == 0


def test_a_control_frame_does_not_count_towards_the_limit():
    data = frame(TEXT, b"x" * 90, fin=False) + frame(PING, b"p" * 125) + frame(0, b"y" * 10)
    assert messages(Reader(100), data) == [b"x" * 90 + b"y" * 10]


def test_256_fragments_are_a_message_and_257_are_not():
    start = frame(TEXT, b"", fin=False)
    assert error_of(start + frame(0, b"", fin=False) * 254 + frame(0)) == 0
    assert error_of(start + frame(0, b"", fin=False) * 255 + frame(0)) == 1009


def test_utf8_of_every_kind_and_what_is_not():
    good = (
        b"", b"\x7f", b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80", b"\xed\x9f\xbf",
        b"\xee\x80\x80", b"\xef\xbf\xbf", b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf",
        b"a\xc3\xa4\xe2\x82\xacz",
    )  # fmt: skip
    bad = (
        b"\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xc2\x7f", b"\xc2\xc0", b"\xe0\x9f\xbf",
        b"\xed\xa0\x80", b"\xe1\x80\x7f", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80", b"\xff",
    )  # fmt: skip
    for text in good:
        assert check_utf8(text, 0, len(text), 0) == 0, text
        for cut in range(len(text)):
            state = check_utf8(text, 0, cut, 0)
            assert check_utf8(text, cut, len(text), state) == 0, (text, cut)
    for text in bad:
        for cut in range(len(text)):
            state = check_utf8(text, 0, cut, 0)
            assert check_utf8(text, cut, len(text), state) == -1, (text, cut)


def test_utf8_is_refused_at_the_byte_that_breaks_it():
    assert error_of(b"\x81\x0a\xe2\x82") == 0
    assert error_of(b"\x81\x0a\xe2\x28") == 1007


def unmasked(data):
    """(first byte, payload, bytes used) of a frame that a client sent."""
    assert data[1] & 0x80
    n = data[1] & 127
    at = 2
    if n > 125:
        at = 4 if n == 126 else 10
        n = int.from_bytes(data[2:at], "big")
        assert n >= (126 if at == 4 else 65536)
    key = data[at : at + 4]
    at += 4
    payload = bytes(byte ^ key[i & 3] for i, byte in enumerate(data[at : at + n]))
    return data[0], payload, at + n


def written(writer, opcode, payload):
    writer.start(opcode, len(payload))
    pieces = []
    piece = writer.piece(payload)
    while piece:
        pieces.append(bytes(piece))
        piece = writer.piece(payload)
    return pieces


def test_writer_masks_and_cuts_into_pieces():
    keys = [b"\x01\x02\x03\x04", b"\xff\x00\x80\x7f"]
    writer = Writer(lambda n: keys.pop(0)[:n], 64)
    for payload, first in ((b"hello", 0x81), (bytes(range(200)), 0x81)):
        pieces = written(writer, TEXT, payload)
        assert unmasked(b"".join(pieces)) == (first, payload, sum(len(p) for p in pieces))
        assert max(len(piece) for piece in pieces) <= 64
    assert not keys


def test_writer_gets_every_length_right():
    writer = Writer(lambda n: b"\xa5\x5a\x0f\xf0"[:n], 32)
    for n in (0, 1, 3, 4, 22, 23, 24, 25, 26, 27, 28, 29, 125, 126, 127, 255, 256, 65535, 65536):
        payload = (b"0123456789abc" * (n // 13 + 1))[:n]
        data = b"".join(written(writer, TEXT, payload))
        assert unmasked(data) == (0x81, payload, len(data)), n


def test_writer_begins_anew_after_half_a_frame():
    writer = Writer(lambda n: b"\x00" * n, 32)
    writer.start(TEXT, 100)
    writer.piece(b"x" * 100)
    assert written(writer, PONG, b"p") == [b"\x8a\x81\x00\x00\x00\x00p"]
    assert writer.piece(b"p") is None


def test_writer_does_not_hold_the_owners_buffer():
    payload = bytearray(b"x" * 100)
    writer = Writer(lambda n: b"\x00" * n, 32)
    writer.start(TEXT, 100)
    writer.piece(payload)
    payload.extend(b"a CPython bytearray that somebody looks at refuses this")
