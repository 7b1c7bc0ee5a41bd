"""The commands of somebody who stands before the station with a car: what the console knows beyond
the usual on this board.

A line of HELP and a function do_<name> each, which takes the board and the words after the name.
ValueError: not understood, or not possible now.
"""

HELP = """
plug <evse> [connector]         the cable joins the car
unplug <evse> [connector]       the cable leaves the car
ev <evse> <charge|pause>        the car takes energy / stops taking it
load <evse> <watts>             what the car would draw
cable <evse> <lock-fail|lock-ok>  the connector lock
meter <evse> <stale|ok>         the meter stops answering / answers
network <down|up>               packets stop without a close / flow again
bay <evse> <taken|empty>        the parking bay
contactor <evse> <weld|ok>      its contacts stick / are new
"""

_MOST_W = 1000000


def do_plug(board, words):
    evse_id, connector_id, bay = _connector(board, words)
    bay.plug(connector_id)
    board.save()
    board.station.plugged(evse_id, connector_id)


def do_unplug(board, words):
    evse_id, connector_id, bay = _connector(board, words)
    off_station = bay.unplug(connector_id)
    board.save()
    if off_station:
        board.station.unplugged(evse_id, connector_id)
    else:
        board.station.ev_unplugged(evse_id, connector_id)


def do_ev(board, words):
    bay, word = _bay_and_word(board, words, "charge", "pause")
    bay.wants = word == "charge"
    board.save()


def do_load(board, words):
    _expect(words, 2, 2)
    bay = board.bays[_evse(board, words[0]) - 1]
    bay.load_w = _number(words[1], 0, _MOST_W, "watts")
    board.save()


def do_cable(board, words):
    bay, word = _bay_and_word(board, words, "lock-ok", "lock-fail")
    bay.lock_works = word == "lock-ok"


def do_meter(board, words):
    bay, word = _bay_and_word(board, words, "ok", "stale")
    bay.meter_answers = word == "ok"


def do_network(board, words):
    _expect(words, 1, 1)
    if _word(words[0], "up", "down") == "up":
        board.network.up()
    else:
        board.network.down()


def do_bay(board, words):
    bay, word = _bay_and_word(board, words, "taken", "empty")
    bay.occupied = word == "taken"
    board.save()
    board.station.bay(_evse(board, words[0]), bay.occupied)


def do_contactor(board, words):
    bay, word = _bay_and_word(board, words, "ok", "weld")
    bay.welded = word == "weld"


def _connector(board, words):
    _expect(words, 1, 2)
    evse_id = _evse(board, words[0])
    bay = board.bays[evse_id - 1]
    connector_id = 1
    if len(words) == 2:
        connector_id = _number(words[1], 1, bay.connectors, "connector")
    return evse_id, connector_id, bay


def _bay_and_word(board, words, one, other):
    _expect(words, 2, 2)
    return board.bays[_evse(board, words[0]) - 1], _word(words[1], one, other)


def _evse(board, text) -> int:
    return _number(text, 1, len(board.bays), "evse")


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
