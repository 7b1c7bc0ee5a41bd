"""The real station and a CSMS that is down, wrong, slow, or speaks garbage.

Whatever it does: the station keeps trying, says in the log once what is wrong, never shows a
traceback, and no event of a running transaction is lost, doubled or out of order.
"""

import asyncio
import base64
import hashlib
import signal

import pytest
from ocpp.exceptions import GenericError

from host_tests import runtimes
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.door import Door
from host_tests.peers.loopback import Loopback
from host_tests.station import RUNTIMES, Refused, Station

PASSWORD = "at-least-16-chars"
FAST = 100

# Retries without doubling and without chance, so that the tests need not be patient.
HASTE = {
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": 1,
    "OCPPCommCtrlr.RetryBackOffRandomRange": 0,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": 0,
    "OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent": 0,
    "SampledDataCtrlr.TxUpdatedInterval": 20,
}
ATTEMPTS = "OCPPCommCtrlr.MessageAttempts#TransactionEvent"
PERSEVERING = {"OCPPCommCtrlr.MessageTimeout#Default": 1, ATTEMPTS: 100}


@pytest.fixture(params=RUNTIMES)
def start(request, tmp_path):
    """start(url, variables) -> a Station, which must have been calm at the end of the test."""
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    stations = []

    def start(url, variables=()):
        config = {
            "station": {"id": "CP001"},
            "csms": {"url": url, "security_profile": 1, "password": PASSWORD},
            "board": "simulated",
            "variables": [datum(*one) for one in {**HASTE, **dict(variables)}.items()],
        }
        stations.append(Station(request.param, config, tmp_path))
        return stations[0]

    yield start
    for station in stations:
        with station:
            if station.process.poll() is None:
                assert station.status()["errors"] == 0, station.command("crash")
                assert station.stop() == 0
            assert "Traceback" not in station.log() and "bug" not in station.log(), station.log()


@pytest.fixture
def csms():
    with Loopback(Csms(PASSWORD)) as csms:
        yield csms


# --------------------------------------------------------------------------------- no link at all


def test_down_at_the_start_and_coming_up_later(csms, start):
    csms.down()
    station = start(csms.url)
    station.wait_until(lambda status: status["uptime_s"] >= 3)     # a few attempts
    csms.up()
    station.wait_until(is_quiet)
    assert csms.wait_for("BootNotification")["reason"] == "PowerUp"
    assert count(station, "no link: ") == 1
    assert count(station, "connected to ") == 1


def test_wrong_password_until_the_csms_knows_it(csms, start):
    csms.csms.password = "another password"
    station = start(csms.url)
    station.wait_until(lambda status: status["uptime_s"] >= 3)
    csms.csms.password = PASSWORD
    station.wait_until(is_quiet)
    assert count(station, "no link: HTTP status 401; next attempt in 1 s") == 1


def accepting(*headers):
    """A correct answer to the handshake but for what `headers` say."""

    def answer(request):
        key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        lines = [
            b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade",
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest), *headers, b"", b"",
        ]  # fmt: skip
        return b"\r\n".join(lines)

    return answer


