# runs on: cpython, micropython
"""The upgrade: what we ask for, and which answers count."""

from binascii import a2b_base64

from evse.websocket import handshake
from evse.websocket.handshake import Refused, Response

# The example of RFC 6455 section 1.3.
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
GOOD = (
    b"HTTP/1.1 101 Switching Protocols",
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    ACCEPT,
    b"Sec-WebSocket-Protocol: ocpp2.0.1",
)


def answer(*lines):
    return b"\r\n".join(lines) + b"\r\n\r\n"


def changed(number, line):
    """The good answer with one line exchanged, or left out."""
    lines = list(GOOD)
    if line is None:
        del lines[number]
    else:
        lines[number] = line
    return answer(*lines)


def feed(data, size=4096):
    return Response(KEY, bytearray(size)).feed(data, 0, len(data))


def refusal(data):
    try:
        feed(data)
    except Refused as refused:
        return refused
    raise AssertionError("not refused")


def header(request, name):
    for line in request.split(b"\r\n"):
        if line.startswith(name + b": "):
            return line[len(name) + 2 :]


def test_request_is_complete_and_exact():
    lines = handshake.request("ws://csms:9000/ocpp", "CP001", None, KEY).split(b"\r\n")
    assert lines[0] == b"GET /ocpp/CP001 HTTP/1.1"
    assert sorted(lines[1:-2]) == [
        b"Connection: Upgrade",
        b"Host: csms:9000",
        b"Sec-WebSocket-Key: " + KEY,
        b"Sec-WebSocket-Protocol: ocpp2.0.1",
        b"Sec-WebSocket-Version: 13",
        b"Upgrade: websocket",
    ]
    assert lines[-2:] == [b"", b""]


def test_request_path_has_the_identity_percent_encoded_and_no_double_slash():
    for url, path in (
        ("ws://csms", b"/"),
        ("ws://csms/", b"/"),
        ("ws://csms/a/b/", b"/a/b/"),
    ):
        request = handshake.request(url, "DE*ABC/E 1ä~", None, KEY)
        assert request.split(b" ")[1] == path + b"DE%2AABC%2FE%201%C3%A4~", url


def test_host_names_the_port_unless_it_is_the_usual_one():
    for url, host in (
        ("ws://csms/x", b"csms"),
        ("ws://csms:80/x", b"csms"),
        ("ws://csms:443/x", b"csms:443"),
        ("wss://csms/x", b"csms"),
        ("wss://csms:443/x", b"csms"),
        ("wss://csms:80/x", b"csms:80"),
        ("ws://[::1]/x", b"[::1]"),
        ("ws://[fe80::1]:9000/x", b"[fe80::1]:9000"),
    ):
        assert header(handshake.request(url, "CP", None, KEY), b"Host") == host, url


def test_A00_FR_203_basic_credentials_are_identity_and_password_in_utf8():
    request = handshake.request("ws://csms", "CP 1", "pässword-of-16-ch", KEY)
    kind, value = header(request, b"Authorization").split(b" ")
    assert kind == b"Basic"
    assert a2b_base64(value) == "CP 1:pässword-of-16-ch".encode()
    longest = handshake.request("ws://csms", "C" * 48, "p" * 64, KEY)
    assert b"\n" not in header(longest, b"Authorization")


def test_without_a_password_no_credentials():
    assert header(handshake.request("ws://csms", "CP", None, KEY), b"Authorization") is None


def test_key_is_16_random_bytes():
    assert a2b_base64(handshake.new_key(lambda n: bytes(range(n)))) == bytes(range(16))


def test_url_is_split():
    for url, parts in (
        ("ws://csms", (False, "csms", 80, "")),
        ("wss://csms:8443/ocpp", (True, "csms", 8443, "/ocpp")),
        ("ws://[::1]:9000/a?b=c", (False, "::1", 9000, "/a?b=c")),
    ):
        assert handshake.split_url(url) == parts


