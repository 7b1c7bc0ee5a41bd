"""The bad network by itself, between two plain sockets."""

import socket
import struct

import pytest

from host_tests.peers.flaky import Flaky


class Csms:
    """Accepts, reads and writes when the test says so."""

    def __init__(self):
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"wss://127.0.0.1:{self._door.getsockname()[1]}/ocpp"

    def accept(self):
        connection = self._door.accept()[0]
        connection.settimeout(30)  # of a test that hangs
        return connection

    def nobody_waits(self):
        self._door.setblocking(False)
        with pytest.raises(BlockingIOError):
            self._door.accept()
        self._door.setblocking(True)


@pytest.fixture
def csms():
    csms = Csms()
    yield csms
    csms._door.close()


@pytest.fixture
def network(csms):
    with Flaky(csms.url, seed=1) as network:
        yield network


def knock(network):
    address = ("127.0.0.1", int(network.url.split(":")[2].split("/")[0]))
    return socket.create_connection(address, timeout=30)


def test_scheme_and_path_stay(network):
    assert network.url.startswith("wss://127.0.0.1:")
    assert network.url.endswith("/ocpp")


def test_good_weather_carries_bytes_and_ends_both_ways(csms, network):
    with knock(network) as station, csms.accept() as other:
        station.sendall(b"to the csms")
        assert other.recv(100) == b"to the csms"
        other.sendall(b"to the station")
        other.shutdown(socket.SHUT_WR)
        assert station.recv(100) == b"to the station"
        assert station.recv(100) == b""
        station.sendall(b"and back")
        assert other.recv(100) == b"and back"
    network.wait_for("ended")


def test_refused_and_there_again(csms, network):
    network.refuse()
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            knock(network)
    network.open()
    with knock(network), csms.accept():
        pass


def test_mute_accepts_and_the_csms_never_hears_of_it(csms, network):
    network.mute()
    with knock(network) as station:
        station.sendall(b"hello?")
        network.wait_for("accepted")
    network.wait_for("ended")
    network.open()
    csms.nobody_waits()


def test_reset_reaches_both_sides(csms, network):
    with knock(network) as station, csms.accept() as other:
        network.wait_for("passed")
        network.reset()
        for side in (station, other):
            with pytest.raises(ConnectionResetError):
                side.recv(1)


def test_the_end_reaches_both_sides(csms, network):
    with csms_pair(csms, network) as (station, other):
        network.end()
        assert station.recv(1) == other.recv(1) == b""
        network.reset()     # nothing is left that it could reach
    assert network.events["closed"] == 1 and "reset" not in network.events


def test_reset_when_the_csms_was_first(csms, network):
    with knock(network) as station, csms.accept() as other:
        network.wait_for("passed")
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        network.hold()
        station.sendall(b"held")
        network.wait_for("held")
        other.close()
        network.wait_for("held")
        network.reset()
        with pytest.raises(ConnectionResetError):
            station.recv(1)


def test_reset_in_the_middle_of_a_message(csms, network):
    with knock(network) as station, csms.accept() as other:
        network.wait_for("passed")
        network.reset_after(3, "csms")
        station.sendall(b"message")
        network.wait_for("reset")
        assert read_to_the_end(other) in (b"mes", b"")  # a reset may overtake what it follows


def read_to_the_end(side):
    data = b""
    try:
        while more := side.recv(100):
            data += more
    except ConnectionResetError:
        return data
    raise AssertionError(f"an end after {data}, but no reset")


def test_half_open_loses_all_and_tells_nobody(csms, network):
    with csms_pair(csms, network) as (station, other):
        network.swallow()
        station.sendall(b"into the void")
        network.wait_for("swallowed")
        station.close()
        network.wait_for("ended")
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.recv(1)
        with knock(network) as again, csms.accept() as newest:  # new ones pass
            again.sendall(b"back")
            assert newest.recv(100) == b"back"


def csms_pair(csms, network):
    class Pair:
        def __enter__(self):
            self.station, self.other = knock(network), csms.accept()
            network.wait_for("passed")
            return self.station, self.other

        def __exit__(self, *_):
            self.station.close()
            self.other.close()

    return Pair()


def test_held_bytes_arrive_in_order_when_released(csms, network):
    with csms_pair(csms, network) as (station, other):
        network.hold()
        station.sendall(b"one")
        network.wait_for("held")
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.recv(1)
        other.setblocking(True)
        station.sendall(b"two")
        station.close()
        network.release()
        data = b""
        while more := other.recv(100):
            data += more
        assert data == b"onetwo"


def test_connects_that_queue_arrive_in_the_wrong_order(csms, network):
    network.queue()
    stations = []
    for text in (b"first", b"second"):
        stations.append(knock(network))
        stations[-1].sendall(text)
        network.wait_for("accepted")
    stations[0].close()  # has lost patience
    network.wait_for("ended")
    csms.nobody_waits()
    network.open()
    with csms.accept() as one, csms.accept() as other:
        assert (one.recv(100), other.recv(100), other.recv(100)) == (b"second", b"first", b"")
    stations[1].close()


def test_the_seed_decides_what_comes(csms):
    seen = []
    for _ in range(2):
        with Flaky(csms.url, seed=42) as network:
            for _ in range(50):
                network.surprise()
            seen.append(network.steps)
    assert seen[0] == seen[1]
    assert {step.split()[0] for step in seen[0]} == set(Flaky.FAULTS)