def test_what_is_no_csms_is_named_once_and_tried_again(start):
    mistakes = [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP status 404"),
        (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n", "HTTP status 503"),
        (accepting(b"Sec-WebSocket-Protocol: ocpp1.6"), "wrong Sec-WebSocket-Protocol"),
        (accepting(), "wrong Sec-WebSocket-Protocol"),
        (b"", "the CSMS ended the connection"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "answer is not HTTP/1.1"),
    ]
    with Door() as door:
        door.answer = mistakes[0][0]
        station = start(door.url)
        for answer, why in mistakes:
            door.answer = answer
            if why not in station.log():
                station.wait_for_log(f"no link: {why}")
            door.wait_for_knocks(1)
        assert count(station, "no link: ") == len({why for _, why in mistakes})
        assert count(station, "connected to ") == 0


# ----------------------------------------------------------------------------- it speaks garbage


LIVE = [
    "",
    "hello",
    "[2,",
    "[]",
    '{"a":1}',
    '[9,"x",{}]',
    '[2,"c1","Reset"]',
    '[2,"c2","Explode",{}]',
    '[2,"c3","Reset",{"type":"Gently"}]',
    '[3,"nobody asked",{}]',
    '[3,"nobody asked",{"status":"Accepted"}]',
    '[4,"nobody asked","GenericError","",{}]',
    "[" * 5000,
    '[2,"c4","DataTransfer",{"vendorId":"x","data":"\\ud800"}]',
]


def test_garbage_in_a_transaction_leaves_link_and_transaction_alone(csms, start):
    station = start(csms.url)
    transaction = charge(csms, station)
    for text in LIVE:
        csms.inject(text)
    assert csms.request("GetVariables", A_VARIABLE)["getVariableResult"]
    charge_on(csms, station)
    finish(csms, station, transaction)
    assert offline_flags(csms) == {False}
    assert count(station, "connected to ") == 1
    assert count(station, "link lost") == 0


DEADLY = [
    # what the CSMS sends, as text?, close code
    (b"\x00binary", None, 1003),
    (b'[2,"c1","\xff\xfe",{}]', True, 1007),
    ("[" + " " * 100000 + "]", None, 1009),
]


def test_garbage_that_closes_the_link_costs_no_event(csms, start):
    station = start(csms.url)
    transaction = charge(csms, station)
    for message, as_text, code in DEADLY:
        station.wait_until(is_quiet)
        csms.inject(message, as_text)
        assert csms.close_code() == code
        station.wait_for_log("link lost: protocol error of the CSMS")
        station.command(f"speed {FAST}")    # samples are due while it is offline
        station.wait_for_log("connected to ")
        charge_on(csms, station)
    finish(csms, station, transaction)
    assert offline_flags(csms) == {False, True}
    assert count(station, "link lost") == len(DEADLY)


# --------------------------------------------------------------------------- answers that are none


def test_events_that_get_a_callerror_are_sent_again(csms, start):
    station = start(csms.url)
    transaction = charge(csms, station)
    usual = csms.answers["TransactionEvent"]
    refused = []

    def refuse_three_times(event):
        refused.append(event["seqNo"])
        if len(refused) <= 3:
            raise GenericError("not now")
        return usual(event)

    csms.answer("TransactionEvent", refuse_three_times)
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)
    assert len(set(refused[:4])) == 1
    assert count(station, "TransactionEvent: CALLERROR GenericError") == 3


def test_a_callerror_to_everything_stops_neither_charging_nor_the_queue(csms, start):
    station = start(csms.url, {ATTEMPTS: 2})
    usual = dict(csms.answers)
    transaction = charge(csms, station)
    for action in usual:
        csms.answer(action, refuse)
    for message in ("Heartbeat", "MeterValues", "StatusNotification"):
        assert trigger(csms, message, evse={"id": 1, "connectorId": 1}) == "Accepted"
        station.wait_for_log(f"{message}: CALLERROR GenericError")
    station.command(f"speed {FAST}")
    station.wait_for_log("TransactionEvent given up after 2 attempts")  # E13.FR.04
    assert station.status()["evses"][0]["contactor"] == "closed"
    station.command("speed 1")
    station.wait_until(is_quiet)
    for action, answer in usual.items():
        csms.answer(action, answer)
    charge_on(csms, station)
    station.command("stop 1")
    ended = csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    assert ended["transactionInfo"]["transactionId"] == transaction


def test_B01_a_refused_boot_is_waited_for(csms, start):
    usual = csms.answers["BootNotification"]
    csms.answer("BootNotification", refuse)
    station = start(csms.url)
    station.wait_for_log("BootNotification: CALLERROR GenericError")
    with pytest.raises(Refused):
        station.command("tap 04A1B2C3")
    assert station.status()["registration"] == ""
    csms.answer("BootNotification", usual)
    station.command("reset")
    station.wait_ready()
    station.wait_until(is_quiet)


def test_a_slow_csms_gets_every_event_in_the_end(csms, start):
    station = start(csms.url, PERSEVERING)
    transaction = charge(csms, station)
    with Silence(csms, "TransactionEvent"):
        station.command(f"speed {FAST}")
        station.wait_for_log("TransactionEvent: no answer")
        station.wait_for_log("TransactionEvent: no answer")
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)
    assert count(station, "link lost: ") == 0


