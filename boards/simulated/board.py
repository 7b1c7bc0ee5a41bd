"""The simulated board: fulfils boards/board.py without hardware, on CPython and on the unix port
of MicroPython. It has all that a board can have, so there is nothing to inherit.

Cables, cars and registers are kept in `data_dir`, because cutting the station's power neither
unplugs a car nor turns a meter back; without a data_dir they last as long as this object.
"""

import json
import os

from boards.simulated.bay import Bay
from boards.simulated.network import Network
from evse.rare import forget


class Board:
    """`config` is the checked config file, or any part of it that has `evses`; log(level,
    text)."""

    console = "boards.simulated.console"

    def __init__(self, config: dict, data_dir, log):
        self._file = data_dir + "/simulated.json" if data_dir else None
        self._log = log
        self._now = 0
        self._unsaved = False
        self.time_set = None  # to what; a PC sets its clock by itself
        self._watchdog_s = config.get("watchdog_s")
        self.bitten = False  # by the watchdog: whatever still runs reaches no relay
        self.station = None
        self.network = Network()
        evses = config.get("evses") or [{}]
        kept = self._load(self._file, evses) if self._file else []
        self.bays = [
            Bay(evse, kept[n] if n < len(kept) else {}) for n, evse in enumerate(evses)
        ]

    def start(self, station):
        self.station = station
        for n, bay in enumerate(self.bays):
            if bay.occupied:
                station.bay(n + 1, True)
            for connector_id in bay.cables:
                station.plugged(n + 1, connector_id)
                if bay.car_left:
                    station.ev_unplugged(n + 1, connector_id)

    def stop(self):
        self.save()

    def tick(self, now: int):
        """Time passes for every car; tell the station what the cars did."""
        for n, bay in enumerate(self.bays):
            if bay.run(now - self._now):
                self._unsaved = True
            if bay.drew != bay.draws():
                bay.drew = bay.draws()
                self.station.ev_draws(n + 1, bay.drew)
            taken = bay.take_cable()
            if taken:
                self._unsaved = True
                self.station.unplugged(n + 1, taken)
        self._now = now
        if self._unsaved:  # before anybody has read the new number: a register never falls
            self.save()

    def relay(self, evse_id: int, closed: bool):
        self.bays[evse_id - 1].coil = closed and not self.bitten

    def mirror(self, evse_id: int):
        return self.bays[evse_id - 1].contacts()

    def offer(self, evse_id: int, limit_da: int):
        self.bays[evse_id - 1].offered_da = limit_da

    def lock(self, evse_id: int, connector_id: int, locked: bool) -> bool:
        moved = self.bays[evse_id - 1].move_lock(connector_id, locked)
        self._unsaved = self._unsaved or moved
        return moved

    def read_meter(self, evse_id: int, value):
        bay = self.bays[evse_id - 1]
        if not bay.meter_answers:
            return False
        bay.read_meter(value)
        return True

    async def open_connection(self, host: str, port: int, ssl=None, server_hostname=None):
        return await self.network.open_connection(host, port, ssl, server_hostname)

    def set_time(self, wall: int):
        self.time_set = wall

    def start_watchdog(self, seconds: int):
        """With the time-out that the config file says. Without it there is none: a PC that sleeps
        or is busy is no station that hangs."""
        if self._watchdog_s:
            from boards.simulated import watchdog

            self.feed = watchdog.start(self._watchdog_s, self._bite).feed

    def feed(self):
        """Until there is a watchdog."""

    def restart(self):
        """This process goes on."""

    def reset_cause(self) -> str:
        """As a processor: it knows power-on and its watchdog."""
        if self._watchdog_s:
            from boards.simulated import watchdog

            watchdog.stop()
            if watchdog.bitten():
                return "Watchdog"
        return "PowerUp"

    def _bite(self):
        """What a processor's reset does to its pins. Whatever still runs reaches no relay."""
        self.bitten = True
        for bay in self.bays:
            bay.coil = False

    def save(self):
        """Keep what outlasts a power cut: written beside and renamed, so that a cut leaves the old
        or the new."""
        self._unsaved = False
        if self._file is None:
            return
        try:
            with open(self._file + ".new", "w") as file:
                json.dump([bay.keep() for bay in self.bays], file)
            os.rename(self._file + ".new", self._file)
        except OSError as error:
            self._log("error", "board: cars and meters not kept: %s" % error)

    def _load(self, path: str, evses) -> list:
        from boards.simulated import kept

        forget("boards.simulated.kept")
        return kept.read(path, evses, self._log)
