"""Reading what the CSMS sends: one strict pass that builds nothing, then values from slices.

Parsing a request whole costs three times its size in heap, and MicroPython's JSON parser takes
nonsense that CPython refuses. So `check` goes once over the received bytes and compares them with
JSON's grammar and with the request's shape (shape.py) at the same time. It keeps only where the
root's fields, and the items of its lists, begin and end. Nothing takes effect before the whole
request is good; then a block asks `Fields` for the values it wants, made from their slices.

The pass is one flat loop with a list for a stack: the call stack of an RP2040 is short. Searching
is left to `bytes.find`: the end of a string, the name of a field, the word of an enum are found at
the speed of C. A zero, which no JSON has, stands behind the text: indices need no bounds test.

Names are looked up with both their quotes, so nothing but a field's name can match; a name written
with escapes counts as unknown. Required fields are bits: the n-th `!` of a type is bit n. Of a
repeated field the last one counts (JS-2), and each is checked.

What is refused, and the code of the CALLERROR:

    FormatViolation                not JSON; deeper than 16; over 64 fields in an object; a lone
                                   surrogate; a number over 20 bytes, or an exponent beyond 20
    ProtocolError                  a required field is missing
    PropertyConstraintViolation    unknown field or word; string too long; no such number or time
    OccurrenceConstraintViolation  list empty or too long, 1024 where the schema has no limit
    TypeConstraintViolation        another JSON type than the schema's; 1.0 is no integer
"""

from . import shape as shapes
from .literals import (
    RpcError,
    broken,
    impossible,
    name_of,
    number_end,
    text_end,
    value,
    word_end,
    wrong_type,
)

try:
    from micropython import const
except ImportError:
    def const(x): return x

_QUOTE = const(34)
_COMMA = const(44)
_COLON = const(58)
_BRACKET = const(91)
_BRACKET_END = const(93)
_BRACE = const(123)
_BRACE_END = const(125)
_REQUIRED = const(33)  # the exclamation mark

_DEPTH = const(16)
_KEYS = const(64)
_ITEMS = const(1024)  # bounds what is remembered of a list

_SPACE = b" \t\r\n"

# The shape of what the schemas leave free: an object that is checked by it takes unknown fields.
_FREE = b'c a "vendorId"!s255 '
_CUSTOM_DATA = const(0)
_ANY = const(2)
_VENDOR_ID = const(4)
_FREE_END = const(20)


class Fields:
    """A checked object: its values, made when asked for. Good until the buffer is used again."""

    message_id: str  # of the CALL that it came with, noted by dispatch
    size: int  # in bytes, likewise

    def __init__(self, buf, shape):
        self._buf = buf
        self._shape = shape
        # Place of a field's spec in the shape -> where the value starts and, last, ends. Of a list
        # there stands in between where each item starts, and the closing bracket.
        self._marks = {}

    def get(self, name: str, default=None):
        """The value of a root field. Decimals become floats, single precision on a board."""
        marks = self._marks.get(self._spec(name))
        return value(self._buf, marks[0], marks[-1]) if marks else default

    def has(self, name: str) -> bool:
        return self._spec(name) in self._marks

    def count(self, name: str) -> int:
        """How many items a root list has; 0 if it is absent."""
        return max(0, len(self._marks.get(self._spec(name), ())) - 3)

    def items(self, name: str):
        """Yields the items of a root list."""
        marks = self._marks.get(self._spec(name), ())
        for n in range(1, len(marks) - 2):
            end = marks[n + 1]
            while self._buf[end - 1] in b", \t\r\n":
                end -= 1
            yield value(self._buf, marks[n], end)

    def _spec(self, name):
        if name == "customData":
            return _CUSTOM_DATA
        text, start, end = self._shape
        quoted = ('"%s"' % name).encode()
        at = text.find(quoted, start, end)
        if at < 0:
            raise KeyError(name)  # a block asks for what its request can't have
        at += len(quoted)
        return at + 1 if text[at] == _REQUIRED else at


def check(buf, start: int, end: int, shape) -> Fields:
    """The object buf[start:end], if it is what the shape says; RpcError if not.

    buf[end] exists and is nothing that could continue the object: a comma, a bracket, a zero.
    """
    if buf[start] != _BRACE:
        raise RpcError("FormatViolation", "not an object")
    fields = Fields(buf, shape)
    if _walk(buf, start, end, shape, fields._marks) != end:
        raise RpcError("FormatViolation", "more than an object")
    return fields


def skip(buf, start: int, end: int) -> int:
    """Where the JSON value that begins at start ends, whatever it is. RpcError if it is none."""
    c = buf[start]
    if c == _BRACE or c == _BRACKET:
        return _walk(buf, start, end, _inside(c, _FREE, _ANY), {})
    read = text_end if c == _QUOTE else number_end if c < _COLON else word_end
    return read(buf, start, end, _FREE, _ANY)


