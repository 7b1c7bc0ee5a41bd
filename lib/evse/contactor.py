"""The contactor of one EVSE: every rule about when it may close and how it has to open.

    open --close--> closing --live, or no mirror--> closed      `close` switches the coil on
      ^                |                               |
      |                +--------- open ---------------+|        `open` switches the pilot off
      |                                               vv
      +---------------------- calm ----------------- opening    `calm` switches the coil off

    let_go, forced   from closing, closed and opening straight to open
    dead             from closing to stuck_open   } latched until `clear`
    live             from open to welded          }

The coil is on while closing, closed and opening.

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

from evse import const

_CALM_MA = const(1000)
_MIRROR_S = const(1)
_LONGEST_WAIT_S = const(6)

_ENERGISED = ("closing", "closed", "opening")  # the states in which the coil is on


class Contactor:
    """The only one who writes the relay and the pilot of its EVSE, the relay from interrupts too.
    What the board's relay, mirror and offer mean is said in boards/board.py."""

    def __init__(self, evse_id: int, board, min_off_s: int = 5, wait_s: int = 3):
        self.id = evse_id
        self._board = board
        self.min_off_s = min_off_s
        self.wait_s = min(wait_s, _LONGEST_WAIT_S)
        self._since = -min_off_s  # core second of the last step
        self._forced = False  # set by force_open, taken back by tick
        self.current_ma = 0  # at the last tick, -1 = unknown
        self.state = "open"
        self.offered_da = 0
        self.reason = ""  # of the last opening
        self.cycles = 0
        self.hot_opens = 0  # openings while 1 A or more flowed

    @property
    def closed(self) -> bool:
        """May current flow? A welded contactor is closed, whatever its coil does."""
        return self.state == "welded" or (self.state in _ENERGISED and not self._forced)

    @property
    def latched(self) -> bool:
        return self.state in ("welded", "stuck_open")

    def ready(self, now: int) -> bool:
        """May it close, or is it closed already?"""
        if self.state == "open":
            return not self._forced and now - self._since >= self.min_off_s
        return self.state in ("closing", "closed")

    def offer(self, limit_da: int) -> bool:
        """Offer so many deci-amps to the car, 0 = none. False: there is no contactor for it."""
        if limit_da and (self.latched or self.state == "opening"):
            return False
        if limit_da != self.offered_da:
            self.offered_da = limit_da
            self._board.offer(self.id, limit_da)
        return True

    def close(self, now: int) -> bool:
        """False: refused, because it is latched, opening, or has not been open long enough."""
        if not self.ready(now):
            return False
        if self.state == "open":
            self.cycles += 1
            self._enter("closing", now)
            if self._forced:  # the interrupt came between the question and the relay
                self._board.relay(self.id, False)
        return not self._forced

    def open(self, reason: str, now: int) -> bool:
        """Ask the car to stop, then open. False: it was not closed."""
        self.offer(0)
        if self.state not in ("closing", "closed"):
            return False
        self.reason = reason
        self._enter("opening", now)
        self._open_when_calm(now)
        return True

    def let_go(self, now: int) -> bool:
        """The car takes no current any more: open at once, and go on offering. False: it was not
        closed."""
        if self.state not in _ENERGISED:
            return False
        self.reason = "car"
        self.current_ma = 0
        self._enter("open", now)
        return True

    def force_open(self):
        """Open now. May be called from a hard interrupt, at any moment, any number of times;
        allocates nothing."""
        self._forced = True
        self._board.relay(self.id, False)

    def clear(self, now: int) -> bool:
        """Somebody has looked after a latched contactor. False: its contacts are still closed."""
        if self._board.mirror(self.id):
            return False
        if self.latched:
            self._enter("open", now)
        return True

    def tick(self, now: int, current_ma: int):
        """Once per core second, with the highest phase current (-1 = unknown)."""
        if self._forced:
            self.offer(0)
            if self.state in _ENERGISED:
                self.reason = "forced"
                self._enter("open", now)
            self._forced = False
        self.current_ma = current_ma
        if self.state == "opening":
            self._open_when_calm(now)
        elif self.state in ("open", "closing"):
            self._check_mirror(now)

    def _open_when_calm(self, now):
        if 0 <= self.current_ma < _CALM_MA or now - self._since >= self.wait_s:
            self._enter("open", now)

    def _check_mirror(self, now):
        contacts = self._board.mirror(self.id)
        if self.state == "closing" and (contacts or contacts is None):
            self._enter("closed", now)
        elif contacts == (self.state == "open") and now - self._since >= _MIRROR_S:
            self.offer(0)
            self._enter("welded" if contacts else "stuck_open", now)

    def _enter(self, state, now):
        """The coil follows the state; where it should be off, that is written in any case."""
        was_on = self.state in _ENERGISED
        if state not in _ENERGISED:
            if was_on and self.current_ma >= _CALM_MA:
                self.hot_opens += 1
            self._board.relay(self.id, False)
        elif not was_on:
            self._board.relay(self.id, True)
        self.state = state
        self._since = now
