"""Commands of the console: what a driver does at the station."""


def do_tap(station, text, kind="ISO14443", evse_id=0):
    _taken(station.controller.card(text, kind, evse_id))


def do_start(station, evse_id):
    _taken(station.controller.start_button(evse_id))


def do_stop(station, evse_id):
    _taken(station.controller.stop_button(evse_id))


def _taken(accepted):
    if not accepted:
        raise ValueError("refused, see log tail")
