"""The link under real MicroPython, with a server of websockets in this process."""

import asyncio
import json

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from host_tests import runtimes

STATION = """
import asyncio, json, os, sys
from evse.aio.clock import Clock
from evse.aio.link import Link
from evse.aio.wake import Wake


class Core:
    wants_reconnect = False
    status = ""

    def __init__(self):
        self.variables = self.registration = self
        self.states, self.heard, self.to_say = [], [], []

    def number(self, key):
        return 60 if key == "OCPPCommCtrlr.WebSocketPingInterval" else 0

    def connected(self, up, now):
        self.states.append(up)

    def receive_text(self, buf, now, n):
        self.heard.append(str(memoryview(buf)[:n], "utf-8"))

    def wakeup(self, now):
        self.to_say += self.heard
        self.heard = []
        return now + 60

    def next_text(self, now):
        return self.to_say.pop(0).encode() if self.to_say else None


async def main(port):
    core, clock, log, said_goodbye = Core(), Clock(), [], asyncio.Event()
    settings = {"url": "ws://127.0.0.1:1/", "identity": "CP1", "security_profile": 1,
                "password": "sixteen-or-longer"}

    def write(level, text):
        log.append(text)
        if text.startswith("no link"):
            settings["url"] = "ws://127.0.0.1:%s/ocpp" % port
        elif "4000" in text:
            said_goodbye.set()

    link = Link(core, clock, settings, asyncio.open_connection, os.urandom, write)
    tasks = [asyncio.create_task(Wake(core, clock, link).run()), asyncio.create_task(link.run())]
    await said_goodbye.wait()
    while link.state != "open":
        await asyncio.sleep(0.01)
    await link.close()
    print(json.dumps({"log": log, "states": core.states, "state": link.state}))


asyncio.run(main(sys.argv[1]))
"""
TEXTS = ["{}", "ä€🔌" * 30, "x" * 511, "y" * 512, "z" * 8192]


@pytest.mark.micropython
@pytest.mark.skipif(runtimes.micropython() is None, reason=runtimes.MISSING)
def test_refused_then_connected_talks_is_closed_comes_back_and_says_goodbye(tmp_path):
    station = tmp_path / "station.py"
    station.write_text(STATION, encoding="utf-8")
    sessions = []

    async def csms(session):
        sessions.append(session)
        try:
            if len(sessions) == 1:
                for text in TEXTS:
                    await session.send(text)
                assert [await session.recv() for _ in TEXTS] == TEXTS
                await session.send(["in ", "", "parts"])
                assert await session.recv() == "in parts"
                await (await session.ping(b"p" * 125))
                await session.close(4000)
            await session.wait_closed()
        except (ConnectionClosed, AssertionError) as error:
            sessions.append(error)

    async def scenario():
        async with serve(csms, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"]) as server:
            port = server.sockets[0].getsockname()[1]
            process = await asyncio.create_subprocess_exec(
                runtimes.micropython(), str(station), str(port),
                env=runtimes.micropython_environment(),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            try:
                output, _ = await asyncio.wait_for(process.communicate(), 120)
            finally:
                if process.returncode is None:
                    process.kill()
            return output.decode()

    output = asyncio.run(scenario())
    assert output.startswith("{"), output
    told = json.loads(output)
    assert told["states"] == [True, False, True, False]
    assert told["state"] == "offline"
    assert told["log"][0].startswith("no link: refused, nobody listens at 127.0.0.1:1;")
    assert [line.split(":")[0] for line in told["log"][1:]] == [
        "connected to ws",
        "link lost",
        "connected to ws",
        "link closed by the station",
    ]
    assert [session.close_code for session in sessions] == [4000, 1000]
    assert sessions[0].request.path == "/ocpp/CP1"
    assert sessions[0].request.headers["Authorization"].startswith("Basic ")
