"""Something on the loopback that listens where a CSMS should, and is none.

    with Door() as door:
        door.answer = b"HTTP/1.1 404 Not Found\\r\\n\\r\\n"
        ... let the station knock at door.url ...
        door.wait_for_knocks(3)
"""

import asyncio

from host_tests.peers.background import Background


class Door:
    """answer: what each upgrade request gets before the connection is closed, bytes or a function
    of the request. Change it at will.
    """

    def __init__(self):
        self.answer = b""
        self._knocks = 0
        self._knocked = asyncio.Condition()

    def __enter__(self):
        self._background = Background()
        self._server = self._background.run(asyncio.start_server(self._open, "127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ocpp"
        return self

    def __exit__(self, *_):
        self._background.call(self._server.close)
        self._background.stop()

    def wait_for_knocks(self, count):
        """Returns when so many more attempts have been answered."""
        self._background.run(self._wait_for_knocks(self._knocks + count))

    async def _wait_for_knocks(self, count):
        async with self._knocked:
            await self._knocked.wait_for(lambda: self._knocks >= count)

    async def _open(self, reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer(request) if callable(self.answer) else self.answer)
        writer.close()
        async with self._knocked:
            self._knocks += 1
            self._knocked.notify_all()
