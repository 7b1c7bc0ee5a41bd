"""What stands at one simulated EVSE: car, cables, lock, contactor and meter, as the physics would
have it.

The car asks for current as soon as it is offered some, unless told to pause, and takes what it
wants up to what it is offered. The mains has 230.0 V and 50 Hz, all phases carry the same. The
meter adds up watt-seconds and shows whole watt-hours.
"""

_LEAST_DA = 60  # below 6 A a pilot offers nothing (IEC 61851-1)


class Bay:
    """`kept` is what `keep()` gave before the power was cut; a car does not leave because of that,
    and a meter forgets nothing."""

    def __init__(self, evse: dict, kept: dict):
        kinds = evse.get("connectors", ("cType2",))
        self.connectors = len(kinds)
        self._sockets = [n + 1 for n, kind in enumerate(kinds) if kind[0] == "s"]
        self._phases = evse.get("phases", 3)
        self._max_da = evse.get("max_current_a", 32) * 10
        self.cables = kept.get("cables", [])  # connector ids; the first one carries current
        self.car_left = kept.get("car_left", False)  # it left its cable behind, in the lock
        self.locked = kept.get("locked", [])
        self.occupied = kept.get("occupied", False)
        self.wants = kept.get("wants", True)
        self.load_w = kept.get("load_w", 11040)
        self.energy_wh = kept.get("energy_wh", 0)
        self._rest_ws = kept.get("rest_ws", 0)
        self.lock_works = True
        self.meter_answers = True
        self.welded = False
        self.coil = False
        self.offered_da = 0
        self.drew = False  # as last told to the station

    def keep(self) -> dict:
        return {
            "cables": self.cables,
            "car_left": self.car_left,
            "locked": self.locked,
            "occupied": self.occupied,
            "wants": self.wants,
            "load_w": self.load_w,
            "energy_wh": self.energy_wh,
            "rest_ws": self._rest_ws,
        }

    def draws(self) -> bool:
        """Does the car ask for current?"""
        if not self.cables or self.car_left:
            return False
        return self.wants and self.load_w > 0 and self.offered_da >= _LEAST_DA

    def contacts(self) -> bool:
        return self.coil or self.welded

    def power_w(self) -> int:
        if not (self.contacts() and self.draws()):
            return 0
        return min(self.load_w, 23 * self._phases * min(self.offered_da, self._max_da))

    def run(self, seconds: int) -> bool:
        """Let time pass; True when the meter shows another number."""
        energy_ws = self.power_w() * seconds + self._rest_ws
        self._rest_ws = energy_ws % 3600
        self.energy_wh += energy_ws // 3600
        return energy_ws >= 3600

    def read_meter(self, value):
        power_w = self.power_w()
        value.energy_wh = self.energy_wh
        value.power_w = power_w
        value.frequency_mhz = 50000
        for phase in range(3):
            fitted = phase < self._phases
            value.voltage_dv[phase] = 2300 if fitted else -1
            value.current_ma[phase] = power_w * 100 // (23 * self._phases) if fitted else -1

    def move_lock(self, connector_id: int, locked: bool) -> bool:
        if not self.lock_works:
            return False
        if connector_id in self.locked:
            self.locked.remove(connector_id)
        if locked and connector_id in self._sockets:  # a fixed cable has no lock
            self.locked.append(connector_id)
        return True

    def plug(self, connector_id: int):
        if self.car_left and connector_id in self.cables:
            self.car_left = False
        elif connector_id in self.cables:
            raise ValueError("already plugged")
        else:
            self.cables.append(connector_id)
        self.wants = True

    def unplug(self, connector_id: int) -> bool:
        """Pull the cable. True: it is off the station; False: off the car only, the lock holds the
        other end."""
        if connector_id not in self.cables or self.car_left:
            raise ValueError("not plugged")
        self.drew = False  # the station knows that without being told
        if connector_id in self.locked:
            self.car_left = True
            return False
        self.cables.remove(connector_id)
        return True

    def take_cable(self) -> int:
        """Once released, a cable without its car is taken away by its owner. The connector, or
        0."""
        for connector_id in self.cables:
            if self.car_left and connector_id not in self.locked:
                self.cables.remove(connector_id)
                self.car_left = False
                return connector_id
        return 0
