"""A real Link on real loopback sockets, between a fake core and a fake time.

Time stands still until the test moves it; the sockets work meanwhile. So nothing waits for real,
and nothing depends on how fast the machine is.
"""

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager

from evse.aio.clock import Clock
from evse.aio.link import Link

IDENTITY = "CP 1"
PASSWORD = "sixteen-or-longer"
BACK_OFF = {
    "OCPPCommCtrlr.WebSocketPingInterval": 60,
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": 10,
    "OCPPCommCtrlr.RetryBackOffRandomRange": 10,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": 3,
}


def run(scenario):
    """The limit only keeps a hung scenario from hanging the tests."""
    asyncio.run(asyncio.wait_for(scenario, 60))


async def until(condition):
    while not condition():
        await asyncio.sleep(0)


class Time:
    """Milliseconds that pass when the test says so."""

    def __init__(self):
        self.ms = 0
        self.turns = 6  # of the loop for a second: enough to act, and to begin an attempt
        self._sleepers = []

    @property
    def seconds(self):
        return self.ms // 1000

    async def sleep(self, seconds):
        done = asyncio.Event()
        self._sleepers.append((self.ms + seconds * 1000, done))
        await done.wait()

    async def go_on(self, seconds=1):
        for _ in range(seconds):
            self.ms += 1000
            for sleeper in list(self._sleepers):
                if sleeper[0] <= self.ms:
                    self._sleepers.remove(sleeper)
                    sleeper[1].set()
            for _ in range(self.turns):
                await asyncio.sleep(0)


class Core:
    """The four verbs of ChargePoint, noting what the link does with them."""

    def __init__(self, **numbers):
        self.numbers = dict(BACK_OFF)
        self.variables = self.registration = self
        self.status = ""
        self.wants_reconnect = False
        self.to_say = []
        self.heard = []
        self.states = []
        self.events = []  # of security
        self.order = []  # what was read and written, in that order

    def number(self, key):
        return self.numbers[key]

    def set(self, name, value):
        self.numbers["OCPPCommCtrlr." + name] = value

    def connected(self, up, now):
        self.states.append(up)

    def on_security_event(self, kind, text, critical):
        self.events.append((kind, text, critical))

    def receive_text(self, buf, now, n):
        assert len(buf) > n
        buf[n] = 0
        text = bytes(buf[:n]).decode()
        self.heard.append(text)
        self.order.append("read " + text)

    def next_text(self, now):
        if not self.to_say:
            return None
        text = self.to_say.pop(0)
        self.order.append("write " + text[:20])
        return text.encode()

    def wakeup(self, now):
        return now + 3600


class Bench:
    """A link that looks for its CSMS on `port`."""

    def __init__(self, port, jitter=bytes(3), core=None, profile=0, dial=asyncio.open_connection):
        self.time = Time()
        self.core = core or Core()
        self.clock = Clock(lambda: self.time.ms % 2**30, 2**30, sleep=self.time.sleep)
        self.log = []
        settings = {
            "url": f"ws://127.0.0.1:{port}/ocpp",
            "identity": IDENTITY,
            "security_profile": profile,
            "password": PASSWORD,
        }
        self.link = Link(
            self.core,
            self.clock,
            settings,
            self._open_connection,
            lambda n: jitter if n == 3 else bytes(range(1, n + 1)),
            lambda level, text: self.log.append(f"{level}: {text}"),
        )
        self._dial = dial
        self.attempts = []  # when
        self.task = asyncio.create_task(self.link.run())

    async def _open_connection(self, host, port, ssl, _):
        self.attempts.append(self.time.seconds)
        return await self._dial(host, port, ssl=ssl)

    async def is_open(self):
        await until(lambda: self.link.state == "open")

    async def is_offline(self):
        await until(lambda: self.link.state == "offline")

    async def go_on(self, seconds):
        """Like Time.go_on, against a CSMS that always reacts at once."""
        for _ in range(seconds):
            await self.time.go_on()
            await until(lambda: self.link.state in ("offline", "open"))

    async def stop(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.is_offline()


class Peer:
    """One connection as a raw server sees it."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.request = b""

    async def read_request(self):
        self.request = await self.reader.readuntil(b"\r\n\r\n")

    def answer(self):
        """The good answer to the request."""
        (line,) = [n for n in self.request.split(b"\r\n") if n.startswith(b"Sec-WebSocket-Key: ")]
        guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(line.split(b": ")[1] + guid).digest())
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: ocpp2.0.1\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    async def upgrade(self):
        await self.read_request()
        self.writer.write(self.answer())

    async def read_frame(self):
        """(opcode, payload) of the station's next frame."""
        first, second = await self.reader.readexactly(2)
        assert first & 0x80 and second & 0x80
        n = second & 127
        if n > 125:
            n = int.from_bytes(await self.reader.readexactly(2 if n == 126 else 8), "big")
        key = await self.reader.readexactly(4)
        payload = await self.reader.readexactly(n)
        return first & 15, bytes(byte ^ key[i & 3] for i, byte in enumerate(payload))

    def reset(self):
        self.writer.transport.abort()


@asynccontextmanager
async def raw_server(behave):
    """A TCP server that lets `behave(peer)` handle each connection; yields its port."""
    tasks = []

    async def handle(reader, writer):
        tasks.append(asyncio.current_task())
        try:
            await behave(Peer(reader, writer))
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def for_ever():
    await asyncio.Event().wait()
