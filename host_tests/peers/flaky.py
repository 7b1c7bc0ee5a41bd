"""A bad network on the loopback: a TCP proxy between the station and its CSMS that breaks in every
way a network can, at the moment and in the order that the test says.

    with Loopback() as csms, Flaky(csms.url, seed=7) as network:
        ... let the station connect to network.url ...
        network.swallow()                   # half open: neither side is told
        network.wait_for("swallowed")       # the station has written into the void
        network.open()                      # from here on all is well for new connections

It carries bytes and understands none of them, so it serves ws:// and wss:// alike. Nothing in it
waits for a time to pass: a fault begins and ends when the test says so.

What new connections meet, until one of these is called again:

    open()          they pass; those that wait are let through, the newest first
    refuse()        nobody listens
    mute()          accepted, and then silence for ever
    queue()         accepted, and kept waiting: after open() a later one reaches the CSMS before an
                    earlier one, which the station may long have given up

What happens to those that are there:

    end()               the end of the stream to both sides, at once
    reset()             RST to both sides
    reset_after(n)      RST in the middle: after n more bytes towards the station, or the CSMS
    swallow()           half open for ever: what either side writes, and its end, is lost
    hold(), release()   nothing arrives until it is released; open() releases too

surprise() is one of them all, drawn by the seed; steps keeps their names, to be printed when a
test fails. wait_for(event) waits for the next one of:

    accepted    a connection of the station
    passed      it has reached the CSMS
    held, swallowed     bytes came that do not arrive yet, or never
    reset       a connection was broken off by us
    closed      it was ended by us
    ended       the station has ended a connection, or has noticed its end
"""

import asyncio
import random
import socket
import struct
from urllib.parse import urlsplit

from host_tests.peers.background import Background

_PIECE = 65536
_BY_RST = struct.pack("ii", 1, 0)  # SO_LINGER of no time: the socket is closed by a reset


