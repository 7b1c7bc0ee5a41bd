# runs on: cpython, micropython
"""The contactor's coil and its auxiliary contact, under the rules of contactor.py."""

from boards.drivers.relay import Mirror, Relay
from evse.contactor import Contactor
from host_tests.drivers.pins import Pins


class Wired:
    """A board of one EVSE: coil at pin 25, auxiliary contact at 33."""

    def __init__(self, min_off_s=5):
        self.pins = Pins()
        pin = self.pins.machine()
        self._relay, self._mirror = Relay(pin, 25), Mirror(pin, 33)
        self.contactor = Contactor(1, self, min_off_s)

    def relay(self, evse_id, closed):
        self._relay.drive(closed)

    def mirror(self, evse_id):
        return self._mirror.closed()

    def offer(self, evse_id, limit_da):
        pass

    def coil(self):
        return self.pins.levels[-1]


def test_RLY_the_coil_is_off_from_the_first_moment():
    assert Wired().pins.levels == [(25, 0)]


def test_RLY_closes_and_opens_with_its_mirror():
    board = Wired()
    board.pins.inputs[33] = 0
    assert board.contactor.close(10) and board.coil() == (25, 1)
    board.pins.inputs[33] = 1
    board.contactor.tick(11, 16000)
    assert board.contactor.state == "closed"
    board.contactor.force_open()
    assert board.coil() == (25, 0)


def test_RLY_a_contactor_that_welds_is_latched_and_stays_off():
    board = Wired()
    board.pins.inputs[33] = 0
    board.contactor.close(10)
    board.pins.inputs[33] = 1
    board.contactor.tick(11, 0)
    board.contactor.open("test", 12)
    for now in range(12, 20):
        board.contactor.tick(now, 0)
    assert board.contactor.state == "welded"
    assert not board.contactor.close(40) and board.coil() == (25, 0)


def test_RLY_a_cut_wire_at_the_mirror_is_found_before_anybody_charges():
    board = Wired()  # nothing at the pin: the pull-up
    for now in range(10, 20):
        board.contactor.tick(now, 0)
    assert board.contactor.latched and not board.contactor.close(30)


def test_RLY_a_contactor_that_does_not_close_is_another_fault():
    board = Wired()
    board.pins.inputs[33] = 0
    board.contactor.close(10)
    for now in range(11, 20):
        board.contactor.tick(now, 0)
    assert board.contactor.state == "stuck_open" and board.coil() == (25, 0)
