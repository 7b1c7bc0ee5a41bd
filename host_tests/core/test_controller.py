# runs on: cpython, micropython
"""From the hardware to the wire and back: the real core on the simulated board."""

import os

from boards.simulated import console
from boards.simulated.board import Board
from evse.controller import Controller
from host_tests.core_station import CoreStation, _model_path
from ocpp201 import ChargePoint
from ocpp201.ids import Ids
from ocpp201.store import Store
from ocpp201.variables import Variables

CABLES = {"connectors": ["cType2", "cType2"], "phases": 3, "max_current_a": 32}
SOCKETS = {"connectors": ["sType2", "sType2"], "phases": 3, "max_current_a": 32}
CARD = "04A1B2C3"


class Watched(Controller):
    """Writes down what leaves towards the CSMS beside what the board was told."""

    def __init__(self, *args):
        super().__init__(*args)
        self.bugs = []
        self.order = []

    def transaction_event(self, payload):
        self.order.append(payload["eventType"])

    def bug_caught(self, where, error):
        self.bugs.append((where, error))


class WatchedBoard(Board):
    order = None

    def relay(self, evse_id, closed):
        super().relay(evse_id, closed)
        if self.order is not None:
            self.order.append("close" if closed else "open")


class WholeStation(CoreStation):
    def __init__(self, evse=CABLES, freevend=None, **options):
        self.evses = [evse, evse]
        self.freevend = freevend
        super().__init__((2, 2), **options)
        self.run(1)

    def start(self):
        lines = open(_model_path(), "rb")
        store = Store(self.files, self._note)
        variables = Variables(lines, self._connectors, store, self._note)
        for key, value in self._settings:
            variables.put(key, value)
        self.board = WatchedBoard({"evses": self.evses}, None, self._note)
        self.pokes = 0
        self.integrator = Watched(self.board, self.evses, self._note, self.poke, self.freevend)
        self.board.order = self.integrator.order
        ids = Ids(os.urandom, 1)
        self.cp = ChargePoint(
            self.integrator, self._connectors, variables, store, ids, self._note, self._tokens
        )
        self.integrator.start(self.cp)

    def poke(self):
        self.pokes += 1

    def run(self, seconds):
        for _ in range(seconds):
            self.now += 1
            self.integrator.tick(self.now)
            self.pump()

    def do(self, line):
        """A console command of the board; then one second passes."""
        words = line.split()
        getattr(console, "do_" + words[0])(self.board, words[1:])
        self.run(1)

    def card(self, text=CARD, evse_id=0):
        taken = self.integrator.card(text, "ISO14443", evse_id)
        self.run(1)
        return taken

    def closed(self, evse_id=1):
        return self.integrator.status(evse_id)["contactor"] == "closed"

    def order(self):
        """Since it was last asked: what the relay did and which events were made."""
        order = self.integrator.order[:]
        self.integrator.order.clear()
        return order

    def charge_for(self, seconds=600, line="plug 1"):
        """A car that charges."""
        self.do(line)
        assert self.card()
        self.run(seconds)
        assert self.closed(int(line.split()[1]))
        self.order()

    def state(self, evse_id=1):
        return self.cp.state.evse(evse_id).charging_state

    def problems(self):
        """(component, actualValue) of every event reported."""
        return [
            (event["component"]["name"], event["actualValue"])
            for message in self.messages("NotifyEvent")
            for event in message["eventData"]
        ]


def charging_states(station):
    return [state for _, _, state in station.events()]


# ---------------------------------------------------------------------------------- start


def test_E02_cable_first_then_card_charges():
    station = WholeStation()
    station.do("plug 1")
    station.run(30)
    assert not station.closed()
    station.card()
    station.run(5)
    assert station.closed()
    assert station.integrator.status(1)["power_w"] == 11040
    assert charging_states(station)[-1] == "Charging"
    assert "SuspendedEV" not in charging_states(station)
    assert "SuspendedEVSE" not in charging_states(station)


def test_E03_card_first_then_cable_charges():
    station = WholeStation()
    station.card(evse_id=1)
    station.run(10)
    assert not station.closed()
    station.do("plug 1")
    station.run(5)
    assert station.closed() and station.state() == "Charging"


def test_E01_the_contactor_closes_after_Started_is_journaled():
    for point in ("EVConnected", "Authorized", "PowerPathClosed"):
        station = WholeStation(settings=[("TxCtrlr.TxStartPoint", point)])
        station.do("plug 1")
        station.card()
        station.run(5)
        order = station.order()
        assert order.index("Started") < order.index("close"), point


