"""An EVSE with its connectors, and the transaction that runs there. Facts and flags only; what
follows from them is state.py.

A fact is a word in the set of those that are true:

    bay         a vehicle stands in the parking bay
    connected   a cable joins station and vehicle
    authorized  somebody who may charge has asked for it
    energy      energy flows
    signed      the meter has delivered a signed value
"""

from .meter import MeterValue


class Transaction:
    """One transaction. Times are core seconds, energies meter registers in Wh. KEPT outlasts a
    power cut as it is."""

    KEPT = """stopped_reason told_evse remote_start_id reservation_id begin_due stride skipped
    in_service"""

    def __init__(self, transaction_id: str, place, now: int, in_service: bool):
        self.id = transaction_id
        self.key = transaction_id.encode()  # in the journal
        self.place = place
        self.started = now
        self.seq_no = 0
        self.journaled = False  # Started is safe, or as good as: energy may flow
        self.in_service = in_service  # it began where ChangeAvailability and hardware permitted it
        self.clock_offset = None  # of the wall clock, kept from the first message to the last
        self.told_at = now  # core second of its last message
        self.ended_at = None  # if the integrator said when
        self.stopped_reason = None  # of a stop that has not ended it yet
        self.told_evse = 0  # 1: the CSMS knows the EVSE, 2: the connector too (E01.FR.16)
        self.remote_start_id = place.remote_start_id
        self.reservation_id = None
        self.meter_start = self.meter_stop = None  # MeterValueType given by the integrator
        self.begin_due = True  # Transaction.Begin not sent yet (E01.FR.17)
        self.samples = []  # MeterValueType for Ended, every `stride`-th of those taken
        self.stride = 1
        self.skipped = 0
        self.periodic_from = now  # the last periodic sample, sent or stored
        self.stored_from = now
        self.triggered = -1  # core second of the last event that a TriggerMessage asked for


class Connector:
    """One connector: the flags that hardware and integrator set, and what the CSMS was told."""

    def __init__(self, connector_id: int):
        self.id = connector_id
        self.faulted = False
        self.unavailable = False
        self.plugged = False
        self.reserved = False
        self.reserved_first = False  # the reservation was there before the cable
        self.operative = True
        self.scheduled = None  # operative or not, when the transaction is over
        self.shown = None  # ConnectorStatusEnum in the device model
        self.queued = None  # last one handed to the outbox
        self.reported = None  # last one that the CSMS acknowledged

    def in_service(self, operative: bool) -> bool:
        """`operative`: its EVSE and the station are."""
        return operative and self.operative and not self.unavailable


class Place:
    """An EVSE; or, with id 0 and no connectors, where a transaction waits for its EVSE. KEPT
    outlasts a power cut with the transaction."""

    KEPT = """connector_id charging_state id_token group remote_start_id holds_for stop_reason
    suspended energy_limit_wh"""

    def __init__(self, evse_id: int, connectors: int):
        self.id = evse_id
        self.connectors = [Connector(n + 1) for n in range(connectors)]
        self.connector_id = 0  # of the cable that counts
        self.operative = True
        self.scheduled = None
        self.facts = set()
        self.unfinished = None  # event that failed half-way: to be repeated, no energy before
        self.charging_state = "Idle"
        self.flowing = False  # the driver's last word on energy: true until the contactor is open
        self.transaction = None
        # How the transaction came back after a power cut, until that is dealt with: [core second
        # by which the cable must be back, connector id, wall time it got to, (stoppedReason,
        # triggerReason) if it has to end]
        self.recalled = None
        self.plugged_at = 0
        self.holds_for = None  # refused token whose cable stays locked (E05.FR.11)
        self.stop_reason = None  # given by the integrator for the next end
        self.allowed = False  # energy, as last told to the board
        self.shown = None  # AvailabilityState in the device model
        self.meter = MeterValue()
        self.sums = MeterValue()  # of the averaged measurands, since the last aligned moment
        self.summed = 0
        self.forget_driver()

    @property
    def connected(self) -> bool:
        return "connected" in self.facts

    @property
    def authorized(self) -> bool:
        return "authorized" in self.facts

    def take_driver(self, id_token: "dict | None", group, remote_start_id):
        self.id_token = id_token
        self.group = group
        self.remote_start_id = remote_start_id

    def forget_driver(self):
        self.facts.discard("authorized")
        self.facts.discard("signed")
        self.id_token = None
        self.group = None  # idToken text of its group
        self.remote_start_id = None
        self.deadline = None  # core second of EVConnectionTimeOut
        self.suspended = False  # refused afterwards: no energy (E05.FR.02)
        self.energy_limit_wh = -1  # register at which MaxEnergyOnInvalidId is used up

    def belongs_to(self, id_token: dict, group) -> bool:
        """Is this the token that was accepted here, or one of its group? (E07.FR.01, C09.FR.03)"""
        if self.id_token and self.group is not None and self.group == group:
            return True
        return _same(self.id_token, id_token)

    def holds_cable_of(self, id_token: dict) -> bool:
        return _same(self.holds_for, id_token)


def _same(one: "dict | None", other: dict) -> bool:
    """Tokens are compared without regard to case (identifierString)."""
    if one is None:
        return False
    return one["type"] == other["type"] and one["idToken"].lower() == other["idToken"].lower()
