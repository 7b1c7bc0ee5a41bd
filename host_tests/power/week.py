"""A week at a station with two EVSEs whose network is bad all the time.

    with Loopback(Csms()) as csms, Flaky(csms.url) as network:
        week = Week(csms, network, "cpython", folder, seed=7)
        week.live()
        week.close()        # the network is healed, the queue drains, and it adds up

The seed draws the weather (weather.py), how the cars come and go, and how much they get. Nobody
charges by night: then time runs faster still, and the weather goes on.
"""

import random

from websockets.exceptions import ConnectionClosed

from host_tests.power.day import CARDS, LOOK_S, Street, online
from host_tests.power.weather import Weather
from host_tests.station import Refused

DAYS = 7
DAY_S = 86400

_RATE = 80                      # of the world: a second of the link's deadlines is 12 ms
_BY_DAY, _BY_NIGHT = 15, 1000   # how much faster the core and the car are
WAYS = "tap", "button", "unplug", "remote"
WITHOUT_A_LINK = WAYS[:3]

VARIABLES = {
    "OCPPCommCtrlr.WebSocketPingInterval": 40,
    "OCPPCommCtrlr.MessageTimeout#Default": 36000,      # the fall of night must not end it
}


class Week(Street):
    def __init__(self, csms, network, runtime, folder, seed, spells=Weather.SPELLS):
        self.weather = Weather(network, csms, seed, spells)
        self._draw = random.Random(seed)
        super().__init__(
            csms, runtime, folder, variables=VARIABLES, seed=seed, url=network.url,
            rate=_RATE, speed=_BY_DAY,
        )  # fmt: skip

    def live(self):
        """Two of the days without a network: nobody listens, or nobody says anything."""
        self.until(online)
        closed = ["refuse", "mute"] + [None] * (DAYS - 2)
        self._draw.shuffle(closed)
        for day, way in enumerate(closed):
            if way:
                self.weather.close(way)
            self._live_a_day(WITHOUT_A_LINK if way else WAYS)
            self._sleep_until((day + 1) * DAY_S)
            if way:
                self.weather.reopen()
        if not self._has_met_all():     # one more car stays until then
            self.come(1)
            self.until(lambda _: self._has_met_all())
            self.leave(1)

    def close(self):
        self.weather.heal()
        super().close()

    def _has_met_all(self):
        """Each kind of harm, and an event of which the CSMS had heard already."""
        events = self.csms.received("TransactionEvent")
        keys = {(one["transactionInfo"]["transactionId"], one["seqNo"]) for one in events}
        return self.weather.complete() and len(keys) < len(events)

    def passed_s(self):
        """Seconds that the station has lived through."""
        return self._passed

    # ------------------------------------------------------------------ how cars come and go

    def _live_a_day(self, ways):
        """Two cars, for a while at the same time."""
        one, other = self._draw.sample((1, 2), 2)
        self.come(one, ways)
        self.come(other, ways)
        self.leave(one, ways)
        self.charge(other, self._energy(), CARDS[other - 1])
        self.leave(other, ways)

    def come(self, evse, ways=WAYS):
        """A car comes and gets some energy. ways: how people may deal with the station."""
        card = CARDS[evse - 1]
        remotely = "remote" in ways and self._draw.random() < 0.3
        start = (lambda: self.remote_start(evse, card)) if remotely else None
        self.plug(evse)
        self.charge(evse, self._energy(), card, start)

    def leave(self, evse, ways=WAYS):
        """It has enough."""
        way = self._draw.choice(ways)
        if way == "tap":
            self.tap_out(evse, CARDS[evse - 1])
        elif way == "button":
            self.finish(evse, lambda: self.station.command(f"stop {evse}"))
        elif way == "remote":
            self.finish(evse, lambda: self.remote_stop(evse))
        self.unplug(evse)

    def _energy(self):
        return self._draw.randrange(500, 4000)

    def _sleep_until(self, moment):
        self.station_command(f"speed {_BY_NIGHT}")
        self.until(lambda _: self._passed >= moment)
        self.station_command(f"speed {_BY_DAY}")

    # What differs from other days: nobody here decides whether there is a link.

    def _settled(self, _):
        return True

    def status(self):
        now = super().status()
        self.weather.blow(now)
        return now

    def _made_offline(self, now):
        if self.weather.away:
            super()._made_offline(now)
        else:       # who knows what came and went since the last look
            self._known = {}

    def request(self, action, payload):
        """Refused, too: the station has come anew, and the answer will not come any more."""
        connection = self.csms.csms.connections
        future = self.csms.ask(action, payload)
        try:
            while not future.done():
                self.status()
                if self.csms.csms.connections != connection:
                    raise Refused(f"{action}: the connection has gone")
                self._news.wait(LOOK_S)
            answer = future.result()
        except (ConnectionClosed, TimeoutError) as error:
            raise Refused(f"{action}: {error!r}")
        finally:
            future.cancel()
        if answer["status"] != "Accepted":
            raise Refused(f"{action}: {answer}")
