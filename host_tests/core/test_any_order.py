# runs on: cpython, micropython
"""Money and safety, whatever happens in whatever order.

Thousands of random steps over the whole core: drivers, cars, cards, faults, the network, a CSMS
with moods, configuration, time. After every step, and in every callback, what must never be is
looked for:

    power     only with a driver, a cable with a car, no fault, and in service (or a transaction
              begun in service); if a transaction runs, its Started stands in the journal
    tokens    end nothing of other people
    messages  the RpcChecker's rules: seqNo, one Started, one Ended, registers, timestamps
    time      wakeup never asks for the past, and comes to rest
    energy    see `Books`
    the end   once everybody has stopped, left, and the link is well: nothing runs, nothing waits,
              and the next driver charges

A failure prints the seed and the last steps; the same seed walks the same way again.
"""

import sys

from host_tests.core_station import SILENCE, WALL, CoreStation, Recorder
from ocpp201.timefmt import format_time

_MICRO = sys.implementation.name == "micropython"
_SHARE = 6 if _MICRO else 1  # it walks less, and prints every message
_STEPS = 60 if _MICRO else 250

_SECONDS = (1, 1, 2, 5, 7, 31, 65, 130, 310)
_STARTS = (  # a point of each is met whenever power may flow: not a Wh without a transaction
    "PowerPathClosed", "EVConnected", "Authorized", "EVConnected,Authorized",
    "ParkingBayOccupancy,PowerPathClosed", "Authorized,EnergyTransfer",
    "DataSigned,PowerPathClosed",
)  # fmt: skip
_ENERGY_STARTS = ("EnergyTransfer", "ParkingBayOccupancy,EnergyTransfer")  # the first Wh begins it
_LOOSE_STARTS = ("ParkingBayOccupancy", "DataSigned", "ParkingBayOccupancy,DataSigned")
_STOPS = (
    "EVConnected,Authorized", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer",
    "ParkingBayOccupancy", "ParkingBayOccupancy,EnergyTransfer", "EVConnected,EnergyTransfer",
)  # fmt: skip
_BEGINNINGS = (
    "Authorized", "RemoteStart", "CablePluggedIn", "EVDetected", "SignedDataReceived", "Charging",
)  # fmt: skip
_FAMILY = {"A1": "A", "A2": "A", "B": "B", "C": "C", "BAD": "BAD", "MOOD": "MOOD"}
_TOKENS = sorted(_FAMILY)
_GROUP = {"idToken": "FAMILY-A", "type": "Central"}
_KNOWN = {
    "a1": {"type": "ISO14443", "info": {"status": "Accepted", "groupIdToken": _GROUP}},
    "b": {"type": "ISO14443", "info": {"status": "Accepted"}},
}
_FLAGS = (
    "TxCtrlr.StopTxOnEVSideDisconnect", "TxCtrlr.StopTxOnInvalidId", "AuthCtrlr.LocalPreAuthorize",
    "AuthCtrlr.OfflineTxForUnknownIdEnabled", "AuthCtrlr.AuthorizeRemoteStart",
    "OCPPCommCtrlr.QueueAllMessages", "SampledDataCtrlr.SignReadings",
    "OCPPCommCtrlr.UnlockOnEVSideDisconnect", "TxCtrlr.TxBeforeAcceptedEnabled",
)  # fmt: skip
_NUMBERS = {
    "TxCtrlr.EVConnectionTimeOut": ("5", "20", "120"),
    "TxCtrlr.MaxEnergyOnInvalidId": ("0", "40"),
    "SampledDataCtrlr.TxUpdatedInterval": ("0", "7", "60"),
    "SampledDataCtrlr.TxEndedInterval": ("0", "13"),
    "AlignedDataCtrlr.Interval": ("0", "60", "900"),
}


class Dice:
    """Random numbers, the same on every machine, of small ints only (Wichmann and Hill, 1982)."""

    def __init__(self, seed):
        self._x = seed % 30268 + 1
        self._y = seed * 7 % 30306 + 1
        self._z = seed * 49 % 30322 + 1
        for _ in range(20):
            self.below(2)

    def below(self, n):
        self._x = self._x * 171 % 30269
        self._y = self._y * 172 % 30307
        self._z = self._z * 170 % 30323
        return (self._x + self._y + self._z) % n

    def pick(self, things):
        return things[self.below(len(things))]

    def chance(self, percent):
        return self.below(100) < percent


