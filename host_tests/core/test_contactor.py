# runs on: cpython, micropython
"""The rules of the contactor: order of what is written, times, latches, counters."""

from evse.contactor import Contactor

HOT = 16000
CALM = 999


class Port:
    """A board that writes down what coil and pilot are told, with contacts that can stick."""

    def __init__(self, feedback=True):
        self.written = []
        self.coil = False
        self.feedback = feedback
        self.stuck = None  # where the contacts stay, whatever the coil does

    def relay(self, evse_id, closed):
        self.coil = closed
        self.written.append(("relay", closed))

    def offer(self, evse_id, limit_da):
        self.written.append(("pilot", limit_da))

    def mirror(self, evse_id):
        if not self.feedback:
            return None
        return self.coil if self.stuck is None else self.stuck

    def taken(self):
        written, self.written = self.written, []
        return written


def fitted(feedback=True, **rules):
    port = Port(feedback)
    return Contactor(1, port, **rules), port


def closed(feedback=True, now=100, current_ma=HOT, **rules):
    """A contactor that has been closed for a while, with a car that takes current."""
    contactor, port = fitted(feedback, **rules)
    contactor.offer(160)
    assert contactor.close(now - 10)
    contactor.tick(now - 9, current_ma)
    assert contactor.state == "closed"
    port.taken()
    return contactor, port


def test_nothing_is_written_before_somebody_asks():
    contactor, port = fitted()
    contactor.tick(0, 0)
    assert contactor.state == "open" and not contactor.closed
    assert port.taken() == []


def test_closes_when_asked_and_counts_it():
    contactor, port = fitted()
    assert contactor.close(0)
    assert contactor.state == "closing" and contactor.closed
    contactor.tick(1, 0)
    assert contactor.state == "closed" and contactor.closed
    assert port.taken() == [("relay", True)]
    assert contactor.cycles == 1


def test_asked_again_while_closed_nothing_is_written():
    contactor, port = closed()
    assert contactor.close(100)
    assert port.taken() == [] and contactor.cycles == 1


def test_pilot_goes_off_first_and_the_relay_waits_for_the_current():
    contactor, port = closed()
    assert contactor.open("permission", 100)
    assert port.taken() == [("pilot", 0)]
    assert contactor.state == "opening" and contactor.closed
    contactor.tick(101, HOT)
    assert port.taken() == []
    contactor.tick(102, CALM)
    assert port.taken() == [("relay", False)]
    assert contactor.state == "open" and not contactor.closed
    assert contactor.hot_opens == 0 and contactor.reason == "permission"


def test_no_wait_where_no_current_flows():
    contactor, port = closed(current_ma=0)
    contactor.open("permission", 100)
    assert port.taken() == [("pilot", 0), ("relay", False)]


def test_a_car_that_goes_on_is_cut_off_after_3_s():
    contactor, port = closed()
    contactor.open("permission", 100)
    contactor.tick(102, HOT)
    assert contactor.state == "opening"
    contactor.tick(103, HOT)
    assert port.taken() == [("pilot", 0), ("relay", False)]
    assert contactor.hot_opens == 1


def test_unknown_current_counts_as_current():
    contactor, _ = closed()
    contactor.open("permission", 100)
    contactor.tick(102, -1)
    assert contactor.state == "opening"
    contactor.tick(103, -1)
    assert contactor.state == "open"


def test_the_wait_is_never_longer_than_6_s():
    contactor, _ = closed(wait_s=60)
    contactor.open("permission", 100)
    contactor.tick(105, HOT)
    assert contactor.state == "opening"
    contactor.tick(106, HOT)
    assert contactor.state == "open"


def test_asking_twice_does_not_start_the_wait_anew():
    contactor, _ = closed()
    contactor.open("permission", 100)
    assert not contactor.open("limit", 102)
    contactor.tick(103, HOT)
    assert contactor.state == "open" and contactor.reason == "permission"


def test_opening_cannot_be_called_off():
    contactor, port = closed()
    contactor.open("permission", 100)
    port.taken()
    assert not contactor.close(101)
    assert not contactor.offer(160)
    assert port.taken() == [] and contactor.state == "opening"


def test_stays_open_for_the_minimum_time():
    contactor, port = closed(current_ma=0)
    contactor.open("permission", 100)
    port.taken()
    for now in (100, 104):
        contactor.tick(now, 0)
        assert not contactor.ready(now) and not contactor.close(now)
    assert port.taken() == []
    assert contactor.ready(105) and contactor.close(105)


def test_minimum_time_is_a_setting():
    contactor, _ = closed(current_ma=0, min_off_s=10)
    contactor.open("permission", 100)
    assert not contactor.close(109)
    assert contactor.close(110)


def test_may_close_at_once_after_start():
    contactor, _ = fitted()
    assert contactor.ready(0)


def test_car_that_stopped_by_itself_keeps_its_offer():
    contactor, port = closed()
    assert contactor.let_go(100)
    assert port.taken() == [("relay", False)]
    assert contactor.offered_da == 160 and contactor.state == "open"
    assert contactor.hot_opens == 0
    assert not contactor.let_go(101)


