"""The station around the protocol: what the hardware does becomes handlers of ChargePoint, what
the protocol permits moves hardware. Two directions, a chain of plain calls each:

    board -> Controller.plugged, card, ... -> facts of the Outlet, ChargePoint.on_... -> poke
    ocpp201.Callbacks -> Controller.power_allowed, ... -> facts of the Outlet -> Outlet.follow

`tick` comes once per core second: the board tells what it saw, meters are read, contactors and
locks follow, and what changed is reported. So a contactor opens first, and is reported after.
Which EVSE a card means, and whether it starts or stops, is decided in the protocol: it alone knows
who charges where and who belongs to whose group.

Everything is called from one thread; nothing waits, and nothing raises at the board.
"""

from evse import const
from ocpp201 import Callbacks

from .outlet import PROBLEMS, Outlet

_VEND_AGAIN_S = const(10)


class Controller(Callbacks):
    """evses: the list of the config file; log(level, text[, exception]); poke() wakes the core
    after something has happened; freevend_token: everybody charges under it, without a card."""

    def __init__(self, board, evses, log, poke, freevend_token=None):
        self.board = board
        self.log = log
        self.poke = poke
        self.cp = None
        self.now = 0
        self.stopped = False
        self.wants_reset = None  # the kind of restart that the protocol wants; main acts on it
        self.outlets = [Outlet(n + 1, evse, board) for n, evse in enumerate(evses)]
        self.contactors = [outlet.contactor for outlet in self.outlets]  # for interrupts
        self._freevend = freevend_token

    def start(self, charge_point):
        """Begin to work for this ChargePoint, whose callbacks we are."""
        self.cp = charge_point
        self.board.start(self)

    def stop(self, now: int):
        """The program ends: everything off, no car is asked. Works without `start` as well. No
        tick takes the force back any more, so nothing closes again, whoever still permits it."""
        for contactor in self.contactors:
            contactor.force_open()
        for contactor in self.contactors:
            contactor.offer(0)
        self.stopped = True
        self.board.stop()

    def tick(self, now: int):
        """Once per core second. A bug at one EVSE costs that one its power, nothing else."""
        if self.stopped:
            return
        self.now = now
        try:
            self.board.tick(now)
        except Exception as bug:
            self._our_bug("board", bug)
        for outlet in self.outlets:
            try:
                self._tick(outlet, now)
            except Exception as bug:
                outlet.contactor.force_open()
                self._our_bug("evse %d" % outlet.id, bug)

    def _tick(self, outlet, now):
        if outlet.measure():
            self.cp.on_meter_value(outlet.id, outlet.value)
        outlet.contactor.tick(now, outlet.current_ma)
        outlet.follow(now)
        if outlet.problems() != outlet.told:
            self._tell_problems(outlet)
        if outlet.vend_due is not None and now >= outlet.vend_due:
            self._vend(outlet)
        state = outlet.charging_state(self.cp.state.evse(outlet.id).authorized, now)
        if state != outlet.state:
            outlet.state = state
            missing = outlet.missing()
            why = ", waits for " + missing if missing else ""
            self.log("info", "evse %d: %s%s" % (outlet.id, state, why))
            self.cp.on_charging_state_changed(outlet.id, state)
            self.poke()

    def status(self, evse_id: int) -> dict:
        """The hardware's part of the console's `status`; limit_a None: nothing limits."""
        outlet = self.outlets[evse_id - 1]
        return {
            "contactor": "closed" if outlet.contactor.closed else "open",
            "limit_a": None if outlet.limit_da is None else outlet.limit_da / 10,
            "power_w": max(outlet.value.power_w, 0),
            "energy_wh": max(outlet.value.energy_wh, 0),
        }

    # What the board reports: boards/board.py has the meaning of each.

    def plugged(self, evse_id: int, connector_id: int):
        outlet = self.outlets[evse_id - 1]
        outlet.plug(connector_id)
        outlet.vend_due = self.now if self._freevend else None
        self.cp.on_session_started(evse_id, connector_id)
        self.poke()

    def unplugged(self, evse_id: int, connector_id: int):
        self.outlets[evse_id - 1].unplug(connector_id, self.now)
        self.cp.on_session_finished(evse_id, connector_id)
        self.poke()

    def ev_unplugged(self, evse_id: int, connector_id: int):
        self.outlets[evse_id - 1].lose_car(self.now)
        self.cp.on_ev_disconnected(evse_id)  # E09, E10
        self.poke()

    def ev_draws(self, evse_id: int, drawing: bool):
        outlet = self.outlets[evse_id - 1]
        outlet.draws = drawing
        if not drawing:
            outlet.contactor.let_go(self.now)
        outlet.follow(self.now)

    def card(self, text: str, kind: str, evse_id: int = 0) -> bool:
        """False: refused."""
        return self._authorise(evse_id, {"idToken": text, "type": kind})

    def start_button(self, evse_id: int) -> bool:
        """C02. Pressed again it does nothing, where a card shown again would stop."""
        if self.cp.state.evse(evse_id).authorized:
            return True
        return self._authorise(evse_id, {"idToken": "", "type": "NoAuthorization"})

    def stop_button(self, evse_id: int) -> bool:
        stopped = self.cp.stop_local(evse_id)
        self.poke()
        return stopped

    def bay(self, evse_id: int, occupied: bool):
        self.cp.set_parking_bay(evse_id, occupied)
        self.poke()

    def fault(self, evse_id: int, connector_id: int, code: str):
        outlet = self.outlets[evse_id - 1]
        if connector_id == 0 or connector_id in outlet.plugged[:1]:
            outlet.contactor.force_open()
        self.log("error", "evse %d: fault %s" % (evse_id, code))
        for connector in (connector_id,) if connector_id else outlet.connectors:
            if connector not in outlet.faults:
                outlet.faults.append(connector)
                self.cp.on_faulted(evse_id, connector)
                self._tell("Connector", {"id": evse_id, "connectorId": connector}, True, code)

    def fault_cleared(self, evse_id: int, connector_id: int) -> bool:
        """False: the contactor is still welded."""
        outlet = self.outlets[evse_id - 1]
        if outlet.contactor.latched and not outlet.contactor.clear(self.now):
            return False
        for connector in (connector_id,) if connector_id else outlet.connectors:
            if connector in outlet.faults:
                outlet.faults.remove(connector)
                self.cp.on_fault_cleared(evse_id, connector)
                self._tell("Connector", {"id": evse_id, "connectorId": connector}, False, "")
        return True

    # What the protocol asks for: ocpp201/callbacks.py has the meaning of each.

    def power_allowed(self, evse_id: int, allowed: bool):
        outlet = self.outlets[evse_id - 1]
        outlet.allowed = allowed
        if allowed:
            outlet.release = False
        outlet.follow(self.now)

    def set_limit(self, evse_id: int, limit_da):
        """The most that a car may take, deci-amps per phase; None: no limit but the EVSE's."""
        outlet = self.outlets[evse_id - 1]
        outlet.limit_da = limit_da
        outlet.follow(self.now)

    def release_connector(self, evse_id: int):
        outlet = self.outlets[evse_id - 1]
        outlet.release = True
        outlet.follow(self.now)

    def unlock_connector(self, evse_id: int, connector_id: int, done):
        unlocked = self.outlets[evse_id - 1].unlock(self.now, connector_id)
        done("Unlocked" if unlocked else "UnlockFailed")

    def reset(self, evse_id, kind: str):
        if evse_id:
            self.contactors[evse_id - 1].force_open()
        else:
            self.wants_reset = kind

    def time_sync(self, wall: int):
        self.board.set_time(wall)
        self.poke()  # to keep it; NTP's answer wakes nobody else

    def bug_caught(self, where: str, error):
        self.log("error", where + ": our own bug", error)

    # Inner workings.

    def _authorise(self, evse_id, id_token) -> bool:
        accepted = self.cp.authorize(evse_id, 0, id_token)
        self.poke()
        return accepted

    def _vend(self, outlet):
        """freevend_token: whoever plugs in charges, as soon as the protocol lets anybody."""
        done = not outlet.connected or self.cp.state.evse(outlet.id).authorized
        done = done or self._authorise(outlet.id, {"idToken": self._freevend, "type": "Central"})
        outlet.vend_due = None if done else self.now + _VEND_AGAIN_S

    def _tell_problems(self, outlet):
        """Once when something breaks, once when it works again."""
        problems, told = outlet.problems(), outlet.told
        outlet.told = problems
        for n, component in enumerate(PROBLEMS):
            if problems[n] != told[n]:
                word = "has a problem" if problems[n] else "works again"
                self.log("warning", "evse %d: %s %s" % (outlet.id, component, word))
                self._tell(component, {"id": outlet.id}, problems[n], "")
        if problems[0] and not told[0]:
            self.fault(outlet.id, 0, outlet.contactor.state)

    def _tell(self, component, evse, problem, text):
        """Variable `Problem` of a component, and an event about it (G05.FR.02)."""
        event = {
            "component": {"name": component, "evse": evse},
            "variable": {"name": "Problem"},
            "actualValue": "true" if problem else "false",
            "trigger": "Alerting",
            "cleared": not problem,
        }
        if text:
            event["techInfo"] = text[:500]
        self.cp.on_variable_changed({
            "component": event["component"],
            "variable": event["variable"],
            "attributeValue": event["actualValue"],
        })
        self.cp.on_event([event])
        self.poke()

    def _our_bug(self, where, bug):
        self.cp.errors += 1
        self.bug_caught(where, bug)
