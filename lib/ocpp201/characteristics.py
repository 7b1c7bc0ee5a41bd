"""What a row of the device model allows: data type, limits, values (VariableCharacteristicsType).

Text comes from outside and goes out again; inside, a value is typed: int, bool, str, or a tuple of
str for a list. A decimal is an int or, with a fraction, its text, because floats are of single
precision on boards. "" is a value that is not set.

A row is a list of str: name, data type, mutability, flags, unit, minLimit, maxLimit, default,
values list. tools/gen_device_model.py writes the file of them and says more.
"""

from .timefmt import parse_offset, parse_time

try:
    from micropython import const
except ImportError:
    def const(x): return x

_TYPE = const(1)
_FLAGS = const(3)
_MIN = const(5)
_MAX = const(6)
_DEFAULT = const(7)
_VALUES = const(8)


def parse(row, text):
    """The typed value of text from outside. ValueError with the reason code of OCPP."""
    try:
        value = _typed(row, text)
    except ValueError:
        raise ValueError("InvalidValue")
    if row[_TYPE] in ("integer", "decimal"):
        size = value if isinstance(value, int) else float(text)
    else:
        size = len(text_of(value))  # the limits of a list are those of its text
    if (row[_MIN] and size < int(row[_MIN])) or (row[_MAX] and size > int(row[_MAX])):
        raise ValueError("ValueOutOfRange")
    return value


def default_of(row):
    """Limits are not looked at: what is not set need not keep them."""
    return _typed(row, row[_DEFAULT]) if row and row[_DEFAULT] else ""


def text_of(value) -> str:
    """A typed value as it stands on the wire."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _typed(row, text) -> "int | bool | str | tuple":
    kind = row[_TYPE]
    if not isinstance(text, str) or (kind == "boolean" and text not in ("true", "false")):
        raise ValueError
    if kind == "boolean":
        return text == "true"
    if kind in ("integer", "decimal"):
        return _number(text, kind == "decimal")
    if kind in ("MemberList", "SequenceList"):
        return _list(text, row[_VALUES].split(","))
    if kind == "OptionList" and text not in row[_VALUES].split(","):
        raise ValueError
    if kind == "dateTime":
        parse_time(text)
    if "z" in row[_FLAGS]:
        parse_offset(text)
    return text


def _number(text, fraction_allowed):
    """Stricter than int(), which takes " 5", "+5" and "1_000" too."""
    whole, point, fraction = text.partition(".")
    digits = whole[1:] if whole.startswith("-") else whole
    if not 0 < len(digits) <= 10 or (digits + fraction).strip("0123456789"):
        raise ValueError
    if point and not (fraction and fraction_allowed):
        raise ValueError
    return text if point else int(text)


def _list(text, allowed):
    """Each member once. Whether a list may be empty is a matter of minLimit."""
    members = tuple([member.strip() for member in text.split(",")]) if text else ()
    for member in members:
        if member not in allowed or members.count(member) > 1:
            raise ValueError
    return members
