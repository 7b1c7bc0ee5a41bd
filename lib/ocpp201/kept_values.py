"""Reads what of the device model was stored: the state "variables", JSON, schema 1:

    [[key, evse, connector, text], ...]

Needed at boot, and when storing has failed. A body that is none of ours is kept as the state
"variables.bad", for the program that wrote it.
"""

import json

_SCHEMA = 1


def load(store, log) -> list:
    """Its entries, which may be anything; none if there is nothing to be had."""
    try:
        entry = store.load("variables")
        if entry is None:
            return []
        try:
            entries = json.loads(entry[1]) if entry[0] == _SCHEMA else None
        except (MemoryError, RuntimeError, ValueError):
            entries = None
        if isinstance(entries, list):
            return entries
        log("error", "variables: not our format, kept as variables.bad")
        if store.load("variables.bad") != entry:
            store.save("variables.bad", entry[1], entry[0])
    except OSError as error:
        log("error", "variables not read: %s" % error)
    return []
