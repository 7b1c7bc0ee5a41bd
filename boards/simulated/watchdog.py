"""The watchdog of a board without one: when nobody feeds it, the program starts anew, whatever it
is at: waiting for ever, or in a loop without end.

On CPython a timer sends a signal, whose handler runs between any two steps of the program, and
execv begins this process anew. MicroPython's unix port has neither. There a thread goes on beside
a loop without end, and SIGINT tears the program out of it: KeyboardInterrupt, and main.py composes
itself anew. What a processor has in a register, who it was that reset it, is in the environment or
in this module.
"""

import os
import sys
import time

try:
    import signal
except ImportError:
    signal = None

_STEP_MS = 100
_REGISTER = "SIMULATED_RESET_CAUSE"

_dog = None
_has_bitten = False


def start(seconds: int, bite):
    """Watch from now on; returns the one to feed. bite() is called once, from anywhere."""
    global _dog
    stop()
    _dog = (Signal if signal else Thread)(seconds, bite)
    return _dog


def stop():
    """The processor starts: its watchdog does not watch yet."""
    global _dog
    if _dog:
        _dog.stop()
    _dog = None


def bitten() -> bool:
    """Was it this that started the program? Says so once."""
    global _has_bitten
    was_it, _has_bitten = _has_bitten, False
    if signal:
        was_it = os.environ.pop(_REGISTER, None) is not None
    return was_it


class Signal:
    def __init__(self, seconds, bite):
        self._seconds = seconds
        self._bite = bite
        signal.signal(signal.SIGALRM, self._expired)
        self.feed()

    def feed(self):
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def stop(self):
        signal.setitimer(signal.ITIMER_REAL, 0)  # it would outlive execv

    def _expired(self, *_):
        self.stop()
        self._bite()
        os.environ[_REGISTER] = "Watchdog"
        os.execv(sys.executable, [sys.executable] + sys.orig_argv[1:])


class Thread:
    def __init__(self, seconds, bite):
        self._full_ms = self._left_ms = seconds * 1000
        self._bite = bite
        self._watches = True
        import _thread

        _thread.start_new_thread(self._watch, ())

    def feed(self):
        self._left_ms = self._full_ms

    def stop(self):
        self._watches = False

    def _watch(self):
        global _has_bitten
        while self._left_ms > 0:
            time.sleep_ms(_STEP_MS)  # counted, not measured: a process that was stopped is no hang
            self._left_ms -= _STEP_MS
        if self._watches:
            self._bite()
            _has_bitten = True
            # Behind the shell's back: while a command runs, SIGINT is for the command alone.
            os.system("(sleep 0.1; kill -INT $PPID) &")
