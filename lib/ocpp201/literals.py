"""Strings, numbers and words of JSON: where each ends, and whether it suits its spec.

The lowest step of reading; reader.py takes care of objects and lists, and of when to call what. A
spec is a place in a shape's text (shape.py): `rules[spec]` is the letter of its kind.
"""

import json

from . import timefmt

try:
    from micropython import const
except ImportError:
    def const(x): return x

_QUOTE = const(34)
_MINUS = const(45)
_U = const(117)
_NUMBER_BYTES = const(20)
_EXPONENT = const(20)  # with 20 bytes the largest is 1e36, which a single float still holds

# The letters of the specs.
_ANYTHING = const(97)  # a
_BOOLEAN = const(98)  # b
_WORD = const(101)  # e
_NATURAL = const(110)  # n
_STRING = const(115)  # s
_TIME = const(116)  # t

_HEX = b"0123456789abcdefABCDEF"
PRINTABLE = bytes(range(32, 127))  # what strip() leaves nothing of needs no closer look


class RpcError(Exception):
    """The peer's fault. `code` is the CALLERROR to answer with, None: drop the text and log it."""

    def __init__(self, code, description: str = "", message_id: str = "-1"):
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.message_id = message_id


def value(buf, start: int, end: int):
    """The value of buf[start:end], which is JSON for sure."""
    if buf[start] == _QUOTE and buf.find(b"\\", start, end) < 0:
        return str(memoryview(buf)[start + 1:end - 1], "utf-8")
    text = buf[start:end]
    if text.find(b"\\u") >= 0:
        text = _joined(text)
    return json.loads(text)


def _joined(text):
    """With each escaped pair of surrogates made one character; MicroPython would leave it two."""
    text = bytes(text)
    i = text.find(b"\\")
    while i >= 0:
        after = i + 2
        if text[i + 1] == _U:
            character, after = _character(text, i)
            if character > 0xFFFF:
                text = text[:i] + chr(character).encode() + text[after:]
                after = i + 4
        i = text.find(b"\\", after)
    return text


def text_end(buf, i, end, rules, spec):
    """The end of the string that begins at i."""
    j = buf.find(b'"', i + 1, end)
    escaped = j < 0 or buf.find(b"\\", i + 1, j) >= 0
    if escaped:
        j = _past_escapes(buf, i + 1, j, end)
    kind = rules[spec]
    if escaped or kind == _STRING or kind == _ANYTHING:  # the others can hold no odd character
        _check_characters(buf, i, j)
    if kind == _STRING:
        most = int(rules[spec + 1:rules.find(b" ", spec)])
        # There are never more characters than bytes, so these need counting only now and then.
        if j - i > most + 1 and len(value(buf, i, j + 1)) > most:
            raise impossible("%s longer than %d" % (name_of(rules, spec), most))
    elif kind == _WORD:
        word = value(buf, i, j + 1).encode() if escaped else buf[i + 1:j]
        stop = rules.find(b" ", spec)
        if word.find(b"|") >= 0 or rules.find(b"|" + word + b"|", spec, stop) < 0:
            raise impossible(name_of(rules, spec) + " is unknown")
    elif kind == _TIME:
        try:
            timefmt.parse_time(value(buf, i, j + 1))
        except ValueError:
            raise impossible(name_of(rules, spec) + " is not a date-time")
    elif kind != _ANYTHING:
        raise wrong_type(rules, spec)
    return j + 1


def _check_characters(buf, i, j):
    if j - i < 64 and not buf[i + 1:j].strip(PRINTABLE):  # a long text is not copied
        return
    text = memoryview(buf)[i + 1:j]
    if min(text) < 32:  # control characters must be escaped
        raise broken(i)
    if max(text) > 126:
        try:
            str(text, "utf-8")  # as the frame layer has checked: lest `value` fail later
        except UnicodeError:
            raise broken(i)


def _past_escapes(buf, i, j, end):
    """The closing quote of the string whose text begins at i; the first quote in it is at j."""
    while j >= 0:
        at = buf.find(b"\\", i, j)
        if at < 0:
            return j
        if buf[at + 1] == _U:
            i = _character(buf, at)[1]
        elif buf[at + 1] in b'"\\/bfnrt':
            i = at + 2
        else:
            raise broken(at)
        if i > j:  # that quote was escaped
            j = buf.find(b'"', i, end)
    raise broken(i)


def _character(buf, i):
    """What the \\u at i stands for, and where it ends: a pair of surrogates is one character."""
    unit = _unit(buf, i)
    if not 0xD800 <= unit < 0xE000:
        return unit, i + 6
    low = _unit(buf, i + 6) if buf[i + 6:i + 8] == b"\\u" else 0
    if unit >= 0xDC00 or not 0xDC00 <= low < 0xE000:
        raise RpcError("FormatViolation", "lone surrogate")
    return 0x10000 + (unit - 0xD800 << 10) + low - 0xDC00, i + 12


def _unit(buf, i):
    digits = bytes(buf[i + 2:i + 6])
    if len(digits) < 4 or digits.strip(_HEX):
        raise broken(i)
    return int(digits, 16)


def number_end(buf, i, end, rules, spec):
    """The end of the number that begins at i."""
    first = i + 1 if buf[i] == _MINUS else i
    whole = j = _digits(buf, first)
    if buf[first] == 48 and whole > first + 1:  # 01
        raise broken(i)
    if buf[j] == 46:  # .
        j = _digits(buf, j + 1)
    if buf[j] in b"eE":
        first = j + 2 if buf[j + 1] in b"+-" else j + 1
        j = _digits(buf, first)
        if j <= i + _NUMBER_BYTES and int(buf[first:j]) > _EXPONENT:
            raise RpcError("FormatViolation", "exponent beyond %d" % _EXPONENT)
    if j > i + _NUMBER_BYTES:
        raise RpcError("FormatViolation", "number longer than %d bytes" % _NUMBER_BYTES)
    kind = rules[spec]
    if kind in b"in" and j == whole:
        if kind == _NATURAL and buf[i] == _MINUS and int(buf[i:j]) < 0:
            raise impossible(name_of(rules, spec) + " less than 0")
    elif kind not in b"da":
        raise wrong_type(rules, spec)
    return j


def _digits(buf, i):
    """The end of the digits at i, of which there must be one."""
    start = i
    while 48 <= buf[i] <= 57:
        i += 1
    if i == start:
        raise broken(i)
    return i


def word_end(buf, i, end, rules, spec):
    """The end of the true, false or null that begins at i."""
    for word in (b"true", b"false", b"null"):
        if buf[i:i + len(word)] == word:
            break
    else:
        raise broken(i)
    kind = rules[spec]
    if kind != _ANYTHING and (kind != _BOOLEAN or word == b"null"):
        raise wrong_type(rules, spec)
    return i + len(word)


# What is said of a fault. Names come from the shape: nothing received is ever sent back.


def broken(i):
    return RpcError("FormatViolation", "not JSON at byte %d" % i)


def impossible(description):
    return RpcError("PropertyConstraintViolation", description)


def wrong_type(rules, spec):
    return RpcError("TypeConstraintViolation", name_of(rules, spec) + " is of another JSON type")


def name_of(rules, spec):
    """The field that a spec belongs to: the last name before it."""
    end = rules.rfind(b'"', 0, spec)
    if end < 0:
        return "customData"
    return str(rules[rules.rfind(b'"', 0, end) + 1:end], "utf-8")
