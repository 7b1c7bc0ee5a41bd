"""The engine under ChargePoint: the link's four verbs, and the round that acts on what was noted.

Handlers and received texts only note facts; `wakeup` acts on them, in one order (_ROUND):

    what is due by time       time-outs of CALLs, of cables; samples
    power that must go        before anything is said about it
    status                    StatusNotification, before the event that caused it
    events                    TransactionEvents into the journal
    what waited for the end   scheduled ChangeAvailability: power that must go, and its status
    power that may come       after Started stands in the journal
    events again              when callbacks have noted some
    what else is due          Heartbeat, BootNotification, Reset; what waits for flash

A step that fails is our bug: it is logged and counted, the others go on, and no power is permitted
in that round.
"""

from . import dispatch
from .context import Context
from .inbox import Inbox
from .journal import Journal
from .outbox import Outbox
from .registration import Registration
from .state import State
from .wallclock import WallClock

_ROUND = """
transactions.tick
meter_values.tick
transactions.forbid_power
availability.report
transaction_event.flush
availability.carry_out_scheduled
transactions.forbid_power
availability.report
transactions.permit_power
transaction_event.look_again
availability.tick
provisioning.tick
reset.tick
"""


class Engine:
    """`connectors`: how many each EVSE has, e.g. (2, 2). `variables`, `store`, `ids`: see those
    files. `tokens`: cards that are known without asking. `log(level, text)`."""

    def __init__(self, callbacks, connectors, variables, store, ids, log, tokens=None):
        dispatch.load_usual()
        self.errors = 0  # our own bugs caught, never bad input
        self.variables = variables
        self.clock = WallClock(store, log)
        self.registration = Registration()
        self.state = State(connectors)
        journal = Journal(store, self.clock, ids.boot_count, log)
        self.outbox = Outbox(journal, self.registration, self.clock, ids, variables, log)
        self.context = Context(
            self.clock, ids, log, callbacks, variables, self.state, self.outbox,
            self.registration, store, {} if tokens is None else tokens, dispatch.block,
        )  # fmt: skip
        self._inbox = Inbox(self.context, self._bug)
        self._round = [("_give_up", self._give_up)]
        for step in _ROUND.split():
            block, name = step.split(".")
            self._round.append((name, getattr(dispatch.block(block), name)))
        self._round += [("keep", self.clock.keep), ("_save", self._save)]
        self._exhausted = False
        self._do("boot_reason", "restore")
        self._do("operational_status", "restore")
        self._do("power_loss", "restore")

    def connected(self, up: bool, now: int):
        """The websocket is open, or gone."""
        self.context.now = now
        self._inbox.forget()
        try:
            self.outbox.connected(up)
        except Exception as error:
            self._bug("connected", error)
        self._do("provisioning", "connected", up)

    def receive_text(self, text, now: int, n: int = -1):
        """One complete text message: text[:n] of a bytearray with room behind it, or (n = -1) all
        of str or bytes."""
        self.context.now = now
        try:
            if n < 0:
                text = bytearray(text.encode() if isinstance(text, str) else text)
                n = len(text)
                text.append(0)
            self._inbox.receive(text, n)
        except Exception as error:
            self._bug("receive_text", error)

    def next_text(self, now: int):
        """The next message to write, or None. Ask again when its last byte has left: that starts
        its time-out."""
        try:
            return self.outbox.next_text(now)
        except Exception as error:
            self._bug("next_text", error)
            return None

    def wakeup(self, now: int) -> int:
        """Act on what was noted; returns the core second at which it wants to be woken at the
        latest."""
        context = self.context
        context.now = now
        due = now + 86400  # a day
        well = True
        for name, function in self._round:
            if not well and name == "permit_power":
                continue
            try:
                at = function(context)
            except Exception as error:
                self._bug(name, error)
                well, at = False, now + 1
            if at is not None and at < due:
                due = at
        return min(due, self.outbox.due(now))

    def close(self):
        """Before the power goes on purpose: nothing waits in RAM alone."""
        self.outbox.journal.close()

    @property
    def wants_reconnect(self) -> bool:
        """The link is asked to drop the connection and to open a new one, once all answers have
        left and the CALL in flight has its own: an end in the middle of either may cost both."""
        return self.outbox.wants_reconnect and not (
            self.outbox.in_flight or self.outbox.answers_pending()
        )

    @wants_reconnect.setter
    def wants_reconnect(self, value: bool):
        self.outbox.wants_reconnect = value

    # --- for the handlers ---

    def _at_evse(self, block, name, evse_id, *args):
        """Call a block's function with the EVSE of that id."""
        evse = self.state.evse(evse_id)
        if evse is None:
            return self._refused("EVSE", evse_id)
        return self._do(block, name, evse, *args)

    def _at(self, block, name, evse_id, connector_id, *args):
        """The same with EVSE and connector."""
        connector = self.state.connector(evse_id, connector_id)
        if connector is None:
            return self._refused("connector", (evse_id, connector_id))
        return self._do(block, name, self.state.evse(evse_id), connector, *args)

    def _do(self, block, name, *args):
        try:
            return getattr(dispatch.block(block), name)(self.context, *args)
        except Exception as error:
            self._bug(name, error)
            return False

    def _refused(self, what, given) -> bool:
        self.context.log("warning", "refused: %s %r" % (what, (given,)))
        return False

    def _give_up(self, context):
        """CALLs that nobody will answer any more: tell the blocks that asked."""
        outbox = self.outbox
        message = outbox.timed_out(context.now)
        if message:
            message = outbox.failed(context.now, "no answer")
        message = message or outbox.next_lost()
        while message:
            try:
                arg = message.payload if message.durable else message.arg
                dispatch.hearer(message.action)(context, None, arg)
            except Exception as error:
                self._bug(message.action, error)
            message = outbox.next_lost()

    def _save(self, context):
        """What waits to be written to flash; and when that fails, or is full: the event, once."""
        due = self.outbox.journal.tick(context.now)
        before, self._exhausted = self._exhausted, self.outbox.exhausted()
        if self._exhausted and not before:
            context.block("security").raise_event(context, "MemoryExhaustion")
        elif before and not self._exhausted:
            context.block("transactions").safe_again(context)
        return due

    def _bug(self, where, error):
        self.errors += 1
        context = self.context
        context.log("error", "bug in %s: %r" % (where, error))
        try:
            context.callbacks.bug_caught(where, error)
        except Exception as another:
            context.log("error", "bug in bug_caught: %r" % another)