def test_car_that_lets_go_ends_the_wait():
    contactor, port = closed()
    contactor.open("permission", 100)
    contactor.let_go(101)
    assert port.taken() == [("pilot", 0), ("relay", False)]


def test_same_offer_is_written_once():
    contactor, port = fitted()
    contactor.offer(160)
    contactor.offer(160)
    contactor.offer(100)
    assert port.taken() == [("pilot", 160), ("pilot", 100)]


def test_force_opens_at_once_and_the_tick_keeps_the_books():
    contactor, port = closed()
    contactor.force_open()
    assert port.taken() == [("relay", False)]
    assert not contactor.closed
    contactor.tick(101, 0)
    assert ("pilot", 0) in port.taken()
    assert contactor.state == "open" and contactor.hot_opens == 1 and contactor.reason == "forced"
    assert not contactor.close(105) and contactor.close(106)


def test_force_may_come_in_every_state_and_twice():
    for prepare in (
        lambda: fitted()[0],
        lambda: closed()[0],
        closing,
        opening,
        welded,
        stuck_open,
    ):
        contactor = prepare()
        latched = contactor.latched
        contactor.force_open()
        contactor.force_open()
        assert not contactor.close(200)
        contactor.tick(200, 0)
        contactor.tick(201, 0)
        assert contactor.latched == latched
        assert contactor.state in ("open", "welded", "stuck_open")
        assert contactor.offered_da == 0


def closing():
    contactor, _ = fitted()
    contactor.close(100)
    return contactor


def opening():
    contactor, _ = closed()
    contactor.open("permission", 100)
    return contactor


def test_force_in_the_middle_of_closing_wins():
    class Interrupting(Port):
        def relay(self, evse_id, closed):
            super().relay(evse_id, closed)
            if closed:
                contactor.force_open()  # the interrupt comes while the coil is switched on

    port = Interrupting()
    contactor = Contactor(1, port)
    assert not contactor.close(0)
    assert not port.coil and not contactor.closed
    contactor.tick(1, 0)
    assert contactor.state == "open"


def welded():
    contactor, port = closed(current_ma=0)
    port.stuck = True
    contactor.open("permission", 100)
    contactor.tick(101, 0)
    assert contactor.state == "welded"
    return contactor


def stuck_open():
    contactor, port = fitted()
    port.stuck = False
    contactor.close(100)
    contactor.tick(101, 0)
    assert contactor.state == "stuck_open"
    return contactor


def test_weld_is_found_one_second_after_opening():
    contactor, port = closed(current_ma=0)
    port.stuck = True
    contactor.open("permission", 100)
    contactor.tick(100, 0)
    assert contactor.state == "open"
    contactor.tick(101, 0)
    assert contactor.state == "welded"
    assert contactor.closed and contactor.latched


def test_welded_contactor_refuses_everything():
    contactor = welded()
    for now in (101, 200, 5000):
        contactor.tick(now, 0)
        assert not contactor.close(now) and not contactor.offer(160)
        assert not contactor.ready(now)


def test_weld_is_found_at_start():
    contactor, port = fitted()
    port.stuck = True
    contactor.tick(0, 0)
    assert contactor.state == "welded"


def test_weld_is_cleared_only_when_the_contacts_are_open():
    contactor, port = fitted()
    port.stuck = True
    contactor.tick(0, 0)
    assert not contactor.clear(10)
    port.stuck = None
    assert contactor.clear(11)
    assert contactor.state == "open" and not contactor.close(15) and contactor.close(16)


def test_did_not_close_is_another_fault_than_welded():
    contactor, port = fitted()
    port.stuck = False
    contactor.offer(160)
    contactor.close(100)
    contactor.tick(100, 0)
    assert contactor.state == "closing"
    contactor.tick(101, 0)
    assert contactor.state == "stuck_open"
    assert not contactor.closed and contactor.latched
    assert port.taken()[-2:] == [("pilot", 0), ("relay", False)]
    assert contactor.hot_opens == 0
    assert not contactor.close(200)
    assert contactor.clear(200)
    assert contactor.close(205)


def test_without_mirror_nothing_is_checked():
    contactor, port = closed(feedback=False, current_ma=0)
    port.stuck = True
    contactor.open("permission", 100)
    contactor.tick(105, 0)
    assert contactor.state == "open"
    assert contactor.close(105)
    contactor.tick(105, 0)
    assert contactor.state == "closed"


def test_force_open_allocates_nothing():
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:
        return  # only MicroPython can prove it

    class Coil(Port):
        def relay(self, evse_id, closed):
            self.coil = closed

    coil = Coil()
    contactor = Contactor(1, coil)
    contactor.close(0)
    contactor.force_open()
    coil.coil = True
    heap_lock()
    try:
        contactor.force_open()
    finally:
        heap_unlock()
    assert coil.coil is False
