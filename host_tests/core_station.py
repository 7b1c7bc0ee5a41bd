"""A whole core at its desk: the real ChargePoint, a CSMS that answers as one should, and time that
a test moves.

    station = CoreStation()     # two EVSEs with two connectors, booted and accepted
    station.plug(1)
    station.tap("04A1B2C3", 1)
    station.run(60)
    assert station.events() == [...]

Runs on both runtimes. Every text in both directions goes past the RpcChecker: here on CPython;
under MicroPython it is printed, and host_tests/conftest.py feeds it to the same checker.
"""

import json
import sys

from ocpp201 import Callbacks, ChargePoint, MeterValue
from ocpp201.ids import Ids
from ocpp201.store import RamFiles, Store
from ocpp201.timefmt import format_time
from ocpp201.variables import Variables

if sys.implementation.name == "micropython":  # has no schema library
    RpcChecker = None
else:
    from host_tests.judges.rpc_checker import RpcChecker

WALL = 848707200  # 2026-11-23T00:00:00Z is second 0 of the core, as far as the CSMS knows
SILENCE = "no answer"


_seed = 1


def _random(n):
    """The same numbers in every run, and no two alike: a linear congruential generator."""
    global _seed
    numbers = bytearray(n)
    for i in range(n):
        _seed = (_seed * 1103515245 + 12345) % 2147483648
        numbers[i] = _seed >> 16 & 255
    return bytes(numbers)


class Recorder(Callbacks):
    """An integrator who writes down what is asked of him."""

    def __init__(self):
        self.calls = []
        self.bugs = []
        self.unlock_result = "Unlocked"

    def power_allowed(self, evse_id, allowed):
        self.calls.append(("power_allowed", evse_id, allowed))

    def reset(self, evse_id, kind):
        self.calls.append(("reset", evse_id, kind))

    def release_connector(self, evse_id):
        self.calls.append(("release_connector", evse_id))

    def unlock_connector(self, evse_id, connector_id, done):
        self.calls.append(("unlock_connector", evse_id, connector_id))
        done(self.unlock_result)

    def transaction_ended(self, evse_id, transaction_id):
        self.calls.append(("transaction_ended", evse_id, transaction_id))

    def bug_caught(self, where, error):
        self.bugs.append((where, error))

    def named(self, name):
        return [call for call in self.calls if call[0] == name]


