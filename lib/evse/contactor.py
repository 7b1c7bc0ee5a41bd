"""The contactor of one EVSE: every rule about when it may close and how it has to open.

    open --close--> closing --live, or no mirror--> closed      `close` switches the coil on
      ^                |                               |
      |                +--------- open ---------------+|        `open` switches the pilot off
      |                                               vv
      +---------------------- calm ----------------- opening    `calm` switches the coil off

    let_go, forced   from closing, closed and opening straight to open
    dead             from closing to stuck_open   } latched until `clear`
    live             from open to welded          }

Opening under load wears the contacts until they weld, so the car is asked first: the pilot goes
off, the relay follows when less than 1 A flows or after 3 s, in no case later than 6 s after the
pilot ("calm"). A car that stopped by itself needs no asking, and its pilot stays on. A fault asks
nobody: `force_open` writes the relay from the interrupt, the next tick does the book-keeping.

A mirror contact tells what the contacts really do, one second after the coil was switched. Live
although open: welded. Dead although closed: stuck open, which is a different fault to look for.
Both are latched until `clear`; a station that starts with a welded contactor finds it within a
second. Without a mirror nothing is checked.

After each opening the contactor stays open for a minimum time: solar controllers toggle. The pilot
is offered only while the contactor may close, because a car that was offered current wants it
within 3 s.

Times are whole core seconds, currents mA, limits deci-amps.
"""

try:
    from micropython import const
except ImportError:
    def const(value):
        return value

_CALM_MA = const(1000)
_MIRROR_S = const(1)
_LONGEST_WAIT_S = const(6)

# (state, event, next state, relay: True on, False off, None as it is)
_ROWS = (
    ("open", "close", "closing", True),
    ("open", "live", "welded", False),
    ("closing", "live", "closed", None),
    ("closing", "dead", "stuck_open", False),
    ("closing", "open", "opening", None),
    ("closing", "let_go", "open", False),
    ("closing", "forced", "open", False),
    ("closed", "open", "opening", None),
    ("closed", "let_go", "open", False),
    ("closed", "forced", "open", False),
    ("opening", "calm", "open", False),
    ("opening", "let_go", "open", False),
    ("opening", "forced", "open", False),
    ("welded", "clear", "open", False),
    ("stuck_open", "clear", "open", False),
)


class Contactor:
    """The only one who writes the relay and the pilot of its EVSE.

    relay(closed)    writes the coil; called from interrupts too, so it must not allocate
    mirror()         True = contacts closed, False = open, None = no feedback
    pilot(limit_da)  current offered to the car, 0 = none
    """

    def __init__(self, relay, mirror, pilot, min_off_s: int = 5, wait_s: int = 3):
        self._relay = relay
        self._mirror = mirror
        self._pilot = pilot
        self._min_off_s = min_off_s
        self._wait_s = min(wait_s, _LONGEST_WAIT_S)
        self._since = -min_off_s  # core second of the last step
        self._energised = False
        self._forced = False  # set by force_open, taken back by tick
        self._current_ma = 0  # at the last tick, -1 = unknown
        self.state = "open"
        self.offered_da = 0
        self.reason = ""  # of the last opening
        self.cycles = 0
        self.hot_opens = 0  # openings while 1 A or more flowed

    @property
    def closed(self) -> bool:
        """May current flow? A welded contactor is closed, whatever its coil does."""
        return self.state == "welded" or (self._energised and not self._forced)

    @property
    def latched(self) -> bool:
        return self.state in ("welded", "stuck_open")

    def ready(self, now: int) -> bool:
        """May it close, or is it closed already?"""
        if self.state == "open":
            return not self._forced and now - self._since >= self._min_off_s
        return self.state in ("closing", "closed")

    def offer(self, limit_da: int) -> bool:
        """Offer that much to the car; False while there is no contactor for it."""
        if limit_da and self.state not in ("open", "closing", "closed"):
            return False
        self._write_pilot(limit_da)
        return True

    def close(self, now: int) -> bool:
        """False: refused, because it is latched, opening, or has not been open long enough."""
        if self.state in ("closing", "closed"):
            return not self._forced
        if not self.ready(now):
            return False
        self.cycles += 1
        self._step("close", now)
        if self._forced:  # the interrupt came between the question and the relay
            self._relay(False)
        return not self._forced

    def open(self, reason: str, now: int) -> bool:
        """Ask the car to stop, then open. False: it was not closed."""
        self._write_pilot(0)
        if not self._step("open", now):
            return False
        self.reason = reason
        self._open_when_calm(now)
        return True

    def let_go(self, now: int) -> bool:
        """The car takes no current any more: open at once, and go on offering. False: it was not
        closed."""
        if not self._step("let_go", now):
            return False
        self.reason = "car"
        return True

    def force_open(self):
        """Open now. May be called from a hard interrupt, at any moment, any number of times;
        allocates nothing."""
        self._forced = True
        self._relay(False)

    def clear(self, now: int) -> bool:
        """Somebody has looked after a latched contactor. False: its contacts are still closed."""
        if self._mirror():
            return False
        self._step("clear", now)
        return True

    def tick(self, now: int, current_ma: int):
        """Once per core second, with the highest phase current (-1 = unknown)."""
        if self._forced:
            self._after_force(now)
        self._current_ma = current_ma
        if self.state == "opening":
            self._open_when_calm(now)
        elif self.state in ("open", "closing"):
            self._check_mirror(now)

    def _after_force(self, now):
        self._write_pilot(0)
        if self._step("forced", now):
            self.reason = "forced"
        self._forced = False

    def _open_when_calm(self, now):
        calm = 0 <= self._current_ma < _CALM_MA
        if calm or now - self._since >= self._wait_s:
            self._step("calm", now)

    def _check_mirror(self, now):
        contacts = self._mirror()
        settled = now - self._since >= _MIRROR_S
        if self.state == "closing" and (contacts or contacts is None):
            self._step("live", now)
        elif settled and contacts == (self.state == "open"):
            self._write_pilot(0)
            self._step("live" if contacts else "dead", now)

    def _step(self, event, now) -> bool:
        for state, on, following, relay in _ROWS:
            if state == self.state and on == event:
                if relay is not None:
                    self._write_relay(relay, event)
                self.state = following
                self._since = now
                return True
        return False

    def _write_relay(self, closed, event):
        if not closed and self._energised and self._current_ma >= _CALM_MA and event != "let_go":
            self.hot_opens += 1
        self._energised = closed
        self._relay(closed)

    def _write_pilot(self, limit_da):
        if limit_da != self.offered_da:
            self.offered_da = limit_da
            self._pilot(limit_da)
