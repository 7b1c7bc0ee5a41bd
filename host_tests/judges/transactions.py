"""What the TransactionEvents of a station must add up to, seen from the CSMS.

Per transaction: seqNo 0, 1, 2 ... without a gap (E01.FR.07), one Started first, one Ended last,
time and energy register never going back, one EVSE, one connector. Per EVSE: one transaction at a
time. An event may come again, unchanged but for its offline flag, until its answer has arrived;
and after a power cut, which may cost the knowledge that it has.
"""

from bisect import insort
from datetime import datetime


class Transaction:
    def __init__(self, first):
        self.id = first["transactionInfo"]["transactionId"]
        self.seq_no = -1            # of the newest event
        self.first = self.newest = first
        self.events = {}            # seqNo -> event
        self.acknowledged = set()   # seqNo of those that the station knows to have arrived
        self.forgets = False        # there was a power cut: not only the newest may come again
        self.ended = False
        self.evse_id = self.connector_id = None
        self.register = []          # (moment, Wh), sorted


class Transactions:
    """Fed by RpcChecker with valid payloads, in the order in which the station sends them."""

    def __init__(self, report, gaps_allowed=False):
        self._report = report
        self._gaps_allowed = gaps_allowed
        self._known = {}
        self._answered_last = None  # its answer may still be lost with the connection

    def open(self):
        """The ids of transactions that have no Ended yet."""
        return [one.id for one in self._known.values() if not one.ended]

    def energy_wh(self, transaction_id):
        """Wh between the first and the last register value, or None."""
        register = self._known[transaction_id].register
        return register[-1][1] - register[0][1] if register else None

    def duration_s(self, transaction_id):
        """Seconds from the first to the newest event."""
        one = self._known[transaction_id]
        lasted = moment(one.newest["timestamp"]) - moment(one.first["timestamp"])
        return int(lasted.total_seconds())

    def ids(self):
        return list(self._known)

    def sent(self, event):
        transaction_id = event["transactionInfo"]["transactionId"]
        one = self._known.get(transaction_id)
        if one is None:
            one = self._known[transaction_id] = Transaction(event)
        elif event["seqNo"] in one.events:
            self._check_repetition(one, event)
            return
        self._check_order(one, event)
        self._check_place(one, event)
        self._check_register(one, event)
        one.seq_no, one.newest = event["seqNo"], event
        one.events[one.seq_no] = event
        one.ended = one.ended or event["eventType"] == "Ended"

    def answered(self, event):
        one = self._known.get(event["transactionInfo"]["transactionId"])
        if one:
            one.acknowledged.add(event["seqNo"])
            self._answered_last = one, event["seqNo"]

    def answer_arrived(self):
        """The station sent its next CALL, so it has read the answer before."""
        self._answered_last = None

    def connection_lost(self):
        if self._answered_last:
            one, seq_no = self._answered_last
            one.acknowledged.discard(seq_no)
            self._answered_last = None

    def power_was_cut(self):
        """What has arrived is known to the station as of the last time that it wrote it down."""
        for one in self._known.values():
            one.acknowledged.clear()
            one.forgets = True

    def _check_repetition(self, one, event):
        if event["seqNo"] in one.acknowledged:
            self._say(event, "sent again after its CALLRESULT")
        elif event["seqNo"] != one.seq_no and not one.forgets:
            self._say(event, f"comes after seqNo {one.seq_no}")
        before = one.events[event["seqNo"]]
        if dict(event, offline=None) != dict(before, offline=None):
            self._say(event, f"sent again with another content: {event}, was {before}")

    def _check_order(self, one, event):
        first = one.seq_no < 0
        if one.ended:
            self._say(event, "comes after Ended")
        if first != (event["eventType"] == "Started"):
            self._say(event, "is first but not Started" if first else "is a second Started")
        if event["seqNo"] <= one.seq_no:
            self._say(event, f"comes after seqNo {one.seq_no}")
        elif event["seqNo"] != one.seq_no + 1 and not self._gaps_allowed:
            self._say(event, f"leaves a gap after seqNo {one.seq_no}")
        if moment(event["timestamp"]) < moment(one.newest["timestamp"]):
            self._say(event, f"is older than the event before it, {one.newest['timestamp']}")

    def _check_place(self, one, event):
        evse = event.get("evse", {})
        for key, attribute in (("id", "evse_id"), ("connectorId", "connector_id")):
            before = getattr(one, attribute)
            if key in evse and before not in (None, evse[key]):
                self._say(event, f"moves from {key} {before} to {evse[key]}")
            setattr(one, attribute, evse.get(key, before))
        for other in self._known.values():
            if other is not one and not other.ended and other.evse_id == one.evse_id is not None:
                self._say(event, f"shares EVSE {one.evse_id} with transaction {other.id}")

    def _check_register(self, one, event):
        for entry in registers(event.get("meterValue", ())):
            insort(one.register, entry)
            place = one.register.index(entry)
            around = one.register[max(place - 1, 0) : place + 2]
            if [wh for _, wh in around] != sorted(wh for _, wh in around):
                self._say(event, f"has an energy register that falls: {around}")

    def _say(self, event, fault):
        name = f"TransactionEvent {event['eventType']} seqNo {event['seqNo']}"
        self._report(f"{name} of {event['transactionInfo']['transactionId']} {fault}")


def moment(text):
    return datetime.fromisoformat(text)


def registers(meter_values):
    """(moment, Wh) of each total import register in a list of MeterValueType."""
    for meter_value in meter_values:
        for sample in meter_value["sampledValue"]:
            measurand = sample.get("measurand", "Energy.Active.Import.Register")
            place = sample.get("phase"), sample.get("location", "Outlet")
            if measurand == "Energy.Active.Import.Register" and place == (None, "Outlet"):
                yield moment(meter_value["timestamp"]), _wh(sample)


def _wh(sample):
    unit = sample.get("unitOfMeasure", {})
    kilo = 1000 if unit.get("unit", "Wh") == "kWh" else 1
    return round(sample["value"] * 10 ** unit.get("multiplier", 0) * kilo, 3)
