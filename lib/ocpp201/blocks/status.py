"""What a display or a console shows of the station, in the specification's words. Loaded when one
asks."""


def describe(context, errors: int) -> dict:
    """The station-independent part of the console's `status`."""
    state = context.state
    outbox = context.outbox
    return {
        "registration": context.registration.status,
        "evses": [_evse(state, evse) for evse in state.evses],
        "waiting": [_transaction(place) for place in state.waiting if place.transaction],
        "queue": {"transaction": len(outbox.journal), "normal": outbox.normal()},
        "errors": errors,
    }


def _evse(state, evse):
    return {
        "id": evse.id,
        "availability": evse.shown or "Available",
        "connectors": [
            {
                "id": connector.id,
                "status": state.status(evse, connector),
                "plugged": connector.plugged,
            }
            for connector in evse.connectors
        ],
        "transaction": _transaction(evse),
        "limit_a": None,
        "power_w": max(0, evse.meter.power_w),
        "energy_wh": max(0, evse.meter.energy_wh),
    }


def _transaction(place):
    transaction = place.transaction
    if transaction is None:
        return None
    return {
        "id": transaction.id,
        "seq_no": transaction.seq_no - 1,
        "charging_state": place.charging_state,
        "id_token": place.id_token["idToken"] if place.id_token else None,
    }
