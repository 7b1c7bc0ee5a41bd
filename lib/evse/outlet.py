"""One EVSE as the hardware knows it: the facts of car, cable, lock and meter, and the one place
that acts on them.

Events only leave facts here. `follow` compares them with the hardware and moves lock, pilot and
contactor; it may be called at any time and any number of times. Power flows while nothing is
`missing`: the protocol allows it, car and cable are there, a socket has locked the plug
(G05.FR.01), nothing is faulted, and the limit leaves the 6 A below which IEC 61851-1 knows only a
pause. Then the pilot offers, and the contactor closes as soon as the car wants current; how, is
contactor.py's.

What the EVSE does is reported as a chargingState. On the way to Charging the word stays as it was,
because nothing has been suspended: Started is being journaled, the contactor waits for its minimum
off time, or the car has been offered current only just now.
"""

from evse import const
from ocpp201 import MeterValue

from .contactor import Contactor

_LEAST_DA = const(60)
_CAR_ANSWERS_S = const(5)  # a car follows a new offer within that time
_LOCK_AGAIN_S = const(10)
_STALE_AFTER = const(3)  # readings missed

PROBLEMS = ("PowerContactor", "ConnectorPlugRetentionLock", "FiscalMetering")


class Outlet:
    """`config` is one of `evses` of the config file. Times are core seconds, limits deci-amps."""

    def __init__(self, evse_id: int, config: dict, board):
        kinds = config.get("connectors", ("cType2",))
        self.id = evse_id
        self.connectors = range(1, len(kinds) + 1)
        self.max_da = config.get("max_current_a", 32) * 10
        self.contactor = Contactor(evse_id, board)
        self._board = board
        self._sockets = [n for n in self.connectors if kinds[n - 1][0] == "s"]
        self.plugged = []  # connector ids as plugged; the first one counts
        self.connected = False  # to a car: one may leave whose cable is still locked in
        self.draws = False  # the car wants current
        self.faults = []  # connector ids
        self.allowed = False  # by the protocol
        self.limit_da = None  # of the protocol, None = no limit
        self.release = False  # the driver may have the cable, once no current flows
        self.state = "Idle"  # chargingState, as last reported
        self.told = (False, False, False)  # problems, as last reported
        self.vend_due: "int | None" = None  # core second at which freevend_token is tried
        self.value = MeterValue()  # the last reading
        self.backwards = 0  # readings below one before; they count as that one
        self._offered_at = 0
        self._locked = self._lock_failed = False
        self._lock_due = 0  # no attempt before
        self._misses = 0
        self._register_wh = 0
        self.current_ma = -1  # of the phase that carries most; -1 = unknown

    def problems(self) -> tuple:
        """Which of PROBLEMS there are."""
        return (self.contactor.latched, self._lock_failed, self._misses >= _STALE_AFTER)

    def plug(self, connector_id: int):
        if connector_id not in self.plugged:
            self.plugged.append(connector_id)
        self.connected = True
        self._lock_due = 0

    def unplug(self, connector_id: int, now: int):
        """The cable is gone from the station."""
        if connector_id not in self.plugged:
            return
        if connector_id == self.plugged[0]:
            self.lose_car(now)
            self.connected = len(self.plugged) > 1
            self._locked = self._lock_failed = False
        self.plugged.remove(connector_id)

    def lose_car(self, now: int):
        """The car is gone and has taken its current along: no need to wait before opening."""
        self.draws = self.connected = False
        self.contactor.offer(0)
        self.contactor.let_go(now)

    def missing(self):
        """What power still needs, in a word; None = nothing."""
        if not self.connected:
            return "car"
        if not self.allowed:
            return "permission"
        if self.contactor.latched or self.plugged[0] in self.faults:
            return "repair"
        if self.offer_da() == 0:
            return "current"
        if not self._locked and self.plugged[0] in self._sockets:
            return "lock"
        return None

    def offer_da(self) -> int:
        limit_da = self.max_da if self.limit_da is None else min(self.limit_da, self.max_da)
        return limit_da if limit_da >= _LEAST_DA else 0

    def follow(self, now: int):
        """Make the hardware follow the facts."""
        missing = self.missing()
        if missing == "lock" and now >= self._lock_due:
            if self._move_lock(self.plugged[0], True, now):
                missing = None
        if missing:
            self.contactor.open(missing, now)
        elif self.contactor.ready(now):
            if self.contactor.offered_da == 0:
                self._offered_at = now
            self.contactor.offer(self.offer_da())
            if self.draws:
                self.contactor.close(now)
        if self.release and not self.contactor.closed and now >= self._lock_due:
            self.release = not self._move_lock(self._used(), False, now)

    def unlock(self, now: int, connector_id: int) -> bool:
        """As an operator wants it, at once, also without a cable (F05.FR.06). False: it failed."""
        if connector_id != self._used():
            return self._board.lock(self.id, connector_id, False)
        if self.contactor.closed:
            self.contactor.force_open()
        moved = self._move_lock(connector_id, False, now)
        self._lock_due = now + _LOCK_AGAIN_S  # time to take the plug
        return moved

    def _used(self) -> int:
        return (self.plugged or self.connectors)[0]

    def _move_lock(self, connector_id, locked, now) -> bool:
        moved = self._board.lock(self.id, connector_id, locked)
        self._locked = locked and moved
        self._lock_failed = not moved
        self._lock_due = 0 if moved else now + _LOCK_AGAIN_S
        return moved

    def measure(self) -> bool:
        """Read the meter into `value`; allocates nothing. False: no new reading."""
        value = self.value
        answer = self._board.read_meter(self.id, value)
        if not answer:
            if answer is False:
                self._misses += 1
                self.current_ma = -1
            return False
        self._misses = 0
        currents = value.current_ma
        self.current_ma = max(currents[0], currents[1], currents[2])
        if 0 <= value.energy_wh < self._register_wh:
            value.energy_wh = self._register_wh
            self.backwards += 1
        elif value.energy_wh >= 0:
            self._register_wh = value.energy_wh
        return True

    def charging_state(self, authorized: bool, now: int) -> str:
        """The chargingState to report. It stays as it was on the way to Charging."""
        if not self.connected:
            return "Idle"
        if self.draws and self.contactor.closed:
            return "Charging"
        if not authorized:
            return "EVConnected"
        if not self.contactor.offered_da:
            state = "SuspendedEVSE"
            on_its_way = self.missing() in (None, "permission")
        elif not self.draws:
            state = "SuspendedEV"
            on_its_way = now - self._offered_at < _CAR_ANSWERS_S
        else:
            return self.state
        if on_its_way and self.state not in ("Charging", "SuspendedEV"):
            return self.state
        return state
