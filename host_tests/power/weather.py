"""Bad weather on the way to the CSMS, one spell after the other for as long as somebody looks.

    with Loopback() as csms, Flaky(csms.url) as network:
        weather = Weather(network, csms, seed=7)
        weather.blow(status)        # at each look at the station: one step further
        weather.close("mute")       # days without a network
        weather.reopen()
        weather.heal()              # for good

The seed draws the order of the spells, and what may be drawn in each. Between two of them messages
arrive. A spell lasts no time: it ends when its harm is done, which the network sees in what comes
of it. `done` counts those by name, if somebody charges, and the times without a network as
"closed".

    end             both sides are told that the connection ends
    reset           both sides get RST
    cut_message     RST in the middle of what the station says
    cut_answer      RST in the middle of the answer to it: it has arrived, and will come again
    delay           nothing arrives for a while, then all of it
    delay_too_long  the same, but the station has given up by then, and is on its way anew
    half_open       all is lost and nobody is told, until the deadline of a ping
    refuse          RST, and nobody listens
    mute            RST, and whoever listens says nothing
    reorder         RST, and connects wait: the newest arrives first, and behind it those that the
                    station has given up
"""

import random
from collections import Counter

_PATIENCE = 150     # looks, with harm that finds nobody: the link was just being made anew


class Weather:
    """network: a Flaky between the station and csms, a Loopback."""

    SPELLS = (
        "end", "reset", "cut_message", "cut_answer", "delay", "delay_too_long", "half_open",
        "refuse", "mute", "reorder",
    )  # fmt: skip

    def __init__(self, network, csms, seed, spells=SPELLS):
        self.network = network
        self.done = Counter()
        self.away = False       # nothing arrives, and the station can know
        self._csms = csms
        self._kinds = spells
        self._random = random.Random(seed)
        self._queue = self._charging = 0
        self._steps = self._spells()

    def blow(self, status):
        """status: of the station, now."""
        self._queue = status["queue"]["transaction"]
        self._charging = sum(place["power_w"] > 0 for place in status["evses"])
        next(self._steps, None)

    def close(self, way):
        """Nothing gets through. way: "refuse" or "mute"."""
        self._break(way)
        self._steps = iter(())

    def reopen(self):
        self.done["closed"] += 1
        self._steps = self._spells()

    def heal(self):
        self._open()
        self._steps = iter(())

    def complete(self):
        """Has it done each kind of harm?"""
        return all(self.done[kind] for kind in self._kinds)

    # ------------------------------------------------------------------ the spells

    def _spells(self):
        """Each of them, in any order, and again. A spell returns whether it did harm."""
        while True:
            for kind in self._random.sample(self._kinds, len(self._kinds)):
                yield from self._fair()
                charging = self._charging
                if (yield from getattr(self, "_" + kind)()):
                    self.done[kind] += charging > 0

    def _fair(self):
        """The more waits, the longer: the queue must not grow for ever."""
        self._open()
        yield from self._until("messages", self._random.randint(1, 8))
        left = self._random.randrange(20)
        while self._queue > left:
            yield

    def _end(self):
        self.network.end()
        return (yield from self._until("accepted"))

    def _reset(self):
        self.network.reset()
        return (yield from self._until("accepted"))

    def _cut_message(self):
        self.network.reset_after(self._random.randrange(300), "csms")
        return (yield from self._until("reset"))

    def _cut_answer(self):
        self.network.reset_after(self._random.randrange(20), "station")
        return (yield from self._until("reset"))

    def _delay(self):
        self.network.hold()
        held = yield from self._until("held")
        yield from self._looks(1, 10)
        self.network.release()
        return held

    def _delay_too_long(self):
        self.network.hold()
        self.network.queue()
        return (yield from self._until("accepted"))

    def _half_open(self):
        """The next connection would pass."""
        self.network.swallow()
        return (yield from self._until("accepted"))

    def _refuse(self):
        self._break("refuse")
        yield from self._looks(5, 50)
        return True

    def _mute(self):
        self._break("mute")
        return (yield from self._until("accepted", 2))

    def _reorder(self):
        self._break("queue")
        return (yield from self._until("accepted", self._random.randint(2, 3)))

    # ------------------------------------------------------------------ what they are made of

    def _open(self):
        self.away = False
        self.network.open()

    def _break(self, way):
        self.network.reset()
        getattr(self.network, way)()
        self.away = True

    def _until(self, event, count=1):
        """Until it has happened so many times more; False: it does not."""
        wanted = self._count(event) + count
        for _ in range(_PATIENCE):
            if self._count(event) >= wanted:
                return True
            yield
        return False

    def _count(self, event):
        if event == "messages":
            return len(self._csms.messages)
        return self.network.events.get(event, 0)

    def _looks(self, least, most):
        for _ in range(self._random.randint(least, most)):
            yield
