"""Our frames against wsproto: each reads what the other writes, and both refuse alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import Opcode

from evse.websocket.frames import CLOSE, PING, PONG, TEXT, ProtocolError, Reader, Writer

LIMIT = 70000
TEXTS = ("", "a", "€" * 41 + "ab", "ü" * 63, "x" * 511, "🔌" * 1000, "y" * 65535, "z" * 65536)


def written(opcode, payload, size=64):
    writer = Writer(lambda n: bytes(range(0xA5, 0xA5 + n)), size)
    writer.start(opcode, len(payload))
    pieces = []
    while piece := writer.piece(payload):
        pieces.append(bytes(piece))
    return b"".join(pieces)


def read(data, cuts=()):
    """(messages, last ping, code of the server's close or of our refusal), fed in portions."""
    reader = Reader(LIMIT)
    found = []
    bounds = [0, *sorted(cuts), len(data)]
    try:
        for start, end in zip(bounds, bounds[1:], strict=False):
            while start < end and not reader.closed:
                start = reader.feed(data, start, end)
                if reader.message >= 0:
                    found.append(bytes(reader.text[: reader.message]).decode())
    except ProtocolError as error:
        return found, reader.ping, error.code
    return found, reader.ping, reader.closed


def judged(data):
    """The same, told by wsproto, whose refusals are events like a close of the peer."""
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(data)
    found, parts, ping = [], [], None
    for event in client.events():
        if isinstance(event, TextMessage):
            parts.append(event.data)
            if event.message_finished:
                found.append("".join(parts))
                parts = []
        elif isinstance(event, Ping):
            ping = bytes(event.payload)
        elif isinstance(event, CloseConnection):
            return found, ping, int(event.code)
    return found, ping, 0


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{len(text.encode())}B")
def test_wsproto_reads_our_text(text):
    server = Connection(ConnectionType.SERVER)
    server.receive_data(written(TEXT, text.encode()))
    events = list(server.events())
    assert "".join(event.data for event in events) == text
    assert events[-1].message_finished


def test_wsproto_reads_our_control_frames():
    server = Connection(ConnectionType.SERVER)
    close = (1000).to_bytes(2, "big")
    server.receive_data(written(PING, b"") + written(PONG, b"p" * 125) + written(CLOSE, close))
    assert list(server.events()) == [Ping(b""), Pong(b"p" * 125), CloseConnection(1000, "")]


@pytest.mark.parametrize("text", TEXTS[:5], ids=lambda text: f"{len(text.encode())}B")
def test_we_read_wsprotos_frames_split_at_every_byte(text):
    server = Connection(ConnectionType.SERVER)
    data = server.send(TextMessage(text[: len(text) // 2], message_finished=False))
    data += server.send(Ping(b"between"))
    data += server.send(TextMessage(text[len(text) // 2 :]))
    data += server.send(CloseConnection(1001, "ciao €"))
    for cut in range(len(data)):
        assert read(data, [cut]) == ([text], b"between", 1001)


def server_frame(first, payload, masked=False):
    n = len(payload)
    length = bytes((n,)) if n < 126 else b"\x7e" + n.to_bytes(2, "big")
    return bytes((first, length[0] | masked << 7)) + length[1:] + payload


OPCODES = st.sampled_from([*Opcode, 3, 11]).filter(lambda opcode: opcode != Opcode.BINARY)
FRAMES = st.builds(
    lambda opcode, fin, reserved, payload, masked: server_frame(
        fin << 7 | reserved << 4 | opcode, payload, masked
    ),
    OPCODES,
    st.booleans(),
    st.sampled_from([0] * 15 + [1, 4]),
    st.one_of(
        st.text(max_size=20).map(str.encode),
        st.binary(max_size=4),
        st.integers(990, 5001).map(lambda code: code.to_bytes(2, "big")),
        st.just(b"l" * 130),
    ),
    st.sampled_from([False] * 20 + [True]),
)


@settings(max_examples=1000)
@given(st.lists(FRAMES, max_size=8).map(b"".join), st.lists(st.integers(0, 60), max_size=4))
def test_same_verdict_on_any_frames(data, cuts):
    assert read(data, [cut for cut in cuts if cut < len(data)]) == judged(data)
