"""Commands of the console: the config file as it is written, its keys as in the error texts
("evses.1.phases"). A change counts from the next start, once it is saved."""

import json

from evse.rare import forget


def do_config_show(station):
    yield json.dumps(masked(_written(station)))


def do_config_get(station, key):
    yield json.dumps(find(masked(_written(station)), key))


def do_config_set(station, key, text):
    edited = changed(_written(station), key, text)
    import config

    for name in ("config", "config_file"):
        forget(name)
    config.check(edited, station.path)
    station.edited = edited


def do_config_save(station):
    try:
        _file().save(_written(station), station.path)
    except OSError as error:
        raise ValueError(f"not saved, {error}")


def _written(station):
    """As it will be saved."""
    return station.edited or _file().load(station.path)


def _file():
    import config_file

    forget("config_file")
    return config_file


def masked(value):
    """A copy for the eyes of a person: no password in it."""
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, dict):
        return {k: "***" if k == "password" and v else masked(v) for k, v in value.items()}
    return value


def find(raw: dict, key: str):
    """The value at `key`. ValueError: there is none."""
    return _walk(raw, key, lambda place, last: place[last])


def changed(raw: dict, key: str, text: str) -> dict:
    """A copy with the JSON value `text` at `key`. ValueError: no such place, or not JSON."""
    copy = json.loads(json.dumps(raw))
    try:
        value = json.loads(text)
    except ValueError:
        raise ValueError(f"{key}: the value is not JSON")

    def put(place, last):
        place[last] = value

    _walk(copy, key, put)
    return copy


def _walk(place, key, act):
    parts = key.split(".")
    try:
        for n, part in enumerate(parts):
            if isinstance(place, list):
                part = range(len(place))[int(part) - 1 if part != "0" else len(place)]
            if n == len(parts) - 1:
                return act(place, part)
            place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
    except (LookupError, TypeError, ValueError):
        raise ValueError(f"{key}: there is no such key")