class Outlet:
    """A truthful driver of one EVSE. It obeys power_allowed, if late at times (within the seconds
    that the core gives a contactor to open); says Charging before the first Wh, and that it is
    over after the last; and reads the meter before it says either."""

    def __init__(self, evse_id, dice):
        self.id = evse_id
        self.dice = dice
        self.register_wh = dice.below(5000)
        self.delivered_wh = 0
        self.plugged = []  # connector ids, the first one counts
        self.car = False  # at the other end of that cable
        self.faults = []
        self.allowed = self.closed = self.pause = False
        self.moves_at = None  # second at which the contactor does what it was told
        self.reported = "Idle"

    def told(self, allowed, now):
        self.allowed = allowed
        self.moves_at = now + self.dice.pick((0, 0, 0, 1, 3, 5))
        if self.pause and not allowed:
            self.closed = False  # no current: nothing to wait for

    def open(self):
        self.closed = False

    def tick(self, station):
        """A second has passed."""
        if self.closed and not self.pause:
            wh = 1 + self.dice.below(6)
            self.register_wh += wh
            self.delivered_wh += wh
        if self.moves_at is not None and station.now >= self.moves_at:
            self.move()
        self.tell(station)

    def move(self):
        self.moves_at = None
        self.closed = self.allowed and self.car and not self.faults

    def tell(self, station):
        station.meter(self.id, self.register_wh, 3600 if self.closed else 0)
        state = self.state()
        if state != self.reported:
            self.reported = state
            assert station.cp.on_charging_state_changed(self.id, state)

    def state(self):
        if not self.car:
            return "Idle"
        if self.closed:
            return "SuspendedEV" if self.pause else "Charging"
        return "SuspendedEVSE" if self.allowed else "EVConnected"

    def busy(self):
        return self.closed or self.moves_at is not None or self.state() != self.reported


class Books:
    """What the messages in the journal say about energy and drivers.

    Claim 1: the registers between begin and end of two transactions of an EVSE never overlap, so
    no Wh is billed twice. Claim 2: with a start point of _STARTS, or EnergyTransfer, the sum of
    (end - begin) over all transactions of an EVSE is what its meter has counted, to the Wh; with
    others it is never more."""

    def __init__(self):
        self.begun = []  # ids of transactions
        self.family = {}  # transaction id -> whose it is
        self.journaled = []  # (transaction id, seqNo)
        self.intervals = []  # (EVSE, begin Wh, end Wh)
        self.evse = {}

    def note(self, payload):
        transaction = payload["transactionInfo"]["transactionId"]
        self.journaled.append((transaction, payload["seqNo"]))
        if "evse" in payload:
            self.evse[transaction] = payload["evse"]["id"]
        if payload["eventType"] == "Started":
            assert transaction not in self.begun, "Started twice"
            self.begun.append(transaction)
        assert transaction in self.begun, "not started"
        if "idToken" in payload:
            family = _FAMILY[payload["idToken"]["idToken"]]
            assert self.family.setdefault(transaction, family) == family, "somebody else's token"
        how = payload["triggerReason"]
        if (
            how == "ChargingStateChanged"
            and payload["transactionInfo"]["chargingState"] == "Charging"
        ):
            how = "Charging"
        assert payload["eventType"] != "Started" or how in _BEGINNINGS, "begun by " + how
        assert payload["eventType"] != "Ended" or how not in _BEGINNINGS, "ended by " + how
        if payload["eventType"] == "Ended" and transaction in self.evse:
            self._bill(transaction, payload.get("meterValue", ()))

    def _bill(self, transaction, meter_values):
        found = {}
        for meter_value in meter_values:
            for sample in meter_value["sampledValue"]:
                assert sample["context"] not in found or sample["context"][:6] == "Sample"
                found[sample["context"]] = sample["value"]
        interval = self.evse[transaction], found["Transaction.Begin"], found["Transaction.End"]
        assert interval[1] <= interval[2], "negative energy"
        for evse_id, begin, end in self.intervals:
            apart = end <= interval[1] or interval[2] <= begin or evse_id != interval[0]
            assert apart, "energy billed twice: %s, %s" % (interval, (evse_id, begin, end))
        self.intervals.append(interval)

    def billed_wh(self, evse_id):
        return sum([end - begin for at, begin, end in self.intervals if at == evse_id])


class Stumble(Exception):
    """A clumsy integrator's bug."""


