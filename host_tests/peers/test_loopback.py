"""CSMS, proxy and judge together, with a mobilityhouse station in the place of ours."""

import asyncio
import json

import pytest
from ocpp.exceptions import GenericError, SecurityError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from host_tests.judges.proxy import Proxy
from host_tests.judges.transcript import Transcript
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback

BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Demo", "vendorName": "Example"}}
BASIC = {"Authorization": "Basic Q1AwMDE6YXQtbGVhc3QtMTYtY2hhcnM="}    # CP001:at-least-16-chars


def dial(peer, **options):
    return connect(f"{peer.url}/CP001", subprotocols=["ocpp2.0.1"], proxy=None, **options)


async def say(websocket, *message):
    await websocket.send(json.dumps(message))


async def hear(websocket):
    return json.loads(await websocket.recv())


def with_station(scenario, password=None, **options):
    """Runs scenario(csms, proxy, websocket) with a connected websocket."""

    async def run():
        async with Csms(password) as csms, Proxy(csms.url) as proxy:
            async with dial(proxy, **options) as websocket:
                await scenario(csms, proxy, websocket)

    asyncio.run(run())


def test_boot_is_answered_and_judged():
    async def scenario(csms, proxy, websocket):
        assert websocket.subprotocol == "ocpp2.0.1"
        await say(websocket, 2, "1", "BootNotification", BOOT)
        kind, message_id, answer = await hear(websocket)
        assert (kind, message_id, answer["status"]) == (3, "1", "Accepted")
        assert await csms.wait_for("BootNotification", {"reason": "PowerUp"}) == BOOT
        assert proxy.checker.registration == "Accepted"
        proxy.checker.assert_complete()

    with_station(scenario)


def test_request_of_the_csms_returns_the_answer():
    async def scenario(csms, proxy, websocket):
        await say(websocket, 2, "1", "BootNotification", BOOT)
        await hear(websocket)
        request = {"evseId": 1, "connectorId": 2}
        asked = asyncio.create_task(csms.request("UnlockConnector", request))
        _, message_id, action, payload = await hear(websocket)
        assert (action, payload) == ("UnlockConnector", request)
        await say(websocket, 3, message_id, {"status": "Unlocked"})
        assert await asked == {"status": "Unlocked"}
        proxy.checker.assert_complete()

    with_station(scenario)


def test_call_error_of_the_station_raises():
    async def scenario(csms, proxy, websocket):
        asked = asyncio.create_task(csms.request("ClearCache"))
        _, message_id, *_ = await hear(websocket)
        await say(websocket, 4, message_id, "SecurityError", "not registered", {})
        with pytest.raises(SecurityError):
            await asked
        proxy.checker.assert_complete()

    with_station(scenario)


def test_scripted_answers_and_call_errors():
    async def scenario(csms, proxy, websocket):
        def refuse(_):
            raise GenericError("no")

        csms.answers["BootNotification"] = refuse
        csms.answers["Authorize"] = {"idTokenInfo": {"status": "Blocked"}}
        await say(websocket, 2, "1", "BootNotification", BOOT)
        assert (await hear(websocket))[0] == 4
        await say(websocket, 2, "2", "Authorize", {"idToken": {"idToken": "A1", "type": "eMAID"}})
        assert (await hear(websocket))[2] == {"idTokenInfo": {"status": "Blocked"}}
        assert proxy.checker.violations == ["Authorize 2: not allowed, registration is ''"]

    with_station(scenario)


def test_right_credentials_pass_through():
    async def scenario(csms, proxy, websocket):
        assert csms.station.id == "CP001"

    with_station(scenario, "at-least-16-chars", additional_headers=BASIC)


def test_refused_credentials_come_back():
    async def scenario(csms, proxy, websocket):
        raise AssertionError("let in")

    with pytest.raises(InvalidStatus) as refusal:
        with_station(scenario, "another-password-16", additional_headers=BASIC)
    assert refusal.value.response.status_code == 401


def test_missing_csms_is_a_503():
    async def run():
        async with Proxy("ws://127.0.0.1:1/ocpp") as proxy, dial(proxy):
            raise AssertionError("let in")

    with pytest.raises(InvalidStatus) as refusal:
        asyncio.run(run())
    assert refusal.value.response.status_code == 503


def test_close_code_and_cut_reach_the_station():
    async def scenario(csms, proxy, websocket):
        await csms.close(1012)
        with pytest.raises(ConnectionClosed):
            await websocket.recv()
        assert websocket.close_code == 1012
        async with dial(proxy) as again:
            proxy.cut()
            with pytest.raises(ConnectionClosed):
                await again.recv()
            assert again.close_code == 1006
        assert proxy.connections == 2

    with_station(scenario)


def test_loopback_judges_when_it_is_left():
    async def misbehave(url):
        async with connect(f"{url}/CP001", subprotocols=["ocpp2.0.1"], proxy=None) as websocket:
            await say(websocket, 2, "1", "Heartbeat", {})
            await hear(websocket)

    with pytest.raises(AssertionError, match="Heartbeat 1: not allowed"):
        with Loopback() as csms:
            asyncio.run(misbehave(csms.url))
            csms.wait_for("Heartbeat")


def test_transcript_tells_the_fields_that_matter():
    lines = []
    transcript = Transcript(lines.append)
    transcript.station_sent(json.dumps([2, "1", "BootNotification", BOOT]))
    transcript.csms_sent(json.dumps([3, "1", {"status": "Accepted", "interval": 5}]))
    transcript.csms_sent(json.dumps([4, "1", "GenericError", "why", {}]))
    transcript.csms_sent("[2,")
    assert [line.split(" s  ")[1] for line in lines] == [
        "→ BootNotification           PowerUp, Example, Demo",
        "←     Accepted, every 5 s",
        "←     refused: GenericError why",
        "← unreadable: '[2,'",
    ]
