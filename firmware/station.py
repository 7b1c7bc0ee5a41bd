"""All parts of the station put together, from power-on to shut-down. A restart makes a new one.

Whatever way a run ends, the contactors open first, before anything waits.
"""

import asyncio
import os

import console
import terminal
from log import Log

import ocpp201
from evse.aio.clock import Clock
from evse.aio.link import Link
from evse.aio.supervise import Supervisor
from evse.aio.wake import Wake
from evse.controller import Controller
from evse.rare import forget, passing

_LONGEST = 8192  # bytes of a message of the CSMS
_WATCHDOG_S = 8  # an RP2040 can't wait for 9
_LONG_AGO_S = 600  # a crash counts for ten minutes
_BUSIEST_S = 0.005  # pause between two looks at the hardware, however fast the simulated time runs

_buffer = None  # of the link: made once, a heap that was in use has no such piece left


class Station:
    """All parts of one run. `compose`: the module of that name. ConfigError before any of them has
    touched the hardware."""

    def __init__(self, path: str, compose):
        self.path = path
        self.edited = None  # the config file as `config set` has changed it, not yet saved
        settings = compose.read_config(path)
        self.board_name = settings["board"]
        self.log = Log(settings["log_level"])
        self.clock = Clock()
        self.log.now = self.clock.now
        opened = self._open_store(settings, compose)
        self.files, self.store, ids, kept = opened
        self.log.store = self.store
        self.boot_count = ids.boot_count
        self.crashes = []  # core seconds; more about these: boots.py
        self.safe = False  # safe mode: no hardware
        self._rows = open(ocpp201.__file__.rsplit("/", 1)[0] + "/device_model.dat", "rb")
        self.variables = compose.device_model(settings, self._rows, self.store, self.log)
        self.link_settings = compose.link_settings(settings, self.variables, self.store, self.log)
        board = __import__("boards." + self.board_name + ".board", None, None, ("Board",))
        self.board = board.Board(settings, settings["data_dir"], self.log)
        compose.power_on.begin(self, kept)
        self.controller = Controller(
            self.board, settings["evses"], self.log, self.poke, settings["freevend_token"]
        )
        self.controller.bug_caught = self.log.keep_traceback
        self.controller.variable_changed = self._variable_changed
        self.controller.validate_network_profile = self._validate_network_profile
        self.cp = ocpp201.ChargePoint(
            self.controller, compose.layout(settings), self.variables, self.store, ids, self.log,
            compose.known_tokens(settings),
        )  # fmt: skip
        self.link = self._link() if self.link_settings["url"] else None
        self.wake = Wake(self.cp, self.clock, self.link)
        self.tasks = Supervisor(self.clock, self.log, self._task_crashed)
        self._asks_ntp = False
        self._keyboard: "asyncio.Task | None" = None
        self.asked_to = ""  # quit, reset or factory-reset
        self._ended = asyncio.Event()
        self._is_over = False  # no contactor closes any more
        self.rounds = 0  # of the task that watches the hardware, for the supervisor
        compose.power_on.settle(self)

    def _open_store(self, settings, compose):
        return compose.storage(settings["data_dir"], self.log)

    def _link(self):
        global _buffer
        _buffer = _buffer or bytearray(_LONGEST + 1)
        link = Link(
            self.cp, self.clock, self.link_settings, self.board.open_connection, os.urandom,
            self.log, _LONGEST, _buffer,
        )  # fmt: skip
        link.password_proven = self._password_proven
        link.profile_proven = lambda: passing("network_profiles").proven(self)
        link.profile_failed = lambda: passing("network_profiles").failed(self)
        return link

    def _variable_changed(self, *_):
        password = self.variables.text("SecurityCtrlr.BasicAuthPassword")
        self.link_settings["password"] = password  # A01.FR.02
        self._ask_ntp()

    def _password_proven(self):
        import password

        forget("password")
        password.proven(self.link_settings, self.variables, self.store, self.log)

    def _validate_network_profile(self, slot, profile):
        return passing("network_profiles").verdict(self, slot, profile)

    # --------------------------------------------------------------------------------- running

    async def run(self) -> str:
        """Work until stop(); returns what it was called with."""
        terminal.stop_on_signal(lambda: self.stop("quit"))
        self.board.start_watchdog(_WATCHDOG_S)  # before a contactor closes
        if not self.safe:
            self.controller.start(self.cp)
        self.tasks.start("hardware", self._watch_hardware, self)
        self.tasks.start("core", self.wake.run, self.wake)
        self._set_clock()
        self._ask_ntp()
        if self.link:
            self.tasks.start("link", self.link.run, self.link)
        self.tasks.start("guard", self._guard)
        self._keyboard = asyncio.create_task(console.serve(self))
        terminal.write("READY")
        await self._ended.wait()
        await self.shut_down()
        return self.asked_to

    def _set_clock(self):
        """The processor's, which must not be behind what was known last when certificates are
        judged; and the core's by it, if no CSMS will tell the time."""
        wall, now = self.clock.wall(), self.clock.now()
        known = self.cp.clock.estimate(now)
        if wall is None or wall < known:
            self.board.set_time(known)
        if wall is not None and not self.link:
            try:
                self.cp.clock.set(wall, now)
            except ValueError:
                self.log("warning", "the host's clock is not plausible")

    def _ask_ntp(self):
        """From when ClockCtrlr.TimeSource names it."""
        if self._asks_ntp or "NTP" not in self.variables.members("ClockCtrlr.TimeSource"):
            return
        self._asks_ntp = True
        from evse.aio import ntp

        forget("evse.aio.ntp")
        self.tasks.start("ntp", lambda: ntp.keep_asking(self.cp, self.clock, self.log))

    def stop(self, why: str):
        """End the run: "quit", "reset", "factory-reset" or "crash"."""
        if self.asked_to != "quit":
            self.asked_to = why
        self._ended.set()

    def poke(self):
        """Something was noted that the core should act on."""
        self.wake.poke()

    def open_contactors(self):
        """At once, and for good."""
        self._is_over = True
        self.controller.stop(self.clock.now())

    async def shut_down(self):
        self.open_contactors()
        self.log("info", "contactors off, going down")
        self.cp.close()
        if self.link:
            await self.link.close()
        self.tasks.stop()
        if self._keyboard:
            self._keyboard.cancel()
        await asyncio.sleep(0)  # they tidy up
        self._rows.close()
        passing("boots").end(self, self.asked_to)

    async def _watch_hardware(self):
        while not self._is_over:
            self.rounds += 1
            now = self.clock.now()
            self.controller.tick(now)
            if self.controller.wants_reset:
                self.stop("reset")
            if self.crashes and now - self.crashes[-1] >= _LONG_AGO_S and not self.safe:
                passing("boots").forget(self)
            await self.clock.sleep(max(1 / self.clock.speed, _BUSIEST_S))

    async def _guard(self):
        """No critical task hangs."""
        def hangs(name, n):
            passing("boots").hangs(self, name, n)

        await self.tasks.guard(self.board.feed, self.poke, hangs)

    def _task_crashed(self, name, bug):
        self.cp.errors += 1
        if name == "hardware":
            for contactor in self.controller.contactors:
                contactor.force_open()
        try:
            too_many = passing("boots").count(self)
        except MemoryError:
            too_many = True
        if too_many:
            self.stop("crash")
