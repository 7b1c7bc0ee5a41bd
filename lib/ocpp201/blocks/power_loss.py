"""E. What becomes of the transactions that were running when the power was cut, or the program
ended without a word. (What is kept of them: transaction_image.py)

    the station restarts because somebody wanted it to      Ended, ImmediateReset or Reboot
    its Ended was due and had not been made                 Ended, for the reason it had
    no cable was in                                         goes on, the driver may still plug in
    the cable is in its connector within 10 s, the outage
    was short or its length is unknown, and the integrator
    has nothing against it                                  goes on: Updated, Interruption.End
    else                                                    Ended, PowerLoss

An Ended of here carries time and register of the newest sample that was kept: nobody knows what
happened later. Nothing leaves before the CSMS has accepted the station; nothing is decided before
the first wakeup, and no energy flows before the decision stands in the journal.
"""

import json
import struct
from binascii import unhexlify

from .. import rpc
from ..timefmt import format_time

_CABLE_S = 10
_STATE = 112  # bytes
_RESETS = {
    "RemoteReset": "ImmediateReset",
    "ScheduledReset": "ImmediateReset",
    "LocalReset": "Reboot",
    "FirmwareUpdate": "Reboot",
}
_CONTEXTS = {  # as in transaction_event.py
    0: ("SampledDataCtrlr.TxUpdatedMeasurands", "Sample.Periodic"),
    1: ("AlignedDataCtrlr.Measurands", "Sample.Clock"),
    2: ("SampledDataCtrlr.TxUpdatedMeasurands", "Trigger"),
}


def restore(context):
    """At boot: the transactions that the journal knows are at their places again."""
    for key, seq_no, image, offset in _open_transactions(context):
        transaction_id = str(key, "utf-8")
        try:
            text = bytearray(image)
            context.clock.settle(text, offset)
            _recall(context, transaction_id, seq_no + 1, json.loads(text), offset)
        except (ValueError, TypeError, IndexError, KeyError) as error:
            context.log("error", "transaction %s can't be read: %r" % (transaction_id, error))
            place = context.state.wait_for_evse()
            context.state.recall(place, transaction_id, context.now).seq_no = seq_no + 1
            wall = context.clock.estimate(context.now)
            why = "PowerLoss", "AbnormalCondition"
            place.recalled = [context.now, 0, wall, why, place.meter]


def _open_transactions(context):
    try:
        return list(context.outbox.journal.open_transactions())
    except OSError as error:
        context.log("error", "transactions before the power cut: %s" % error)
        return ()


def _recall(context, transaction_id, seq_no, image, offset):
    """`offset`: wall time of core second 0 of the boot that made the image."""
    evse_id, ran, facts, of_place, of_transaction, samples, reading, wall = image
    state = context.state
    place = state.evse(evse_id) or state.wait_for_evse()
    transaction = state.recall(place, transaction_id, context.now)
    for thing, values in ((place, of_place), (transaction, of_transaction)):
        for name, value in zip(thing.KEPT.split(), values):
            setattr(thing, name, value)
    place.facts = set(facts)
    place.meter.unpack(unhexlify(reading))
    transaction.samples = samples
    transaction.seq_no = seq_no
    wall = context.clock.wall_of(wall, offset)
    context.clock.not_before(wall)
    newest = _newest_reading(context, place, offset)
    # Only now: a further power cut must find that there was a cable, or the next car could have
    # this driver's transaction.
    place.facts = place.facts - {"connected", "energy"}
    connector_id, place.connector_id = place.connector_id, 0
    wall = max(wall, newest[0])
    why = None
    by = context.now
    reason = context.registration.restart_reason
    if newest[1] or not ran:
        transaction.stopped_reason = newest[1] or transaction.stopped_reason
        why = transaction.stopped_reason or "Local", "StopAuthorized"
    elif reason in _RESETS:
        why = _RESETS[reason], "ResetCommand"
    elif evse_id and not state.evse(evse_id):
        why = "PowerLoss", "AbnormalCondition"
    elif connector_id:
        by += _CABLE_S
    reading = place.meter.new()  # what is read from now on is of another time
    reading.copy_from(place.meter)
    place.recalled = [by, connector_id, wall, why, reading]


