"""The real station and a real CSMS with a bad network between them. Whatever it does: the link is
back without a restart, and no event of the running transaction is lost or out of order."""

import pytest

from host_tests.peers.flaky import Flaky
from host_tests.peers.sessions import FAST, charge, charge_on, finish, is_quiet, offline_flags

PING = {"OCPPCommCtrlr.WebSocketPingInterval": 1, "OCPPCommCtrlr.MessageTimeout#Default": 2}


@pytest.fixture
def network(csms):
    with Flaky(csms.url, seed=2) as network:
        yield network


def samples_wait(station, count=3):
    """The car charges on, and nothing gets through."""
    station.command(f"speed {FAST}")
    station.wait_until(lambda status: status["queue"]["transaction"] >= count)
    station.command("speed 1")


def test_NET_1_a_half_open_link_is_found_by_the_deadline_of_a_ping(csms, start, network):
    station = start(network.url, PING)
    transaction = charge(csms, station)
    network.swallow()
    network.wait_for("swallowed")
    samples_wait(station)
    station.wait_for_log("link lost: the CSMS did not answer a ping")
    station.wait_until(is_quiet)
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)
    assert set(offline_flags(csms)) == {False, True}


def test_NET_1_accept_then_silence_is_given_up_and_that_connect_arrives_late(
    csms, start, network
):
    """What was given up reaches the CSMS behind the good connection, and takes its place there:
    the station must come a third time."""
    station = start(network.url, PING)
    transaction = charge(csms, station)
    network.queue()
    network.reset()
    network.forget()
    network.wait_for("accepted")
    samples_wait(station)
    station.wait_for_log("no link: no answer to the upgrade in time")
    network.wait_for("accepted")
    network.open()
    station.wait_until(is_quiet)
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)


@pytest.mark.parametrize("towards", ["station", "csms"])
def test_NET_1_reset_in_the_middle_of_a_message(csms, start, network, towards):
    station = start(network.url)
    transaction = charge(csms, station)
    for count in (1, 7, 30, 90):
        network.forget()
        network.reset_after(count, towards)
        station.command(f"speed {FAST}")
        network.wait_for("reset")
        station.command("speed 1")
        charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)


def test_NET_1_whatever_comes_in_whatever_order(csms, start, network):
    station = start(network.url, PING)
    transaction = charge(csms, station)
    for _ in range(12):
        fault = network.surprise()
        samples_wait(station, 0 if fault in ("refuse", "mute", "queue", "reset_after") else 1)
        network.open()
        network.surprise()
        network.open()
    station.wait_until(is_quiet)
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)
    assert len(network.steps) == 48