class Flaky:
    """url: where the station connects to. events: name -> how often so far. steps: what was done
    to the network so far."""

    FAULTS = ("refuse", "mute", "queue", "end", "reset", "reset_after", "swallow", "hold")

    def __init__(self, csms_url, seed=0):
        self._csms = urlsplit(csms_url)
        self.random = random.Random(seed)
        self.events = {}
        self.steps = []
        self._waited_for = {}
        self._lines = []
        self._tasks = set()
        self._server = None
        self._way = "open"

    def __enter__(self):
        # Keeps the port ours while nobody listens: no other program gets it, and no connection
        # to it can meet itself.
        self._place = _bound(0)
        self._port = self._place.getsockname()[1]
        self.url = self._csms._replace(netloc=f"{self._csms.hostname}:{self._port}").geturl()
        self._background = Background()
        self._background.run(self._start())
        return self

    def __exit__(self, *_):
        self._background.run(self._stop())
        self._background.stop()
        self._place.close()

    def open(self):
        self._do("open")

    def refuse(self):
        self._do("refuse")

    def mute(self):
        self._do("mute")

    def queue(self):
        self._do("queue")

    def end(self):
        self._do("end")

    def reset(self):
        self._do("reset")

    def reset_after(self, count, towards="station"):
        self._do("reset_after", count, towards)

    def swallow(self):
        self._do("swallow")

    def hold(self):
        self._do("hold")

    def release(self):
        self._do("release")

    def surprise(self) -> str:
        """One of FAULTS; returns its name."""
        name = self.random.choice(self.FAULTS)
        if name == "reset_after":
            self.reset_after(self.random.randrange(400), self.random.choice(("station", "csms")))
        else:
            self._do(name)
        return name

    def wait_for(self, event, count=1, timeout=60):
        """Returns when `event` has happened `count` times more than was waited for so far. The
        timeout (s) is for a station that hangs."""
        wanted = self._waited_for[event] = self._waited_for.get(event, 0) + count
        self._background.run(self._wait_for(event, wanted, timeout))

    def forget(self):
        """What has happened up to now is not waited for any more."""
        self._waited_for = dict(self.events)

    # All that follows runs in the loop of the background.

    async def _start(self):
        self._news = asyncio.Condition()
        await self._listen()

    async def _stop(self):
        self._deaf()
        for line in self._lines:
            line.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self):
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_bound(self._port))

    def _deaf(self):
        if self._server is not None:
            self._server.close()
            self._server = None

    def _do(self, name, *args):
        self.steps.append(" ".join(map(str, (name, *args))))
        self._background.run(self._act(name, args))

    async def _act(self, name, args):
        if name in ("open", "refuse", "mute", "queue"):
            self._way = name
            if name == "refuse":
                self._deaf()
            else:
                await self._listen()
        if name == "open":
            for line in reversed(self._lines):
                if line.waits:
                    await line.connect()
        for line in self._lines:
            if name in ("end", "reset", "swallow", "hold") and line.passes:
                getattr(line, name)()
            elif name == "reset_after":
                line.left[args[1]] = args[0]
            elif name in ("open", "release"):
                line.flows.set()

    async def _wait_for(self, event, wanted, timeout):
        async with self._news:
            found = self._news.wait_for(lambda: self.events.get(event, 0) >= wanted)
            try:
                await asyncio.wait_for(found, timeout)
            except asyncio.TimeoutError:
                raise AssertionError(f"no {event!r} after {self.steps}: {self.events}") from None

    async def _accept(self, reader, writer):
        line = Line(self, reader, writer, self._csms.hostname, self._csms.port)
        self._lines = [one for one in self._lines if not one.over] + [line]
        line.waits = self._way == "queue"
        self.happened("accepted")
        if self._way == "open":
            await line.connect()

    def happened(self, event):
        self.events[event] = self.events.get(event, 0) + 1
        self.keep(self._tell())

    async def _tell(self):
        async with self._news:
            self._news.notify_all()

    def keep(self, coroutine):
        """Run it as a task."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Line:
    """One connection of the station, and ours to the CSMS that belongs to it.

    In each direction one task reads, so that an end is noticed at once, and one passes on what was
    read, when it may: bytes, b"" for the end of the stream, None for a reset.
    """

    def __init__(self, network, reader, writer, host, port):
        self._network = network
        self._address = host, port
        self._writers = {"station": writer}
        self._read = {"station": asyncio.Queue(), "csms": asyncio.Queue()}  # towards whom
        self._lost = False
        self.over = False  # and nothing can happen to it any more
        self._ends = 0
        self.waits = False  # for open()
        self.left = {}  # towards whom -> how many bytes more until the reset
        self.flows = asyncio.Event()
        self.flows.set()
        network.keep(self._listen(reader, "csms"))

    @property
    def passes(self):
        return "csms" in self._writers and not self.over

    async def connect(self):
        self.waits = False
        try:
            reader, self._writers["csms"] = await asyncio.open_connection(*self._address)
        except OSError:  # the CSMS itself is gone
            self.break_off()
            return
        for coroutine in (
            self._listen(reader, "station"), self._pass_on("station"), self._pass_on("csms"),
        ):  # fmt: skip
            self._network.keep(coroutine)
        self._network.happened("passed")

    def swallow(self):
        self._lost = True
        self.flows.set()

    def hold(self):
        self.flows.clear()

    def end(self):
        self.over = True
        for writer in self._writers.values():
            writer.close()
        self.flows.set()
        self._network.happened("closed")

    def reset(self):
        if not self.over:
            self.break_off()
            self._network.happened("reset")

    def break_off(self):
        self.over = True
        for writer in self._writers.values():
            its_socket = writer.get_extra_info("socket")
            if its_socket.fileno() >= 0:    # else the other side was first
                its_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _BY_RST)
            writer.transport.abort()

    async def _listen(self, reader, towards):
        data = b"-"
        while data:
            try:
                data = await reader.read(_PIECE)
            except OSError:
                data = None
            self._read[towards].put_nowait(data)
        if towards == "csms" and not self.over:
            self._network.happened("ended")

    async def _pass_on(self, towards):
        writer = self._writers[towards]
        data = b"-"
        while data and not self.over:
            data = await self._read[towards].get()
            if not self.flows.is_set():
                self._network.happened("held")
                await self.flows.wait()
            if self._lost:
                self._network.happened("swallowed")
            elif data is None:
                self.break_off()
            else:
                await self._write(writer, data, towards)

    async def _write(self, writer, data, towards):
        left = self.left.get(towards, len(data) + 1)
        try:
            writer.write(data[:left])
            await writer.drain()
        except OSError:
            return  # the other direction tells
        if towards in self.left:
            self.left[towards] = left - len(data)
        if left <= len(data):
            self.reset()
        elif not data:
            self._ends += 1
            if self._ends == 2:
                writer.close()
                self.over = True
            elif writer.can_write_eof():
                try:
                    writer.write_eof()
                except OSError:     # that side is gone already
                    pass


def _bound(port):
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", port))
    return place
