"""Our frames and our upgrade against the sans-I/O protocol of websockets, split at every byte."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from evse.websocket import handshake
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

URL = "ws://csms.example:9000/ocpp"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
LIMIT = 1000


def fed(protocol, data, cut):
    """The protocol's events after it got the data in two portions."""
    protocol.receive_data(data[:cut])
    protocol.receive_data(data[cut:])
    return protocol.events_received()


def open_server():
    """A server of websockets that has accepted our request, and its answer."""
    server = ServerProtocol(subprotocols=["ocpp2.0.1"])
    server.receive_data(handshake.request(URL, "CP 1", "secret-of-16-char", KEY))
    (request,) = server.events_received()
    server.send_response(server.accept(request))
    return server, request, b"".join(server.data_to_send())


def written(opcode, payload):
    writer = Writer(lambda n: b"\x11\x22\x33\x44"[:n], 100)
    writer.start(opcode, len(payload))
    pieces = []
    while piece := writer.piece(payload):
        pieces.append(bytes(piece))
    return b"".join(pieces)


def test_websockets_accepts_our_request_split_at_every_byte():
    data = handshake.request(URL, "CP 1", "secret-of-16-char", KEY)
    for cut in range(len(data)):
        server = ServerProtocol(subprotocols=["ocpp2.0.1"])
        (request,) = fed(server, data, cut)
        assert request.path == "/ocpp/CP%201"
        assert server.accept(request).status_code == 101


def test_we_accept_the_answer_of_websockets_split_at_every_byte():
    _, _, answer = open_server()
    for cut in range(len(answer)):
        response = handshake.Response(KEY, bytearray(4096))
        assert response.feed(answer, 0, cut) == -1
        assert response.feed(answer, cut, len(answer)) == len(answer)


def test_server_that_knows_only_ocpp16_is_refused():
    server = ServerProtocol(subprotocols=["ocpp1.6"], select_subprotocol=lambda *_: None)
    server.receive_data(handshake.request(URL, "CP1", None, KEY))
    server.send_response(server.accept(server.events_received()[0]))
    answer = b"".join(server.data_to_send())
    with pytest.raises(handshake.Refused, match="Protocol"):
        handshake.Response(KEY, bytearray(4096)).feed(answer, 0, len(answer))


@pytest.mark.parametrize("text", ["", "ä€🔌", "x" * 125, "x" * 126, "x" * 700])
def test_websockets_reads_what_we_write_split_at_every_byte(text):
    payload = text.encode()
    data = written(PING, b"p") + written(TEXT, payload) + written(PONG, b"")
    expected = [Frame(Opcode.PING, b"p"), Frame(Opcode.TEXT, payload), Frame(Opcode.PONG, b"")]
    for cut in range(len(data)):
        server = open_server()[0]
        assert fed(server, data, cut) == expected
        assert server.state is State.OPEN


def test_websockets_completes_the_close_that_we_begin():
    server = open_server()[0]
    server.receive_data(written(CLOSE, b"\x03\xe8"))
    assert (server.close_rcvd.code, server.close_sent.code) == (1000, 1000)


def test_we_read_what_websockets_writes_split_at_every_byte():
    server = open_server()[0]
    text = "Grüße, 5 €".encode()
    server.send_text(text[:3], fin=False)
    server.send_ping(b"meanwhile")
    server.send_continuation(text[3:], fin=True)
    server.send_text(b"x" * 600)
    server.send_close(1001, "geht gleich weiter")
    data = b"".join(server.data_to_send())
    for cut in range(len(data)):
        assert ours(data, cut) == ([text, b"x" * 600], 1001)


def ours(data, cut=0):
    """(messages, code of the server's close or of our refusal)."""
    reader = Reader(LIMIT)
    found = []
    try:
        for start, end in ((0, cut), (cut, len(data))):
            while start < end and not reader.closed:
                start = reader.feed(data, start, end)
                if reader.message >= 0:
                    found.append(bytes(reader.text[: reader.message]))
    except ProtocolError as error:
        return found, error.code
    return found, reader.closed


def theirs(data):
    """The same, told by the client of websockets."""
    client = ClientProtocol(parse_uri(URL), state=State.OPEN, max_size=LIMIT)
    client.receive_data(data)
    found, parts = [], []
    for frame in client.events_received():
        if frame.opcode in DATA_OPCODES:
            parts.append(frame.data)
            if frame.fin:
                found.append(b"".join(parts))
                parts = []
    close = client.close_rcvd or client.close_sent
    return found, close.code if close else 0


def test_same_verdict_on_every_first_byte_between_messages_and_inside_one():
    for before in (b"", b"\x01\x01a"):
        for first in range(256):
            if first & 15 == Opcode.BINARY:
                continue  # legal for them; OCPP-J knows only text
            for n in (0, 1, 2, 125, 126, LIMIT - 1):
                length = bytes((n,)) if n < 126 else b"\x7e" + n.to_bytes(2, "big")
                data = before + bytes((first,)) + length + bytes(n)
                assert ours(data) == theirs(data), data


def test_same_verdict_on_every_close_code():
    for code in (*range(5010), 65535):
        data = b"\x88\x02" + code.to_bytes(2, "big")
        assert ours(data) == theirs(data), code


def test_utf8_is_what_cpython_says_it_is():
    """All leads with all second bytes, and with what may stand around the bounds behind them."""
    edges = (b"", b"\x7f", b"\x80", b"\xbf", b"\xc0")
    for lead in range(256):
        for second in range(256):
            for third in edges:
                for fourth in edges:
                    text = bytes((lead, second)) + third + fourth
                    assert (check_utf8(text, 0, len(text), 0) == 0) == is_utf8(text), text


def is_utf8(text):
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