def test_a_csms_that_answers_nothing_at_all_gets_a_new_connection(csms, start):
    usual = csms.answers["BootNotification"]
    csms.answer("BootNotification", lambda boot: dict(usual(boot), interval=20))    # Heartbeats
    station = start(csms.url, PERSEVERING)
    transaction = charge(csms, station)
    with Silence(csms, "TransactionEvent", "Heartbeat"):
        station.command(f"speed {FAST}")
        station.wait_for_log("link lost: the station wants a new connection")
    station.command("speed 1")
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)
    assert offline_flags(csms) == {False, True}


class Silence:
    """While it lasts these actions are not answered, and nothing behind them is read."""

    def __init__(self, csms, *actions):
        self._csms = csms
        self._usual = {action: csms.answers[action] for action in actions}
        self._over = asyncio.Event()

    def __enter__(self):
        self._csms.checker.calls_expire = True
        for action, usual in self._usual.items():
            self._csms.answer(action, self._later(usual))

    def __exit__(self, *_):
        self._csms.answers.update(self._usual)
        self._csms.call(self._over.set)

    def _later(self, usual):
        async def answer(request):
            await self._over.wait()
            return usual(request)

        return answer


# -------------------------------------------------------------------------------- the link breaks


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
    flags = [event["offline"] for event in csms.received("TransactionEvent")]
    away = flags.count(True)
    assert away >= 5
    assert flags == [False] * (before + 1) + [True] * away + [False] * (len(flags) - before - 1 - away)
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
    assert offline_flags(csms) == {False, True}
    assert count(station, "link lost: ") == 1


# ----------------------------------------------------------------------------------- the end


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


# ------------------------------------------------------------------------ what they have in common

A_VARIABLE = {
    "getVariableData": [{"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}]
}


def datum(key, value):
    """SetVariableData for the config file."""
    component, _, variable = key.partition(".")
    name, _, instance = variable.partition("#")
    variable = {"name": name, "instance": instance} if instance else {"name": name}
    value = str(value)
    return {"component": {"name": component}, "variable": variable, "attributeValue": value}


def refuse(_):
    raise GenericError("not today")


def is_quiet(status):
    return status["registration"] == "Accepted" and not any(status["queue"].values())


def charge(csms, station):
    """A car charges; returns the transaction's id."""
    station.wait_until(is_quiet)
    station.command("plug 1")
    station.command("tap 04A1B2C3")
    charging = {"transactionInfo": {"chargingState": "Charging"}}
    event = csms.wait_for("TransactionEvent", charging)
    charge_on(csms, station)
    return event["transactionInfo"]["transactionId"]


def charge_on(csms, station):
    """Two more samples arrive; whatever waited before them has arrived then, too."""
    station.wait_until(is_quiet)
    station.command(f"speed {FAST}")
    periodic = {"triggerReason": "MeterValuePeriodic", "offline": False}
    seen = len(csms.received("TransactionEvent"))
    while len(csms.received("TransactionEvent")) < seen + 2:
        csms.wait_for("TransactionEvent", periodic)
    station.command("speed 1")


def finish(csms, station, transaction, repeated=False):
    """The driver stops: the CSMS has heard the whole transaction, and nothing is left."""
    station.command("stop 1")
    ended = csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    assert ended["transactionInfo"]["transactionId"] == transaction
    station.wait_until(is_quiet)
    assert_in_order(csms, repeated)
    csms.checker.assert_complete()


def assert_in_order(csms, repeated=False):
    """seqNo 0, 1, 2 ... once each; `repeated`: an answer may have been lost, the same came again."""
    events = csms.received("TransactionEvent")
    if repeated:
        events = [one for n, one in enumerate(events) if not same(one, events[n - 1])]
    assert [event["seqNo"] for event in events] == list(range(len(events)))


def same(one, other):
    return dict(one, offline=None) == dict(other, offline=None)


def offline_flags(csms):
    return {event["offline"] for event in csms.received("TransactionEvent")}


def trigger(csms, message, **where):
    return csms.request("TriggerMessage", {"requestedMessage": message, **where})["status"]


def count(station, words):
    """How many lines of the log have these words."""
    return sum(words in line for line in station.log().splitlines())
