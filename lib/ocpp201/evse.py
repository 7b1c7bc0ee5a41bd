"""An EVSE with its connectors, and the transaction that runs there. Facts and flags only; what
follows from them is state.py.

The facts are one bit each, so that a point of TxStartPoint or TxStopPoint is a mask.
"""

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


from .meter import MeterValue

BAY = const(1)  # a vehicle stands in the parking bay
CONNECTED = const(2)  # a cable joins station and vehicle
AUTHORIZED = const(4)  # somebody who may charge has asked for it
ENERGY = const(8)  # energy flows
SIGNED = const(16)  # the meter has delivered a signed value


class Transaction:
    """One transaction. Times are core seconds, energies meter registers in Wh."""

    def __init__(self, transaction_id: str, place, now: int):
        self.id = transaction_id
        self.place = place
        self.started = now
        self.seq_no = 0
        self.journaled = False  # Started is safe, or as good as: energy may flow
        self.in_service = True  # it began where ChangeAvailability and hardware permitted it
        self.clock_offset = None  # of the wall clock, kept from the first message to the last
        self.told_at = now  # core second of its last message
        self.ended_at = None  # if the integrator said when
        self.stopped_reason = None  # of a stop that has not ended it yet
        self.told_evse = 0  # 1: the CSMS knows the EVSE, 2: the connector too (E01.FR.16)
        self.remote_start_id = None
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

    def status(self, operative: bool, in_use: bool) -> str:
        """ConnectorStatusEnum by precedence."""
        if self.faulted:
            return "Faulted"  # G03.FR.06, G04.FR.07
        if not self.in_service(operative):
            return "Unavailable"
        if in_use and not (self.reserved and self.reserved_first):  # G03.FR.09
            return "Occupied"
        return "Reserved" if self.reserved else "Available"


class Place:
    """An EVSE; or, with id 0 and no connectors, where a transaction waits for its EVSE."""

    def __init__(self, evse_id: int, connectors: int):
        self.id = evse_id
        self.connectors = [Connector(n + 1) for n in range(connectors)]
        self.connector_id = 0  # of the cable that counts
        self.operative = True
        self.scheduled = None
        self.facts = 0
        self.unfinished = None  # event that failed half-way: to be repeated, no energy before
        self.charging_state = "Idle"
        self.flowing = False  # the driver's last word on energy: true until the contactor is open
        self.transaction = None
        self.id_token = None
        self.group = None  # idToken text of its group
        self.remote_start_id = None
        self.deadline = None  # core second of EVConnectionTimeOut
        self.plugged_at = 0
        self.holds_for = None  # refused token whose cable stays locked (E05.FR.11)
        self.suspended = False  # refused afterwards: no energy (E05.FR.02)
        self.energy_limit_wh = -1  # register at which MaxEnergyOnInvalidId is used up
        self.stop_reason = None  # given by the integrator for the next end
        self.allowed = False  # energy, as last told to the board
        self.shown = None  # AvailabilityState in the device model
        self.phases = 0  # numberOfPhasesUsed, 0 = unknown
        self.meter = MeterValue()
        self.sums = MeterValue()  # of the averaged measurands, since the last aligned moment
        self.summed = 0

    @property
    def connected(self) -> bool:
        return self.facts & CONNECTED != 0

    @property
    def authorized(self) -> bool:
        return self.facts & AUTHORIZED != 0

    @property
    def energy(self) -> bool:
        return self.facts & ENERGY != 0

    def take_driver(self, id_token: "dict | None", group, remote_start_id=None):
        self.id_token = id_token
        self.group = group
        self.remote_start_id = remote_start_id

    def forget_driver(self):
        self.facts &= ~(AUTHORIZED | SIGNED)
        self.id_token = self.group = self.remote_start_id = self.deadline = None
        self.suspended = False
        self.energy_limit_wh = -1

    def belongs_to(self, id_token: dict, group) -> bool:
        """Is this the token that was accepted here, or one of its group? (E07.FR.01, C09.FR.03)"""
        if self.id_token is None:
            return False
        if self.group is not None and self.group == group:
            return True
        return _same(self.id_token, id_token)

    def holds_cable_of(self, id_token: dict) -> bool:
        return self.holds_for is not None and _same(self.holds_for, id_token)

    def faulted(self) -> bool:
        """Is a connector faulted that a driver uses or could use?"""
        for connector in self.connectors:
            if connector.faulted and self.connector_id in (0, connector.id):
                return True
        return False


def _same(one: dict, other: dict) -> bool:
    """Tokens are compared without regard to case (identifierString)."""
    return one["type"] == other["type"] and one["idToken"].lower() == other["idToken"].lower()
