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

from evse.rare import forget
from evse.websocket import Refused
from evse.websocket.frames import CLOSE, PING, PONG, TEXT, ProtocolError, Reader, Writer

try:
    from micropython import const
except ImportError:
    def const(value):
        return value

_HAS_READINTO = hasattr(asyncio.StreamReader, "readinto")  # MicroPython's streams have it

_TCP = const(20)  # seconds
_TLS = const(30)
_UPGRADE = const(20)
_PATIENCE = const(30)  # with a pong, with the rest of a message, with a piece that does not leave
_CLOSE = const(5)
_PIECE = const(512)  # bytes that are received or sent at a time


class Connection:
    """There is one object for all connections, one after the other: its buffers are made once.

    session   the task that carries it
    state     offline, connecting, upgrading, open or closing
    why       why it ended; before that, why it would have if the session were cancelled now
    bug       an exception that is our own fault, for somebody to raise
    work      event: the core may have something to say
    """

    def __init__(self, cp, clock, random, limit):
        self._cp = cp
        self._clock = clock
        self._random = random
        self._frames = Reader(limit)
        self._out = Writer(random, _PIECE)
        self._received = bytearray(_PIECE)
        self.work = asyncio.Event()  # for the writer
        self._drained = asyncio.Event()  # by the writer: nothing is left to be sent
        self.session: "asyncio.Task | None" = None
        self.why = ""
        self.bug = None
        self._reset()

    def _reset(self):
        self._reader = self._writer = None
        self.state = "offline"
        self._deadline = 0  # of all states but offline and open
        self._start = self._end = 0  # what is in the receive buffer
        self._heard = 0  # when it came
        self._ping_due = False
        self._pinged = -1  # when our ping left that nobody has answered; -1: none
        self._writing = -1  # when the writing of the present piece began; -1: none
        self._close_code = 0  # to be sent
        self._frames.reset()

    # The session's steps.

    async def dial(self, settings, open_connection):
        """TCP and TLS. Raises Refused, OSError."""
        handshake = _handshake()
        context = settings.get("ssl")
        self._enter("connecting", _TCP + (_TLS if context else 0), "no connection in time")
        try:
            secure, host, port, _ = handshake.split_url(settings["url"])
            if secure != bool(context):
                raise ValueError("wss:// needs an SSL context, ws:// must not have one")
            self._reader, self._writer = await open_connection(host, port, context)
        except ValueError as fault:  # also a host name that cannot be encoded
            raise Refused(str(fault))
        transport = getattr(self._writer, "transport", None)
        if transport is not None:  # CPython: let drain() wait for the last byte, as MicroPython's
            transport.set_write_buffer_limits(0)

    async def upgrade(self, settings):
        """HTTP to WebSocket. Raises Refused, OSError, EOFError."""
        handshake = _handshake()
        self._enter("upgrading", _UPGRADE, "no answer to the upgrade in time")
        key = handshake.new_key(self._random)
        password = settings.get("password") if settings["security_profile"] in (1, 2) else None
        self._writer.write(
            handshake.request(settings["url"], settings["identity"], password, key)
        )
        await self._writer.drain()
        response = handshake.Response(key, self._frames.text)
        while True:
            await self._fill()
            self._start = response.feed(self._received, 0, self._end)
            if self._start >= 0:
                break
        self.state = "open"

    async def read(self, poke):
        """Read until the CSMS ends the stream: EOFError. Or OSError."""
        frames = self._frames
        while True:
            while self._start < self._end and self.state == "open":
                try:
                    self._start = frames.feed(self._received, self._start, self._end)
                except ProtocolError as fault:
                    self.leave(fault.code, "protocol error of the CSMS: %s" % fault)
                if frames.message >= 0:
                    self._drained.clear()
                    self._cp.receive_text(frames.text, self._clock.now(), frames.message)
                    self.work.set()
                    poke()
                    await self._drained.wait()
                elif frames.ping is not None:
                    self.work.set()
                if frames.closed:
                    self.leave(frames.closed, "closed by the CSMS, code %d" % frames.closed)
            # When closing, what still comes is thrown away: a socket that is closed with
            # unread bytes resets the connection, and takes our close frame with it.
            await self._fill()

    async def _fill(self):
        n = None
        while n is None:
            n = await _receive(self._reader, self._received)
        if not n:
            raise EOFError("the CSMS ended the connection")
        self._start = 0
        self._end = n
        self._heard = self._clock.link_seconds()
        self._pinged = -1

    async def write(self):
        """The writer's task: control frames, then what the core says, a frame at a time."""
        try:
            while True:
                payload = self._choose()
                if payload is None:
                    self._drained.set()
                    await self.work.wait()
                    self.work.clear()
                    continue
                piece = self._out.piece(payload)
                while piece:
                    self._writing = self._clock.link_seconds()
                    self._writer.write(piece)
                    await self._writer.drain()
                    piece = self._out.piece(payload)
                self._writing = -1
        except OSError as fault:
            self.abandon(self.why if self.state == "closing" else fault_text(fault))
        except Exception as bug:
            self.bug = bug
            self.abandon("a bug in the station")

    def _choose(self):
        """Begin the next frame and return its payload, None if there is nothing to say."""
        frames = self._frames
        opcode = TEXT
        payload = None
        if self.state != "open":
            pass
        elif frames.ping is not None:
            opcode = PONG
            payload = frames.ping
            frames.ping = None
        elif self._ping_due:
            opcode = PING
            payload = b""
            self._ping_due = False
            self._pinged = self._clock.link_seconds()
        else:
            payload = self._cp.next_text(self._clock.now())
            if payload is None and getattr(self._cp, "wants_reconnect", False):
                self._cp.wants_reconnect = False
                self.leave(1000, "the station wants a new connection")
        if self._close_code:
            opcode = CLOSE
            payload = b"" if self._close_code == 1005 else self._close_code.to_bytes(2, "big")
            self._close_code = 0
        if payload is not None:
            self._out.start(opcode, len(payload))
        return payload

    async def hang_up(self):
        """Close the socket, if there is one. The CSMS has had its goodbye, or gets none."""
        transport = getattr(self._writer, "transport", None)
        if transport is not None:
            transport.abort()  # CPython: close() waits until the CSMS took what is buffered
        elif self._writer is not None:
            self._enter("closing", _CLOSE, self.why)
            try:
                self._writer.close()
                await self._writer.wait_closed()
            except (OSError, asyncio.CancelledError):
                pass  # it is gone all the same
        self._reset()

    # The timekeeper's part.

    def watch(self, now):
        """Called every second while not offline: give up what has taken too long."""
        interval = self._cp.variables.number("OCPPCommCtrlr.WebSocketPingInterval")
        quiet = now - self._heard
        if self.state != "open":
            if now >= self._deadline:
                self.abandon(self.why)
        elif self._writing >= 0 and now - self._writing >= _PATIENCE:
            self.abandon("the CSMS took no data for %d s" % _PATIENCE)
        elif quiet >= _PATIENCE and self._frames.halfway:
            self.abandon("a message of the CSMS stopped halfway")
        elif quiet >= interval > 0 and self._pinged < 0:
            self._ping_due = True
            self.work.set()
        elif self._pinged >= 0 and now - self._pinged > min(interval or _PATIENCE, _PATIENCE):
            self.abandon("the CSMS did not answer a ping")

    def leave(self, code, why):
        """Close with this code; the CSMS has 5 s to end the connection."""
        if self.state == "open":
            self._enter("closing", _CLOSE, why)
            self._close_code = code
            self.work.set()
            self._drained.set()
        elif self.state != "closing":
            self.abandon(why)

    def abandon(self, why):
        """End the connection, or the attempt, without goodbye."""
        if self.session is not None:
            self.why = why
            self.session.cancel()

    def _enter(self, state, seconds, why):
        self.state = state
        self._deadline = self._clock.link_seconds() + seconds
        self.why = why


def _handshake():
    """In memory until we are connected."""
    from evse.websocket import handshake

    forget("evse.websocket.handshake")
    return handshake


def fault_text(fault) -> str:
    """What an OSError has to say; some say nothing."""
    return str(fault) or repr(fault)


async def _receive(reader, buffer):
    """How many bytes came into the buffer; 0 at the end of the stream, None for a false alarm."""
    if _HAS_READINTO:
        return await reader.readinto(buffer)
    data = await reader.read(len(buffer))
    buffer[: len(data)] = data
    return len(data)