class Witness(Recorder):
    """The integrator: passes permission on to the outlets, and looks closely."""

    walk = None

    def power_allowed(self, evse_id, allowed):
        self.walk.stumble()
        self.walk.power_allowed(evse_id, allowed)

    def transaction_event(self, payload):
        self.walk.journaled(payload)
        self.walk.stumble()

    def release_connector(self, evse_id):
        pass

    def transaction_ended(self, evse_id, transaction_id):
        pass

    def reset(self, evse_id, kind):
        pass


class Station(CoreStation):
    """CoreStation with a Witness; counts how often the core has been woken."""

    rounds = 0

    def _deliver(self):
        self.rounds += 1
        return super()._deliver()

    def start(self):
        super().start()
        self.integrator = self.cp.context.callbacks = Witness()


class Walk:
    """One station, one seed. `temper` of the integrator: eager calls handlers from inside
    callbacks, clumsy raises there."""

    def __init__(self, seed, start="PowerPathClosed", stop="EVConnected,Authorized", temper=""):
        self.name = "seed %d, %s / %s %s" % (seed, start, stop, temper)
        self.temper = temper
        self.stumbled_at = -1
        self.dice = Dice(seed)
        self.steps = []
        self.books = Books()
        self.exact = start not in _LOOSE_STARTS and temper != "clumsy"  # he opens too late
        self.starts = _STARTS if start in _STARTS else (start,)
        self.mood = self.skew = 0
        self.begun = {}  # transaction id -> was it in service there
        self.refused = []  # transactions whose driver the CSMS wants no more
        self.left = []  # transactions whose car has left, and another one was plugged already
        self.cuts = {}  # EVSE -> (round, transactions ended) when power was cut
        points = [("TxCtrlr.TxStartPoint", start), ("TxCtrlr.TxStopPoint", stop)]
        self.station = Station(settings=points, tokens=_KNOWN, online=False)
        self.station.expects_bugs = temper == "clumsy"
        for key in _FLAGS:
            self.station.cp.variables.put(key, self.dice.chance(50))
        self.cp = self.station.cp
        self.station.integrator.walk = self
        self.outlets = [Outlet(1, self.dice), Outlet(2, self.dice)]
        self.first_wh = [outlet.register_wh for outlet in self.outlets]
        answers = self.station.answers
        answers["TransactionEvent"] = self.answer_event
        answers["Authorize"] = self.answer_authorize
        answers["Heartbeat"] = lambda _: {"currentTime": self.wall()}
        self.read_meters()
        if self.dice.chance(60):
            self.station.connect()
        else:
            self.mood = self.dice.pick((1, 2))  # nobody knows the time, and messages will wait

    # --- to walk ---

    def go(self, steps):
        try:
            for _ in range(steps):
                self.step()
            self.come_to_rest()
        except Exception:
            print("any order: " + self.name)
            print("\n".join(self.steps[-30:]))
            raise

    def step(self):
        """Something happens; often more than one thing before the core looks."""
        for _ in range(self.dice.pick((1, 1, 1, 2, 3))):
            name, function = self.dice.pick(_ACTIONS)
            self.steps.append("%d %s" % (self.station.now, name))
            function(self)
            self.look()
        self.settle()
        self.check()

    def settle(self):
        """Let the core act until it has nothing more to do in this second."""
        for _ in range(20):
            due = self.station.pump()
            self.look()
            if due > self.station.now:
                break
        else:
            raise AssertionError("wakeup does not come to rest")
        if self.cp.wants_reconnect:
            self.station.disconnect()
            self.station.connect()

    def wait(self, seconds):
        """From second to second while a car charges, else from wakeup to wakeup."""
        self.settle()
        station = self.station
        end = station.now + seconds
        while station.now < end:
            busy = [outlet for outlet in self.outlets if outlet.busy()]
            due = station.now + 1 if busy else min(end, station.pump())
            assert due >= station.now, "woken in the past"
            station.now = max(due, station.now + 1)
            for outlet in self.outlets:
                outlet.tick(station)
            self.settle()
            self.check()

    def read_meters(self):
        for outlet in self.outlets:
            self.station.meter(outlet.id, outlet.register_wh)

    # --- what must always be ---

    def power_allowed(self, evse_id, allowed):
        outlet = self.outlets[evse_id - 1]
        if self.temper == "clumsy" and outlet.allowed == allowed:
            return
        assert outlet.allowed != allowed, "said twice"
        now = self.station.rounds, len(self.books.intervals)
        if allowed:
            assert self.cuts.get(evse_id) != now, "cut and given back at once"
        else:
            self.cuts[evse_id] = now
        outlet.told(allowed, self.station.now)
        if allowed:
            self.check_power(outlet)
        if self.temper == "eager" and self.dice.chance(60):
            outlet.move()
            outlet.tell(self.station)

    def stumble(self):
        again = self.stumbled_at == self.station.now
        if self.temper == "clumsy" and self.dice.chance(15) and not again:
            self.stumbled_at = self.station.now
            raise Stumble()

    def check_power(self, outlet):
        evse = self.cp.state.evse(outlet.id)
        assert outlet.car and outlet.plugged, "power without a car"
        assert evse.authorized and evse.id_token, "power without a driver"
        assert outlet.plugged[0] not in outlet.faults, "power at a fault"
        assert not evse.suspended, "power for a refused token"
        transaction = self.cp.get_evse_transaction_id(outlet.id)
        assert transaction is None or transaction not in self.refused, "power for a refused token"
        assert transaction is None or transaction not in self.left, "power for another one's car"
        if transaction is None:
            assert self.in_service(evse), "power out of service"
            start = self.cp.variables.text("TxCtrlr.TxStartPoint").split(",")
            due = "PowerPathClosed" in start or "EVConnected" in start or "Authorized" in start
            assert not due, "power without a transaction"
        else:
            assert transaction in self.books.begun, "power before Started is safe"
            assert self.begun[transaction] or self.in_service(evse), "begun out of service"

    def in_service(self, evse):
        for one in evse.connectors:
            if evse.connector_id in (0, one.id) and one.operative and not one.unavailable:
                return self.cp.state.operative and evse.operative
        return False

    def journaled(self, payload):
        self.look()
        if payload["triggerReason"] in ("Authorized", "RemoteStart"):
            for transactions in (self.refused, self.left):  # it may stand there twice
                while payload["transactionInfo"]["transactionId"] in transactions:
                    transactions.remove(payload["transactionInfo"]["transactionId"])
        start = self.cp.variables.text("TxCtrlr.TxStartPoint")
        if payload["eventType"] == "Started" and start == "EnergyTransfer":
            assert payload["transactionInfo"]["chargingState"] == "Charging", "begun too early"
        if payload["triggerReason"] == "CablePluggedIn":
            place = self.cp.state.place_of(payload["transactionInfo"]["transactionId"])
            if place:
                self.begun[place.transaction.id] = self.in_service(place)  # now it is known where
        self.books.note(payload)

    def look(self):
        """Which transaction begins at an EVSE that is in service?"""
        for evse in self.cp.state.evses:
            if evse.transaction and evse.transaction.id not in self.begun:
                self.begun[evse.transaction.id] = self.in_service(evse)

    def check(self):
        for where, error in self.station.integrator.bugs:
            assert isinstance(error, Stumble), (where, error)
        if self.stumbled_at == self.station.now:
            return  # what he has missed is said again in a second
        for outlet in self.outlets:
            permitted = self.cp.may_charge(outlet.id)
            assert outlet.allowed == permitted, "allowed %s" % outlet.allowed
            if outlet.allowed:
                self.check_power(outlet)
        for place in self.cp.state.waiting:
            assert place.authorized, "nobody waits here"
        for place in self.cp.state.evses + self.cp.state.waiting:
            gone = place.authorized and not place.connector_id
            assert not gone or place.deadline is not None, "authorised for ever"
        assert self.cp.errors == len(self.station.integrator.bugs)

    # --- the end ---

    def come_to_rest(self):
        """Everybody stops and leaves, everything is repaired, the CSMS answers."""
        self.steps.append("%d the end" % self.station.now)
        self.mood = 0
        self.temper = ""
        self.station.disconnect()
        self.station.connect()
        self.settle()
        self.set("TxCtrlr.EVConnectionTimeOut", "20")
        self.wait(12)  # for what a Reset still waits
        self.call("ChangeAvailability", {"operationalStatus": "Operative"})
        for place in list(self.cp.state.waiting):
            while place in self.cp.state.waiting:  # the first time may release a cable elsewhere
                self.cp.authorize(0, 0, place.id_token)
        for outlet in self.outlets:
            self.leave(outlet)
        self.wait(320)
        self.settle()
        state = self.cp.state
        assert not state.running() and not state.waiting, "a transaction that nobody can end"
        assert state.happened == [] and not len(self.cp.outbox.journal), "queued for ever"
        assert list(self.cp.outbox.waiting()) == [], "queued for ever"
        sent = self.station.messages("TransactionEvent")
        sent = set([(one["transactionInfo"]["transactionId"], one["seqNo"]) for one in sent])
        assert sent == set(self.books.journaled), "lost"
        if self.station.checker:
            self.station.checker.assert_complete()
        self.check_energy()
        self.next_driver()

    def leave(self, outlet):
        cp = self.cp
        cp.stop_local(outlet.id)
        for connector_id in (1, 2):
            cp.on_fault_cleared(outlet.id, connector_id)
            cp.on_enabled(outlet.id, connector_id)
            connector = {"id": outlet.id, "connectorId": connector_id}
            cp.change_availability(True, connector)
        outlet.faults.clear()
        outlet.pause = False
        cp.change_availability(True, {"id": outlet.id})
        cp.set_parking_bay(outlet.id, False)
        for connector_id in list(outlet.plugged):
            self.unplug(outlet, connector_id)

    def check_energy(self):
        for outlet, first_wh in zip(self.outlets, self.first_wh):
            billed = self.books.billed_wh(outlet.id)
            assert outlet.register_wh - first_wh == outlet.delivered_wh
            missing = outlet.delivered_wh - billed
            about = "EVSE %d delivered %d Wh, billed %d" % (outlet.id, outlet.delivered_wh, billed)
            assert missing == 0 or missing > 0 and not self.exact, about

    def next_driver(self):
        """All is as if nothing had been."""
        self.set("TxCtrlr.TxStartPoint", "PowerPathClosed")
        self.set("TxCtrlr.TxStopPoint", "EVConnected,Authorized")
        for outlet in self.outlets:
            self.plug(outlet, 1)
            assert self.cp.authorize(outlet.id, 0, _token("B"))
            self.wait(10)
            assert outlet.reported == "Charging", "the next driver gets no energy"
            self.cp.stop_local(outlet.id)
            self.wait(10)
            assert self.cp.get_evse_transaction_id(outlet.id) is None
            self.unplug(outlet, 1)
        self.check_energy()

    # --- what may happen ---

    def plug(self, outlet, connector_id):
        if connector_id not in outlet.plugged:
            outlet.plugged.append(connector_id)
        if outlet.plugged[0] == connector_id:
            outlet.car = True
        assert self.cp.on_session_started(outlet.id, connector_id)

    def unplug(self, outlet, connector_id):
        if connector_id in outlet.plugged:
            if connector_id == outlet.plugged[0]:
                outlet.open()
                outlet.car = len(outlet.plugged) > 1
                transaction = self.cp.get_evse_transaction_id(outlet.id)
                if outlet.car and transaction:
                    self.left.append(transaction)
                outlet.moves_at = None
            outlet.plugged.remove(connector_id)
            outlet.tell(self.station)
        self.taken(self.cp.on_session_finished(outlet.id, connector_id))

    def taken(self, done):
        assert done or self.temper == "clumsy"

    def any_plug(self):
        self.plug(self.dice.pick(self.outlets), self.dice.pick((1, 1, 1, 2)))

    def any_unplug(self):
        outlet = self.dice.pick(self.outlets)
        self.unplug(outlet, self.dice.pick(outlet.plugged + [1, 2]))

    def ev_unplug(self):
        outlet = self.dice.pick(self.outlets)
        if outlet.car:
            outlet.car = False
            outlet.open()
            outlet.moves_at = None
            outlet.tell(self.station)
        self.taken(self.cp.on_ev_disconnected(outlet.id))

    def ev_back(self):
        outlet = self.dice.pick(self.outlets)
        if outlet.plugged:
            self.plug(outlet, outlet.plugged[0])

    def pause(self):
        outlet = self.dice.pick(self.outlets)
        outlet.pause = not outlet.pause
        if outlet.pause and not outlet.allowed:
            outlet.open()
        outlet.tell(self.station)

    def tap(self):
        """A card is shown. Whoever it is, the others keep what they have."""
        name, evse_id = self.dice.pick(_TOKENS), self.dice.below(3)
        state = self.cp.state
        places = [one for one in state.evses + state.waiting if one.authorized]
        drivers = [one.id_token for one in places]
        self.cp.authorize(evse_id, 0, _token(name))
        for place, driver in zip(places, drivers):
            mine = _FAMILY[driver["idToken"]] == _FAMILY[name]
            adopted = place.id == 0 and place not in state.waiting
            assert mine or adopted or (place.authorized and place.id_token == driver), "robbed"

    def stop_local(self):
        evse_id = self.dice.pick((1, 2))
        self.cp.stop_local(evse_id)
        if "Authorized" in self.cp.variables.text("TxCtrlr.TxStopPoint"):
            assert self.cp.get_evse_transaction_id(evse_id) is None, "asked in vain"

    def finish(self):
        self.cp.on_transaction_finished(self.dice.pick((1, 2)), None, None, "Other", None)

    def fault(self):
        outlet, connector_id = self.dice.pick(self.outlets), self.dice.pick((1, 1, 2))
        if connector_id in outlet.faults:
            return
        outlet.faults.append(connector_id)
        taken = self.cp.on_faulted(outlet.id, connector_id)
        if not taken and self.temper == "clumsy":
            outlet.open()
            return
        if outlet.plugged[:1] == [connector_id]:
            assert not outlet.allowed, "a fault takes power at once"
            self.station.rounds += 1  # and a repair gives it back
            outlet.open()
            outlet.tell(self.station)

    def repair(self):
        outlet, connector_id = self.dice.pick(self.outlets), self.dice.pick((1, 1, 2))
        if connector_id in outlet.faults:
            outlet.faults.remove(connector_id)
            outlet.moves_at = self.station.now
        assert self.cp.on_fault_cleared(outlet.id, connector_id)

    def bay(self):
        assert self.cp.set_parking_bay(self.dice.pick((1, 2)), self.dice.chance(60))

    def signed(self):
        assert self.cp.set_signed_data_received(self.dice.pick((1, 2)))

    def hardware(self):
        evse_id, connector_id = self.dice.pick((1, 2)), self.dice.pick((1, 2))
        self.settle()
        self.cp.on_unavailable(evse_id, connector_id)
        self.settle()
        if self.dice.chance(80):
            self.cp.on_enabled(evse_id, connector_id)

    def availability(self):
        evse = {"id": self.dice.pick((1, 2))}
        if self.dice.chance(30):
            evse["connectorId"] = self.dice.pick((1, 2))
        request = {"operationalStatus": self.dice.pick(("Inoperative", "Operative", "Operative"))}
        if self.dice.chance(80):
            request["evse"] = evse
        self.call("ChangeAvailability", request)

    def remote_start(self):
        request = {"idToken": _token(self.dice.pick(_TOKENS)), "remoteStartId": 7}
        if self.dice.chance(60):
            request["evseId"] = self.dice.pick((1, 2))
        self.call("RequestStartTransaction", request)

    def remote_stop(self):
        running = self.cp.state.running()
        if running:
            transaction = self.dice.pick(running).transaction.id
            answer = self.call("RequestStopTransaction", {"transactionId": transaction})
            assert answer in (None, {"status": "Accepted"})

    def trigger(self):
        self.call("TriggerMessage", {"requestedMessage": "TransactionEvent"})

    def unlock(self):
        self.call("UnlockConnector", {"evseId": self.dice.pick((1, 2)), "connectorId": 1})

    def reset(self):
        if self.dice.chance(30):
            self.call("Reset", {"type": "OnIdle"})

    def configure(self):
        kind = self.dice.below(3)
        if kind == 0:
            self.set("TxCtrlr.TxStopPoint", self.dice.pick(_STOPS))
            self.set("TxCtrlr.TxStartPoint", self.dice.pick(self.starts))
        elif kind == 1:
            self.set(self.dice.pick(_FLAGS), self.dice.pick(("true", "false")))
        else:
            key = self.dice.pick(sorted(_NUMBERS))
            self.set(key, self.dice.pick(_NUMBERS[key]))

    def set(self, key, value):
        component, _, variable = key.partition(".")
        item = {"attributeValue": value}
        item["component"], item["variable"] = {"name": component}, {"name": variable}
        assert self.cp.set_variables([item])[0]["attributeStatus"] == "Accepted", (key, value)
        self.steps.append("    %s=%s" % (key, value))

    def call(self, action, payload):
        """None: there is nobody to ask."""
        if self.cp.outbox.online and self.cp.registration.accepted():
            answer = self.station.call(action, payload)
            self.steps.append("    %s %s: %s" % (action, payload, answer))
            return answer
        return None

    def drop_link(self):
        if self.cp.outbox.online:
            self.station.disconnect()

    def link_up(self):
        if not self.cp.outbox.online:
            self.station.connect()

    def change_mood(self):
        self.mood = self.dice.pick((0, 0, 1, 2))

    def step_clock(self):
        self.skew = self.dice.pick((0, 3, -3, 40, -4000, 100000))
        self.call("TriggerMessage", {"requestedMessage": "Heartbeat"})

    def time_passes(self):
        self.wait(self.dice.pick(_SECONDS))

    # --- the CSMS ---

    def wall(self):
        return format_time(WALL + self.station.now + self.skew)

    def answer_event(self, payload):
        if self.mood == 1:
            return SILENCE
        if self.mood == 2 and self.dice.chance(50):
            return ("InternalError",)
        if "idToken" not in payload:
            return {}
        name = payload["idToken"]["idToken"]
        if name == "MOOD" and self.dice.chance(50):
            if not self.cp.variables.number("TxCtrlr.MaxEnergyOnInvalidId"):
                self.refused.append(payload["transactionInfo"]["transactionId"])
            return {"idTokenInfo": {"status": "Blocked"}}
        if _FAMILY[name] == "A":
            return {"idTokenInfo": {"status": "Accepted", "groupIdToken": _GROUP}}
        return {"idTokenInfo": {"status": "Accepted"}}

    def answer_authorize(self, payload):
        name = payload["idToken"]["idToken"]
        if self.mood == 1:
            return SILENCE
        if self.mood == 2 and self.dice.chance(50):
            return ("GenericError",)
        if name == "BAD":
            return {"idTokenInfo": {"status": "Invalid"}}
        if _FAMILY[name] == "A":
            return {"idTokenInfo": {"status": "Accepted", "groupIdToken": _GROUP}}
        return {"idTokenInfo": {"status": "Accepted"}}