def test_E01_energy_transfer_starts_the_transaction_when_energy_flows():
    station = WholeStation(settings=[("TxCtrlr.TxStartPoint", "EnergyTransfer")])
    station.do("plug 1")
    station.card()
    station.run(5)
    assert station.order()[:2] == ["close", "Started"]
    assert station.events()[0] == ("Started", "ChargingStateChanged", "Charging")


def test_card_means_the_evse_whose_car_waits():
    station = WholeStation()
    station.do("plug 2 2")
    station.card()
    station.run(5)
    assert station.closed(2) and not station.closed(1)


def test_card_without_any_cable_starts_without_evse():
    station = WholeStation(settings=[("TxCtrlr.TxStartPoint", "Authorized")])
    station.card()
    assert "evse" not in station.last("TransactionEvent")
    station.do("plug 2")
    station.run(5)
    assert station.closed(2)


def test_C02_start_button_needs_no_card_and_never_stops():
    station = WholeStation()
    station.do("plug 1")
    assert station.integrator.start_button(1)
    station.run(5)
    assert station.closed()
    assert station.messages("Authorize") == []
    assert station.integrator.start_button(1)
    station.run(5)
    assert station.closed()


def test_a_refused_card_closes_nothing():
    station = WholeStation()
    station.answers["Authorize"] = {"idTokenInfo": {"status": "Invalid"}}
    station.do("plug 1")
    station.card()
    station.run(10)
    assert not station.closed() and station.board.bays[0].offered_da == 0


def test_freevend_charges_whoever_plugs_in_once():
    station = WholeStation(freevend="GUEST")
    station.do("plug 1")
    station.run(5)
    assert station.closed()
    station.integrator.stop_button(1)
    station.run(60)
    assert not station.closed()
    station.do("unplug 1")
    station.do("plug 1")
    station.run(10)
    assert station.closed()
    assert station.messages("Authorize") == []


def test_freevend_waits_until_the_csms_has_accepted_the_station():
    station = WholeStation(freevend="GUEST", boot="Rejected")
    station.do("plug 1")
    station.run(30)
    assert not station.closed()
    station.answers["BootNotification"] = station.boot_answer("Accepted")
    station.run(330)
    assert station.closed()


# ------------------------------------------------------------------------------ charging


def test_car_that_pauses_is_SuspendedEV_and_keeps_its_offer():
    station = WholeStation()
    station.charge_for()
    station.do("ev 1 pause")
    station.run(1)
    assert station.state() == "SuspendedEV" and not station.closed()
    assert station.board.bays[0].offered_da == 320
    station.do("ev 1 charge")
    station.run(10)
    assert station.state() == "Charging" and station.closed()


def test_E38_car_that_never_draws_is_not_reported_as_charging():
    station = WholeStation()
    station.do("load 1 0")
    station.do("plug 1")
    station.card()
    station.run(10)
    assert "Charging" not in charging_states(station)
    assert station.state() == "SuspendedEV"


def test_limit_changes_the_power_and_below_6_A_pauses():
    station = WholeStation()
    station.charge_for()
    station.integrator.set_limit(1, 100)
    station.run(1)
    assert station.integrator.status(1)["power_w"] == 6900
    assert station.integrator.status(1)["limit_a"] == 10.0
    station.integrator.set_limit(1, 59)
    station.run(5)
    assert not station.closed() and station.state() == "SuspendedEVSE"
    station.integrator.set_limit(1, None)
    station.run(10)
    assert station.closed() and station.state() == "Charging"


def test_meter_register_reaches_the_core_every_second():
    station = WholeStation()
    station.charge_for(3600)
    assert station.cp.state.evse(1).meter.energy_wh == station.board.bays[0].energy_wh
    assert station.board.bays[0].energy_wh > 11000


def test_register_that_runs_backwards_is_held_and_counted():
    station = WholeStation()
    station.charge_for(3600)
    before = station.cp.state.evse(1).meter.energy_wh
    station.board.bays[0].energy_wh -= 500
    station.run(1)
    assert station.cp.state.evse(1).meter.energy_wh == before
    assert station.integrator.outlets[0].backwards == 1


def test_meter_is_stale_after_three_misses_and_says_so_once():
    station = WholeStation()
    station.charge_for()
    station.do("meter 1 stale")
    station.run(1)
    assert station.problems() == []
    station.run(60)
    assert station.problems() == [("FiscalMetering", "true")]
    station.do("meter 1 ok")
    assert station.problems()[1:] == [("FiscalMetering", "false")]
    assert station.closed()


def test_reading_the_meter_allocates_nothing():
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:
        return  # only MicroPython can prove it
    station = WholeStation()
    station.charge_for()
    outlet = station.integrator.outlets[0]
    heap_lock()
    try:
        for _ in range(3):
            outlet.measure()
            station.cp.on_meter_value(1, outlet.value)
    finally:
        heap_unlock()


