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

from evse import const
from evse.aio.connection import Connection

_LONGEST_RETRY_AFTER = const(3600)
_OUR_WISH = "closed by the station"


class Link(Connection):
    """A connection that comes back. What `ChargePoint` and its CSMS say to each other goes through
    here.

    settings          dict: url, identity, security_profile, password; for wss the file names ca,
                      certificate, key. Read anew for each attempt. proven: the password of the
                      last good connection, to be tried when the other one is refused. slot and
                      good_slot: of its network profile and of the last good one. slots: to be
                      tried (B10), if there is more than one
    open_connection   coroutine function (host, port, ssl, server_hostname) -> (reader, writer),
                      like asyncio's
    random            random(n) gives n unpredictable bytes, as os.urandom does
    log               log(level, text)
    limit             length in bytes of the longest message that is taken
    buffer            bytearray of limit + 1 bytes for it, if there is one already
    """

    def __init__(
        self, cp, clock, settings, open_connection, random, log, limit=8192, buffer=None
    ):
        super().__init__(cp, clock, random, limit, buffer)
        self._settings = settings
        self._open_connection = open_connection
        self._log = log
        self._wanted = True
        self._attempts = 0  # since the last good connection
        self._retry_at = 0
        self._boot_due = False
        self._logged = ""
        self._told = ""  # the security events of this outage
        self.password_proven = self.profile_proven = self.profile_failed = lambda: None

    @property
    def rounds(self) -> int:
        """For the supervisor."""
        return self._seconds

    def drop(self):
        """Close the connection and stay offline."""
        self._wanted = False
        self._leave(1000, _OUR_WISH)

    def connect(self):
        """Come back, at once."""
        self._wanted = True
        self._attempts = 0
        self._retry_at = 0

    async def close(self):
        """For the shutdown: returns when the connection is closed, after 6 s at the latest."""
        self.drop()
        # MicroPython throws a SIGINT into whatever task is at work, which is then gone. If it was
        # the writer, another says goodbye; beside a living one it finds nothing to do.
        another = None
        if self.state == "closing" and self._writing < 0:
            another = asyncio.create_task(self._write())
        for _ in range(60):
            if self.state == "offline":
                break
            await self._clock.sleep(0.1)
        self._abandon(_OUR_WISH)
        if another is not None:
            another.cancel()

    async def run(self):
        """Never returns. Raises what went wrong in a session by our own fault."""
        try:
            while True:
                self._tick()
                await self._clock.sleep(1)
                self._seconds += 1
        except (Exception, asyncio.CancelledError):  # after a SIGINT, close() says goodbye
            self._abandon(_OUR_WISH)
            raise

    def _tick(self):
        bug, self._bug = self._bug, None
        if bug is not None:
            raise bug
        if self.state != "offline":
            self._watch()
        elif self._wanted and self._seconds >= self._retry_at:
            self._session = asyncio.create_task(self._connect())
        if self.state == "open":
            accepted = self._boot_due and self._cp.registration.status == "Accepted"
            if accepted or self._seconds >= self._deadline:
                self._attempts = 0

    async def _connect(self):
        """The session."""
        writing = None
        failure = None
        try:
            rest = await self._dial(self._settings, self._open_connection)
            self._boot_due = self._cp.registration.status != "Accepted"
            self._logged = self._told = ""
            self._log("info", "connected to " + self._settings["url"])
            self._cp.connected(True, self._clock.now())
            if self._settings["password"] != self._settings.get("proven"):
                self.password_proven()
            if self._settings.get("slots"):
                self.profile_proven()
            self.poke()
            writing = asyncio.create_task(self._write())
            await self._read(rest)
        except asyncio.CancelledError:
            pass  # whoever did that has noted why
        except Exception as fault:
            self._note(fault)
            failure = fault
        if writing is not None:
            writing.cancel()
        await self._hang_up()
        self._offline(writing is not None, failure)
        if writing is not None:
            self._cp.connected(False, self._clock.now())
            self.poke()

    def _offline(self, was_open, failure):
        """Say so, unless it is what was said last time, and set the time of the next attempt."""
        retry_after = getattr(failure, "retry_after", 0)
        event = getattr(failure, "event", "")
        why = self._why
        if why == _OUR_WISH:
            if was_open:
                self._log("info", "link closed by the station")
            return
        number = self._cp.variables.number
        times = min(self._attempts, number("OCPPCommCtrlr.RetryBackOffRepeatTimes"))
        wait = number("OCPPCommCtrlr.RetryBackOffWaitMinimum") << times
        jitter = number("OCPPCommCtrlr.RetryBackOffRandomRange") + 1
        wait += int.from_bytes(self._random(3), "big") % jitter
        wait = max(wait, min(retry_after, _LONGEST_RETRY_AFTER))
        self._attempts += 1
        if event and failure.doubtful and why != self._logged:
            wait = 0
        elif event and event not in self._told:
            self._told += event
            self._cp.on_security_event(event, why, True)
        self._retry_at = self._seconds + wait
        if not was_open and self._settings.get("slots"):
            self.profile_failed()
        if why != self._logged:
            self._logged = why
            what = "link lost" if was_open else "no link"
            self._log("warning", "%s: %s; next attempt in %d s" % (what, why, wait))
