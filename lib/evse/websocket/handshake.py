"""The upgrade from HTTP to WebSocket (RFC 6455 section 4) as OCPP-J wants it, without I/O.

    request(...)      what to send
    Response.feed()   takes the answer as it comes; it stops behind the empty line that ends the
                      header, since the first frame may be glued to it

The answer counts only if it is complete and exact (OCPP-J Part 4 §3.1, §3.2). All else is
`Refused`: no redirects, no extensions, no other subprotocol, nothing but HTTP/1.1 with CR LF.
"""

from binascii import b2a_base64
from hashlib import sha1

from evse import const

from . import Refused

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_MAX_HEADER = const(4096)  # bytes


def split_url(url: str):
    """(secure, host, port, path) of a ws:// or wss:// URL; ValueError says what is wrong."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("ws", "wss"):
        raise ValueError("URL must begin with ws:// or wss://")
    if min(rest or " ") <= " " or max(rest) > "~" or "#" in rest or "@" in rest:
        raise ValueError("URL with a user, a fragment, blanks or non-ASCII characters")
    authority, slash, path = rest.partition("/")
    host, _, port = authority.rpartition(":")
    if not host or authority.endswith("]"):
        host, port = authority, "443" if scheme == "wss" else "80"
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("URL with an IPv6 address that is not in brackets")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("URL without a valid host and port")
    return scheme == "wss", host, int(port), slash + path


def percent_encode(text: str) -> str:
    """RFC 3986: all but the unreserved characters. # OCPP-J Part 4 §3.1.1"""
    return "".join(
        chr(byte) if byte in _UNRESERVED else "%%%02X" % byte for byte in text.encode()
    )


def new_key(random) -> bytes:
    """A fresh Sec-WebSocket-Key; random(n) gives n bytes."""
    return _base64(random(16))


def request(url: str, identity: str, password: "str | None", key: bytes) -> bytes:
    """The upgrade request. With a password it carries HTTP Basic credentials. # A00.FR.203"""
    secure, host, port, path = split_url(url)
    if ":" in host:
        host = "[%s]" % host
    if port != (443 if secure else 80):
        host += ":" + str(port)
    if path.endswith("/"):
        path = path[:-1]
    text = (
        "GET %s/%s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp2.0.1\r\nSec-WebSocket-Key: "
    ) % (path, percent_encode(identity), host)
    lines = text.encode() + key
    if password is not None:
        credentials = identity + ":" + password
        lines += b"\r\nAuthorization: Basic " + _base64(credentials.encode())
    return lines + b"\r\n\r\n"


class Response:
    """Reads the server's answer to the request that carried `key`.

    buffer: room for one line, any bytearray that is free meanwhile. Its length, or 4 KB if that is
    less, limits the whole header.
    """

    def __init__(self, key: bytes, buffer):
        self._accept = _base64(sha1(key + _GUID).digest())
        self._buffer = buffer
        self._room = min(len(buffer), _MAX_HEADER)
        self._size = 0  # bytes of the present line
        self._status = 0
        self._fields = {}

    def feed(self, data, start: int, end: int) -> int:
        """Take data[start:end]. Returns where the frames begin, -1 while the header is incomplete.

        Raises Refused when there is no link to be had.
        """
        while start < end:
            byte = data[start]
            start += 1
            if not self._room:
                raise Refused("answer header too long")
            self._room -= 1
            if byte != 10:
                self._buffer[self._size] = byte
                self._size += 1
            elif not self._size or self._buffer[self._size - 1] != 13:
                raise Refused("answer line without CR")
            elif self._size == 1:
                self._check()
                return start
            else:
                self._take(bytes(self._buffer[: self._size - 1]))
                self._size = 0
        return -1

    def _take(self, line):
        if not self._status:
            if line[:9] != b"HTTP/1.1 " or not line[9:12].isdigit():
                raise Refused("answer is not HTTP/1.1")
            self._status = int(line[9:12])
            return
        name, _, value = line.partition(b":")
        name = name.lower()
        value = value.strip()
        if name in self._fields:  # twice is a list (RFC 9110 §5.3); fails where one value is due
            value = self._fields[name] + b", " + value
        if name in (b"upgrade", b"connection", b"retry-after") or name[:3] == b"sec":
            self._fields[name] = value

    def _check(self):
        get = self._fields.get
        if self._status != 101:
            # Seconds; the other form, a date, asks for a clock that we may not have yet.
            wait = get(b"retry-after", b"")
            wait = int(wait) if wait.isdigit() and len(wait) < 7 else 0
            raise Refused("HTTP status %d" % self._status, self._status, wait)
        options = get(b"connection", b"").lower().split(b",")
        for good, name in (
            (get(b"upgrade", b"").lower() == b"websocket", "Upgrade"),
            (b"upgrade" in [option.strip() for option in options], "Connection"),
            (get(b"sec-websocket-accept") == self._accept, "Sec-WebSocket-Accept"),
            (get(b"sec-websocket-protocol") == b"ocpp2.0.1", "Sec-WebSocket-Protocol"),
            (not get(b"sec-websocket-extensions"), "Sec-WebSocket-Extensions"),
        ):
            if not good:
                raise Refused("wrong %s in the answer" % name)


def _base64(data):
    return b2a_base64(data).strip()
