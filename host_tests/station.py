"""Drives the real `firmware/main.py` in a process of its own, through its console.

    with Station("micropython", {"station": {"id": "CP1"}, "board": "simulated"}, tmp) as station:
        station.command("plug 1")
        station.wait_until(lambda status: status["evses"][0]["connectors"][0]["plugged"])

Nothing here sleeps: it waits for lines, and for the end of the process.
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from host_tests import runtimes

MAIN = runtimes.ROOT / "firmware" / "main.py"
RUNTIMES = ("cpython", "micropython")

# Only keeps a hung station from hanging the tests.
_HUNG_S = 120


class Refused(Exception):
    """The console answered ERR; the text is the reason."""


class Gone(AssertionError):
    """The process has ended."""


class Station:
    def __init__(self, runtime, config, folder, heapsize=None, main=MAIN):
        """Writes the config (a dict) into `folder` and starts a process; data_dir is there too."""
        self.runtime = runtime
        self.folder = Path(folder)
        self.config_file = self.folder / "config.json"
        self.config_file.write_text(json.dumps(config), encoding="utf-8")
        self.process = None
        self._command = [*interpreter(runtime, heapsize), str(main), str(self.config_file)]
        self._unread = b""
        self._ready = 0
        self._lines = []            # of the log
        self._read_up_to = 0        # of them, by wait_for_log
        self._news = threading.Condition()
        self.start()

    def start(self):
        """Start the process, again after a stop or a power cut; returns when it prints READY."""
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=pipe)
        self._listener = threading.Thread(target=self._listen, args=(self.process.stderr,))
        self._listener.start()
        self._unread, self._ready = b"", 0
        self.wait_ready()

    def wait_ready(self):
        """Wait for a READY that no wait_ready() has seen yet."""
        while not self._ready:
            line = self.next_line()
            assert line == "READY", f"expected READY, not {line!r}"
            self._ready += 1
        self._ready -= 1

    def ask(self, line):
        """Send a line; returns all lines of the answer, OK or ERR last."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the end of its output tells
        answer = []
        while True:
            line = self.next_line()
            if line == "READY":  # a restart came in between
                self._ready += 1
                continue
            answer.append(line)
            if line == "OK" or line.startswith("ERR"):
                return answer

    def command(self, line):
        """Send a line; returns the lines before OK. Refused: the answer was ERR."""
        *lines, last = self.ask(line)
        if last != "OK":
            raise Refused(f"{line}: {last[4:]}")
        return lines

    def status(self):
        return json.loads(self.command("status")[0])

    def wait_until(self, predicate):
        """Ask for `status` until predicate(status) holds; returns that status."""
        hung = time.monotonic() + _HUNG_S
        while time.monotonic() < hung:
            status = self.status()
            if predicate(status):
                return status
        raise AssertionError(f"waited in vain, {status}\n{self.log()}")

    def log(self):
        """All that it wrote to stderr, in all its runs."""
        return "".join(self._lines)

    def wait_for_log(self, words):
        """The next line of the log with these words; those before it are skipped."""
        with self._news:
            if not self._news.wait_for(lambda: self._find(words), _HUNG_S):
                raise AssertionError(f"no {words!r} in the log\n{self.log()}")
            return self._lines[self._read_up_to - 1]

    def _find(self, words):
        while self._read_up_to < len(self._lines):
            self._read_up_to += 1
            if words in self._lines[self._read_up_to - 1]:
                return True
        return False

    def _listen(self, stderr):
        with stderr:
            for line in stderr:
                with self._news:
                    self._lines.append(line.decode(errors="replace"))
                    self._news.notify_all()
                self.noted(self._lines[-1])

    def noted(self, line):
        """For whoever wants to know of each line of the log as it comes, in a thread."""

    def close_stdin(self):
        self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Wait for the end of the process; returns its exit status."""
        status = self.process.wait(_HUNG_S)
        self._listener.join()
        self._close()
        return status

    def stop(self):
        """`quit`; returns the exit status."""
        if self.process.poll() is None:
            self.command("quit")
        return self.wait()

    def cut_power(self):
        self.process.send_signal(signal.SIGKILL)
        self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.cut_power()

    def _close(self):
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:  # what it buffered has no reader any more
                pass

    def next_line(self):
        """The next line of stdout. AssertionError with the log if the process ends or hangs."""
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self.process.stdout], [], [], _HUNG_S)
            data = os.read(self.process.stdout.fileno(), 65536) if readable else b""
            assert readable, f"the station hangs\n{self.log()}"
            if not data:
                raise Gone(f"the station has ended\n{self.log()}")
            self._unread += data
        line, self._unread = self._unread.split(b"\n", 1)
        return line.decode().rstrip("\r")


def interpreter(runtime, heapsize=None):
    """The command that runs a script under this runtime."""
    if runtime == "cpython":
        return [sys.executable]
    binary = runtimes.micropython()
    if binary is None:
        raise FileNotFoundError(runtimes.MISSING)
    return [binary, "-X", f"heapsize={heapsize}"] if heapsize else [binary]