def _token(name):
    return {"idToken": name, "type": "ISO14443"}


# What is listed twice happens twice as often.
_ACTIONS = [
    ("plug", Walk.any_plug), ("plug", Walk.any_plug), ("plug", Walk.any_plug),
    ("unplug", Walk.any_unplug), ("ev unplug", Walk.ev_unplug), ("ev back", Walk.ev_back),
    ("tap", Walk.tap), ("tap", Walk.tap), ("tap", Walk.tap), ("stop", Walk.stop_local),
    ("finish", Walk.finish),
    ("pause", Walk.pause), ("fault", Walk.fault), ("repair", Walk.repair),
    ("repair", Walk.repair), ("bay", Walk.bay), ("signed", Walk.signed),
    ("hardware", Walk.hardware), ("availability", Walk.availability),
    ("remote start", Walk.remote_start), ("remote stop", Walk.remote_stop),
    ("trigger", Walk.trigger), ("unlock", Walk.unlock), ("reset", Walk.reset),
    ("configure", Walk.configure), ("drop link", Walk.drop_link), ("link", Walk.link_up),
    ("link", Walk.link_up), ("mood", Walk.change_mood), ("clock", Walk.step_clock),
    ("wait", Walk.time_passes), ("wait", Walk.time_passes), ("wait", Walk.time_passes),
]  # fmt: skip


