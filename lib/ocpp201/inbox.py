"""What the CSMS sends: each text is a CALL, the answer to ours, or nothing that we know.

A CALL is answered exactly once and its effect happens exactly once: the last answers are kept, so
that a CALL that comes twice gets the same answer again. Nonsense is answered at most once a
second.
"""

from binascii import crc32

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


from . import dispatch, rpc
from .rpc import RpcError

_CALL = const(2)
_RESULT = const(3)
_KEPT = const(8)  # answers
_KEPT_SIZE = const(256)  # a longer answer is not kept


class Inbox:
    """`bug(where, error)` is told of what our own code does wrong."""

    def __init__(self, context, bug):
        self._context = context
        self._bug = bug
        self._recent = []  # (message id, crc of the text, answer or None)
        self._nonsense = 0
        self._nonsense_at = -1  # core second of the last one that was answered
        self._nonsense_noted = -1  # minute of the last one that was noted

    def forget(self):
        """A new connection: its ids have nothing to do with those of the last."""
        self._recent = []

    def receive(self, buf, n: int):
        """One text in buf[:n]; len(buf) > n."""
        self._context.outbox.heard()
        try:
            kind, message_id, name, start, end = rpc.read(buf, n)
        except RpcError as error:
            self._refuse(error)
            return
        if kind == _CALL:
            self._call(message_id, name, buf, start, end)
        else:
            self._answer(kind, message_id, name, buf, start, end)

    def _refuse(self, error):
        """Not a frame, or a CALL that isn't one. Noted once a minute; answered always if it has an
        id, else once a second."""
        context = self._context
        self._nonsense += 1
        if error.message_id != "-1" or context.now != self._nonsense_at:
            if error.message_id == "-1":
                self._nonsense_at = context.now
            if error.code:
                context.outbox.answer(rpc.error(error.message_id, error.code, error.description))
        if context.now // 60 != self._nonsense_noted:
            self._nonsense_noted = context.now // 60
            what = "%s (%d so far)" % (error.description, self._nonsense)
            context.block("security").event(context, "InvalidMessages", what, None, context.now)

    def _call(self, message_id, action, buf, start, end):
        context = self._context
        crc = crc32(memoryview(buf)[:end])
        for known, asked, answer in self._recent:
            if known == message_id:
                if answer is None or asked != crc:
                    answer = rpc.error(message_id, "InternalError", "message id used before")
                context.outbox.answer(answer)
                return
        answer = self._answer_to(message_id, action, buf, start, end)
        if answer is not None:
            context.outbox.answer(answer)
            if len(answer) > _KEPT_SIZE:
                answer = None
        self._recent = self._recent[1 - _KEPT :] + [(message_id, crc, answer)]

    def _answer_to(self, message_id, action, buf, start, end):
        """The encoded answer, or None: the block answers later."""
        try:
            payload = dispatch.call(self._context, action, message_id, buf, start, end)
            if isinstance(payload, dict):
                payload = rpc.payload(payload)
            return None if payload is None else rpc.result(message_id, payload)
        except RpcError as error:
            self._context.log("warning", "%s: %s %s" % (action, error.code, error.description))
            return rpc.error(message_id, error.code, error.description)
        except Exception as error:
            self._bug(action, error)
            return rpc.error(message_id, "InternalError", "")

    def _answer(self, kind, message_id, code, buf, start, end):
        context = self._context
        outbox = context.outbox
        message = outbox.in_flight
        own = message_id == outbox.message_id
        if kind != _RESULT and message_id == "-1":
            own = True  # an error without id can only mean this one
        if message is None or not own:
            context.log("warning", "an answer to nothing that was asked")
            return
        arg = message.payload if message.durable else message.arg
        answer = None
        # Before the message is done with: without room for the block it is not answered.
        hear = dispatch.hearer(message.action)
        try:
            if kind != _RESULT:
                raise RpcError(code, "CALLERROR %s" % code)
            answer = dispatch.check_answer(message.action, buf, start, end)
            outbox.done()
        except RpcError as error:
            if outbox.failed(context.now, error.description) is None:
                return
        try:
            hear(context, answer, arg)
        except Exception as error:
            self._bug(message.action, error)
