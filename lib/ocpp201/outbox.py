"""Messages to the CSMS: their order, one CALL in flight, time-outs, retries, and what may be
dropped.

Three classes of message:

    durable  TransactionEvent, SecurityEventNotification: in the journal until the CSMS has
             answered or the attempts are used up, whatever happens to the power meanwhile
    plain    all else: dropped while offline (QueueAllMessages keeps it), and after one time-out
    answers  to the CSMS's own CALLs: always first, never queued behind anything

The oldest message goes first, over both queues; what a TriggerMessage or a report asked for, and
BootNotification, goes before. While the journal's head waits for its next attempt only younger
durable messages wait with it (E13.FR.02); plain ones go before that attempt, so that an event
which the CSMS does not take holds up nothing else.

A transmission counts as an attempt only if the link stayed up and no valid answer came. The link
asks for the next text when the last byte of the one before has left: that starts the time-out.
Time-outs are real seconds: a simulated clock that runs faster stretches them.

A CALL whose link goes away meets one of these ends: it had not left, it had left, it was answered
while the close came - all the same to us: durable messages are sent again with a new id (the CSMS
knows transactionId and seqNo), plain ones have failed.
"""

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


from . import rpc

_NEVER = const(0x3FFFFFFF)
_PLAIN_MAX = const(64)

_UNMADE = bytearray()  # payload of a message that may not be queued at all


class Message:
    """One CALL to come. `payload`: encoded, with room for its envelope. `age`: what is older goes
    first, 0 before all. `arg` is handed to the function that takes its answer. `kind`: of a
    message in the journal; None of the others."""

    def __init__(self, action: str, payload: bytearray, age: int, arg=None, kind=None):
        self.action = action
        self.payload = payload
        self.age = age
        self.arg = arg
        self.durable = kind is not None


