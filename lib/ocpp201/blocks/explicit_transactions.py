"""E. Transactions that an integrator begins and ends himself, in the specification's words; for
all others the facts decide (state.py).
"""

_IDS_KEPT = 32

_TRIGGERS = (
    "Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged", "Deauthorized",
    "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout", "MeterValueClock",
    "MeterValuePeriodic", "TimeLimitReached", "Trigger", "UnlockCommand", "StopAuthorized",
    "EVDeparted", "EVDetected", "RemoteStop", "RemoteStart", "AbnormalCondition",
    "SignedDataReceived", "ResetCommand",
)  # fmt: skip

# stoppedReason, and its usual triggerReason
_REASONS = {
    "DeAuthorized": "Deauthorized",
    "EmergencyStop": "AbnormalCondition",
    "EnergyLimitReached": "EnergyLimitReached",
    "EVDisconnected": "EVCommunicationLost",
    "GroundFault": "AbnormalCondition",
    "ImmediateReset": "ResetCommand",
    "Local": "StopAuthorized",
    "LocalOutOfCredit": "ChargingStateChanged",
    "MasterPass": "StopAuthorized",
    "Other": "AbnormalCondition",
    "OvercurrentFault": "AbnormalCondition",
    "PowerLoss": "AbnormalCondition",
    "PowerQuality": "AbnormalCondition",
    "Reboot": "ResetCommand",
    "Remote": "RemoteStop",
    "SOCLimitReached": "EnergyLimitReached",
    "StoppedByEV": "StopAuthorized",
    "TimeLimitReached": "TimeLimitReached",
    "Timeout": "EVConnectTimeout",
}


def charging_state_changed(context, evse, charging_state, trigger) -> bool:
    """on_charging_state_changed with a triggerReason of his own."""
    if trigger not in _TRIGGERS:
        return _refused(context, evse, "no trigger reason")
    transactions = context.block("transactions")
    return transactions.charging_state_changed(context, evse, charging_state, trigger)


def started(context, evse, connector, session_id, timestamp, trigger, meter_start, id_token,
            group, reservation_id, remote_start_id, charging_state) -> bool:  # fmt: skip
    """on_transaction_started"""
    state = context.state
    session_id = context.ids.transaction_id() if session_id is None else session_id
    at, wrong = context.now, None
    if trigger not in _TRIGGERS:
        wrong = "no trigger reason"
    for number in (reservation_id, remote_start_id):
        if number is not None and type(number) is not int:
            wrong = "an id is not a number"
    try:
        at = context.clock.moment(timestamp, at)
    except ValueError:
        wrong = "not a timestamp"
    usable = isinstance(session_id, str) and 0 < len(session_id) <= 36
    if not usable or session_id in state.used_ids:  # E01.FR.08
        wrong = "the session id was used before or can't be used"
    if evse.transaction or state.status(evse, connector) in ("Faulted", "Unavailable"):
        wrong = "it is in use or out of service"
    if wrong:
        return _refused(context, evse, wrong)
    state.used_ids = state.used_ids[1 - _IDS_KEPT :] + [session_id]
    group = group and group["idToken"]
    evse.charging_state = charging_state or ("EVConnected" if evse.connected else "Idle")
    state.begin(evse, session_id, trigger, at, id_token, group, remote_start_id)
    evse.transaction.meter_start = meter_start
    evse.transaction.reservation_id = reservation_id
    return True


def finished(context, evse, timestamp, meter_stop, reason, trigger, id_token,
             signed_meter_value, charging_state) -> bool:  # fmt: skip
    """on_transaction_finished"""
    usual = _usual_trigger(reason)
    if usual is None:
        return _refused(context, evse, "no reason")
    trigger = usual if trigger is None else trigger
    if trigger not in _TRIGGERS:
        return _refused(context, evse, "no trigger reason")
    if evse.transaction is None:
        return False
    try:
        evse.transaction.ended_at = context.clock.moment(timestamp, context.now)
    except ValueError:
        return _refused(context, evse, "not a timestamp")
    evse.transaction.meter_stop = meter_stop
    if signed_meter_value:
        evse.meter.signed = {
            "signedMeterData": signed_meter_value, "signingMethod": "", "encodingMethod": "",
            "publicKey": "",
        }  # fmt: skip
    transactions = context.block("transactions")
    transactions.end(context, evse, reason, trigger, id_token, charging_state)
    return True


def set_stop_reason(context, evse, reason) -> bool:
    """set_stop_reason"""
    if _usual_trigger(reason) is None:
        return _refused(context, evse, "no reason")
    evse.stop_reason = reason
    return True


def _usual_trigger(reason):
    """The triggerReason of a stoppedReason; None: it is none."""
    return _REASONS.get(reason) if isinstance(reason, str) else None


def _refused(context, evse, why) -> bool:
    context.log("warning", "refused at EVSE %d: %s" % (evse.id, why))
    return False
