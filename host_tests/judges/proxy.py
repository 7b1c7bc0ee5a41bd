"""A websocket proxy on the loopback between a real station and a real CSMS, with the judge inside.

    async with Proxy("ws://127.0.0.1:9000/ocpp") as proxy:
        ... let the station connect to proxy.url ...
        proxy.checker.assert_clean()

The handshake passes through: path, subprotocol and Authorization go to the CSMS, and its refusal
comes back to the station. So do closes, with their code. Pings are answered on each side.

Left and entered again, it stands at the same address as before.
"""

import asyncio

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from host_tests.judges.rpc_checker import RpcChecker

_PASSED_ON = ("Authorization", "User-Agent")


class Proxy:
    """checker judges all that passes, transcript writes it down. connections: how many so far."""

    def __init__(self, csms_url, checker=None, transcript=None, tls=None):
        """tls: an SSL context; then the station's side is wss://localhost."""
        self.checker = checker or RpcChecker()
        self.connections = 0
        self._csms_url = csms_url.rstrip("/")
        self._watchers = [self.checker] + ([transcript] if transcript else [])
        self._port = 0
        self.tls = tls
        self._station = None
        self._relaying = set()
        self._passed = asyncio.Condition()

    async def __aenter__(self):
        self._server = await serve(
            self._relay, "127.0.0.1", self._port,
            process_request=self._call_csms, select_subprotocol=self._same_subprotocol,
            max_size=None, ping_interval=None, compression=None, ssl=self.tls,
        )
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'wss://localhost' if self.tls else 'ws://127.0.0.1'}:{self._port}/ocpp"
        return self

    async def __aexit__(self, *exception):
        self._server.close()
        # One that has died before it said what it wants would be waited for.
        for task in self._server.handler_tasks - self._relaying:
            task.cancel()
        await self._server.wait_closed()

    def watch(self, watcher):
        """It hears all that passes from now on, as a transcript does."""
        self._watchers.append(watcher)

    async def all_answered(self):
        """Returns when no CALL of either side is open."""
        async with self._passed:
            await self._passed.wait_for(lambda: not self.checker.unanswered())

    def cut(self):
        """The station's connection breaks off, without a close handshake."""
        if self._station:
            self._station.transport.abort()

    async def inject(self, message, as_text=None):
        """The CSMS seems to say this. Bytes are a binary frame, unless they go as text."""
        if isinstance(message, str):
            self.checker.csms_sent(message)
        await self._station.send(message, text=as_text)

    async def _call_csms(self, station, request):
        """The station's upgrade request becomes ours; whatever the CSMS says goes back."""
        identity = request.path.rsplit("/", 1)[-1]
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        try:
            station.csms = await connect(
                f"{self._csms_url}/{identity}",
                subprotocols=[name.strip() for name in offered.split(",") if name.strip()] or None,
                additional_headers=headers, user_agent_header=None,
                max_size=None, ping_interval=None, compression=None, proxy=None,
            )
        except InvalidStatus as refusal:
            status = refusal.response.status_code
            return station.respond(status, (refusal.response.body or b"").decode())
        except (InvalidHandshake, OSError) as error:
            return station.respond(503, f"the CSMS is out of reach: {error}\n")
        return None

    def _same_subprotocol(self, station, offered):
        return station.csms.subprotocol

    async def _relay(self, station):
        if self._station:   # half open: as a CSMS does, the newest connection replaces the others
            self.cut()
            self.checker.connection_closed()
        self._station = station
        self._relaying.add(asyncio.current_task())
        self.connections += 1
        self.checker.connection_opened()
        try:
            await asyncio.gather(
                self._pass_on(station, station.csms, "station_sent"),
                self._pass_on(station.csms, station, "csms_sent"),
            )
        finally:
            self._relaying.discard(asyncio.current_task())
            if self._station is station:
                self._station = None
                self.checker.connection_closed()
            async with self._passed:    # what was open then is not answered any more
                self._passed.notify_all()

    async def _pass_on(self, source, target, heard):
        try:
            async for message in source:
                if isinstance(message, str):
                    for watcher in self._watchers:
                        getattr(watcher, heard)(message)
                elif heard == "station_sent":
                    self.checker.station_sent_binary()
                await target.send(message)
                async with self._passed:
                    self._passed.notify_all()
        except ConnectionClosed:
            pass
        await _close_alike(source, target)


async def _close_alike(source, target):
    """1006 stands for "no close frame": then none is sent. 1005: a close frame without a code."""
    if source.close_code in (None, 1006, 1015):
        target.transport.abort()
    else:
        code = 1000 if source.close_code == 1005 else source.close_code
        await target.close(code, source.close_reason)