def _walks(starts, stops, seed, steps, temper=""):
    """Every start point with every stop point."""
    n = 0
    for start in starts:
        for stop in stops:
            n += 1
            if n % _SHARE == 0:
                Walk(seed + n, start, stop, temper).go(steps)


def test_any_order_bills_every_wh_once():
    _walks(_STARTS, _STOPS, 100, _STEPS)


def test_any_order_bills_from_the_first_wh():
    _walks(_ENERGY_STARTS, _STOPS, 300, _STEPS)


def test_any_order_with_start_points_that_need_no_driver():
    _walks(_LOOSE_STARTS, _STOPS, 200, _STEPS)


def test_any_order_with_handlers_called_from_inside_callbacks():
    _walks(_STARTS[:2] + _ENERGY_STARTS[:1], _STOPS[:3], 400, _STEPS, "eager")


def test_any_order_with_callbacks_that_raise():
    _walks(_STARTS[:2] + _LOOSE_STARTS[:1], _STOPS[:3], 500, _STEPS, "clumsy")


def test_power_goes_at_one_evse_though_the_integrator_fails_at_the_other():
    station = CoreStation()
    told = []

    def power_allowed(evse_id, allowed):
        told.append((evse_id, allowed))
        if evse_id == 1 and told.count((1, False)) == 1 and not allowed:
            raise Stumble()

    station.charge(1, "B")
    station.charge(2, "C")
    station.expects_bugs = True
    station.integrator.power_allowed = power_allowed
    station.cp.stop_local(1)
    station.cp.stop_local(2)
    station.cp.wakeup(station.now)
    assert told[:2] == [(1, False), (2, False)]
    station.run(2)
    assert told[2:] == [(1, False)]  # said again until he has taken it


