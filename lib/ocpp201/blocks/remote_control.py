"""F. Remote control: the CSMS starts, stops, unlocks, and asks for messages. The answer leaves
first, then what follows from it."""

from .. import rpc


def request_start_transaction(context, request):
    """F01, F02. Rejected where no driver could start either."""
    evse = _evse_to_start(context.state, request.get("evseId"))
    refused = context.registration.status == "Pending"  # B02.FR.05
    refused = refused or context.outbox.exhausted()
    if evse is None or refused or not context.callbacks.remote_start_allowed(evse.id):
        return {"status": "Rejected"}
    answer = {"status": "Accepted"}
    if evse.transaction:
        answer["transactionId"] = evse.transaction.id  # F01.FR.13
    id_token, group = request.get("idToken"), request.get("groupIdToken")
    remote_start_id = request.get("remoteStartId")
    authorization = context.block("authorization")

    def then(info):
        why = authorization.refusal(info, evse.id)
        if evse.authorized:
            why = "somebody was faster"  # or the CSMS asked twice: that is no wish to stop
        if why:
            context.log("warning", "remote start: token refused: %s" % why)  # F01.FR.02
            return
        if group and "groupIdToken" not in info:
            info = {"status": "Accepted", "groupIdToken": group}  # C05.FR.05
        authorization.authorized(context, evse.id, 0, id_token, info, remote_start_id)

    if context.variables.flag("AuthCtrlr.AuthorizeRemoteStart"):
        authorization.validate(context, id_token, then)  # F01.FR.01
    else:
        then({"status": "Accepted"})
    return answer


def _evse_to_start(state, evse_id):
    """The EVSE named, or any that can be had, one with a cable first (F01.FR.20); None if there is
    none (F01.FR.21-24)."""
    if evse_id is not None:
        evse = state.evse(evse_id)
        return evse if evse and _can_be_had(state, evse) else None
    free = [evse for evse in state.evses if _can_be_had(state, evse)]
    plugged = [evse for evse in free if evse.connected]
    return (plugged or free or (None,))[0]


def _can_be_had(state, evse):
    """As for any driver; but no remote start while a reset is under way anywhere."""
    return not state.reset and state.usable(evse)


def request_stop_transaction(context, request):
    """F03.FR.07, F03.FR.08"""
    place = context.state.place_of(request.get("transactionId"))
    if place is None or context.registration.status == "Pending":
        return {"status": "Rejected"}
    context.block("transactions").happen(context, place, "remote_stop")
    return {"status": "Accepted"}


def unlock_connector(context, request):
    """F05. The answer comes when the lock has moved or has not."""
    evse = context.state.evse(request.get("evseId"))
    connector = context.state.connector(request.get("evseId"), request.get("connectorId"))
    if connector is None:
        return {"status": "UnknownConnector"}  # F05.FR.03
    if evse.transaction and evse.authorized and evse.connector_id == connector.id:
        return {"status": "OngoingAuthorizedTransaction"}  # F05.FR.02
    outbox = context.outbox
    asked, connection = [request.message_id], outbox.connections

    def done(status):
        """Heard once, and only on the connection where the question came."""
        if asked and outbox.connections == connection:
            outbox.answer(rpc.result(asked.pop(), rpc.payload({"status": status})))

    context.callbacks.unlock_connector(evse.id, connector.id, done)
    return None


# --- TriggerMessage (F06) ---
#
# A CSMS may ask a hundred times a second: the outbox takes no second one while the first waits.


def trigger_message(context, request):
    trigger = _TRIGGERS.get(request.get("requestedMessage"))
    if trigger is None:
        return {"status": "NotImplemented"}  # F06.FR.08
    return {"status": trigger(context, request.get("evse", {}))}


def _boot(context, reference):
    if context.registration.accepted():
        return "Rejected"  # F06.FR.17
    context.block("provisioning").boot(context, "Triggered")
    return "Accepted"


def _heartbeat(context, reference):
    context.block("availability").heartbeat(context, True)
    return "Accepted"


def _status(context, reference):
    """Only for one connector (F06.FR.12)."""
    state = context.state
    evse = state.evse(reference.get("id"))
    connector = state.connector(reference.get("id"), reference.get("connectorId"))
    if connector is None:
        return "Rejected"
    context.block("availability").send_status(context, evse, connector, True)
    return "Accepted"


def _meter_values(context, reference):
    """F06.FR.06. Rejected if no meter there has said anything yet."""
    meter_values = context.block("meter_values")
    status = "Rejected"
    for evse in _named(context, reference, context.state.evses):
        meter, key = evse.meter, "AlignedDataCtrlr.Measurands"
        if meter_values.send(context, evse.id, meter, key, "Trigger", True):
            status = "Accepted"
    return status


def _transaction_event(context, reference):
    """F06.FR.07. Rejected if no transaction runs there; at most one a second and transaction."""
    status = "Rejected"
    for place in _named(context, reference, context.state.running()):
        transaction = place.transaction
        if transaction is None:
            continue
        status = "Accepted"
        if transaction.triggered != context.now:
            transaction.triggered = context.now
            context.state.note("Updated", place, "Trigger", None, context.now)
    return status


def _log_status(context, reference):
    context.block("diagnostics").log_status(context)
    return "Accepted"


def _firmware_status(context, reference):
    context.block("firmware_management").firmware_status(context)
    return "Accepted"


def _named(context, reference, everywhere):
    """The EVSE that is named, if there is one with that id; without a name all."""
    if "id" not in reference:
        return everywhere
    evse = context.state.evse(reference["id"])
    return [evse] if evse else []


_TRIGGERS = {
    "BootNotification": _boot,
    "FirmwareStatusNotification": _firmware_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _log_status,
    "MeterValues": _meter_values,
    "StatusNotification": _status,
    "TransactionEvent": _transaction_event,
}
