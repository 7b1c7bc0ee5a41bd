"""What happened, a line each: to stderr as it comes, and the last ones in RAM for the console.

The stack calls `log(level, text)`. An exception that nobody expected is a bug of ours: it comes as
the third argument, and its traceback outlives the restart in the state "crash".
"""

import io
import sys

LEVELS = ("error", "warning", "info", "debug")

LINES = 20  # as many as `log tail` shows unless told otherwise
_LINE_LENGTH = 160  # what the ring keeps of a line
_CRASH_BYTES = 3000  # of the last tracebacks, a few hundred bytes each
_CRASH_WRITES = 8  # in one run: a bug in a loop must not wear out the flash


class Log:
    def __init__(self, level: str = "info"):
        self.level = level
        self.now = None  # callable: core seconds, as soon as there is a clock
        self.store = None  # a Store, as soon as there is one
        self._lines = []
        self._unstored = b""  # tracebacks that could not be stored
        self._crash_writes = _CRASH_WRITES

    def __call__(self, level: str, text: str, bug=None):
        if bug is not None:
            self.keep_traceback(text, bug)
        if LEVELS.index(level) > LEVELS.index(self.level):
            return
        line = f"{self.now() if self.now else 0:>8} {level} {text}"
        if len(self._lines) >= LINES:
            self._lines.pop(0)
        self._lines.append(line[:_LINE_LENGTH])
        complain(line)

    def tail(self, count: int) -> list:
        """The last lines, oldest first."""
        return self._lines[-count:] if count > 0 else []

    def crashes(self) -> str:
        """The last tracebacks, of earlier runs too. They stay on flash until somebody asks."""
        try:
            return (self._stored() + self._unstored).decode()
        except ValueError:  # another program's
            return self._unstored.decode()

    def keep_traceback(self, where: str, error):
        try:
            crash = (where + "\n" + _traceback(error)).encode()
            self._unstored = _last_lines(self._unstored + crash)
            if self.store and self._crash_writes:
                self._crash_writes -= 1
                self.store.save("crash", _last_lines(self._stored() + self._unstored))
                self._unstored = b""
        except (MemoryError, OSError, ValueError):
            pass  # a full disc: what is in RAM must do

    def _stored(self) -> bytes:
        try:
            entry = self.store and self.store.load("crash")
        except OSError:
            entry = None
        return entry[1] if entry else b""


def _last_lines(text) -> bytes:
    if len(text) > _CRASH_BYTES:
        text = text[-_CRASH_BYTES:]
        text = text[text.find(b"\n") + 1 :]
    return bytes(text)


def complain(line: str):
    """Write a line to stderr; a terminal that is gone must not stop the station."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except (OSError, AttributeError):  # CPython: sys.stderr is None if it never was there
        pass


def _traceback(bug) -> str:
    if hasattr(sys, "print_exception"):  # MicroPython
        text = io.StringIO()
        sys.print_exception(bug, text)
        return text.getvalue()
    import traceback

    return "".join(traceback.format_exception(bug))
