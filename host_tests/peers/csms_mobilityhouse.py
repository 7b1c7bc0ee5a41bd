"""A real CSMS that nobody here wrote: PyPI `ocpp` on `websockets`, schema validation on.

    async with Csms(password="at-least-16-chars") as csms:
        csms.answers["Authorize"] = {"idTokenInfo": {"status": "Invalid"}}
        ... let the station connect to csms.url ...
        await csms.wait_for("BootNotification", {"reason": "PowerUp"})
        answer = await csms.request("Reset", {"type": "OnIdle"})

All payloads are dicts as on the wire. Everything runs in the loop that entered it; tests without a
loop of their own, which drive a station in another process, use host_tests.peers.loopback.
"""

import asyncio
import inspect
import json
from datetime import datetime, timezone
from http import HTTPStatus
from urllib.parse import unquote

from ocpp.charge_point import ChargePoint as Peer
from ocpp.charge_point import (
    camel_to_snake_case,
    remove_nones,
    serialize_as_dict,
    snake_to_camel_case,
)
from ocpp.routing import on
from ocpp.v201 import call, call_result
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidHeader
from websockets.headers import parse_authorization_basic

from host_tests.judges.schemas import FROM_STATION

_ACCEPTED = {"status": "Accepted"}


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def usual_answers():
    """action -> payload, or a function (plain or async) of the request's payload that makes it."""
    answers = {action: {} for action in FROM_STATION}
    answers.update(
        BootNotification=lambda _: {"currentTime": now(), "interval": 300, "status": "Accepted"},
        Heartbeat=lambda _: {"currentTime": now()},
        Authorize={"idTokenInfo": _ACCEPTED},
        TransactionEvent=lambda event: {"idTokenInfo": _ACCEPTED} if "idToken" in event else {},
        DataTransfer=_ACCEPTED,
        SignCertificate=_ACCEPTED,
        GetCertificateStatus=_ACCEPTED,
        NotifyEVChargingNeeds=_ACCEPTED,
        NotifyEVChargingSchedule=_ACCEPTED,
        Get15118EVCertificate=dict(_ACCEPTED, exiResponse=""),
    )
    return answers


class Csms:
    """answers: what it says, change it at will. messages: every (action, payload) it was sent.
    came_on: for each of them the number of its connection. connections: how many so far.

    A function in `answers` that raises one of ocpp.exceptions answers with that CALLERROR.
    """

    def __init__(self, password=None, port=0):
        """With a password it wants Basic credentials: the station's identity and that password."""
        self.answers = usual_answers()
        self.messages = []
        self.came_on = []
        self.connections = 0
        self.station = None         # the newest connection
        self.password = password
        self._port = port
        self._read_up_to = {}       # action -> how many of `messages` wait_for has gone past
        self._news = asyncio.Condition()

    async def __aenter__(self):
        self._server = await serve(
            self._serve, "127.0.0.1", self._port,
            subprotocols=["ocpp2.0.1"], process_request=self._check_credentials,
        )
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ocpp"
        return self

    async def __aexit__(self, *exception):
        self._server.close()
        await self._server.wait_closed()

    async def request(self, action, payload=None):
        """The payload of the station's CALLRESULT. A CALLERROR raises ocpp's OCPPError."""
        message = getattr(call, action)(**camel_to_snake_case(payload or {}))
        answer = await self.station.call(message, suppress=False)
        return remove_nones(snake_to_camel_case(serialize_as_dict(answer)))

    async def send_text(self, text):
        """Anything at all, past the library."""
        await self.station.websocket.send(text)

    async def wait_for(self, action, expected=None, timeout=30):
        """The next payload of that action that contains `expected`; those before it are skipped.

        The timeout (s) is for a station that hangs; no test should come near it.
        """
        async with self._news:
            found = self._news.wait_for(lambda: self._find(action, expected or {}))
            try:
                return (await asyncio.wait_for(found, timeout))[0]
            except asyncio.TimeoutError:
                raise AssertionError(
                    f"no {action} with {expected} came, but: {self.messages[-10:]}"
                ) from None

    def received(self, action):
        """The payloads of that action so far."""
        return [payload for name, payload in self.messages if name == action]

    async def close(self, code=1000):
        await self.station.websocket.close(code)

    async def close_code(self):
        """With what the newest connection was closed; waits until it is."""
        await self.station.websocket.wait_closed()
        return self.station.websocket.close_code

    def _find(self, action, expected):
        """A tuple of the payload, because an empty payload is found, too."""
        start = self._read_up_to.get(action, 0)
        for place, (name, payload) in enumerate(self.messages[start:], start + 1):
            if name == action and contains(payload, expected):
                self._read_up_to[action] = place
                return (payload,)
        return None

    def _check_credentials(self, connection, request):
        identity = unquote(request.path.rsplit("/", 1)[-1])
        if self.password is None:
            return None
        try:
            given = parse_authorization_basic(request.headers.get("Authorization", ""))
        except InvalidHeader:
            given = None
        if given == (identity, self.password):
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "wrong credentials\n")

    async def _serve(self, websocket):
        if websocket.subprotocol is None:
            await websocket.close(1002, "ocpp2.0.1 only")
            return
        self.connections += 1
        self.station = Station(websocket, self)
        try:
            await self.station.start()
        except ConnectionClosed:
            pass

    async def heard(self, action, payload, connection):
        async with self._news:
            self.came_on.append(connection)
            self.messages.append((action, payload))
            self._news.notify_all()


class Station(Peer):
    """The library's view of one connected station. Its handlers are set below the class."""

    _ocpp_version = "2.0.1"
    _call = call
    _call_result = call_result

    def __init__(self, websocket, csms):
        super().__init__(websocket.request.path.rsplit("/", 1)[-1], websocket)
        self.websocket = websocket
        self.csms = csms
        self.number = csms.connections
        self.request = None     # the payload that is being answered, as it was on the wire

    async def answer(self, action):
        given = self.csms.answers[action]
        payload = given(self.request) if callable(given) else given
        if inspect.isawaitable(payload):
            payload = await payload
        return getattr(call_result, action)(**camel_to_snake_case(payload))

    async def route_message(self, raw_msg):
        """The library reads one message after the other. A CALL is known once it is answered."""
        try:
            kind, _, action, self.request = json.loads(raw_msg)
        except ValueError:      # not JSON, or no CALL
            kind = None
        await super().route_message(raw_msg)
        if kind == 2:
            await self.csms.heard(action, self.request, self.number)


def _handler(action):
    async def handle(self, **_):
        return await self.answer(action)

    handle.__name__ = f"on_{action}"
    return on(action)(handle)


for _action in FROM_STATION:
    setattr(Station, f"on_{_action}", _handler(_action))


def contains(payload, expected):
    """Every key of `expected` is there with that value, in nested objects too."""
    if isinstance(payload, dict) and isinstance(expected, dict):
        return all(key in payload and contains(payload[key], expected[key]) for key in expected)
    return payload == expected
