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
_VALUES = const(8)


def parse(row, text):
    """The typed value of text from outside. ValueError with the reason code of OCPP."""
    try:
        _check(row, text)
    except ValueError:
        raise ValueError("InvalidValue")
    value = typed(row, text)
    if row[_TYPE] in ("integer", "decimal"):
        size = value if isinstance(value, int) else float(text)
    else:
        size = len(text_of(value))  # the limits of a list are those of its text
    if (row[_MIN] and size < int(row[_MIN])) or (row[_MAX] and size > int(row[_MAX])):
        raise ValueError("ValueOutOfRange")
    return value


def typed(row, text) -> "int | bool | str | tuple":
    """The value of text that is known to be good: the default of a row is."""
    kind = row[_TYPE]
    if kind == "boolean":
        return text == "true"
    if kind in ("integer", "decimal") and "." not in text:
        return int(text)
    if kind in ("MemberList", "SequenceList"):
        return tuple(text.replace(" ", "").split(",")) if text else ()
    return text


def text_of(value) -> str:
    """A typed value as it stands on the wire."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _check(row, text):
    """Does it suit the data type? ValueError if not."""
    kind = row[_TYPE]
    good = isinstance(text, str)
    if kind == "boolean":
        good = text in ("true", "false")
    elif kind == "OptionList":
        good = text in row[_VALUES].split(",")
    elif good and kind in ("integer", "decimal"):
        # Stricter than int(), which takes " 5", "+5" and "1_000" too.
        whole, point, fraction = text.partition(".")
        digits = whole[1:] if whole.startswith("-") else whole
        good = 0 < len(digits) <= 10 and not (digits + fraction).strip("0123456789")
        good = good and (not point or kind == "decimal" and fraction != "")
    elif good and kind in ("MemberList", "SequenceList"):
        # Each member once. Whether a list may be empty is a matter of minLimit.
        allowed = row[_VALUES].split(",")
        for member in text.split(",") if text else ():
            allowed.remove(member.strip(" "))
    elif good and kind == "dateTime":
        parse_time(text)
    elif good and "z" in row[_FLAGS]:
        parse_offset(text)
    if not good:
        raise ValueError
