"""C. Authorization: is this token good? Known cards, then the CSMS.

`validate` returns at once; the verdict, an IdTokenInfoType, is handed to a callable. Nothing here
starts or stops anything: transactions do.
"""


def validate(context, id_token, then):
    """Find out whether the token may charge; then(idTokenInfo) is called now, or when the CSMS has
    answered."""
    variables = context.variables
    kind = id_token["type"]
    if kind in ("Central", "NoAuthorization") or not variables.flag("AuthCtrlr.Enabled"):
        then({"status": "Accepted"})  # C02.FR.01, C03.FR.01, C05.FR.01
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
        return {"status": "Accepted"}
    return {"status": "Unknown"}


def authorize_answered(context, answer, then):
    """A failed Authorize counts as being offline."""
    then(answer.get("idTokenInfo") if answer else _offline_verdict(context, False))
