"""A wire that can be cut without anybody being told: no close, no reset, packets just stop, and
flow again afterwards.

It stands between the link and asyncio's streams. What the station writes meanwhile waits here as
it would in the kernel's buffer; what arrives is held back; a new connection hangs until the wire
is whole or the caller loses patience.
"""

import asyncio


class Network:
    def __init__(self):
        self.is_up = True
        self.lines = []
        self._whole = asyncio.Event()
        self._whole.set()

    def down(self):
        self.is_up = False
        self._whole.clear()

    def up(self):
        self.is_up = True
        self._whole.set()
        for line in self.lines:
            asyncio.create_task(line.catch_up())

    async def passes(self):
        """Wait until the wire is whole."""
        await self._whole.wait()

    async def open_connection(self, host, port, ssl=None, server_hostname=None):
        await self.passes()
        if ssl is None:
            streams = await asyncio.open_connection(host, port)
        else:
            streams = await asyncio.open_connection(
                host, port, ssl=ssl, server_hostname=server_hostname
            )
        line = Line(self, streams[0], streams[1])
        return line, line


class Line:
    """One connection, reader and writer in one as MicroPython's streams are."""

    def __init__(self, network, reader, writer):
        self._network = network
        self._reader = reader
        self._writer = writer
        self._arrived = None  # kept here so that a reader who gives up waiting loses nothing
        self._unsent = bytearray()
        self._writing = asyncio.Lock()
        self._closed = False
        network.lines.append(self)

    async def read(self, n: int) -> bytes:
        if self._arrived is None:
            try:
                self._arrived = await self._reader.read(n)
            except OSError:
                await self._network.passes()
                raise
        await self._network.passes()
        data = self._arrived
        self._arrived = data[n:] or None
        return data[:n]

    async def readinto(self, buf) -> int:
        data = await self.read(len(buf))
        buf[: len(data)] = data
        return len(data)

    def write(self, data):
        self._unsent.extend(data)

    async def drain(self):
        async with self._writing:
            if self._unsent and self._network.is_up:
                data = bytes(self._unsent)
                self._unsent = bytearray()
                self._writer.write(data)
                await self._writer.drain()

    def close(self):
        self._closed = True
        if self._network.is_up:
            self._hang_up()

    async def wait_closed(self):
        if self._network.is_up:
            await self._writer.wait_closed()

    async def catch_up(self):
        """Send what waited. If the peer has gone meanwhile, the next read will tell."""
        try:
            await self.drain()
        except OSError:
            pass
        if self._closed:
            self._hang_up()

    def _hang_up(self):
        if self in self._network.lines:
            self._network.lines.remove(self)
            self._writer.close()
