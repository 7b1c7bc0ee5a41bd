"""What a CSMS may bill: every TransactionEvent that it has accepted, over all lives of a station,
beside what the meters have delivered.

    ledger = Ledger()
    ledger.accept(event, connection)            # each that a CSMS has taken, in their order
    ledger.made_offline(transaction_id, 4, 9)   # these seqNo: the test had cut the link
    faults = ledger.faults({1: 5310}, behind_wh=30)

What must hold of each transaction: one Started first, one Ended last, seqNo from 0 without a gap,
none with two contents; time and register never falling; its EVSE named once; one idToken.

What must hold of each EVSE: no energy but in transactions. Where one ends the next begins, to
1 Wh, and the last one ends where the meter stands. Only an Ended with PowerLoss may be behind,
by no more than `behind_wh`; no energy is ever billed twice.

What must hold of the flag `offline`: an event that comes again, or was made before the connection
on which it comes, carries it; and the queue is in order, so on each connection those that carry it
come first.
"""

from host_tests.judges.transactions import moment, registers

_ROUNDING_WH = 1
_WITH_TOKEN = ("Authorized", "RemoteStart", "StopAuthorized", "Deauthorized", "CablePluggedIn")


class Ledger:
    """repeated: how many events came again.  behind: Wh that each PowerLoss end was behind."""

    def __init__(self, clock_steps=False):
        """clock_steps: the CSMS sets the clock back now and then, so that time does not tell on
        which connection an event was made."""
        self.repeated = 0
        self._clock_steps = clock_steps
        self.behind = []
        self._events = {}       # transactionId -> {seqNo: event}, in their order
        self._arrivals = []     # (connection, event), copies included
        self._offline = set()   # (transactionId, seqNo) of those that were made without a link
        self._conflicts = []

    def accept(self, event, connection):
        transaction_id = _id(event)
        known = self._events.setdefault(transaction_id, {})
        first = known.setdefault(event["seqNo"], event)
        if first is not event:
            self.repeated += 1
            if dict(first, offline=None) != dict(event, offline=None):
                self._conflicts.append(f"{_name(event)} came as {first} and as {event}")
        self._arrivals.append((connection, event))

    def made_offline(self, transaction_id, first, last):
        self._offline.update((transaction_id, seq_no) for seq_no in range(first, last + 1))

    def may_be_lost(self, transaction_id, newest, count):
        """The power was cut: so many of the newest need not have been in flash, and other events
        may have their numbers."""
        for seq_no in range(newest - count + 1, newest + 1):
            self._offline.discard((transaction_id, seq_no))

    def transactions(self):
        """{transactionId: [events by seqNo]}"""
        return {
            one: [events[seq_no] for seq_no in sorted(events)]
            for one, events in self._events.items()
        }

    def count(self):
        return len(self._events)

    def reasons(self):
        """stoppedReason of each Ended."""
        ends = [events[-1] for events in self.transactions().values()]
        return [one["transactionInfo"].get("stoppedReason") for one in ends]

    def faults(self, meters, behind_wh, start=None, gaps_allowed=False, running=()):
        """Readable strings. meters: {EVSE: its register now}, start: the same at the beginning;
        running: transactions that need not have ended."""
        found = list(self._conflicts)
        for transaction_id, events in self.transactions().items():
            for fault in _faults(events, gaps_allowed, transaction_id in running):
                found.append(f"transaction {transaction_id} {fault}")
        found += self._flags()
        self.behind = []
        for evse_id, register in meters.items():
            found += self._energy(evse_id, (start or {}).get(evse_id, 0), register, behind_wh)
        return found

    def _energy(self, evse_id, at, register, behind_wh):
        """The meter's way from `at` to `register`, all of it inside transactions."""
        allowed, before = _ROUNDING_WH, "the start"
        for transaction_id, events in self.transactions().items():
            readings = [wh for _, wh, _ in _readings(events)]
            if _evse(events) != evse_id or not readings:
                continue
            yield from self._gap(evse_id, readings[0] - at, allowed, before, transaction_id)
            at, before = readings[-1], transaction_id
            lost_power = events[-1]["transactionInfo"].get("stoppedReason") == "PowerLoss"
            allowed = _ROUNDING_WH + (behind_wh if lost_power else 0)
        yield from self._gap(evse_id, register - at, allowed, before, "the end")

    def _gap(self, evse_id, gap, allowed, before, after):
        if allowed > _ROUNDING_WH:
            self.behind.append(gap)
        between = f"EVSE {evse_id}, between {before} and {after}:"
        if gap < -_ROUNDING_WH:
            yield f"{between} {-gap} Wh billed twice"
        elif gap > allowed:
            yield f"{between} {gap} Wh in no transaction, {allowed} allowed"

    def _flags(self):
        seen = {}           # (transactionId, seqNo) -> connection
        online = {}         # connection -> an event that came on it without the flag
        newest = {}         # connection -> the newest timestamp on it
        for connection, event in self._arrivals:
            key, at = (_id(event), event["seqNo"]), moment(event["timestamp"])
            before = max([newest[one] for one in newest if one < connection], default=at)
            before = at if self._clock_steps else before
            newest[connection] = max(at, newest.get(connection, at))
            if event["offline"]:
                if connection in online:
                    yield f"{_name(event)} is offline, behind {online[connection]} that is not"
                continue
            online[connection] = _name(event)
            if key in self._offline:
                yield f"{_name(event)} was made without a link and is not offline"
            if seen.setdefault(key, connection) != connection:
                yield f"{_name(event)} waited for another connection and is not offline"
            elif at < before and event["transactionInfo"].get("stoppedReason") != "PowerLoss":
                yield f"{_name(event)} was made before its connection and is not offline"


