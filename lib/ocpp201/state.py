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

What can happen is the table EVENTS: the facts set and cleared, the triggerReason of the message
that follows, and the stoppedReason if it ends the transaction. A stop that does not end it yet
(TxStopPoint EVConnected; the driver stops by card, the cable stays in) leaves its reason behind
for the event that does: it was the driver who stopped it, not the unplugging.

A transaction may start before its EVSE is known (card first, several free EVSEs). It lives at a
Place with id 0 in `waiting` and moves to the EVSE whose cable is plugged next.
"""

from .evse import AUTHORIZED, BAY, CONNECTED, ENERGY, SIGNED, Place, Transaction
from .meter import MeterValue

POINTS = {
    "ParkingBayOccupancy": BAY,
    "EVConnected": CONNECTED,
    "Authorized": AUTHORIZED,
    "PowerPathClosed": AUTHORIZED | CONNECTED,
    "EnergyTransfer": ENERGY,
    "DataSigned": SIGNED,
}

# Without a driver no energy: the contactor opens before the message is made.
_STOP = AUTHORIZED | ENERGY

EVENTS = {
    # event          sets        clears               triggerReason           stoppedReason
    "bay_occupied": (BAY,        0,                   "EVDetected",           None),
    "bay_empty":    (0,          BAY,                 "EVDeparted",           "EVDisconnected"),
    "plugged":      (CONNECTED,  0,                   "CablePluggedIn",       None),
    "unplugged":    (0,          CONNECTED | ENERGY,  "EVCommunicationLost",  "EVDisconnected"),
    "ev_left":      (0,          _STOP | CONNECTED,   "EVCommunicationLost",  "EVDisconnected"),
    "authorized":   (AUTHORIZED, 0,                   "Authorized",           None),
    "remote_start": (AUTHORIZED, 0,                   "RemoteStart",          None),
    "stop":         (0,          _STOP,               "StopAuthorized",       "Local"),
    "remote_stop":  (0,          _STOP,               "RemoteStop",           "Remote"),
    "deauthorized": (0,          _STOP,               "Deauthorized",         "DeAuthorized"),
    "timed_out":    (0,          _STOP,               "EVConnectTimeout",     "Timeout"),
    "charging":     (ENERGY,     0,                   "ChargingStateChanged", None),
    "not_charging": (0,          ENERGY,              "ChargingStateChanged", "StoppedByEV"),
    "signed":       (SIGNED,     0,                   "SignedDataReceived",   None),
}  # fmt: skip

# What an integrator may say. Each word stands between blanks: a text is the smallest list.
CHARGING_STATES = " Idle EVConnected SuspendedEV SuspendedEVSE Charging "
TRIGGER_REASONS = (
    " Authorized CablePluggedIn ChargingRateChanged ChargingStateChanged Deauthorized"
    " EnergyLimitReached EVCommunicationLost EVConnectTimeout MeterValueClock MeterValuePeriodic"
    " TimeLimitReached Trigger UnlockCommand StopAuthorized EVDeparted EVDetected RemoteStop"
    " RemoteStart AbnormalCondition SignedDataReceived ResetCommand "
)
STOPPED_REASONS = (
    " DeAuthorized EmergencyStop EnergyLimitReached EVDisconnected GroundFault ImmediateReset"
    " Local LocalOutOfCredit MasterPass Other OvercurrentFault PowerLoss PowerQuality Reboot"
    " Remote SOCLimitReached StoppedByEV TimeLimitReached Timeout "
)


def is_word(words: str, given) -> bool:
    return isinstance(given, str) and " " not in given and " " + given + " " in words


def step(place, event, start_points, stop_points):
    """Apply the facts of `event`; returns the eventType that follows ("Started", "Updated",
    "Ended") or None."""
    sets, clears = EVENTS[event][:2]
    before = place.facts
    after = (before | sets) & ~clears
    place.facts = after
    if place.transaction is None:
        if after & ~before and _any_holds(start_points, after):  # E01.FR.01
            return "Started"
        return None
    if (before & ~after or clears & AUTHORIZED) and _any_lacks(stop_points, after):  # E06.FR.01
        return "Ended"
    return "Updated"


def _any_holds(points, facts) -> bool:
    for name in points:
        if facts & POINTS[name] == POINTS[name]:
            return True
    return False


def _any_lacks(points, facts) -> bool:
    for name in points:
        if facts & POINTS[name] != POINTS[name]:
            return True
    return False


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
        self.aligned = self.aligned_ended = None  # wall time of the next clock-aligned moments
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

    def happen(self, place, event, points, now, new_id, trigger=None, id_token=None):
        """Apply `event` and note the message that follows, or fail and change nothing; returns
        the eventType or None. `points`: (start, stop)."""
        before = place.facts, place.charging_state, place.transaction
        try:
            follows = self._happen(place, event, points, now, new_id, trigger, id_token)
        except Exception:
            place.facts, place.charging_state, place.transaction = before
            raise
        if not place.authorized and not place.transaction:
            place.forget_driver()
            if place in self.waiting:
                self.waiting.remove(place)
        return follows

    def _happen(self, place, event, points, now, new_id, trigger, id_token):
        _, clears, usual_trigger, reason = EVENTS[event]
        follows = step(place, event, points[0], points[1])
        _charging_state(place, event)
        transaction = place.transaction
        if follows == "Started":
            self.start(place, new_id(), now)
            # Energy that flows with permission already is not cut for Started.
            place.transaction.journaled = place.allowed and not self._ends(place)
            id_token = place.id_token
            if place.remote_start_id is not None:
                trigger = "RemoteStart"  # F02.FR.21
        elif follows == "Ended" or (follows and clears & AUTHORIZED):
            transaction.stopped_reason = place.stop_reason or transaction.stopped_reason or reason
        elif follows and event == "remote_start":
            transaction.remote_start_id = place.remote_start_id  # F01.FR.13
        if follows:
            self.note(follows, place, trigger or usual_trigger, id_token, now)
        return follows

    def begin(self, place, transaction_id, trigger, now, id_token, group, remote_start_id):
        """A transaction that the integrator opens himself, or fail and change nothing."""
        self.start(place, transaction_id, now)
        try:
            self.note("Started", place, trigger, id_token, now)
        except Exception:
            place.transaction = None
            raise
        place.transaction.remote_start_id = remote_start_id
        if id_token:
            place.take_driver(id_token, group, remote_start_id)
            place.facts |= AUTHORIZED

    def start(self, place, transaction_id, now):
        place.transaction = Transaction(transaction_id, place, now)
        place.transaction.remote_start_id = place.remote_start_id
        place.transaction.in_service = self.in_service(place)

    def note(self, event_type, place, trigger, id_token, now):
        transaction = place.transaction
        self.happened.append(
            (event_type, transaction, trigger, place.charging_state, id_token, now)
        )
        if event_type == "Ended":
            place.transaction = place.stop_reason = None
            place.facts &= ~ENERGY
            place.forget_driver()
            if place in self.waiting:
                self.waiting.remove(place)

    def wait_for_evse(self):
        """A place for a driver who has no EVSE yet."""
        place = Place(0, 0)
        self.waiting.append(place)
        return place

    def adopt(self, evse):
        """The EVSE takes over the driver who has waited longest (TC_E_04)."""
        waiting = self.waiting.pop(0)
        evse.take_driver(waiting.id_token, waiting.group, waiting.remote_start_id)
        evse.facts |= waiting.facts
        evse.suspended = waiting.suspended  # refused while he waited
        evse.transaction = waiting.transaction
        if evse.transaction:
            evse.transaction.place = evse

    def status(self, evse, connector) -> str:
        """ConnectorStatusEnum. The sibling of a connector in use shows nothing of a second cable
        (G01.FR.08)."""
        in_use = connector.plugged and (not evse.connector_id or evse.connector_id == connector.id)
        return connector.status(self.operative and evse.operative, in_use)

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
        if evse.suspended or evse.unfinished or evse.faulted():
            return False
        transaction = evse.transaction
        if transaction is None:
            return self.in_service(evse) and not self._ends(evse)
        return transaction.journaled and (transaction.in_service or self.in_service(evse))


def _charging_state(place, event):
    """The state that facts alone decide; the others come from the driver."""
    if not place.connected:
        place.charging_state = "Idle"
    elif event == "plugged" or EVENTS[event][1] & AUTHORIZED:
        place.charging_state = "EVConnected"  # E05.FR.09