# --- what the walks have found, in its shortest form ---


def _power(station):
    return [call[1:] for call in station.integrator.named("power_allowed")]


def test_E05_who_was_refused_while_waiting_gets_no_energy_by_the_plug():
    points = [("TxCtrlr.TxStartPoint", "Authorized"), ("TxCtrlr.StopTxOnInvalidId", False)]
    station = CoreStation(settings=points)
    station.answers["TransactionEvent"] = {"idTokenInfo": {"status": "Blocked"}}
    station.tap("C")
    station.answers["TransactionEvent"] = {}
    station.plug(1)
    assert _power(station) == []


def test_E03_who_waited_in_vain_leaves_no_place_behind():
    station = CoreStation()
    for _ in range(3):
        station.tap("C")
        station.run(130)
    station.tap("B")
    station.plug(2)
    assert _power(station) == [(2, True)]


def test_E10_the_car_at_the_other_connector_is_not_charged_on_this_account():
    points = [("TxCtrlr.TxStopPoint", "Authorized"), ("TxCtrlr.StopTxOnEVSideDisconnect", False)]
    station = CoreStation(settings=points)
    station.charge(1, "C")
    station.plug(1, 2)
    station.unplug(1, 1)
    assert _power(station) == [(1, True), (1, False)]
    assert station.events()[-1] == ("Ended", "EVCommunicationLost", "Idle")