def _faults(events, gaps_allowed, running):
    """What is wrong with the events of one transaction, by seqNo."""
    numbers = [event["seqNo"] for event in events]
    if numbers != list(range(len(events))) and not gaps_allowed:
        yield f"has the seqNo {numbers}"
    kinds = [event["eventType"] for event in events]
    if kinds[0] != "Started" or kinds.count("Started") != 1:
        yield f"does not start once: {kinds}"
    if kinds.count("Ended") != (0 if running else 1) or "Ended" in kinds[:-1]:
        yield f"does not end once: {kinds}"
    yield from _falls("time", [moment(event["timestamp"]) for event in events], numbers)
    readings = _readings(events)
    yield from _falls("register", [wh for _, wh, _ in readings], [n for _, _, n in readings])
    if readings and readings[-1][0] > moment(events[-1]["timestamp"]):
        yield f"has a reading from after its last event: {readings[-1]}"
    yield from _place(events)
    yield from _tokens(events)


def _readings(events):
    """(moment, Wh, seqNo) of each register value, by time: Ended tells those on the way again."""
    return sorted(
        (at, wh, event["seqNo"])
        for event in events
        for at, wh in registers(event.get("meterValue", ()))
    )


def _falls(what, values, numbers):
    for n in range(1, len(values)):
        if values[n] < values[n - 1]:
            yield f"has a {what} that falls at seqNo {numbers[n]}: {values[n - 1]} {values[n]}"


def _place(events):
    """Once the EVSE, once more with its connector where it was not known before (E01.FR.16)."""
    told = [event["evse"] for event in events if "evse" in event]
    if not told:
        yield "never names its EVSE"
    elif len({place["id"] for place in told}) != 1:
        yield f"moves: {told}"
    elif len(told) > 1 and (len(told) > 2 or told[0] == told[1] or "connectorId" in told[0]):
        yield f"names its EVSE again: {told}"


def _tokens(events):
    """Who it is for, in the events in which somebody was authorised (E03.FR.01, E07.FR.02)."""
    with_token = [event for event in events if "idToken" in event]
    if len({str(sorted(event["idToken"].items())) for event in with_token}) > 1:
        yield f"has several idTokens: {[event['idToken'] for event in with_token]}"
    for event in with_token:
        if event["triggerReason"] not in _WITH_TOKEN:
            yield f"has an idToken in seqNo {event['seqNo']}, {event['triggerReason']}"
    begins = [event for event in with_token if event["triggerReason"] != "StopAuthorized"]
    if len(begins) != 1:
        yield f"tells {len(begins)} times who began it"


def _evse(events):
    for event in events:
        if "evse" in event:
            return event["evse"]["id"]
    return None


def _id(event):
    return event["transactionInfo"]["transactionId"]


def _name(event):
    return f"{event['eventType']} seqNo {event['seqNo']} of {_id(event)}"
