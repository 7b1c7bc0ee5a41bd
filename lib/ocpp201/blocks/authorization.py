"""C. Authorization: is this token good, and at which EVSE does its driver want to charge?

`validate` returns at once; the verdict, an IdTokenInfoType, is handed to a callable: known cards
are asked first, then the CSMS. `authorized` lets an accepted driver happen to his place; what
follows for the transaction is state.py's business.
"""

_ACCEPTED = {"status": "Accepted"}


def present(context, evse_id, connector_id, id_token) -> bool:
    """A token is shown at an EVSE, or at the station (0): validates it, then acts on it (C01)."""
    for evse in context.state.evses:
        if evse.holds_cable_of(id_token):  # the refused driver is back and takes it (E05.FR.11)
            evse.holds_for = None
            context.callbacks.release_connector(evse.id)
            return True
    place = _place_of_driver(context, evse_id, id_token, None)
    if place and place.authorized:
        return authorized(context, evse_id, connector_id, id_token)  # E07.FR.01: no question asked
    if not (
        context.registration.accepted_once
        or context.variables.flag("TxCtrlr.TxBeforeAcceptedEnabled")
    ):
        context.log("warning", "token refused: the CSMS has not accepted the station yet")
        return False
    if context.outbox.exhausted():
        context.log("warning", "token refused: no room for another transaction")
        return False

    def then(info):
        refused = refusal(info, evse_id)
        place = _place_of_driver(context, evse_id, id_token, None)
        if place and place.authorized:
            refused = "shown twice before the answer came"
        if refused:
            context.log("warning", "token refused: %s" % refused)  # C01.FR.02
            return
        authorized(context, evse_id, connector_id, id_token, info)

    validate(context, id_token, then)
    return True


def authorized(context, evse_id, connector_id, id_token, info=_ACCEPTED, remote_start_id=None):
    """on_authorized: the token was accepted with this idTokenInfo. Starts, goes on, or - the same
    driver again - stops (E07.FR.01)."""
    group = info.get("groupIdToken")
    group = group and group["idToken"]
    place = _place_of_driver(context, evse_id, id_token, group)
    master = context.variables.text("AuthCtrlr.MasterPassGroupId")
    if place is None and not (group and group == master):  # C12.FR.09: that one stops only
        place = _place_for(context, evse_id, info.get("evseId"))
    if place is None:
        context.log("warning", "token accepted, but there is no EVSE for it")
        return False
    event = "stop"
    if not place.authorized:
        event = "authorized" if remote_start_id is None else "remote_start"
        place.take_driver(id_token, group, remote_start_id)
        place.suspended = False
        place.holds_for = None  # whose cable it is now
    context.block("transactions").happen(context, place, event, id_token)
    return True


def _place_of_driver(context, evse_id, id_token, group):
    """Where this driver is already: at the named EVSE, or (0) anywhere."""
    state = context.state
    for place in [state.evse(evse_id)] if evse_id else state.evses + state.waiting:
        if place and place.belongs_to(id_token, group):
            return place
    return None


def _place_for(context, evse_id, good_at):
    """Where a new driver goes, or None: the named EVSE; the one whose car waits; the only free
    one; none yet (TC_E_04). Whose token is good at some EVSEs only (C01.FR.21) can't wait to learn
    which one he gets."""
    state = context.state
    if evse_id:
        evse = state.evse(evse_id)
        return evse if state.usable(evse) else None
    evses = [one for one in state.evses if state.usable(one)]
    if good_at is not None:
        evses = [one for one in evses if one.id in good_at]
    waiting = [one for one in evses if one.connected]
    if waiting:
        return max(waiting, key=lambda evse: evse.plugged_at)  # own: the driver comes from there
    free = [one for one in evses if not one.transaction]
    if good_at or (len(free) == 1 and not state.waiting):
        return free[0] if free else None
    return state.wait_for_evse() if len(free) > len(state.waiting) else None


def validate(context, id_token, then):
    """Find out whether the token may charge; then(idTokenInfo) is called now, or when the CSMS has
    answered."""
    variables = context.variables
    kind = id_token["type"]
    if kind in ("Central", "NoAuthorization") or not variables.flag("AuthCtrlr.Enabled"):
        then(_ACCEPTED)  # C02.FR.01, C03.FR.01, C05.FR.01
        return
    online = context.outbox.online and context.registration.accepted()
    may_ask = online and not variables.flag("AuthCtrlr.DisableRemoteAuthorization")
    gate = "AuthCtrlr.LocalPreAuthorize" if online else "AuthCtrlr.LocalAuthorizeOffline"
    known = context.tokens.get(id_token["idToken"].lower())
    if known and known["type"] == kind and variables.flag(gate):
        if known["info"]["status"] == "Accepted" or not may_ask:  # C14.FR.03
            then(known["info"])  # C13.FR.02, C14.FR.02
            return
    if not (may_ask and context.outbox.put("Authorize", {"idToken": id_token}, then)):  # C01.FR.02
        then(_offline_verdict(context, online and not may_ask))


def refusal(info, evse_id):
    """Why a token with this idTokenInfo gets no energy at that EVSE (0: at none in particular);
    None if it does."""
    if info["status"] != "Accepted":
        return info["status"]
    if evse_id and evse_id not in info.get("evseId", (evse_id,)):
        return "not for EVSE %d" % evse_id  # C01.FR.21
    return None


def _offline_verdict(context, online):
    """What an unknown token gets when nobody can be asked (C15.FR.08)."""
    if not online and context.variables.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled"):
        return _ACCEPTED
    return {"status": "Unknown"}


def authorize_answered(context, answer, then):
    """A failed Authorize counts as being offline."""
    then(answer.get("idTokenInfo") if answer else _offline_verdict(context, False))