# ---------------------------------------------------------------------------------- stop


def test_E07_same_card_opens_first_and_reports_after():
    station = WholeStation()
    station.charge_for()
    station.card()
    station.run(10)
    assert not station.closed()
    order = station.order()
    assert order.index("open") < order.index("Ended")
    assert station.last("TransactionEvent")["transactionInfo"]["stoppedReason"] == "Local"


def test_E06_the_last_register_is_in_Ended():
    station = WholeStation()
    station.charge_for(3600)
    station.card()
    station.run(10)
    values = station.last("TransactionEvent")["meterValue"][-1]["sampledValue"]
    register = [v["value"] for v in values if v["measurand"] == "Energy.Active.Import.Register"]
    assert register == [station.board.bays[0].energy_wh]


def test_a_car_that_goes_on_drawing_is_cut_off_after_3_s():
    station = WholeStation()
    station.charge_for()
    bay = station.board.bays[0]
    bay.draws = lambda: True
    bay.power_w = lambda: 11040 if bay.contacts() else 0
    station.card()
    station.run(1)
    assert station.closed()
    station.run(3)
    assert not station.closed()
    assert station.integrator.contactors[0].hot_opens == 1


def test_E07_stop_button_ends_locally():
    station = WholeStation()
    station.charge_for()
    assert station.integrator.stop_button(1)
    station.run(10)
    ended = station.last("TransactionEvent")
    assert ended["triggerReason"] == "StopAuthorized" and not station.closed()
    assert not station.integrator.stop_button(1)


def test_E09_unplugging_opens_in_the_same_call():
    station = WholeStation()
    station.charge_for()
    console.do_unplug(station.board, ["1"])
    assert not station.closed() and station.board.bays[0].offered_da == 0
    station.run(5)
    assert station.state() == "Idle"
    assert station.integrator.contactors[0].hot_opens == 0
    assert station.order() == ["open", "Ended"]


def test_F03_remote_stop_opens_the_contactor():
    station = WholeStation()
    station.charge_for()
    transaction_id = station.cp.get_evse_transaction_id(1)
    answer = station.call("RequestStopTransaction", {"transactionId": transaction_id})
    assert answer["status"] == "Accepted"
    station.run(10)
    assert not station.closed()


# ---------------------------------------------------------------------------------- lock


def test_socket_is_locked_before_power_and_released_after():
    station = WholeStation(SOCKETS)
    station.do("plug 1 2")
    assert station.board.bays[0].locked == []
    station.card()
    station.run(5)
    assert station.board.bays[0].locked == [2] and station.closed()
    station.card()
    station.run(10)
    assert not station.closed() and station.board.bays[0].locked == []


def test_G05_lock_failure_means_no_power_and_is_reported():
    station = WholeStation(SOCKETS)
    station.do("cable 1 lock-fail")
    station.do("plug 1")
    station.card()
    station.run(30)
    assert not station.closed() and station.board.bays[0].offered_da == 0
    assert station.problems() == [("ConnectorPlugRetentionLock", "true")]
    station.do("cable 1 lock-ok")
    station.run(15)
    assert station.closed()
    assert station.problems()[1:] == [("ConnectorPlugRetentionLock", "false")]


def test_E09_car_leaves_and_the_cable_is_released():
    station = WholeStation(SOCKETS)
    station.charge_for()
    station.do("unplug 1")
    station.run(10)
    assert station.board.bays[0].cables == []
    assert station.state() == "Idle" and not station.closed()


def test_E09_cable_stays_locked_if_the_csms_wants_it_so():
    settings = [
        ("OCPPCommCtrlr.UnlockOnEVSideDisconnect", "false"),
        ("TxCtrlr.StopTxOnEVSideDisconnect", "false"),
        ("TxCtrlr.TxStopPoint", "Authorized"),
    ]
    station = WholeStation(SOCKETS, settings=settings)
    station.charge_for()
    station.do("unplug 1")
    station.run(10)
    assert station.board.bays[0].locked == [1] and not station.closed()
    station.do("plug 1")  # E10: the same car comes back
    station.run(10)
    assert station.closed()


def test_F05_unlock_by_the_csms():
    station = WholeStation(SOCKETS)
    request = {"evseId": 1, "connectorId": 1}
    assert station.call("UnlockConnector", request)["status"] == "Unlocked"
    station.do("cable 1 lock-fail")
    assert station.call("UnlockConnector", request)["status"] == "UnlockFailed"


def test_operator_unlocks_the_sibling_and_charging_goes_on():
    station = WholeStation(SOCKETS)
    station.charge_for()
    station.integrator.unlock_connector(1, 2, lambda result: None)
    assert station.closed() and station.board.bays[0].locked == [1]


