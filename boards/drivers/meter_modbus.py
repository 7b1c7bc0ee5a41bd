"""Modbus meters on one RS-485 bus: read once a second each, one after the other.

    bus = MeterBus(machine.UART(2, 9600, rxbuf=512), {1: Meter("SDM630", 1)}, sleep_ms, log)
    bus.run()                   a task, for ever
    bus.read(1, value)          for Board.read_meter

A lost or damaged answer is asked for again. A meter that stays silent is logged once and asked in
each round, so that it is back as soon as it answers. A reading counts when all of its requests
were answered: what `read` gives is of one moment, as far as the wire allows.
"""

from evse import const
from evse.modbus.rtu import BAD, GOOD, REFUSED, WAITING, Bus

_ROUND_MS = const(1000)
_PATIENCE_MS = const(300)  # of the field: answers come within 120 ms, or never
_LOOK_MS = const(5)
_TRIES = const(3)
_OTHER_UNIT_MS = const(200)  # some meters need so long to forget what was not for them


class MeterBus:
    """uart        write(bytes), readinto(buffer) -> count or None, flush() until all is sent
    meters      EVSE -> Meter
    sleep_ms    coroutine function
    log         log(level, text)
    direction   of a transceiver that is told who talks: direction(1) to send. None: it knows
    gap_ms      of silence before a request, at least 3.5 characters
    """

    def __init__(self, uart, meters, sleep_ms, log, direction=None, gap_ms=20):
        self._uart = uart
        self._sleep_ms = sleep_ms
        self._log = log
        self._direction = direction
        self._gap_ms = gap_ms
        self._places = {evse_id: _Place(meters[evse_id]) for evse_id in meters}
        self._bus = Bus()
        self._chunk = bytearray(64)
        self._unit = 0  # asked last
        self._spent = 0  # ms of this round
        self.rounds = 0  # for the supervisor
        self.repeats = 0  # requests that had to be said again

    def read(self, evse_id: int, value):
        """As Board.read_meter."""
        place = self._places.get(evse_id)
        if place is None:
            return None
        if place.done is None:
            place.work, place.done = value.new(), value.new()
        if not place.answers:
            return False
        value.copy_from(place.done)
        return True

    async def run(self):
        while True:
            await self.round()
            await self._sleep_ms(max(_ROUND_MS - self._spent, self._gap_ms))

    async def round(self):
        """Each meter once."""
        self._spent = 0
        for evse_id in self._places:
            place = self._places[evse_id]
            if place.done is not None:  # somebody wants to know
                await self._read(evse_id, place)
        self.rounds += 1

    async def _read(self, evse_id, place):
        fallen = place.meter.backwards
        for n in range(len(place.meter.requests)):
            state = await self._ask(place.meter, n)
            if state != GOOD:
                self._silent(evse_id, place, state)
                return
            place.meter.take(self._bus, n, place.work)
        place.done.copy_from(place.work)
        if not place.answers:
            self._log("info", "meter of evse %d answers" % evse_id)
        if fallen == 0 != place.meter.backwards:
            self._log("warning", "meter of evse %d: its register has fallen" % evse_id)
        place.answers, place.why = True, ""

    def _silent(self, evse_id, place, state):
        why = "no answer"
        if state == REFUSED:
            why = "exception %d" % self._bus.exception
        elif state == BAD:
            why = self._bus.why
        if place.why != why:
            self._log("warning", "meter of evse %d: %s" % (evse_id, why))
        place.answers, place.why = False, why

    async def _ask(self, meter, n) -> int:
        """One request, said again if its answer is lost or damaged; a refusal is an answer."""
        state = WAITING
        for attempt in range(_TRIES):
            self.repeats += attempt > 0
            await self._pause(self._gap_ms if meter.unit == self._unit else _OTHER_UNIT_MS)
            self._unit = meter.unit
            self._drain()
            meter.ask(self._bus, n)
            self._send(self._bus.request)
            state = await self._answer()
            if state == GOOD or state == REFUSED:
                break
        return state

    def _send(self, frame):
        if self._direction:
            self._direction(1)
        self._uart.write(frame)
        if self._direction:
            self._uart.flush()  # to the last stop bit: the meter answers 4 ms later
            self._direction(0)

    async def _answer(self) -> int:
        for _ in range(_PATIENCE_MS // _LOOK_MS):
            await self._pause(_LOOK_MS)
            n = self._uart.readinto(self._chunk)
            if n:
                state = self._bus.feed(self._chunk, n)
                if state != WAITING:
                    return state
        return WAITING

    def _drain(self):
        """What is there answers nothing that is asked from now on. Noise may never end."""
        for _ in range(16):
            if not self._uart.readinto(self._chunk):
                break

    async def _pause(self, ms):
        self._spent += ms
        await self._sleep_ms(ms)


class _Place:
    """A meter, its last reading and the one that is being made."""

    def __init__(self, meter):
        self.meter = meter
        self.work = self.done = None
        self.answers = False
        self.why = ""
