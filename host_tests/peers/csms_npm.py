"""The second real CSMS: npm `ocpp-rpc` in strict mode, host_tests/peers/npm/csms.js, on Node 20.

    with NpmCsms() as csms:
        ... let the station connect to csms.url ...
        csms.wait_for("BootNotification")
        answer = csms.request("Reset", {"type": "OnIdle"})
    # leaving it asserts that neither it nor the judge before it found a fault with the station

`skip_reason()` says why it can't run here. tools/test.py installs its packages.
"""

import json
import queue
import shutil
import subprocess
import threading
from pathlib import Path

from host_tests.judges.proxy import Proxy
from host_tests.peers.background import Background
from host_tests.peers.csms_mobilityhouse import contains

FOLDER = Path(__file__).parent / "npm"


def skip_reason():
    """None, or what is missing."""
    if shutil.which("node") is None:
        return "Node 20 is missing: the npm CSMS did not run"
    if not (FOLDER / "node_modules").exists():
        return "the npm packages are missing: python3 tools/test.py installs them"
    return None


class NpmCsms:
    """events: all that csms.js told so far, as dicts. url: where the station connects, with the
    judge behind it. checker: that judge.
    """

    def __enter__(self):
        self.events = []
        self._news = queue.Queue()
        self._read_up_to = {}       # (event, action) -> how many of `events` were gone past
        self._commands = 0
        self._process = subprocess.Popen(
            ["node", "csms.js"], cwd=FOLDER, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        address = f"ws://127.0.0.1:{self.wait_for_event('listening')['port']}/ocpp"
        self._background = Background()
        self._proxy = self._background.run(Proxy(address).__aenter__())
        self.url, self.checker = self._proxy.url, self._proxy.checker
        return self

    def __exit__(self, kind, *_):
        self._background.run(self._proxy.__aexit__())
        self._background.stop()
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
        if kind is None:
            self.assert_clean()

    def answer(self, action, payload):
        """What it answers to that action from now on."""
        self._command({"answers": {action: payload}})

    def request(self, action, payload=None):
        """The payload of the station's CALLRESULT. AssertionError with the code of a CALLERROR."""
        found = self._command({"action": action, "payload": payload or {}})
        assert found["event"] == "answer", f"{action}: {found['code']}"
        return found["payload"]

    def wait_for(self, action, expected=None, timeout=30):
        """The next payload of that action that contains `expected`; the others are skipped."""
        call = {"action": action, "payload": expected or {}}
        return self.wait_for_event("call", call, timeout)["payload"]

    def wait_for_event(self, event, expected=None, timeout=30):
        """The next event of that kind that contains `expected`; those before it are skipped."""
        expected = dict(expected or {}, event=event)
        return self._wait((event, expected.get("action")), expected, timeout)

    def all_answered(self):
        """Returns when no CALL of either side is open."""
        self._background.run(self._proxy.all_answered())

    def assert_clean(self):
        self.checker.assert_clean()
        faults = [one["error"] for one in self.events if one["event"] == "fault"]
        assert not faults, faults

    def _command(self, command):
        self._commands += 1
        self._process.stdin.write(json.dumps(dict(command, id=self._commands)) + "\n")
        self._process.stdin.flush()
        return self._wait("answers", {"id": self._commands})

    def _wait(self, reader, expected, timeout=30):
        """The next event that contains `expected`; each reader reads on where it was."""
        while True:
            for place in range(self._read_up_to.get(reader, 0), len(self.events)):
                self._read_up_to[reader] = place + 1
                if contains(self.events[place], expected):
                    return self.events[place]
            try:
                self.events.append(self._news.get(timeout=timeout))
            except queue.Empty:
                raise AssertionError(f"waited in vain, after {self.events[-5:]}") from None

    def _listen(self):
        for line in self._process.stdout:
            self._news.put(json.loads(line))