def test_url_that_cannot_be_used_is_a_ValueError():
    for url in (
        "", "ws://", "http://csms", "csms", "ws://:80", "ws://csms:0", "ws://csms:65536", "ws://csms:x",
        "ws://csms:", "ws://::1", "ws://[::1", "ws://[]", "ws://user:word@csms", "ws://csms/a b",
        "ws://csms/a\r\nX: y", "ws://csms/#a", "ws://csmä",
    ):  # fmt: skip
        try:
            handshake.split_url(url)
        except ValueError:
            continue
        raise AssertionError(url)


def test_good_answer_split_at_every_byte_leaves_the_glued_frame_alone():
    good = answer(*GOOD)
    glued = good + b"\x81\x02{}"
    for cut in range(1, len(glued)):
        response = Response(KEY, bytearray(4096))
        stop = response.feed(glued, 0, cut)
        if cut < len(good):
            assert stop == -1
            stop = response.feed(glued, cut, len(glued))
        assert stop == len(good)


def test_answer_may_be_in_any_case_and_have_more_headers():
    assert feed(
        answer(
            b"HTTP/1.1 101 ",
            b"UPGRADE:WebSocket",
            b"connection:  keep-alive, upgrade",
            b"Date: today",
            b"nonsense",
            b"Sec-WebSocket-Extensions:",
            ACCEPT.lower()[:22] + ACCEPT[22:],
            b"sec-websocket-protocol: ocpp2.0.1 ",
        )
    )


def test_answer_that_is_not_exact_is_refused():
    for data in (
        changed(0, b"HTTP/1.0 101 Switching Protocols"),
        changed(0, b"HTTP/1.1 200 OK"),
        changed(0, b"HTTP/2 101"),
        changed(0, b"HTTP/1.1 abc"),
        changed(0, b"SSH-2.0-OpenSSH"),
        changed(1, None),
        changed(1, b"Upgrade: h2c"),
        changed(2, None),
        changed(2, b"Connection: close"),
        changed(3, None),
        changed(3, b"Sec-WebSocket-Accept: AAAALMBiTxaQ9kYGzzhZRbK+xOo="),
        changed(3, ACCEPT.lower()),
        changed(3, ACCEPT + b"\r\n" + ACCEPT),
        changed(4, None),
        changed(4, b"Sec-WebSocket-Protocol: ocpp1.6"),
        changed(4, b"Sec-WebSocket-Protocol: ocpp2.0.1, ocpp1.6"),
        changed(4, b"Sec-WebSocket-Protocol: OCPP2.0.1"),
        answer(*GOOD) [:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        b"\n".join(GOOD) + b"\n\n",
        b"\r\n",
        b"\x16\x03\x01\x00\xa5\n",
    ):
        assert refusal(data).status in (0, 200), data


def test_refusal_is_known_with_the_first_line_that_shows_it():
    refusal(b"SSH-2.0-OpenSSH_9.6\r\n")
    refusal(b"HTTP/1.1 101 Switching Protocols\n")


def test_http_status_and_retry_after_are_told():
    for status in (301, 400, 401, 403, 404, 426, 429, 500, 503):
        line = b"HTTP/1.1 %d Whatever" % status
        assert refusal(answer(line)).status == status
        assert str(status) in str(refusal(answer(line)))
        assert refusal(answer(line)).retry_after == 0
        assert refusal(answer(line, b"Retry-After: 120", b"Location: ws://x")).retry_after == 120
    for value in (b"Wed, 21 Oct 2026 07:28:00 GMT", b"-5", b"9999999999", b""):
        assert refusal(answer(b"HTTP/1.1 503 x", b"Retry-After: " + value)).retry_after == 0


def test_header_is_limited_to_4_kb_or_to_the_buffer():
    longest = answer(*GOOD)
    fill = b"X: " + b"x" * (4096 - len(longest) - 5) + b"\r\n"
    assert feed(longest[:-2] + fill + b"\r\n", 8192) == 4096
    try:
        feed(longest[:-2] + b"y" + fill + b"\r\n", 8192)
    except Refused:
        pass
    else:
        raise AssertionError
    try:
        feed(b"x" * 200, 100)
    except Refused:
        pass
    else:
        raise AssertionError
