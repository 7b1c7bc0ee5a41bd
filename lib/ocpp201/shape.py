"""Shapes: what a message may look like, as text that is searched and never compiled.

The modules of shapes/ are made from the official schemas by tools/gen_shapes.py. Their grammar:

    definition  newline, name, space, fields. A message's name begins with `=`, since
                ClearChargingProfile is both a request and a type.
    field       "name" [!] spec space            ! = required
    spec        i integer  n the same, not negative  d decimal  b boolean  t date-time  a anything
                s<max> string of at most <max> characters
                e|A|B| one of these words
                {Type} object, its type in the same module or in common
                [<max>spec list of at least one item, of at most <max> if a number is given

Every object may carry customData, so no shape mentions it. A message without a definition has no
fields of its own: most answers of the CSMS are like that, and cost nothing here.

All 40 requests take 8 KB so, where a class for each message would take 54: the smallest form found
is one bytes object a block, and `find` needs nothing else.
"""

import sys

from . import shapes
from .shapes.common import TEXT as _COMMON

_texts = {}


def of(block: str, name: str):
    """The shape of a request ("SetVariables") or a response ("BootNotificationResponse"):
    (text, start and end of its fields). Imports the block's shapes when they are not there."""
    text = _texts.get(block)
    if text is None:
        text = _texts[block] = _load(block)
    return _fields(text, b"\n=" + name.encode() + b" ")


def of_type(text: bytes, name: bytes):
    """The shape of a type that is named in `text`, which is a block's text or the common one."""
    mark = b"\n" + name + b" "
    return _fields(text if text.find(mark) >= 0 else _COMMON, mark)


def drop(block: str):
    """Forget the shapes of a block that is rarely used."""
    _texts.pop(block, None)


def _load(block):
    name = "ocpp201.shapes." + block
    text = __import__(name, None, None, ("TEXT",)).TEXT
    # The module was only the carrier, and would keep another 80 bytes of heap.
    del sys.modules[name]
    delattr(shapes, block)
    return text


def _fields(text, mark):
    at = text.find(mark)
    if at < 0:
        return text, 0, 0
    at += len(mark)
    return text, at, text.find(b"\n", at)
