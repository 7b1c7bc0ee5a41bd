"""Shapes: what a message may look like, as text that is searched and never compiled.

tools/gen_shapes.py makes them from the official schemas. Their grammar:

    definition  newline, name, space, fields. A message's name begins with `=`, since
                ClearChargingProfile is both a request and a type.
    field       "name" [!] spec space            ! = required
    spec        i integer  n the same, not negative  d decimal  b boolean  t date-time  a anything
                s<max> string of at most <max> characters
                e|A|B| one of these words
                {Type} object, its type in the same text
                [<max>spec list of at least one item, of at most <max> if a number is given

Every object may carry customData, so no shape mentions it.

All shapes take 11 KB so, where a class for each message would take 54; and few of them need to be
in RAM. The answers that come all day are (answers.py, one bytes object). What else may come, the
40 requests before all, is read from shapes.dat when it comes, and forgotten with the message: its
index, as many bytes as _INDEX says, tells where each message begins, which has its types with it.
"""

from .answers import TEXT as ANSWERS

_INDEX = 1792
_FILE = __file__.rsplit("/", 1)[0] + "/shapes.dat"


def of(name: str):
    """The shape of a request ("SetVariables") or an answer ("HeartbeatResponse"): (text, start
    and end of its fields). None: there is no such message."""
    message = b"=" + name.encode()
    return of_type(ANSWERS, message) or of_type(_read(name.encode()), message)


def of_type(text: bytes, name: bytes):
    """The same of a definition in `text`."""
    mark = b"\n%s " % name
    at = text.find(mark)
    if at < 0:
        return None
    at += len(mark)
    return text, at, text.find(b"\n", at)


def _read(name):
    """The part of the file that belongs to this line of the index; empty if there is none."""
    with open(_FILE, "rb") as file:
        index = file.read(_INDEX)
        at = index.find(b"\n" + name + b" ")
        here_and_next = index[at : at + 99].split(None, 4) if at >= 0 else ()
        if len(here_and_next) < 4:
            return b""
        start = int(here_and_next[1])
        file.seek(start)
        return file.read(int(here_and_next[3]) - start)