def _newest_reading(context, place, offset):
    """Take the newest reading, and make the message of a sample again that may have been on its
    way; returns (wall time of the reading, stoppedReason if the end was due). (0, ""): the journal
    knows better."""
    try:
        entry = context.store.load("tx%d" % place.id)
    except OSError as error:
        context.log("error", "tx%d not read: %s" % (place.id, error))
        return 0, ""
    transaction = place.transaction
    key = transaction.key
    if entry is None or len(entry[1]) != _STATE or entry[1][:36].rstrip(b"\0") != key:
        return 0, ""
    seq_no, kept, trigger = struct.unpack_from("<IiB", entry[1], 36)
    reading = place.meter.new()
    reading.unpack(entry[1][45:89])
    if reading.energy_wh < place.meter.energy_wh:
        return 0, ""
    wall = context.clock.wall_of(kept, offset)
    context.clock.not_before(wall)
    if wall != kept:  # by the time of that boot: the next one would take it by ours
        _keep_wall(context, place, entry[1], wall)
    place.meter.copy_from(reading)
    lost = seq_no >= transaction.seq_no
    transaction.seq_no = max(seq_no, transaction.seq_no)
    if trigger not in _CONTEXTS:
        return wall, str(entry[1][89:].rstrip(b"\0"), "utf-8") or "Local"
    if lost:
        variable, reading_context = _CONTEXTS[trigger]
        sample = _sample(context, reading, variable, reading_context, wall)
        triggers = context.block("transaction_image").TRIGGERS
        _tell(context, place, "Updated", triggers[trigger], wall, [sample])
    return wall, ""


def _keep_wall(context, place, entry, wall):
    entry = bytearray(entry)
    struct.pack_into("<i", entry, 40, wall)
    try:
        context.store.save("tx%d" % place.id, entry)
    except OSError:
        pass  # the journal will say that the medium fails


def settle(context, place):
    """Decide what becomes of it: the cable is back, or did not come in time."""
    by, connector_id, wall, why, reading = place.recalled
    place.recalled = None
    transaction = place.transaction
    if transaction is None:
        return
    if why is None and not connector_id:
        # Kept anew: its times are settled now, and those of this boot count from another second.
        image = context.block("transaction_image").describe(context, transaction)
        journal, seq_no = context.outbox.journal, transaction.seq_no - 1
        transaction.journaled = journal.put(b"T", transaction.key, seq_no, b"", image)
        return
    if why is None and place.connector_id == connector_id and _may_resume(context, place, wall):
        _resume(context, place)
        return
    reason, trigger = why or ("PowerLoss", "AbnormalCondition")
    transaction.stopped_reason = reason
    end = _sample(context, reading, "SampledDataCtrlr.TxEndedMeasurands", "Transaction.End", wall)
    samples = transaction.samples + ([end] if end else [])
    place.charging_state = "EVConnected" if place.connector_id else "Idle"
    _tell(context, place, "Ended", trigger, wall, samples)
    context.state.settle(place, "Ended")
    if place.id:
        context.callbacks.release_connector(place.id)
        context.callbacks.transaction_ended(place.id, transaction.id)


def _may_resume(context, place, wall):
    variables, utc = context.variables, context.clock.utc(context.now)
    if not variables.flag("InternalCtrlr.ResumeTransactionsOnBoot"):
        return False
    longest = variables.number("InternalCtrlr.MaxResumeOutage")
    if utc is not None and utc - wall > longest:
        return False
    return context.callbacks.can_resume(place.id, place.transaction.id)


def _resume(context, place):
    """It goes on with the same id and the next seqNo. No energy has flowed since."""
    place.facts = place.facts | {"connected"}
    place.charging_state = "SuspendedEVSE" if place.authorized else "EVConnected"
    transaction = place.transaction
    variable = "SampledDataCtrlr.TxUpdatedMeasurands"
    take = context.block("meter_sample").sample
    sample = take(context, place.meter, variable, "Interruption.End", transaction)
    samples = [sample] if sample else []
    transaction.journaled = _tell(context, place, "Updated", "ChargingStateChanged", None, samples)
    context.log("info", "transaction %s goes on at EVSE %d" % (transaction.id, place.id))


def _sample(context, reading, variable, reading_context, wall):
    """A sample of that time."""
    sample = context.block("meter_sample").sample(context, reading, variable, reading_context)
    if sample:
        sample["timestamp"] = format_time(wall)
    return sample


def _tell(context, place, event_type, trigger, wall, samples) -> bool:
    """A TransactionEvent of that wall time, or (None) of now, into the journal."""
    transaction, clock = place.transaction, context.clock
    info = {"transactionId": transaction.id, "chargingState": place.charging_state}
    if event_type == "Ended":
        info["stoppedReason"] = transaction.stopped_reason
    payload = {
        "eventType": event_type,
        "timestamp": format_time(wall) if wall else clock.stamp(context.now, transaction),
        "triggerReason": trigger,
        "seqNo": transaction.seq_no,
        "offline": not context.outbox.online,
        "transactionInfo": info,
    }
    if samples:
        payload["meterValue"] = samples
    image = None
    if event_type != "Ended":
        image = context.block("transaction_image").describe(context, transaction)
    kind, key = event_type[:1].encode(), transaction.key
    text, journal = rpc.payload(payload), context.outbox.journal
    durable = journal.put(kind, key, transaction.seq_no, text, image)
    transaction.seq_no += 1
    context.callbacks.transaction_event(payload)
    return durable