def _walk(buf, i, end, level, all_marks):  # noqa: C901 - flat, since the call stack is short
    """Where the container that begins at i ends. `level` is what it holds, as _inside gives it."""
    text, low, high = level
    closer = buf[i] + 2
    stack = []
    seen = count = 0  # required fields as bits; fields or items
    marks = []  # of the root field
    i += 1
    while True:
        while buf[i] in _SPACE:
            i += 1
        if buf[i] == closer:
            _complete(text, low, high, closer, seen, count)
            if closer == _BRACKET_END and len(stack) == 1:
                marks.append(i)
            i += 1
            if not stack:
                return i
            text, low, high, closer, seen, count = stack.pop()
            if not stack:
                marks.append(i)
            continue
        if count:
            if buf[i] != _COMMA:
                raise broken(i)
            i += 1
            while buf[i] in _SPACE:
                i += 1
        count += 1
        if closer == _BRACE_END:
            if count > _KEYS:
                raise RpcError("FormatViolation", "more than %d fields" % _KEYS)
            i, rules, spec, bit = _field(buf, i, end, text, low, high)
            seen |= bit
            if not stack:
                marks = all_marks[spec] = [i]
        else:
            if count > high:
                raise RpcError(
                    "OccurrenceConstraintViolation",
                    "%s has more than %d items" % (name_of(text, low), high),
                )
            rules, spec = text, low
            if len(stack) == 1:
                marks.append(i)
        c = buf[i]
        if c == _BRACE or c == _BRACKET:
            stack.append((text, low, high, closer, seen, count))
            if len(stack) >= _DEPTH:
                raise RpcError("FormatViolation", "deeper than %d" % _DEPTH)
            text, low, high = _inside(c, rules, spec)
            closer = c + 2
            seen = count = 0
            i += 1
        else:
            read = text_end if c == _QUOTE else number_end if c < _COLON else word_end
            i = read(buf, i, end, rules, spec)
            if not stack:
                marks.append(i)


def _inside(c, rules, spec):
    """What the container opened by c holds: (text, start, end) of the fields of an object,
    (text, spec, most) of the items of a list."""
    kind = rules[spec]
    if kind == 97:  # a
        return _FREE, _ANY, _ANY if c == _BRACE else _ITEMS
    if kind == 99 and c == _BRACE:  # c
        return _FREE, _VENDOR_ID, _FREE_END
    if kind != c:
        raise wrong_type(rules, spec)
    if c == _BRACE:
        fields = shapes.of_type(rules, rules[spec + 1:rules.find(b"}", spec)])
        assert fields, "a shape names only types that come with it"
        return fields
    most = 0
    spec += 1
    while 48 <= rules[spec] <= 57:
        most = 10 * most + rules[spec] - 48
        spec += 1
    return rules, spec, most or _ITEMS


def _field(buf, i, end, text, low, high):
    """The field whose name begins at i: start of its value, its spec (text and place), its bit."""
    j = buf.find(b'"', i + 1, end) + 1
    if buf[i] != _QUOTE or j == 0:
        raise broken(i)
    name = buf[i:j]
    spec = text.find(name, low, high)
    bit = 0
    if spec >= 0:
        if text[spec + j - i] == _REQUIRED:
            bit = 1 << text.count(b"!", low, spec)
            spec += 1
        spec += j - i
    elif name == b'"customData"' and text is not _FREE:
        text, spec = _FREE, _CUSTOM_DATA
    else:
        j = text_end(buf, i, end, _FREE, _ANY)
        if text is not _FREE:
            start = text.rfind(b"\n", 0, low) + 1
            kind = str(text[start:low].strip(b"= "), "utf-8") or "this message"
            raise impossible("unknown field in " + kind)
        spec = _ANY
    while buf[j] in _SPACE:
        j += 1
    if buf[j] != _COLON:
        raise broken(j)
    j += 1
    while buf[j] in _SPACE:
        j += 1
    return j, text, spec, bit


def _complete(text, low, high, closer, seen, count):
    """A container closes: nothing may be missing."""
    if closer == _BRACKET_END:
        if count == 0 and text is not _FREE:
            raise RpcError("OccurrenceConstraintViolation", name_of(text, low) + " is empty")
        return
    if seen != (1 << text.count(b"!", low, high)) - 1:
        spec = text.find(b"!", low)
        while seen & 1:
            seen >>= 1
            spec = text.find(b"!", spec + 1)
        raise RpcError("ProtocolError", name_of(text, spec) + " is missing")
