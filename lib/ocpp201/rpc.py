"""The envelope of OCPP-J: what a received text is, and the text around what is sent.

    CALL        [2, id, action, payload]
    CALLRESULT  [3, id, payload]
    CALLERROR   [4, id, code, description, details]

`read` judges the envelope. The payload of a CALL or CALLRESULT is left to reader.check, which goes
over it once; here it is only found, at the speed of C where the text allows it.

What is wrong and how it ends (OCPP-J 4.2, 4.3):

    not one JSON array, or an empty one     RpcFrameworkError, id "-1"
    type not 2, 3 or 4 to the letter        MessageTypeNotSupported
    CALL: id, number or kind of elements    FormatViolation
    the same of an answer                   dropped: an answer is never answered

An id is echoed if it is a string of 1 to 36 printable ASCII characters, else the id is "-1".
"""

import json
import sys
from io import BytesIO

from .literals import PRINTABLE, RpcError, value
from .reader import skip

try:
    from micropython import const
except ImportError:
    def const(x): return x

_QUOTE = const(34)
_COMMA = const(44)
_BRACKET = const(91)
_BRACKET_END = const(93)
_BRACE = const(123)

_SPACE = b" \t\r\n"
_MARKS = const(12)  # more than six elements need not be remembered: no message has them


def read(buf, n: int):
    """What the text buf[:n] is: (type 2, 3 or 4, message id, name, start, end).

    name is the action of a CALL, the code of a CALLERROR, or None. buf[start:end] is the payload;
    of a CALLERROR the description, if there is one. buf[n] must exist and becomes zero.
    RpcError as said above; its code is None if the text is to be dropped.
    """
    buf[n] = 0
    marks = _elements(buf, n)
    kind = buf[marks[0]] - 48 if marks[1] - marks[0] == 1 else 0
    message_id = _message_id(buf, marks)
    if kind == 2:
        if message_id is None:
            raise RpcError("FormatViolation", "message id is not 1 to 36 printable characters")
        if len(marks) != 8 or buf[marks[4]] != _QUOTE or buf[marks[6]] != _BRACE:
            raise RpcError("FormatViolation", "CALL is not [2, id, action, {payload}]", message_id)
    elif kind == 3:
        if message_id is None or len(marks) != 6 or buf[marks[4]] != _BRACE:
            raise RpcError(None, "malformed CALLRESULT")
        return 3, message_id, None, marks[4], marks[5]
    elif kind == 4:
        if message_id is None or not 6 <= len(marks) <= 10 or buf[marks[4]] != _QUOTE:
            raise RpcError(None, "malformed CALLERROR")
        marks += (0, 0)  # peers leave out description and details, or send null for them
    else:
        why = "message type is not 2, 3 or 4"
        raise RpcError("MessageTypeNotSupported", why, message_id or "-1")
    return kind, message_id, value(buf, marks[4], marks[5]), marks[6], marks[7]


def _elements(buf, n):
    """Where each element of the array starts and ends, one list of all."""
    marks = []
    i = _past_space(buf, 0)
    if buf[i] != _BRACKET:
        raise RpcError("RpcFrameworkError", "not a JSON array")
    after = _COMMA
    try:
        while after == _COMMA:
            i = _past_space(buf, i + 1)
            start = i
            i = _payload_end(buf, marks, start, n) or skip(buf, start, n)
            if len(marks) < _MARKS:
                marks.append(start)
                marks.append(i)
            i = _past_space(buf, i)
            after = buf[i]
    except RpcError as error:
        raise RpcError("RpcFrameworkError", error.description)
    if after != _BRACKET_END or _past_space(buf, i + 1) != n:
        raise RpcError("RpcFrameworkError", "not a JSON array")
    return marks


def _payload_end(buf, marks, start, n):
    """The end of the element at start if it is a usual payload, not to be looked into; else 0.

    As the last element it ends with the text's last brace. Of a CALL that will do: should it be
    two objects, the reader refuses them with the same code. An answer with two must be told from
    one that fails its check: there the braces that close must stand together, as in {"a":{"b":1}}.
    """
    if buf[start] != _BRACE or len(marks) not in (4, 6):
        return 0
    end = buf.rfind(b"}", start, n) + 1
    if buf[_past_space(buf, end)] != _BRACKET_END:
        return 0
    if len(marks) == 6 or buf.count(b"}", start, end) == end - buf.find(b"}", start, n):
        return end
    return 0


def _message_id(buf, marks):
    """The message id, None if it can't be used."""
    # An escape takes 6 bytes.
    if len(marks) < 4 or buf[marks[2]] != _QUOTE or marks[3] - marks[2] > 36 * 6 + 2:
        return None
    text = value(buf, marks[2], marks[3])
    return text if 1 <= len(text) <= 36 and not text.encode().strip(PRINTABLE) else None


def _past_space(buf, i):
    while buf[i] in _SPACE:
        i += 1
    return i


# Writing. A payload is encoded once, with room in front: the head of its envelope is written there
# for each attempt, and no text is ever copied. All encoding goes through one sink that stays.

ROOM = 80  # our id and the longest action, or their id with an escape for each character
_BLANK = b" " * 80

_sink = BytesIO()


def payload(value) -> bytearray:
    """An object, encoded, for `call` and `result`."""
    _sink.seek(0)
    _sink.write(_BLANK)
    _dump(value)
    return _taken()


def payload_of_list(name: str, items) -> bytearray:
    """The same for an object whose only field is a list. Each item is made when the one before is
    encoded; meanwhile nothing else may be encoded."""
    _sink.seek(0)
    _sink.write(_BLANK)
    before = b'{"%s":[' % name.encode()
    for item in items:
        _sink.write(before)
        _dump(item)
        before = b","
    _sink.write(b"]}")
    return _taken()


def _taken():
    _sink.write(b"]")
    text = bytearray(_sink.tell())
    _sink.seek(0)
    _sink.readinto(text)
    return text


def call(message_id: str, action: str, text: bytearray):
    """The text of a CALL. It is part of `text`: good until its head is written again."""
    return _with_head('[2,%s,"%s",' % (json.dumps(message_id), action), text)


def result(message_id: str, text: bytearray):
    """The text of a CALLRESULT, likewise."""
    return _with_head("[3,%s," % json.dumps(message_id), text)


def _with_head(head, text):
    start = ROOM - len(head)
    text[start:ROOM] = head.encode()
    return memoryview(text)[start:]


def error(message_id: str, code: str, description: str = "") -> bytes:
    """The text of a CALLERROR. The description is cut to 255: a peer crashed on more."""
    parts = json.dumps(message_id), code, json.dumps(description[:255])
    return ('[4,%s,"%s",%s,{}]' % parts).encode()


def encode(value) -> bytes:
    """Compact JSON."""
    length = size(value)
    _sink.seek(0)
    return _sink.read(length)


def size(value) -> int:
    """In bytes, encoded."""
    _sink.seek(0)
    _dump(value)
    return _sink.tell()


if sys.implementation.name == "micropython":

    def _dump(value):
        # Its json writes bytes, where CPython's writes text.
        json.dump(value, _sink, separators=(",", ":"))  # pyright: ignore[reportArgumentType]

else:
    _json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    def _dump(value):
        _sink.write(_json.encode(value).encode())
