"""E. What is kept of a running transaction, so that a power cut at any moment neither loses it nor
begins it twice. (Read again by power_loss.py)

image    goes into the journal in one record with each message that tells a change: all that is
         needed to go on after that message, but for its seqNo, which the record carries
reading  a periodic sample changes nothing but the register, and to write it to flash each minute
         would wear it out. While it is on its way its numbers stand in a small two-slot state
         "txN" of EVSE N, from which the same message can be made again. That state also holds
         the newest register while samples wait offline to be written together; and, while an
         Ended waits for the contactor, that the driver has gone

So no seqNo is ever used for two messages, none is left out, and no more energy is forgotten than
that of one sample interval.
"""

import struct
from binascii import hexlify

from .. import rpc

_ROOM = 700  # bytes for the samples that wait for Ended

_state = bytearray(112)  # transaction id, seqNo, wall time, code, reading, stoppedReason
TRIGGERS = ("MeterValuePeriodic", "MeterValueClock", "Trigger")


def keep(context, happened, payload, changed) -> bool:
    """Put the message of what happened into the journal. `changed`: it tells more of the
    transaction than meter values. True: it survives a power cut."""
    event_type, transaction, trigger = happened[:3]
    place, journal = transaction.place, context.outbox.journal
    text = rpc.payload(payload)
    key, seq_no = transaction.key, transaction.seq_no
    if trigger in TRIGGERS and place.id and not changed:
        clock = trigger == "MeterValueClock"
        meter = place.sums if clock else place.meter
        held = journal.held(key)
        # Only one may be under way from RAM alone: the state has room for one.
        if not meter.signed and not (context.outbox.online and held is not None):
            oldest = seq_no if held is None else held
            if _save(context, transaction, meter, oldest, TRIGGERS.index(trigger)):
                journal.put(b"P", key, seq_no, text, None, False)
                return True
    image = None if event_type == "Ended" else describe(context, transaction)
    return journal.put(event_type[:1].encode(), key, seq_no, text, image)


def end_is_due(context, transaction):
    """Its Ended waits until energy has stopped: a power cut in between must not bring the driver
    back, nor his authorisation."""
    context.outbox.journal.flush()  # the state has no room for a sample as well
    _save(context, transaction, transaction.place.meter, transaction.seq_no, len(TRIGGERS))


def _save(context, transaction, meter, oldest, code) -> bool:
    wall = context.clock.kept(context.now, transaction)
    struct.pack_into("<36sIiB", _state, 0, transaction.key, oldest, wall, code)
    meter.pack_into(_state, 45)
    struct.pack_into("<23s", _state, 89, (transaction.stopped_reason or "").encode())
    try:
        context.store.save("tx%d" % transaction.place.id, _state)
        return True
    except OSError:  # the journal will try to write, and say it
        return False


def describe(context, transaction) -> bytes:
    """The image."""
    place = transaction.place
    samples = transaction.samples
    while len(samples) > 2 and rpc.size(samples) > _ROOM:
        samples = samples[:1] + samples[2:-1:2] + samples[-1:]  # as in an Ended that is too long
    reading = bytearray(44)
    place.meter.pack_into(reading, 0)
    return rpc.encode([
        place.id,
        place.transaction is transaction,  # if not, its Ended has not been made yet
        list(place.facts),
        [getattr(place, name) for name in place.KEPT.split()],
        [getattr(transaction, name) for name in transaction.KEPT.split()],
        samples,
        str(hexlify(reading), "ascii"),
        context.clock.kept(context.now, transaction),
    ])  # fmt: skip
