"""The real station and a way to the CSMS that breaks in the middle of a transaction, or is closed
by either side: no event is lost or doubled, and those from the time without a link say so."""

import signal

import pytest

from host_tests.peers.sessions import (
    FAST,
    assert_in_order,
    charge,
    charge_on,
    count,
    finish,
    is_quiet,
    offline_flags,
)


def test_E04_a_connection_that_breaks_in_a_transaction_costs_no_event(csms, start):
    station = start(csms.url)
    transaction = charge(csms, station)
    station.wait_until(is_quiet)
    csms.down()
    station.wait_for_log("link lost: ")
    before = station.status()["evses"][0]["transaction"]["seq_no"]
    station.command(f"speed {FAST}")
    station.wait_until(lambda status: status["queue"]["transaction"] >= 5)
    station.command("speed 1")
    csms.up()
    station.wait_until(is_quiet)
    charge_on(csms, station)
    finish(csms, station, transaction)
    flags = offline_flags(csms)
    assert flags[: before + 6] == [False] * (before + 1) + [True] * 5
    assert flags[-3:] == [False] * 3
    assert sorted(flags[before + 1 :], reverse=True) == flags[before + 1 :]
    assert count(station, "link lost: ") == 1
    assert count(station, "connected to ") == 2


def test_a_transaction_that_ends_while_the_csms_is_away(csms, start):
    station = start(csms.url)
    transaction = charge(csms, station)
    station.wait_until(is_quiet)
    csms.down()
    station.wait_for_log("link lost: ")
    station.command("unplug 1")
    station.wait_until(lambda status: status["evses"][0]["transaction"] is None)
    csms.up()
    ended = csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    assert ended["transactionInfo"]["transactionId"] == transaction
    assert ended["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    assert ended["offline"]
    station.wait_until(is_quiet)
    assert_in_order(csms)


def test_a_csms_that_keeps_closing_the_connection(csms, start):
    station = start(csms.url)
    transaction = charge(csms, station)
    for code in (1012, 1000):
        csms.close(code)
        station.wait_for_log(f"link lost: closed by the CSMS, code {code}")
        station.wait_for_log("connected to ")
        charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)


def test_a_half_open_link_is_found_by_ping(csms, start):
    station = start(csms.url, {"OCPPCommCtrlr.WebSocketPingInterval": 1})
    transaction = charge(csms, station)
    station.command("network down")
    station.command(f"speed {FAST}")
    station.wait_for_log("link lost: the CSMS did not answer a ping")
    station.wait_until(lambda status: status["queue"]["transaction"] >= 5)
    station.command("speed 1")
    station.command("network up")
    station.wait_until(is_quiet)
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)
    assert set(offline_flags(csms)) == {False, True}
    assert count(station, "link lost: ") == 1


@pytest.mark.parametrize("end", ["quit", signal.SIGINT, signal.SIGTERM])
def test_the_end_of_the_program_closes_the_link_of_a_running_transaction(csms, start, end):
    station = start(csms.url)
    if end == signal.SIGTERM and station.runtime == "micropython":
        pytest.skip("the unix port of MicroPython can't catch SIGTERM")
    charge(csms, station)
    if end == "quit":
        assert station.stop() == 0
    else:
        station.signal(end)
        assert station.wait() == 0
    assert csms.close_code() == 1000
    contactors, link = station.log().splitlines()[-2:]
    assert "contactors off" in contactors
    assert "link closed by the station" in link
