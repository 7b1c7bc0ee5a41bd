"""Charges a car: a real CSMS, the station under real MicroPython, and a judge between the two.

    python3 tools/demo.py [--runtime micropython|cpython] [--evses N] [--keep]

The station is firmware/main.py on the simulated board, driven through its console as a person
would. The CSMS is PyPI `ocpp` on `websockets`. Every message passes a proxy that checks it against
the official schemas and the rules of OCPP-J. Exit status 0 only if the session was complete and
nothing was found.
"""

import environment

environment.enter("demo")

import argparse
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, environment.ROOT)

from host_tests import runtimes
from host_tests.judges.transcript import Transcript
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.station import Refused, Station

PASSWORD = "a-demo-password-of-no-worth"
CARD = {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}
SPEED = 60      # a simulated minute a second


def config(csms_url, evses):
    return {
        "station": {"id": "DEMO-1", "model": "Demo", "vendor_name": "ocpp201"},
        "csms": {"url": csms_url, "security_profile": 1, "password": PASSWORD},
        "board": "simulated",
        "evses": [{"connectors": ["cType2", "cType2"]}] * evses,
        "variables": [
            variable("TxCtrlr", "TxStartPoint", "PowerPathClosed"),
            variable("TxCtrlr", "TxStopPoint", "PowerPathClosed"),
            variable("SampledDataCtrlr", "TxUpdatedInterval", "60"),
        ],
    }


def variable(component, name, value):
    return {"component": {"name": component}, "variable": {"name": name}, "attributeValue": value}


class Session:
    """The story, a method a scene. Each waits until the CSMS has seen what it is about."""

    def __init__(self, csms, station, screen):
        self.csms = csms
        self.station = station
        self.screen = screen
        self.transaction = None

    def play(self, evses):
        self.boot(evses)
        self.plug_in()
        self.show_card()
        self.set_variable()
        self.stop_remotely()
        self.start_remotely()
        self.show_card_again()
        self.unplug()

    def boot(self, evses):
        self.screen.scene("The station boots and tells the state of its connectors")
        self.csms.wait_for("BootNotification", {"reason": "PowerUp"})
        for _ in range(2 * evses):
            self.csms.wait_for("StatusNotification", {"connectorStatus": "Available"})

    def plug_in(self):
        self.csms.all_answered()
        self.station.command("speed %d" % SPEED)
        self.console("plug 1", "A driver plugs in; from here on a minute takes a second")
        self.csms.wait_for("StatusNotification", {"connectorStatus": "Occupied"})

    def show_card(self):
        self.console("tap %s" % CARD["idToken"], "The driver shows a card, the car charges")
        self.charging({"triggerReason": "Authorized"})

    def set_variable(self):
        self.screen.scene("The CSMS wants a sample every 30 seconds instead of every 60")
        faster = variable("SampledDataCtrlr", "TxUpdatedInterval", "30")
        answer = self.csms.request("SetVariables", {"setVariableData": [faster]})
        assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted", answer
        self.samples(4)

    def stop_remotely(self):
        self.screen.scene("The CSMS stops the transaction")
        self.ask("RequestStopTransaction", {"transactionId": self.transaction})
        self.ended("Remote")

    def start_remotely(self):
        self.screen.scene("The CSMS starts another one; the car is still there")
        self.ask("RequestStartTransaction", {"evseId": 1, "remoteStartId": 1, "idToken": CARD})
        self.charging({"triggerReason": "RemoteStart"})
        self.samples(2)

    def show_card_again(self):
        self.console("tap %s" % CARD["idToken"], "The driver shows the card again: enough")
        self.ended("Local")

    def unplug(self):
        self.console("unplug 1", "The driver unplugs and leaves")
        self.csms.wait_for("StatusNotification", {"connectorStatus": "Available"})

    def charging(self, started):
        """A transaction starts, the car takes energy, and three samples are taken."""
        event = self.csms.wait_for("TransactionEvent", dict(started, eventType="Started"))
        self.transaction = event["transactionInfo"]["transactionId"]
        self.csms.wait_for("TransactionEvent", {"transactionInfo": self.info("Charging")})
        self.samples(3)

    def samples(self, count):
        for _ in range(count):
            self.csms.wait_for("TransactionEvent", {"triggerReason": "MeterValuePeriodic"})

    def ended(self, reason):
        info = {"transactionId": self.transaction, "stoppedReason": reason}
        self.csms.wait_for("TransactionEvent", {"eventType": "Ended", "transactionInfo": info})

    def info(self, state):
        return {"transactionId": self.transaction, "chargingState": state}

    def ask(self, action, payload):
        answer = self.csms.request(action, payload)
        assert answer["status"] == "Accepted", answer

    def console(self, command, what):
        self.csms.all_answered()
        self.screen.scene(what, command)
        self.station.command(command)


