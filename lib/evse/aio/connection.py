"""One WebSocket to the CSMS, from the first packet to the last. `link` decides when there is one.

             dial              upgrade                        leave
    offline ------> connecting ------> upgrading ------> open ------> closing
       ^                | abandon          | abandon       | abandon     | end of stream, 5 s
       +----------------+------------------+---------------+-------------+

Two tasks share a connection: the session, which dials, upgrades and reads, and the writer. Whoever
finds that it is over notes why and cancels the session, so there is one way out.

The CSMS may send faster than we answer: the next message is read when all answers to the one
before have left. The kernel's buffer, and then the CSMS, do the waiting.

All deadlines are real seconds; what the core is told are core seconds.
"""

import asyncio

from evse import const
from evse.rare import forget
from evse.websocket.frames import CLOSE, PING, PONG, TEXT, ProtocolError, Reader, Writer

_STABLE = const(60)  # seconds
_PATIENCE = const(30)  # with a pong, with the rest of a message, with a piece that does not leave
_CLOSE = const(5)
_PIECE = const(512)  # bytes that are received or sent at a time


class Connection:
    """There is one object for all connections, one after the other: its buffers are made once.

    state   offline, connecting, upgrading, open or closing
    wake    function: the core may have something to say
    poke    function, called when the core was given something to act on
    """

    def __init__(self, cp, clock, random, limit, buffer=None):
        self._cp = cp
        self._clock = clock
        self._random = random
        self._frames = Reader(limit, buffer)
        self._out = Writer(random, _PIECE)
        self._poked = asyncio.Event()  # for the writer
        self._drained = asyncio.Event()  # by the writer: nothing is left to be sent
        self.wake = self.poke = self._poked.set
        self._seconds = 0  # real ones, as the timekeeper counts them
        self._session: "asyncio.Task | None" = None
        self._why = ""  # it ended; before that, why it will have if the session is cancelled now
        self._addresses = {}  # of the CSMS, for the next attempt
        self._bug = None  # an exception that is our own fault, for the timekeeper to raise
        self._reset()

    def _reset(self):
        self._reader = self._writer = None
        self.state = "offline"
        self._deadline = 0  # of the state; in the state open, when it has held for a minute
        self._heard = 0  # when the last bytes came
        self._pinged = -1  # when our ping left that nobody has answered; -1: none
        self._writing = -1  # when the writing of the present piece began; -1: none
        self._control = None  # (opcode, payload) to be sent next; the latest one counts
        self._frames.reset()

    # The session's steps.

    async def _dial(self, settings, open_connection) -> bytes:
        """TCP, TLS, HTTP; returns what came behind the upgrade. Raises OSError, most often
        Refused."""
        from evse.aio import dial

        forget("evse.aio.dial")  # in memory until we are connected
        attempt = dial.Attempt(settings, self._random, self._addresses)
        self._enter("connecting", attempt.patience, "no connection in time")
        try:
            self._reader, self._writer = await attempt.connect(
                open_connection, self._clock, self._seconds
            )
            self._enter("upgrading", attempt.patience, "no answer to the upgrade in time")
            self._writer.write(attempt.request())
            await self._writer.drain()
            response = attempt.response(self._frames.text)
            end = -1
            while end < 0:
                data = await self._receive()
                end = response.feed(data, 0, len(data))
        except Exception as fault:
            raise attempt.failure(fault)
        self._enter("open", _STABLE, "")
        return data[end:]

    async def _read(self, data):
        """Until the CSMS ends the stream. Raises OSError."""
        frames = self._frames
        while True:
            start = 0
            while start < len(data) and self.state == "open":
                try:
                    start = frames.feed(data, start, len(data))
                except ProtocolError as fault:
                    self._leave(fault.code, "protocol error of the CSMS: %s" % fault)
                if frames.ping is not None and self.state == "open":
                    self._control = (PONG, frames.ping)
                    frames.ping = None
                    self.wake()
                if frames.message >= 0:
                    self._drained.clear()
                    self._cp.receive_text(frames.text, self._clock.now(), frames.message)
                    self.wake()
                    self.poke()
                    await self._drained.wait()
                if frames.closed:
                    self._leave(frames.closed, "closed by the CSMS, code %d" % frames.closed)
            # When closing, what still comes is thrown away: a socket that is closed with
            # unread bytes resets the connection, and takes our close frame with it.
            data = await self._receive()

    async def _receive(self) -> bytes:
        data = await self._reader.read(_PIECE)
        if not data:
            raise OSError("the CSMS ended the connection")
        self._heard = self._seconds
        self._pinged = -1
        return data

    async def _write(self):
        """The writer's task: control frames, then what the core says, a frame at a time."""
        try:
            while True:
                payload = self._choose()
                if payload is None:
                    self._drained.set()
                    await self._poked.wait()
                    self._poked.clear()
                    continue
                piece = self._out.piece(payload)
                while piece:
                    self._writing = self._seconds
                    self._writer.write(piece)
                    await self._writer.drain()
                    piece = self._out.piece(payload)
                self._writing = -1
        except Exception as fault:
            self._note(fault)
            self._session.cancel()

    def _choose(self):
        """Begin the next frame and return its payload, None if there is nothing to say."""
        if self._control is not None:
            opcode, payload = self._control
            self._control = None
            if opcode == PING:
                self._pinged = self._seconds
        elif self.state != "open":
            return None
        else:
            opcode = TEXT
            payload = self._cp.next_text(self._clock.now())
            if payload is None:
                if self._cp.wants_reconnect:
                    self._cp.wants_reconnect = False
                    self._leave(1000, "the station wants a new connection")
                return None
        self._out.start(opcode, len(payload))
        return payload

    async def _hang_up(self):
        """Close the socket, if there is one. The CSMS has had its goodbye, or gets none."""
        transport = getattr(self._writer, "transport", None)
        if transport is not None:
            transport.abort()  # CPython: close() waits until the CSMS took what is buffered
        elif self._writer is not None:
            self._enter("closing", _CLOSE, self._why)
            try:
                self._writer.close()
                await self._writer.wait_closed()
            except (OSError, asyncio.CancelledError):
                pass  # it is gone all the same
        self._reset()

    # The timekeeper's part.

    def _watch(self):
        """Called every second while not offline: give up what has taken too long."""
        interval = self._cp.variables.number("OCPPCommCtrlr.WebSocketPingInterval")
        now = self._seconds
        quiet = now - self._heard
        if self.state != "open":
            if now >= self._deadline:
                self._abandon(self._why)
        elif self._writing >= 0 and now - self._writing >= _PATIENCE:
            self._abandon("the CSMS took no data for %d s" % _PATIENCE)
        elif quiet >= _PATIENCE and self._frames.halfway:
            self._abandon("a message of the CSMS stopped halfway")
        elif quiet >= interval > 0 and self._pinged < 0:
            self._control = self._control or (PING, b"")
            self.wake()
        elif self._pinged >= 0 and now - self._pinged > min(interval or _PATIENCE, _PATIENCE):
            self._abandon("the CSMS did not answer a ping")

    def _leave(self, code, why):
        """Close with this code; the CSMS has 5 s to end the connection."""
        if self.state == "open":
            self._enter("closing", _CLOSE, why)
            self._control = (CLOSE, b"" if code == 1005 else code.to_bytes(2, "big"))
            self.wake()
            self._drained.set()
        elif self.state != "closing":
            self._abandon(why)

    def _abandon(self, why):
        """End the connection, or the attempt, without goodbye."""
        if self._session is not None:
            self._why = why
            self._session.cancel()

    def _enter(self, state, seconds, why):
        self.state = state
        self._deadline = self._seconds + seconds
        self._why = why

    def _note(self, fault):
        """What the connection ends with: the network's doing, or a bug of ours."""
        if not isinstance(fault, OSError):
            self._bug = fault
            self._why = "a bug in the station"
        elif self.state != "closing":
            self._why = str(fault) or repr(fault)