def test_G03_a_car_at_an_evse_out_of_service_gets_no_energy():
    for start in ("PowerPathClosed", "EVConnected"):
        station = CoreStation(settings=[("TxCtrlr.TxStartPoint", start)])
        evse = {"operationalStatus": "Inoperative", "evse": {"id": 1}}
        station.call("ChangeAvailability", evse)
        station.plug(1)
        station.tap("C", 1)
        station.tap("C")  # at the reader of the station
        assert _power(station) == []


def test_G04_power_without_a_transaction_goes_when_the_station_goes_out_of_service():
    station = CoreStation(settings=[("TxCtrlr.TxStartPoint", "EnergyTransfer")])
    station.charge(2, "C")
    station.plug(1)
    station.tap("B", 1)
    station.call("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert _power(station) == [(2, True), (1, True)]
    station.charging(2, "SuspendedEV")
    station.tap("C", 2)
    assert _power(station)[2:] == [(2, False), (1, False)]


def test_E02_energy_that_begins_a_transaction_is_not_cut_for_it():
    station = CoreStation(settings=[("TxCtrlr.TxStartPoint", "EnergyTransfer")])
    station.charge(1, "C")
    assert station.events() == [("Started", "ChargingStateChanged", "Charging")]
    assert _power(station) == [(1, True)]


def test_E07_power_for_the_next_one_waits_until_the_contactor_has_opened():
    station = CoreStation(settings=[("TxCtrlr.TxStartPoint", "EnergyTransfer")])
    station.charge(1, "C")
    station.cp.stop_local(1)
    station.tap("B", 1)
    assert _power(station) == [(1, True), (1, False)]
    station.meter(1, 1007)
    station.charging(1, "EVConnected")
    station.charging(1, "SuspendedEV")
    assert station.events()[-1][:2] == ("Ended", "StopAuthorized")
    assert _power(station)[2:] == [(1, True)]


def test_E12_a_clock_that_is_set_twice_keeps_the_messages_in_order():
    station = CoreStation(settings=[("TxCtrlr.TxStartPoint", "EVConnected")], online=False)
    station.plug(1)
    station.answers["TransactionEvent"] = ("InternalError",)
    station.connect()  # the clock is known now, Started waits for its second attempt
    station.answers["Heartbeat"] = {"currentTime": format_time(WALL - 4000)}
    station.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    station.answers["TransactionEvent"] = {}
    station.unplug(1)
    station.run(60)
    times = [event["timestamp"] for event in station.messages("TransactionEvent")]
    assert len(times) > 2 and times == sorted(times)
