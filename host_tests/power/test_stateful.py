"""Whatever people, the CSMS, the network and the power do, in any order: hypothesis draws it, and
shows the shortest way to what went wrong.

The core of the station is real, with its journal on files that lose the power in the middle of a
change. The model is small: for each EVSE who plugged in, whose cards were held to it since the
last car left, what the meter has counted. After every step power flows only to a car that is
there, without a fault, for one of those cards. In the end everybody leaves, the network and the
CSMS are well, and the ledger of what the CSMS has accepted must be that of the meters.

OCPP201_EXAMPLES=2000 in the environment walks further, and another way each time.
"""

import os

from hypothesis import settings, target
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from host_tests.core_station import SILENCE, CoreStation, Recorder
from host_tests.judges.ledger import Ledger
from ocpp201.store import RamFiles

EVSES = st.sampled_from((1, 2))
CARDS = st.sampled_from(("CARD-A", "CARD-B", "CARD-C"))
WH_A_MINUTE = 184
SETTINGS = [
    ("SampledDataCtrlr.TxUpdatedInterval", 60),
    ("SampledDataCtrlr.TxUpdatedMeasurands", "Energy.Active.Import.Register"),
    ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True),
    ("OCPPCommCtrlr.MessageAttempts#TransactionEvent", 100),
    ("OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent", 1),
]
MOODS = st.sampled_from(("well", "well", "silent", "deaf", "refuses"))


class PowerCut(BaseException):
    """In the middle of a change of a file. No Exception: nothing of the station may go on."""


class Flash(RamFiles):
    """The power goes in a change to come: the `left`-th from now, of which a part arrives."""

    left, part = 0, 0.0

    def append(self, name, parts):
        before = self.read(name) or b""
        data = b"".join(bytes(part) for part in parts)
        self._change(name, before, data)

    def write(self, name, data):
        self._change(name, b"", bytes(data))

    def replace(self, name, parts):
        self._goes()
        super().write(name, b"".join(bytes(part) for part in parts))

    def remove(self, name):
        self._goes()
        super().remove(name)

    def _change(self, name, before, data):
        try:
            self._goes()
        except PowerCut:
            super().write(name, before + data[: int(len(data) * self.part)])
            raise
        super().write(name, before + data)

    def _goes(self):
        self.left -= 1
        if self.left == 0:
            raise PowerCut


class Witness(Recorder):
    def __init__(self, street):
        super().__init__()
        self._street = street

    def power_allowed(self, evse_id, allowed):
        self._street.allowed[evse_id] = allowed

    def reset(self, evse_id, kind):
        self._street.wants_reset = True


class Station(CoreStation):
    street = None

    def start(self):
        super().start()
        self.integrator = self.cp.context.callbacks = Witness(self.street)


