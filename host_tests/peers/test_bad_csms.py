"""The real station and a CSMS that is down, wrong, slow, or speaks garbage.

Whatever it does: the station keeps trying, says in the log once what is wrong, never shows a
traceback (conftest.py), and no event of a running transaction is lost, doubled or out of order.
"""

import asyncio
import base64
import hashlib

import pytest
from ocpp.exceptions import GenericError

from host_tests import runtimes
from host_tests.peers.door import Door
from host_tests.peers.sessions import (
    FAST,
    charge,
    charge_on,
    count,
    finish,
    is_quiet,
    offline_flags,
)
from host_tests.station import Refused

# Where the core alone decides, one runtime will do.
ONE_RUNTIME = pytest.mark.parametrize(
    "start", ["micropython" if runtimes.micropython() else "cpython"], indirect=True
)
ATTEMPTS = "OCPPCommCtrlr.MessageAttempts#TransactionEvent"
PERSEVERING = {"OCPPCommCtrlr.MessageTimeout#Default": 1, ATTEMPTS: 100}


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
    password, csms.csms.password = csms.csms.password, "another password"
    station = start(csms.url)
    station.wait_until(lambda status: status["uptime_s"] >= 3)
    csms.csms.password = password
    station.wait_until(is_quiet)
    assert count(station, "no link: HTTP status 401, wrong identity or password; next") == 1


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
        (accepting(b"Sec-WebSocket-Protocol: ocpp1.6"), "wrong Sec-WebSocket-Protocol"),
        (b"", "the CSMS ended the connection"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "answer is not HTTP/1.1"),
    ]
    with Door() as door:
        door.answer = mistakes[0][0]
        station = start(door.url)
        for answer, why in mistakes:
            door.answer = answer
            station.wait_for_log(f"no link: {why}")
            door.wait_for_knocks(1)
        assert count(station, "no link: ") == len(mistakes)
        assert count(station, "connected to ") == 0


# ----------------------------------------------------------------------------- it speaks garbage


A_VARIABLE = {
    "getVariableData": [{"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}]
}
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
    assert set(offline_flags(csms)) == {False}
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
    assert set(offline_flags(csms)) == {False, True}
    assert count(station, "link lost") == len(DEADLY)


# --------------------------------------------------------------------------- answers that are none


def refuse(_):
    raise GenericError("not today")


@ONE_RUNTIME
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
    assert count(station, " TransactionEvent: CALLERROR GenericError") == 3
    assert count(station, "warning TransactionEvent: CALLERROR GenericError") == 1


@ONE_RUNTIME
def test_a_callerror_to_everything_stops_neither_charging_nor_the_queue(csms, start):
    station = start(csms.url, {ATTEMPTS: 2})
    usual = dict(csms.answers)
    transaction = charge(csms, station)
    for action in usual:
        csms.answer(action, refuse)
    for message in ("Heartbeat", "MeterValues", "StatusNotification"):
        wanted = {"requestedMessage": message, "evse": {"id": 1, "connectorId": 1}}
        assert csms.request("TriggerMessage", wanted)["status"] == "Accepted"
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


@ONE_RUNTIME
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


@ONE_RUNTIME
def test_a_slow_csms_gets_every_event_in_the_end(csms, start):
    station = start(csms.url, PERSEVERING)
    transaction = charge(csms, station)
    with Silence(csms, "TransactionEvent"):
        station.command(f"speed {FAST}")
        station.wait_for_log("warning TransactionEvent: no answer")
        station.wait_for_log("debug TransactionEvent: no answer")   # said once is enough
    charge_on(csms, station)
    finish(csms, station, transaction, repeated=True)
    assert count(station, "link lost: ") == 0


@ONE_RUNTIME
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
    assert set(offline_flags(csms)) == {False, True}


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
