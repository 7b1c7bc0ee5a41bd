"""The link to the CSMS: keeps one WebSocket open for ever, and says in the log how that goes.

`run` is the timekeeper. Once a second it looks at the deadlines of the connection; offline, it
starts the next attempt when its time has come. A session carries one connection from the dialling
to the last byte, and tells the core in between that it is online.

The wait before the next attempt (OCPP-J Part 4 §5.3), in real seconds: RetryBackOffWaitMinimum,
doubled after each failure, RetryBackOffRepeatTimes times at most, and each time a random number up
to RetryBackOffRandomRange on top. Failures are forgotten once the CSMS accepts our
BootNotification; when no boot is due, once the link has held for a minute. So a CSMS that accepts
connections only to close them is not hammered.
"""

import asyncio

from evse.aio.connection import Connection, fault_text
from evse.websocket import Refused

try:
    from micropython import const
except ImportError:
    def const(value):
        return value

_STABLE = const(60)  # real seconds
_LONGEST_RETRY_AFTER = const(3600)
_OUR_WISH = "closed by the station"


class Link:
    """What `ChargePoint` and its CSMS say to each other goes through here.

    settings          dict: url, identity, security_profile, password, and for wss ssl, an SSL
                      context. Read anew for each attempt
    open_connection   coroutine function (host, port, ssl) -> (reader, writer) like asyncio's
    random            random(n) gives n unpredictable bytes, as os.urandom does
    log               log(level, text)
    limit             length in bytes of the longest message that is taken
    """

    def __init__(self, cp, clock, settings, open_connection, random, log, limit=8192):
        self._cp = cp
        self._clock = clock
        self._settings = settings
        self._open_connection = open_connection
        self._random = random
        self._log = log
        self._connection = Connection(cp, clock, random, limit)
        self.poke = self.wake  # called when the core was given something to act on
        self._wanted = True
        self._failures = 0  # since the last good connection
        self._next_try = 0
        self._opened = 0
        self._boot_due = False
        self._logged = ""

    @property
    def state(self) -> str:
        """offline, connecting, upgrading, open or closing."""
        return self._connection.state

    def wake(self):
        """The core may have something to say."""
        self._connection.work.set()

    def drop(self):
        """Close the connection and stay offline."""
        self._wanted = False
        self._connection.leave(1000, _OUR_WISH)

    def connect(self):
        """Come back, at once."""
        self._wanted = True
        self._failures = 0
        self._next_try = 0

    async def close(self):
        """For the shutdown: returns when the connection is closed, after 6 s at the latest."""
        self.drop()
        for _ in range(60):
            if self.state == "offline":
                return
            await self._clock.sleep(0.1)
        self._connection.abandon(_OUR_WISH)

    async def run(self):
        """Never returns. Raises what went wrong in a session by our own fault."""
        try:
            while True:
                self._tick(self._clock.link_seconds())
                await self._clock.sleep(1)
        finally:
            self._connection.abandon(_OUR_WISH)

    def _tick(self, now):
        connection = self._connection
        if connection.bug is not None:
            bug = connection.bug
            connection.bug = None
            raise bug
        if connection.state == "open":
            accepted = self._boot_due and self._cp.registration.status == "Accepted"
            if accepted or now - self._opened >= _STABLE:
                self._failures = 0
        if connection.state != "offline":
            connection.watch(now)
        elif self._wanted and now >= self._next_try:
            if connection.session is None or connection.session.done():
                connection.session = asyncio.create_task(self._connect())

    async def _connect(self):
        """The session."""
        connection = self._connection
        writing = None
        retry_after = 0
        try:
            await connection.dial(self._settings, self._open_connection)
            await connection.upgrade(self._settings)
            self._opened = self._clock.link_seconds()
            self._boot_due = self._cp.registration.status != "Accepted"
            self._logged = ""
            self._log("info", "connected to " + self._settings["url"])
            self._cp.connected(True, self._clock.now())
            self.poke()
            writing = asyncio.create_task(connection.write())
            await connection.read(self.poke)
        except asyncio.CancelledError:
            pass  # whoever did that has noted why
        except Refused as refusal:
            connection.why = str(refusal)
            retry_after = refusal.retry_after
        except (OSError, EOFError) as fault:
            if connection.state != "closing":
                connection.why = fault_text(fault)
        except Exception as bug:
            connection.bug = bug
            connection.why = "a bug in the station"
        if writing is not None:
            writing.cancel()
        await connection.hang_up()
        self._offline(writing is not None, retry_after)
        if writing is not None:
            self._cp.connected(False, self._clock.now())
            self.poke()

    def _offline(self, was_open, retry_after):
        """Say so, unless it is what was said last time, and set the time of the next attempt."""
        why = self._connection.why
        if why == _OUR_WISH:
            self._next_try = 0
            if was_open:
                self._log("info", "link closed by the station")
            return
        self._failures += 1
        wait = max(self._back_off(), min(retry_after, _LONGEST_RETRY_AFTER))
        self._next_try = self._clock.link_seconds() + wait
        if why != self._logged:
            self._logged = why
            what = "link lost" if was_open else "no link"
            self._log("warning", "%s: %s; next attempt in %d s" % (what, why, wait))

    def _back_off(self):
        number = self._cp.variables.number
        base = number("OCPPCommCtrlr.RetryBackOffWaitMinimum")
        times = min(self._failures - 1, number("OCPPCommCtrlr.RetryBackOffRepeatTimes"))
        jitter = number("OCPPCommCtrlr.RetryBackOffRandomRange") + 1
        return (base << times) + int.from_bytes(self._random(3), "big") % jitter