class Screen:
    """Scenes from here and messages from the proxy's thread, a line each, never mixed up."""

    def __init__(self):
        self._lock = threading.Lock()
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def say(self, text=""):
        with self._lock:
            print(text, flush=True)

    def scene(self, what, command=None):
        typed = "   > %s" % command if command else ""
        self.say("\n%s%s" % (self.bold(what), typed))

    def bold(self, text):
        return "\033[1m%s\033[0m" % text if self._colour else text

    def transcript(self):
        return Transcript(self.say, self._colour)


def summary(screen, checker, status, seconds):
    """The figures at the end. Returns whether all is well."""
    transactions = checker.transactions
    energy = sum(transactions.energy_wh(one) or 0 for one in transactions.ids())
    duration = sum(transactions.duration_s(one) for one in transactions.ids())
    unfinished = checker.unfinished()
    screen.scene("Summary")
    rows = [
        ("energy", "%d Wh in %d transactions" % (energy, len(transactions.ids()))),
        ("duration", "%d min %d s, shown in %.0f s" % (duration // 60, duration % 60, seconds)),
        ("station sent", counts(checker.calls["station"])),
        ("CSMS sent", counts(checker.calls["csms"])),
        ("errors", counts(checker.errors) or "none"),
        ("memory", memory(status["memory"])),
        ("violations", "none" if not checker.violations else "\n".join(checker.violations)),
    ]
    if unfinished:
        rows.append(("left open", "\n".join(unfinished)))
    for name, text in rows:
        screen.say("  %-14s%s" % (name, text.replace("\n", "\n" + " " * 16)))
    return energy > 0 and not checker.violations and not unfinished and not status["errors"]


def counts(counter):
    return ", ".join("%s %d" % pair for pair in counter.most_common())


def memory(used):
    if used is None:
        return "not measured on CPython"
    return "%d KB of heap, the code of the station included" % (used["used"] / 1024)


def keep(screen, station):
    """The station stays up, and a person has its console. Returns whether Ctrl-C ended it."""
    screen.scene("The console is yours: `help` lists the commands, `quit` ends the demo")
    try:
        for line in map(str.strip, sys.stdin):
            if line == "quit":
                break
            if line:
                screen.say("\n".join(station.ask(line)))
    except KeyboardInterrupt:
        return True
    return False


def run(options, folder):
    screen = Screen()
    runtime = {"micropython": "MicroPython", "cpython": "CPython"}[options.runtime]
    screen.say("A station under %s (→), a CSMS on PyPI `ocpp` (←), and a judge between." % runtime)
    started = time.monotonic()
    with Loopback(Csms(PASSWORD), screen.transcript()) as csms:
        with Station(options.runtime, config(csms.url, options.evses), folder) as station:
            try:
                Session(csms, station, screen).play(options.evses)
                csms.all_answered()
                status = station.status()
                well = summary(screen, csms.checker, status, time.monotonic() - started)
                interrupted = options.keep and keep(screen, station)
                return well and (station.wait() if interrupted else station.stop()) == 0
            except (AssertionError, Refused) as failure:
                screen.scene("The session broke off")
                screen.say("%s\n\nthe station's log ends with" % failure)
                screen.say(station.log()[-2000:])
                return False


def main():
    options = _arguments()
    if options.runtime == "micropython" and runtimes.micropython() is None:
        print("No MicroPython for this platform and none on PATH: the station runs on CPython.")
        options.runtime = "cpython"
    with tempfile.TemporaryDirectory() as folder:
        try:
            well = run(options, folder)
        except (AssertionError, KeyboardInterrupt) as failure:
            print(failure)
            well = False
    print("\n%s" % ("The session was complete and every message valid." if well else "Failed."))
    return 0 if well else 1


def _arguments():
    parser = argparse.ArgumentParser(description="A station charges a car.")
    parser.add_argument("--runtime", choices=("micropython", "cpython"), default="micropython")
    parser.add_argument("--evses", type=int, default=2, metavar="N", help="with 2 connectors each")
    parser.add_argument("--keep", action="store_true", help="stay up and hand over the console")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