class Outbox:
    def __init__(self, journal, registration, clock, ids, variables, log):
        self.journal = journal
        self.registration = registration
        self.clock = clock
        self.ids = ids
        self.variables = variables
        self.log = log
        self.online = self.wants_reconnect = False
        self.connections = 0  # a late answer belongs to the one where the question came
        self.sent_at = 0  # core second of the last CALL (G02.FR.05)
        self.in_flight = None
        self.message_id = None  # of the message in flight, or of the one before
        self._head = None  # the journal's oldest message, once it was asked for
        self._plain = []
        self._lost = []  # failed without a word; reported at the next wakeup
        self._answers = []
        self._deadline = None
        self._attempts = 0  # of the journal's head
        self._retry_at = 0
        self._silences = 0
        self._trouble = ""  # why the last CALL failed, until one is answered

    def put(self, action: str, payload: dict, arg=None, first: bool = False) -> bool:
        """Queue a CALL of the plain class. False: dropped, because nobody can be told now."""
        again = first or not payload  # asked for, or another Heartbeat, before it could leave
        for other in self._plain:
            if again and other.action == action and other.arg == arg:
                if other is not self.in_flight:
                    return True
        if len(self._plain) >= _PLAIN_MAX:
            self.log("warning", "%s dropped: %d messages wait" % (action, _PLAIN_MAX))
            return False
        # It goes after the newest durable one of today, and before the next.
        message = Message(action, _UNMADE, 0 if first else self.journal.seq + 1, arg)
        goes = self.online and self.registration.may_send(message)
        if not goes and not self._keeps(message):
            return False
        message.payload = rpc.payload(payload)  # what can't be encoded is not queued
        self._plain.append(message)
        return True

    def exhausted(self) -> bool:
        """Is there no room, or no flash, for another transaction?"""
        return self.journal.full or self.journal.failing

    def has(self, action: str) -> bool:
        """Does such a CALL of the plain class wait, or for its answer?"""
        for message in self._plain:
            if message.action == action:
                return True
        return False

    def normal(self) -> int:
        """How many CALLs of the plain class wait."""
        return len(self._plain)

    def _keeps(self, message) -> bool:
        """May it wait while we are offline? Somebody waits for the answer to a question, and would
        not know what to do with it tomorrow."""
        if message.action in ("Authorize", "DataTransfer", "Get15118EVCertificate"):
            return False
        return self.variables.flag("OCPPCommCtrlr.QueueAllMessages")

    def answer(self, text):
        """Queue the encoded answer to a CALL of the CSMS."""
        self._answers.append(text)

    def answers_pending(self) -> bool:
        return bool(self._answers)

    def next_text(self, now: int):
        """The next message to write, or None."""
        if self._answers:
            return self._answers.pop(0)
        if self.in_flight:
            if self._deadline is None:
                self._deadline = now + self._seconds("OCPPCommCtrlr.MessageTimeout#Default")
            return None
        message = self._choose(now) if self.online and not self.wants_reconnect else None
        if message is None:
            return None
        self.message_id = self.ids.message_id()
        payload = message.payload
        if message.durable:
            self._finish(message)
        else:
            self.clock.settle(payload)
        text = rpc.call(self.message_id, message.action, payload)
        self.in_flight = message
        self._deadline = None
        self.sent_at = now
        return text

    def _finish(self, message):
        """Fill in what may have changed since the message was made: the time, should the clock not
        have been known then, and that it waited while we were offline."""
        payload, journal = message.payload, self.journal
        self.clock.settle(payload, journal.head_offset)
        at = payload.find(b'"offline":false') if journal.is_offline(message.age) else -1
        if at >= 0:
            payload[at + 10 : at + 15] = b"true "  # as wide as `false`

    def _choose(self, now):
        best = None
        for message in self._plain:
            if self.registration.may_send(message) and (best is None or message.age < best.age):
                best = message
        head = self._oldest() if now >= self._retry_at else None
        if head and self.registration.may_send(head):
            if best is None or (head.age < best.age and not self._attempts):
                return head
        return best

    def _oldest(self):
        """The head of the journal as a message. It is read from flash once, not for each try."""
        if self._head is None:
            head = self.journal.head()
            if head:
                seq, kind, text = head
                self._head = _message(seq, kind, text)
        return self._head

    def done(self):
        """The message in flight was answered as it should be."""
        self._trouble = ""
        if self._land().durable:
            self._drop_head()

    def failed(self, now: int, why: str):
        """The message in flight got a CALLERROR, nonsense or nothing; returns it if that was its
        last attempt, else None."""
        message = self._land()
        self.log("debug" if why == self._trouble else "warning", "%s: %s" % (message.action, why))
        self._trouble = why
        if not message.durable:
            return message
        self._attempts += 1
        limit = self.variables.number("OCPPCommCtrlr.MessageAttempts#TransactionEvent")
        if message.action == "TransactionEvent" and self._attempts >= limit:
            self.log("error", "TransactionEvent given up after %d attempts" % self._attempts)
            self._drop_head()  # E13.FR.04
            return message
        wait = self._seconds("OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent")
        self._retry_at = now + wait * self._attempts  # E13.FR.03
        return None

    def _land(self):
        message, self.in_flight = self.in_flight, None
        self._deadline = None
        if not message.durable:
            self._plain.remove(message)
        return message

    def _drop_head(self):
        self.journal.acknowledge()
        self._head = None
        self._attempts = self._retry_at = 0

    def heard(self):
        """Something was received: the CSMS lives."""
        self._silences = 0

    def connected(self, up: bool):
        self.online = up
        self.connections += 1
        self.wants_reconnect = False
        self._answers.clear()
        self._silences = 0
        self.in_flight = self._deadline = None  # link loss is no attempt
        self.journal.flush()  # only the newest sample may be in RAM alone, and that while online
        if up:
            self._retry_at = 0
            return
        self.journal.mark_offline()
        for message in self._plain[:]:
            if not self._keeps(message):
                self._lost.append(message)
                self._plain.remove(message)

    def timed_out(self, now: int):
        """The message in flight, if its time is over."""
        if not self.in_flight or self._deadline is None or now < self._deadline:
            return None
        if not self.in_flight.durable:
            self._silences += 1
            self.wants_reconnect = self.wants_reconnect or self._silences >= 2
        return self.in_flight

    def next_lost(self):
        return self._lost.pop(0) if self._lost else None

    def due(self, now: int):
        """Core second at which wakeup has something to do here."""
        if self.in_flight and self._deadline is not None:
            return self._deadline
        if self.online and not self.in_flight and self._retry_at > now:
            return self._retry_at
        return _NEVER

    def waiting(self):
        """Every CALL that is not answered yet: the durable ones, then the others."""
        for seq, kind, text in self.journal:
            yield _message(seq, kind, text)
        yield from self._plain

    def _seconds(self, key) -> int:
        return self.variables.number(key) * self.clock.speed


def _message(seq, kind, text):
    action = "SecurityEventNotification" if kind == b"A" else "TransactionEvent"
    return Message(action, text, seq, None, kind)