class Street(RuleBasedStateMachine):
    """Two EVSEs with a connector each."""

    def __init__(self):
        super().__init__()
        self.plugged, self.faulty = set(), set()
        self.allowed = {1: False, 2: False}
        self.reported = {1: "Idle", 2: "Idle"}
        self.paused = set()
        self.meters = {1: 1000, 2: 5000}
        self.cards = {1: set(), 2: set()}  # held to it since the last car left
        self.wants_reset = False
        self.linked, self.mood, self.connections = True, "well", 1
        self.ledger = Ledger(clock_steps=True)
        Station.street = self
        self.station = Station((1, 1), SETTINGS, files=Flash())
        self.station.answers["TransactionEvent"] = self.take
        self.power_is_back()

    # ------------------------------------------------------------------ what happens

    @initialize()
    def two_cars_charge(self):
        """Most of what can go wrong goes wrong in a transaction."""
        for evse in (1, 2):
            self.come(evse, "CARD-A")
        assert all(self.allowed.values())

    @rule(evse=EVSES, card=CARDS, minutes=st.sampled_from((0, 1, 10)))
    def next_driver(self, evse, card, minutes):
        """Everything works again at that EVSE, and for now the CSMS does."""
        self.mood = "well"
        if evse in self.faulty:
            self.fault_or_repair(evse)
        if self.linked:
            self.change_availability(evse, "Operative")
        self.unplug(evse)
        self.come(evse, card)
        self.time_passes(minutes)

    def come(self, evse, card):
        self.plug(evse)
        self.tap(evse, card)

    @rule(evse=EVSES)
    def plug(self, evse):
        if evse not in self.plugged:
            self.plugged.add(evse)
            self.do(lambda: self.station.plug(evse))

    @rule(evse=EVSES)
    def unplug(self, evse):
        if evse in self.plugged:
            self.plugged.discard(evse)
            self.paused.discard(evse)
            self.do(lambda: self.station.unplug(evse))
            self.cards[evse] = set()

    @rule(evse=EVSES, card=CARDS)
    def tap(self, evse, card):
        self.cards[evse].add(card)
        self.do(lambda: self.station.tap(card, evse))

    @precondition(lambda self: self.linked)
    @rule(evse=EVSES, card=CARDS)
    def remote_start(self, evse, card):
        self.cards[evse].add(card)
        token = {"idToken": card, "type": "ISO14443"}
        request = {"idToken": token, "remoteStartId": 7, "evseId": evse}
        self.ask("RequestStartTransaction", request)

    @precondition(lambda self: self.linked)
    @rule(evse=EVSES)
    def remote_stop(self, evse):
        transaction = self.station.cp.get_evse_transaction_id(evse)
        if transaction:
            self.ask("RequestStopTransaction", {"transactionId": transaction})

    @precondition(lambda self: self.linked)
    @rule(evse=EVSES, status=st.sampled_from(("Operative", "Inoperative")))
    def change_availability(self, evse, status):
        self.ask("ChangeAvailability", {"evse": {"id": evse}, "operationalStatus": status})

    @precondition(lambda self: self.linked)
    @rule(kind=st.sampled_from(("Immediate", "OnIdle")))
    def reset(self, kind):
        self.ask("Reset", {"type": kind})

    @rule(evse=EVSES)
    def pause_or_go_on(self, evse):
        if evse in self.plugged:
            self.paused ^= {evse}
            self.do(lambda: None)

    @rule(evse=EVSES)
    def fault_or_repair(self, evse):
        self.faulty ^= {evse}
        cp = self.station.cp
        self.do(lambda: (cp.on_faulted if evse in self.faulty else cp.on_fault_cleared)(evse, 1))

    @rule(minutes=st.sampled_from((1, 1, 2, 5, 30)))
    def time_passes(self, minutes):
        self.do(lambda: self.wait(minutes))

    @rule()
    def link(self):
        self.linked = not self.linked
        self.do(self.connect if self.linked else self.station.disconnect)

    @rule(mood=MOODS)
    def csms_feels(self, mood):
        self.mood = mood

    @rule(seconds=st.sampled_from((-86400, -3600, -61, 59, 3600, 86400)))
    def clock_of_the_csms_steps(self, seconds):
        self.station.epoch += seconds

    @rule(outage=st.sampled_from((1, 60, 3600, 100000)), leaving=st.sets(EVSES))
    def power_goes(self, outage, leaving):
        """And cars leave meanwhile."""
        for evse in leaving & self.plugged:
            self.plugged.discard(evse)
            self.paused.discard(evse)
            self.cards[evse] = set()
        self.cut_power(outage)
        if leaving:  # a cable in the first seconds would pass for the one that was there
            self.do(lambda: self.wait(2))

    @rule(left=st.integers(1, 6), part=st.sampled_from((0.0, 0.5, 0.99, 1.0)))
    def power_will_go_in_a_change(self, left, part):
        self.station.files.left, self.station.files.part = left, part

    # ------------------------------------------------------------------ how

    def ask(self, action, request):
        self.do(lambda: self.station.call(action, request))

    def do(self, what):
        """And what follows from it, until all is quiet; unless the power goes meanwhile."""
        try:
            what()
            self.quiet()
        except PowerCut:
            self.cut_power(60)

    def quiet(self):
        for _ in range(20):
            self.station.pump()
            told = [self.tell(evse) for evse in (1, 2)]
            if self.wants_reset:
                self.restart()
            elif self.linked and self.station.cp.wants_reconnect:
                self.station.disconnect()
                self.connect()
            elif not any(told):
                return
        raise AssertionError("it does not come to rest")

    def tell(self, evse):
        """The meter and what has become of the current; True: something."""
        state = self.state(evse)
        self.station.meter(evse, self.meters[evse], 0)
        if self.reported[evse] == state:
            return False
        self.reported[evse] = state
        self.station.charging(evse, state)
        return True

    def state(self, evse):
        if evse not in self.plugged:
            return "Idle"
        if not self.allowed[evse]:
            return "EVConnected"
        return "SuspendedEV" if evse in self.paused else "Charging"

    def wait(self, minutes):
        for _ in range(minutes):
            self.station.run(60)
            for evse in (1, 2):
                if self.reported[evse] == "Charging":
                    self.meters[evse] += WH_A_MINUTE
            self.quiet()

    def connect(self):
        self.connections += 1
        self.station.connect()

    def restart(self):
        self.wants_reset = False
        self.station.cp.close()
        if self.linked:
            self.station.disconnect()
        self.station._wire("restart")
        self.station.start()
        self.come_up()

    def cut_power(self, outage):
        self.wants_reset = False
        self.station.files.left = 0
        self.station.cut_power(outage)
        self.power_is_back()

    def power_is_back(self):
        self.do(self.come_up)

    def come_up(self):
        """As the board does: what is plugged, what is faulty, then the network."""
        self.allowed = {1: False, 2: False}
        self.reported = {1: "Idle", 2: "Idle"}
        for evse in (1, 2):
            self.station.meter(evse, self.meters[evse], 0)
            if evse in self.faulty:
                self.station.cp.on_faulted(evse, 1)
            if evse in self.plugged:
                self.station.plug(evse)
        if self.linked:
            self.connect()

    def take(self, event):
        """What the CSMS says to a TransactionEvent, and whether it has taken it."""
        if self.mood == "refuses":
            return ("InternalError",)
        if self.mood != "deaf":
            self.ledger.accept(event, self.connections)
        if self.mood != "well":
            return SILENCE
        return {"idTokenInfo": {"status": "Accepted"}} if "idToken" in event else {}

    # ------------------------------------------------------------------ what must be

    @invariant()
    def power_only_for_who_may_have_it(self):
        for evse, allowed in self.allowed.items():
            if allowed:
                assert evse in self.plugged, "power without a car"
                assert evse not in self.faulty, "power at a fault"
                holder = self.station.cp.state.evse(evse).id_token
                assert holder and holder["idToken"] in self.cards[evse], "power for nobody here"

    def teardown(self):
        self.mood = "well"
        self.station.files.left = 0
        if not self.linked:
            self.link()
        for evse in (1, 2):
            if evse in self.faulty:
                self.fault_or_repair(evse)
            self.unplug(evse)
        self.do(lambda: self.wait(60))
        assert len(self.station.cp.outbox.journal) == 0, "the queue is not empty"
        faults = self.ledger.faults(
            self.meters, behind_wh=WH_A_MINUTE, start={1: 1000, 2: 5000}
        )
        assert not faults, faults
        target(float(self.ledger.count()), label="transactions")


EXAMPLES = int(os.environ.get("OCPP201_EXAMPLES", "60"))
TestStreet = Street.TestCase
TestStreet.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=40, deadline=None, derandomize=EXAMPLES == 60,
    database=None,
)  # fmt: skip
