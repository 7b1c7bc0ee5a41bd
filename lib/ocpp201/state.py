"""What is so at each EVSE, and what follows when something happens. Returns it; calls nobody.

A transaction is the consequence of facts, never a thing that somebody opens. Five facts are kept
per EVSE (evse.py): bay occupied, cable connected, driver authorized, energy flows, signed value
received. TxStartPoint and TxStopPoint list points, and a point is a set of facts that hold
together (POINTS):

    start   a fact became true, no transaction runs, and a start point has all its facts      (E01)
    stop    a fact became false, and a stop point lacks one of its facts                      (E06)

Only edges count: what was already true when a transaction ended can't start the next one, somebody
has to do something again; and asking to stop counts as an edge even if nobody was authorised. An
ended transaction takes its authorisation with it, so that no energy flows for which nobody pays.

What can happen is the table EVENTS: the facts that become true (+) or false (-), the triggerReason
of the message that follows, and the stoppedReason if it ends the transaction. A stop that does not
end it yet (TxStopPoint EVConnected; the driver stops by card, the cable stays in) leaves its
reason behind for the event that does: it was the driver who stopped it, not the unplugging.

The tables are texts: tuples in a dict would take three times the heap of a board.

A transaction may start before its EVSE is known (card first, several free EVSEs). It lives at a
Place with id 0 in `waiting` and moves to the EVSE whose cable is plugged next.
"""

from .evse import Place, Transaction
from .meter import MeterValue

POINTS = """
ParkingBayOccupancy bay
EVConnected connected
Authorized authorized
PowerPathClosed authorized connected
EnergyTransfer energy
DataSigned signed
"""

# Without a driver no energy: the contactor opens before the message is made.
EVENTS = """
bay_occupied +bay EVDetected
bay_empty -bay EVDeparted EVDisconnected
plugged +connected CablePluggedIn
unplugged -connected-energy EVCommunicationLost EVDisconnected
ev_left -connected-energy-authorized EVCommunicationLost EVDisconnected
authorized +authorized Authorized
remote_start +authorized RemoteStart
stop -authorized-energy StopAuthorized Local
remote_stop -authorized-energy RemoteStop Remote
deauthorized -authorized-energy Deauthorized DeAuthorized
timed_out -authorized-energy EVConnectTimeout Timeout
charging +energy ChargingStateChanged
not_charging -energy ChargingStateChanged StoppedByEV
signed +signed SignedDataReceived
"""


def _row(table: str, name: str) -> list:
    """What stands behind the name."""
    at = table.index("\n" + name + " ")
    return table[at : table.index("\n", at + 1)].split()[1:]


def _met(points, facts) -> int:
    """How many of the points have all their facts."""
    met = 0
    for point in points:
        if set(_row(POINTS, point)) <= facts:
            met += 1
    return met


def _follows(place, facts, stopped, points):
    """The eventType, or None, should these become the facts. `stopped`: somebody asks for it."""
    start, stop = points
    if not place.transaction:
        return "Started" if facts - place.facts and _met(start, facts) else None  # E01.FR.01
    ends = (stopped or place.facts - facts) and _met(stop, facts) < len(stop)  # E06.FR.01
    return "Ended" if ends else "Updated"


