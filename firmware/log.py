"""What happened, a line each: to stderr as it comes, and the last ones in RAM for the console.

The stack calls `log(level, text)`. An exception that nobody expected is a bug of ours: it comes as
the third argument, and its traceback outlives the restart in a small file.
"""

import io
import sys

LEVELS = ("error", "warning", "info", "debug")

LINES = 20  # as many as `log tail` shows unless told otherwise
_LINE_LENGTH = 160  # what the ring keeps of a line
_CRASH_BYTES = 4000
_CRASH_WRITES = 8  # in one run: a bug in a loop must not wear out the flash


class Log:
    def __init__(self, level: str = "info"):
        self.level = level
        self.now = None  # callable: core seconds, as soon as there is a clock
        self.crashes = ""
        self._lines = []
        self._crash_file = None
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

    def store_crashes_in(self, path: str):
        """From now on tracebacks outlive the restart; those of earlier runs are there again."""
        self._crash_file = path
        try:
            with open(path) as file:
                self.crashes = file.read()
        except (OSError, ValueError):
            self.crashes = ""  # none yet, or half of one

    def keep_traceback(self, where: str, error):
        crash = f"{where}\n{_traceback(error)}"
        self.crashes = (self.crashes + crash)[-_CRASH_BYTES:]
        if self._crash_file is None or not self._crash_writes:
            return
        self._crash_writes -= 1
        try:
            with open(self._crash_file, "w") as file:
                file.write(self.crashes)
        except OSError:
            pass  # a full disc: the ones in RAM must do


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
