"""The commands of somebody who stands before the station with a car: what the console knows beyond
the usual on this board.

Each takes the words after its name and returns the lines to print. ValueError: not understood, or
not possible now.
"""

HELP = (
    "plug <evse> [connector]         the cable joins the car",
    "unplug <evse> [connector]       the cable leaves the car",
    "ev <evse> charge|pause          the car takes energy / stops taking it",
    "load <evse> <watts>             what the car would draw",
    "cable <evse> lock-fail|lock-ok  the connector lock",
    "meter <evse> stale|ok           the meter stops answering / answers",
    "network down|up                 packets stop without a close / flow again",
    "bay <evse> taken|empty          the parking bay",
    "contactor <evse> weld|ok        its contacts stick / are new",
)

_MOST_W = 1000000


class Console:
    def __init__(self, board):
        self._board = board

    def commands(self) -> dict:
        return {
            "plug": self.plug,
            "unplug": self.unplug,
            "ev": self.ev,
            "load": self.load,
            "cable": self.cable,
            "meter": self.meter,
            "network": self.network,
            "bay": self.bay,
            "contactor": self.contactor,
        }

    def plug(self, words):
        evse_id, connector_id, bay = self._connector(words)
        bay.plug(connector_id)
        self._board.save()
        self._board.station.plugged(evse_id, connector_id)
        return ()

    def unplug(self, words):
        evse_id, connector_id, bay = self._connector(words)
        off_station = bay.unplug(connector_id)
        self._board.save()
        if off_station:
            self._board.station.unplugged(evse_id, connector_id)
        else:
            self._board.station.ev_unplugged(evse_id, connector_id)
        return ()

    def ev(self, words):
        bay, word = self._bay_and_word(words, "charge", "pause")
        bay.wants = word == "charge"
        self._board.save()
        return ()

    def load(self, words):
        _expect(words, 2, 2)
        bay = self._board.bays[self._evse(words[0]) - 1]
        bay.load_w = _number(words[1], 0, _MOST_W, "watts")
        self._board.save()
        return ()

    def cable(self, words):
        bay, word = self._bay_and_word(words, "lock-ok", "lock-fail")
        bay.lock_works = word == "lock-ok"
        return ()

    def meter(self, words):
        bay, word = self._bay_and_word(words, "ok", "stale")
        bay.meter_answers = word == "ok"
        return ()

    def network(self, words):
        _expect(words, 1, 1)
        if _word(words[0], "up", "down") == "up":
            self._board.network.up()
        else:
            self._board.network.down()
        return ()

    def bay(self, words):
        bay, word = self._bay_and_word(words, "taken", "empty")
        bay.occupied = word == "taken"
        self._board.save()
        self._board.station.bay(self._evse(words[0]), bay.occupied)
        return ()

    def contactor(self, words):
        bay, word = self._bay_and_word(words, "ok", "weld")
        bay.welded = word == "weld"
        return ()

    def _connector(self, words):
        _expect(words, 1, 2)
        evse_id = self._evse(words[0])
        bay = self._board.bays[evse_id - 1]
        connector_id = 1
        if len(words) == 2:
            connector_id = _number(words[1], 1, bay.connectors, "connector")
        return evse_id, connector_id, bay

    def _bay_and_word(self, words, one, other):
        _expect(words, 2, 2)
        return self._board.bays[self._evse(words[0]) - 1], _word(words[1], one, other)

    def _evse(self, text) -> int:
        return _number(text, 1, len(self._board.bays), "evse")


def _expect(words, least, most):
    if not least <= len(words) <= most:
        raise ValueError("wrong number of words")


def _word(text, one, other) -> str:
    if text not in (one, other):
        raise ValueError("%s: must be %s or %s" % (text, one, other))
    return text


def _number(text, least, most, name) -> int:
    """Plain decimal digits; int() alone takes " 1", "+1" and "1_000" as well."""
    if not text.isdigit() or len(text) > 9 or not least <= int(text) <= most:
        raise ValueError("%s must be a number from %d to %d" % (name, least, most))
    return int(text)