class State:
    """All EVSEs of the station, and the transactions that have none yet."""

    def __init__(self, connectors):
        self.evses = [Place(n + 1, count) for n, count in enumerate(connectors)]
        self.waiting = []
        self.operative = True
        self.scheduled = None
        self.shown = None  # AvailabilityState of the station in the device model
        self.grid_meter = MeterValue()
        # (eventType, transaction, trigger, chargingState, idToken, now), oldest first
        self.happened = []
        self.held = 0  # how many of them wait for energy to stop
        self.reset = (
            None  # (EVSE or None, type, core second at the latest) of a Reset that was accepted
        )
        self.aligned = self.aligned_ended = None  # (wall time of the next moment, its interval)
        self.used_ids = []  # session ids that the integrator has given
        self.writes = (0, 0)  # hour, and how often the CSMS had variables written in it
        self.security_counts = {}  # type -> [minute, events in it]
        self.firmware_status = ("Idle", -1)  # as reported last, with its request id
        self.log_status = ("Idle", -1)
        self.ev_certificate_request = None  # the handle of the one in flight

    def evse(self, evse_id):
        """The EVSE of that id or None. True is not 1, and 1.0 isn't either."""
        if type(evse_id) is int and 0 < evse_id <= len(self.evses):
            return self.evses[evse_id - 1]
        return None

    def connector(self, evse_id, connector_id):
        evse = self.evse(evse_id)
        if evse and type(connector_id) is int and 0 < connector_id <= len(evse.connectors):
            return evse.connectors[connector_id - 1]
        return None

    def running(self) -> list:
        """Every place where a transaction runs."""
        return [place for place in self.evses + self.waiting if place.transaction]

    def place_of(self, transaction_id):
        for place in self.running():
            if place.transaction.id == transaction_id:
                return place
        return None

    def happen(self, place, event, points, now, new_id, trigger, id_token):
        """Apply `event` and note the message that follows, or fail and change nothing; returns
        the eventType or None. `points`: (start, stop)."""
        row = _row(EVENTS, event)
        sign = row[0][0]
        changed = set(row[0][1:].split(sign))
        facts = place.facts - changed if sign == "-" else place.facts | changed
        stopped = sign == "-" and "authorized" in changed
        charging_state = place.charging_state  # what facts alone don't decide the driver says
        if "connected" not in facts:
            charging_state = "Idle"
        elif event == "plugged" or stopped:
            charging_state = "EVConnected"  # E05.FR.09
        transaction = place.transaction
        follows = _follows(place, facts, stopped, points)
        if follows == "Started":
            transaction = Transaction(new_id(), place, now, self.in_service(place))
            # Energy that flows with permission already is not cut for Started.
            transaction.journaled = place.allowed and not self._ends(place)
            id_token = place.id_token
            if place.remote_start_id is not None:
                trigger = "RemoteStart"  # F02.FR.21
        if follows:
            message = (follows, transaction, trigger or row[1], charging_state, id_token, now)
            self.happened.append(message)  # the last thing that can fail
        place.facts, place.charging_state, place.transaction = facts, charging_state, transaction
        if follows == "Ended" or (follows and stopped):
            transaction.stopped_reason = place.stop_reason or transaction.stopped_reason or row[2]
        elif follows and event == "remote_start":
            transaction.remote_start_id = place.remote_start_id  # F01.FR.13
        self.settle(place, follows)
        return follows

    def begin(self, place, transaction_id, trigger, now, id_token, group, remote_start_id):
        """A transaction that the integrator opens himself, or fail and change nothing."""
        transaction = Transaction(transaction_id, place, now, self.in_service(place))
        transaction.remote_start_id = remote_start_id
        facts = place.facts | {"authorized"} if id_token else place.facts
        message = ("Started", transaction, trigger, place.charging_state, id_token, now)
        self.happened.append(message)
        place.transaction, place.facts = transaction, facts
        if id_token:
            place.take_driver(id_token, group, remote_start_id)

    def note(self, event_type, place, trigger, id_token, now):
        """A message about the transaction there, whatever the facts say."""
        message = (event_type, place.transaction, trigger, place.charging_state, id_token, now)
        self.happened.append(message)
        self.settle(place, event_type)

    def settle(self, place, event_type):
        """Who has nothing to do there any more is forgotten."""
        if event_type == "Ended":
            place.transaction = place.stop_reason = None
            place.facts.discard("energy")
        elif place.transaction or place.authorized:
            return
        place.forget_driver()
        if place in self.waiting:
            self.waiting.remove(place)

    def recall(self, place, transaction_id, now):
        """A transaction that was running when the power was cut."""
        place.transaction = Transaction(transaction_id, place, now, True)
        return place.transaction

    def wait_for_evse(self):
        """A place for a driver who has no EVSE yet."""
        place = Place(0, 0)
        self.waiting.append(place)
        return place

    def adopt(self, evse):
        """The EVSE takes over the driver who has waited longest (TC_E_04)."""
        waiting = self.waiting[0]
        evse.facts = evse.facts | waiting.facts
        self.waiting.pop(0)
        evse.take_driver(waiting.id_token, waiting.group, waiting.remote_start_id)
        evse.suspended = waiting.suspended  # refused while he waited
        evse.transaction = waiting.transaction
        if evse.transaction:
            evse.transaction.place = evse

    def status(self, evse, connector) -> str:
        """ConnectorStatusEnum by precedence. The sibling of a connector in use shows nothing of a
        second cable (G01.FR.08)."""
        if connector.faulted:
            return "Faulted"  # G03.FR.06, G04.FR.07
        if not connector.in_service(self.operative and evse.operative):
            return "Unavailable"
        in_use = connector.plugged and (not evse.connector_id or evse.connector_id == connector.id)
        if in_use and not connector.reserved_first:  # G03.FR.09
            return "Occupied"
        return "Reserved" if connector.reserved else "Available"

    def usable(self, evse) -> bool:
        """May a new driver have it: nobody has it yet, and the connector in use works, or one that
        he can use? A transaction may run, begun by plug or bay."""
        ends = self.reset and self.reset[0] in (None, evse) and not evse.transaction
        if evse.id_token or evse.authorized or ends:
            return False
        for connector in evse.connectors:
            if evse.connector_id in (0, connector.id):
                if self.status(evse, connector) in ("Available", "Occupied"):
                    return True
        return False

    def in_service(self, place) -> bool:
        """Do ChangeAvailability and the hardware permit the connector in use, or one that could
        be? A place that waits for its EVSE gets one that is."""
        operative = self.operative and place.operative
        for connector in place.connectors:
            if place.connector_id in (0, connector.id) and connector.in_service(operative):
                return True
        return not place.connectors

    def _ends(self, evse) -> bool:
        """Does an Ended still wait for the contactor? It would bill the next driver's energy."""
        for one in self.happened:
            if one[1].place is evse:
                return True
        return False

    def permits(self, evse) -> bool:
        """May energy flow? Authorised, connected, not refused, not faulted, Started is safe, and
        in service or begun there."""
        if not (evse.connected and evse.connector_id and evse.authorized):
            return False
        connector = evse.connectors[evse.connector_id - 1]
        if evse.suspended or evse.unfinished or connector.faulted:
            return False
        transaction = evse.transaction
        if transaction is None:
            return self.in_service(evse) and not self._ends(evse)
        return transaction.journaled and (transaction.in_service or self.in_service(evse))
