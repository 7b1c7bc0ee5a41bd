"""The npm CSMS behind the judge: with a plain websocket, and with our station
as far as it is about the handshake. test_station_vs_npm.py has the rest."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from host_tests.peers.csms_npm import NpmCsms, skip_reason
from host_tests.station import Station

pytestmark = [
    pytest.mark.npm,
    pytest.mark.skipif(skip_reason() is not None, reason=str(skip_reason())),
]

BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Demo", "vendorName": "Example"}}


def talk(csms, *texts):
    """Sends each text and returns what came back for each."""

    async def run():
        address = f"{csms.url}/CP001"
        async with connect(address, subprotocols=["ocpp2.0.1"], proxy=None) as websocket:
            answers = []
            for text in texts:
                await websocket.send(text)
                answers.append(json.loads(await websocket.recv()))
        return answers

    return asyncio.run(run())


def test_boot_is_answered():
    with NpmCsms() as csms:
        [answer] = talk(csms, json.dumps([2, "1", "BootNotification", BOOT]))
        assert answer[2]["status"] == "Accepted"
        assert csms.wait_for("BootNotification") == BOOT
        csms.checker.assert_complete()


def test_scripted_answer():
    with NpmCsms() as csms:
        csms.answer("Heartbeat", {"currentTime": "2026-11-23T17:31:00Z"})
        boot = json.dumps([2, "1", "BootNotification", BOOT])
        [_, answer] = talk(csms, boot, '[2,"2","Heartbeat",{}]')
        assert answer == [3, "2", {"currentTime": "2026-11-23T17:31:00Z"}]


def test_strict_mode_finds_a_fault():
    with pytest.raises(AssertionError, match="reason"):
        with NpmCsms() as csms:
            [answer] = talk(csms, '[2,"1","BootNotification",{"reason":"Boredom"}]')
            assert answer[0] == 4
            csms.wait_for_event("fault")


def test_what_the_station_calls_itself_and_its_password(tmp_path):
    with NpmCsms() as csms:
        settings = {"url": csms.url, "security_profile": 1, "password": "at-least-16-chars"}
        config = {"station": {"id": "CP 001/ä"}, "csms": settings, "board": "simulated"}
        with Station("cpython", config, tmp_path):
            connected = csms.wait_for_event("connected")
            assert connected["identity"] == "CP 001/ä"
            assert connected["password"] == settings["password"]