def test_operator_unlocks_at_once_and_has_10_s_to_take_the_plug():
    station = WholeStation(SOCKETS)
    station.charge_for()
    station.integrator.unlock_connector(1, 1, lambda result: None)
    assert not station.closed() and station.board.bays[0].locked == []
    station.run(9)
    assert not station.closed()
    station.run(10)
    assert station.closed() and station.board.bays[0].locked == [1]


def test_card_again_does_not_wait_for_the_lock():
    station = WholeStation(SOCKETS)
    station.charge_for()
    station.card()
    station.run(6)
    assert station.board.bays[0].locked == []
    station.card()
    station.run(3)
    assert station.board.bays[0].locked == [1] and station.closed()


# -------------------------------------------------------------------------------- faults


def test_fault_opens_in_the_same_call_and_clearing_resumes():
    station = WholeStation()
    station.charge_for()
    station.integrator.fault(1, 1, "GroundFault")
    assert not station.closed()
    station.run(5)
    assert (1, 1, "Faulted") in station.statuses()
    assert station.state() == "SuspendedEVSE"
    event = station.messages("NotifyEvent")[0]["eventData"][0]
    assert event["techInfo"] == "GroundFault"
    assert station.integrator.fault_cleared(1, 1)
    station.run(10)
    assert station.closed() and station.state() == "Charging"


def test_fault_at_one_evse_leaves_the_other_alone():
    station = WholeStation()
    station.charge_for(line="plug 2")
    station.integrator.fault(1, 0, "OverTemperature")
    station.run(10)
    assert station.closed(2)
    station.do("plug 1")
    station.card("OTHER", 1)
    station.run(10)
    assert not station.closed(1)


def test_fault_of_an_idle_sibling_does_not_stop_the_other_connector():
    station = WholeStation()
    station.charge_for()
    station.integrator.fault(1, 2, "Broken")
    station.run(10)
    assert station.closed() and (1, 2, "Faulted") in station.statuses()


def test_weld_is_Faulted_reported_once_and_needs_somebody():
    station = WholeStation()
    station.charge_for()
    station.do("contactor 1 weld")
    station.card()
    station.run(60)
    assert station.closed()  # it is, whatever the coil does
    assert station.problems() == [("PowerContactor", "true")] + 2 * [("Connector", "true")]
    assert (1, 1, "Faulted") in station.statuses() and (1, 2, "Faulted") in station.statuses()
    assert not station.integrator.fault_cleared(1, 0)
    station.do("contactor 1 ok")
    assert station.integrator.fault_cleared(1, 0)
    station.run(10)
    assert not station.closed() and station.problems()[-1][1] == "false"


def test_a_bug_at_one_evse_costs_that_one_its_power():
    station = WholeStation()
    station.charge_for()
    station.do("plug 2")
    station.card("OTHER", 2)
    station.run(5)
    station.expects_bugs = True
    station.board.bays[0].read_meter = None  # not callable
    station.run(3)
    assert not station.closed(1) and station.closed(2)
    assert station.cp.errors == 3 and len(station.integrator.bugs) == 3


# --------------------------------------------------------------------------- the whole


def test_B12_reset_is_left_to_main():
    station = WholeStation()
    station.charge_for()
    assert station.call("Reset", {"type": "Immediate"})["status"] == "Accepted"
    station.run(15)
    assert station.integrator.wants_reset == "Immediate"
    assert not station.closed()


def test_stop_opens_everything():
    station = WholeStation()
    station.charge_for()
    station.integrator.stop(station.now)
    assert not station.closed() and not station.board.bays[0].coil
    assert station.board.bays[0].offered_da == 0


def test_nothing_closes_after_stop_whoever_permits_it():
    station = WholeStation()
    station.charge_for()
    controller = station.integrator
    controller.stop(station.now)
    controller.power_allowed(1, True)
    for seconds in range(20):
        controller.tick(station.now + seconds)
        controller.power_allowed(1, True)
    assert not station.closed() and not station.board.bays[0].coil


def test_car_that_is_plugged_at_start_is_known():
    station = WholeStation()
    station.do("plug 1")
    board = station.board
    station.integrator.plugged = None  # the old one hears nothing any more
    controller = Watched(board, station.evses, station._note, station.poke)
    controller.start(station.cp)
    assert controller.outlets[0].plugged == [1]


def test_every_report_wakes_the_core():
    station = WholeStation()
    for act in (
        lambda: station.do("plug 1"),
        lambda: station.card(),
        lambda: station.integrator.fault(1, 1, "Word"),
        lambda: station.integrator.bay(1, True),
        lambda: station.integrator.stop_button(1),
        lambda: station.do("unplug 1"),
    ):
        before = station.pokes
        act()
        assert station.pokes > before