class CoreStation:
    def __init__(
        self, connectors=(2, 2), settings=(), boot="Accepted", online=True, files=None, tokens=None
    ):
        self.files = RamFiles() if files is None else files
        self.log = []
        self.now = 10
        self.epoch = WALL  # wall time of the core's second 0
        self.boots = 0
        self.sent = []  # (action, payload) of every CALL of the station
        self.unanswered = None  # id of a CALL that the CSMS keeps silent about
        self.answers = {"BootNotification": self.boot_answer(boot)}
        self.checker = RpcChecker() if RpcChecker else None
        self._wire("new")
        self.expects_bugs = False
        self._calls = 0
        self._replies = {}
        self._connectors = connectors
        self._settings = settings
        self._tokens = tokens
        self.start()
        if online:
            self.connect()

    def start(self):
        """Compose the core anew from its files, as after a restart."""
        lines = open(_model_path(), "rb")
        store = Store(self.files, self._note)
        variables = Variables(lines, self._connectors, store, self._note)
        for key, value in self._settings:
            variables.put(key, value)
        variables.put("ChargingStation.Model", "Demo")
        variables.put("ChargingStation.VendorName", "Example")
        self.integrator = Recorder()
        self.boots += 1
        ids = Ids(_random, self.boots)
        self.cp = ChargePoint(
            self.integrator, self._connectors, variables, store, ids, self._note, self._tokens
        )
        self.readings = [MeterValue() for _ in self._connectors]

    def restart(self):
        self.cp.close()
        self._wire("restart")
        self.start()
        self.connect()

    def cut_power(self, outage=60):
        """All that the station had in RAM is gone, its time too; `connect` is the next thing."""
        self.unanswered = None
        self.epoch += self.now + outage
        self.now = 0
        self._wire("cut")
        self.start()

    # --- what happens at the station ---

    def plug(self, evse_id, connector_id=1):
        assert self.cp.on_session_started(evse_id, connector_id)
        return self.pump()

    def unplug(self, evse_id, connector_id=1):
        assert self.cp.on_session_finished(evse_id, connector_id)
        return self.pump()

    def tap(self, text, evse_id=0, kind="ISO14443"):
        taken = self.cp.authorize(evse_id, 0, {"idToken": text, "type": kind})
        self.pump()
        return taken

    def charging(self, evse_id, state="Charging"):
        assert self.cp.on_charging_state_changed(evse_id, state)
        return self.pump()

    def meter(self, evse_id, energy_wh, power_w=-1):
        reading = self.readings[evse_id - 1]
        reading.energy_wh, reading.power_w = energy_wh, power_w
        assert self.cp.on_meter_value(evse_id, reading)

    def charge(self, evse_id=1, token="04A1B2C3", energy_wh=1000):
        """Cable, card, energy: a transaction under way."""
        self.meter(evse_id, energy_wh)
        self.plug(evse_id)
        self.tap(token, evse_id)
        self.charging(evse_id)

    def run(self, seconds):
        """Let time pass, from wakeup to wakeup."""
        end = self.now + seconds
        while True:
            due = self.pump()
            if due > end:
                break
            assert due >= self.now, "it wants to be woken in the past"
            self.now = max(due, self.now + 1)
        self.now = end
        self.pump()

    # --- the link ---

    def connect(self):
        self.cp.connected(True, self.now)
        self.pump()

    def disconnect(self):
        self._wire("closed")
        self.unanswered = None
        self.cp.connected(False, self.now)
        self.pump()

    def pump(self):
        """Let the core act and both sides talk until neither has anything to say; returns when the
        core wants to be woken."""
        for _ in range(500):
            due = self.cp.wakeup(self.now)
            if not self._deliver():
                break
        assert self.expects_bugs or not self.integrator.bugs, self.integrator.bugs
        return due

    def _deliver(self):
        delivered = False
        text = self.cp.next_text(self.now)
        while text is not None:
            delivered = True
            self._station_sent(bytes(text).decode())
            text = self.cp.next_text(self.now)
        return delivered

    def _station_sent(self, text):
        if self.unanswered is not None and text.startswith("[2,"):
            self._wire("expired")
            self.unanswered = None
        self._wire("> " + text)
        message = json.loads(text)
        if message[0] != 2:
            self._replies[message[1]] = message
            return
        _, message_id, action, payload = message
        self.sent.append((action, payload))
        answer = self.answers.get(action, self._usual_answer(action))
        if callable(answer):
            answer = answer(payload)
        if answer is SILENCE:
            self.unanswered = message_id
        elif isinstance(answer, tuple):
            self.raw(json.dumps([4, message_id, answer[0], "", {}]))
        else:
            self.raw(json.dumps([3, message_id, answer]))

    # --- the CSMS ---

    def boot_answer(self, status, interval=300):
        return lambda _: {
            "status": status,
            "interval": interval,
            "currentTime": format_time(self.epoch + self.now),
        }

    def _usual_answer(self, action):
        if action == "Heartbeat":
            return {"currentTime": format_time(self.epoch + self.now)}
        if action == "Authorize":
            return {"idTokenInfo": {"status": "Accepted"}}
        if action == "DataTransfer":
            return {"status": "Accepted"}
        return {}

    def raw(self, text):
        """The CSMS sends this text."""
        self._wire("< " + text)
        self.cp.receive_text(text, self.now)

    def call(self, action, payload=None):
        """The CSMS asks; returns the answer's payload, or the code of the CALLERROR."""
        self._calls += 1
        message_id = "csms-%d" % self._calls
        self.raw(json.dumps([2, message_id, action, payload or {}]))
        self.pump()
        reply = self._replies.get(message_id)
        assert reply, "no answer to " + action
        return reply[2]

    # --- what was sent ---

    def messages(self, action):
        return [payload for sent, payload in self.sent if sent == action]

    def events(self, evse_id=None):
        """(eventType, triggerReason, chargingState) of every TransactionEvent."""
        return [
            (one["eventType"], one["triggerReason"], one["transactionInfo"].get("chargingState"))
            for one in self.messages("TransactionEvent")
        ]

    def last(self, action):
        return self.messages(action)[-1]

    def statuses(self):
        """(evseId, connectorId, connectorStatus) of every StatusNotification."""
        return [
            (one["evseId"], one["connectorId"], one["connectorStatus"])
            for one in self.messages("StatusNotification")
        ]

    def forget(self):
        self.sent = []

    # --- inside ---

    def _note(self, level, text):
        self.log.append((level, text))

    def _wire(self, line):
        if self.checker is None:
            print("wire " + line)
            return
        watch(self.checker, line)
        self.checker.assert_clean()


def watch(checker, line):
    """Tell the checker what a line of the wire means ("new": there is a new station, and a new
    checker)."""
    what, _, text = line.partition(" ")
    if what == ">":
        checker.station_sent(text)
    elif what == "<":
        checker.csms_sent(text)
    elif what == "closed":
        checker.connection_closed()
    elif what == "restart":
        checker.station_restarted()
    elif what == "cut":
        checker.station_restarted()
        checker.power_cut = True
    elif what == "expired":
        checker.call_expired()


def _model_path():
    import ocpp201

    path = ocpp201.__path__
    return (path if isinstance(path, str) else path[0]) + "/device_model.dat"
