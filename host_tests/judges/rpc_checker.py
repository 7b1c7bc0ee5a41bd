"""The policeman of the RPC layer: reads every text of both directions and notes what is wrong.

No CSMS that we know checks ids, arity, the single open CALL or that each CALL is answered once
(OCPP-J 4.1, 4.2), so this stands between station and CSMS in every test. It judges the station
only. The CSMS may send garbage on purpose; that decides what the station may answer.

    checker = RpcChecker()
    checker.connection_opened()
    checker.station_sent('[2,"1","BootNotification",{...}]')
    checker.csms_sent('[3,"1",{...}]')
    checker.assert_clean()          # nothing wrong so far
    checker.assert_complete()       # ... and no CALL and no transaction left open

It has no clock: a test that lets a CALL time out says so with `call_expired()`, or for a while
with `calls_expire`; one that restarts the station with `station_restarted()`.
"""

import json
import re
from collections import Counter

from host_tests.judges import schemas
from host_tests.judges.transactions import Transactions

_CALL, _RESULT, _ERROR = 2, 3, 4

_ERROR_CODES = frozenset(
    """FormatViolation GenericError InternalError MessageTypeNotSupported NotImplemented
    NotSupported OccurrenceConstraintViolation PropertyConstraintViolation ProtocolError
    RpcFrameworkError SecurityError TypeConstraintViolation""".split()
)
# B02.FR.01 and, because credentials are renewed while Pending, A00.FR.806 and A01.FR.05.
_ANSWERED_WHILE_PENDING = frozenset(
    """GetVariables SetVariables GetBaseReport GetReport TriggerMessage RequestStartTransaction
    RequestStopTransaction CertificateSigned InstallCertificate DeleteCertificate
    GetInstalledCertificateIds SetNetworkProfile Reset""".split()
)
_SENT_WHILE_PENDING = frozenset(("BootNotification", "NotifyReport"))     # B02.FR.02


class RpcChecker:
    """violations: readable strings, in the order of the messages.

    registration: what the station knows of it: "" before the first answer, then the boot status.
    power_cut: set it when the station's power was cut, before it is back.
    calls_expire: the CSMS answers late or never, any CALL may be given up for the next one.
    """

    def __init__(self, gaps_allowed=False):
        """gaps_allowed: seqNo may jump, for tests in which a full queue is thinned out."""
        self.violations = []
        self.registration = ""
        self.power_cut = False
        self.calls_expire = False
        self.transactions = Transactions(self._report, gaps_allowed)
        self.calls = {"station": Counter(), "csms": Counter()}  # by action
        self.errors = Counter()     # CALLERRORs of the station, by code
        self._used_ids = set()
        self._triggered = set()     # actions that a TriggerMessage asked for
        self.connection_opened()

    # What happens to the connection and to the station.

    def connection_opened(self):
        """A new websocket: what was open on the last one will never be answered."""
        self._open_call = None      # (id, action, payload) of the station
        self._asked = []            # (id, action, payload, registration) of the CSMS, unanswered
        self._excuses = []          # for each malformed text: the ids that a CALLERROR may carry

    def connection_closed(self):
        self.transactions.connection_lost()
        self.connection_opened()

    def station_restarted(self):
        """Everything starts with a BootNotification again. Ids stay used."""
        self.connection_closed()
        self.registration = ""
        self._triggered.clear()

    def call_expired(self):
        """The station gave up its open CALL: it may send the next one."""
        self._open_call = None

    # The messages.

    def station_sent(self, text):
        try:
            message = strict_json(text)
        except ValueError as error:
            self._report(f"not JSON ({error}): {text!r:.200}")
            return
        if not isinstance(message, list) or not message:
            self._report(f"not a JSON array: {text!r:.200}")
        elif message[0] == _CALL and self._has_arity(message, 4):
            self._station_called(*message[1:])
        elif message[0] == _RESULT and self._has_arity(message, 3):
            self._station_answered(*message[1:])
        elif message[0] == _ERROR and self._has_arity(message, 5):
            self._station_refused(*message[1:])
        elif message[0] not in (_CALL, _RESULT, _ERROR):
            self._report(f"unknown message type: {text!r:.200}")

    def station_sent_binary(self):
        self._report("binary frame")

    def csms_sent(self, text):
        try:
            message = strict_json(text)
        except ValueError:
            self._excuses.append({"-1", *re.findall(r'^\s*\[[^,]*,\s*"([^"]{1,36})"', text)})
            return
        kind = message[0] if isinstance(message, list) and message else None
        if isinstance(kind, bool) or kind not in (_CALL, _RESULT, _ERROR):
            self._excuses.append({"-1", _id_of(message)})
        elif kind == _CALL:
            self._csms_called(message)
        elif len(message) >= 3:
            self._csms_answered(kind, message[1], message[2])

    # Verdicts.

    def assert_clean(self):
        assert not self.violations, "\n".join(["the station broke OCPP-J:", *self.violations])

    def assert_complete(self):
        """Clean, and nothing is left open: no CALL of either side, no transaction."""
        self.assert_clean()
        assert not self.unfinished(), "\n".join(["left open:", *self.unfinished()])

    def unfinished(self):
        return self.unanswered() + [f"transaction {one}" for one in self.transactions.open()]

    def unanswered(self):
        """The open CALLs of both sides, in words."""
        calls = [f"{action} {message_id} of the CSMS" for message_id, action, *_ in self._asked]
        if self._open_call:
            calls.append("{1} {0} of the station".format(*self._open_call))
        return calls

    def summary(self):
        """By kind: {"station Heartbeat": 3, "csms Reset": 1, "CALLERROR GenericError": 1}"""
        counted = {f"CALLERROR {code}": count for code, count in self.errors.items()}
        for side, calls in self.calls.items():
            counted.update({f"{side} {action}": count for action, count in calls.items()})
        return counted

    # The station's side.

    def _station_called(self, message_id, action, payload):
        about = f"{action} {message_id}"
        self.transactions.answer_arrived()
        self._check_new_id(message_id, about)
        if self._open_call and not self.calls_expire:
            self._report("{0} while {2} {1} is unanswered".format(about, *self._open_call))
        if action not in schemas.FROM_STATION:
            self._report(f"{about}: not a message of a station")
        elif self._fits(f"{action}Request", payload, about) and action == "TransactionEvent":
            self.transactions.sent(payload)
        self._check_gate(action, about)
        self.calls["station"][str(action)] += 1
        self._open_call = (message_id, action, payload)

    def _station_answered(self, message_id, payload):
        asked = self._take(message_id)
        if asked is None:
            self._report(f"CALLRESULT for {message_id}, which waits for none: {payload!r:.100}")
            return
        _, action, request, registration = asked
        about = f"answer to {action} {message_id}"
        if action not in schemas.FROM_CSMS:
            self._report(f"{about}: no such request, yet answered with CALLRESULT")
            return
        faults = schemas.faults(f"{action}Request", request)
        if faults:
            self._report(f"{about}: the request breaks its schema, {faults[0]}")
        if not _may_answer(action, registration):
            self._report(f"{about}: SecurityError is due, registration is {registration!r}")
        fits = self._fits(f"{action}Response", payload, about)
        if fits and action == "TriggerMessage" and payload["status"] == "Accepted" and not faults:
            self._triggered.add(_triggered_action(request["requestedMessage"]))

    def _station_refused(self, message_id, code, description, details):
        about = f"CALLERROR {code} {message_id}"
        self.errors[str(code)] += 1
        if code not in _ERROR_CODES:
            self._report(f"{about}: no such code")
        if not isinstance(description, str) or len(description) > 255:
            self._report(f"{about}: description is not a text of at most 255 characters")
        if details != {}:
            self._report(f"{about}: details are not {{}}")
        if self._take(message_id) is None and not self._excused(message_id):
            self._report(f"{about}: nothing waits for it")

    def _check_new_id(self, message_id, about):
        if not isinstance(message_id, str) or not 1 <= len(message_id) <= 36:
            self._report(f"{about}: message id is not a text of 1 to 36 characters")
        elif message_id in self._used_ids:
            self._report(f"{about}: message id was used before")
        self._used_ids.add(str(message_id))

    def _check_gate(self, action, about):
        if action == "BootNotification":
            if self.registration == "Accepted":     # only a restart leads here
                self.registration = ""
            if self.power_cut:
                self.power_cut = False
                self.transactions.power_was_cut()
            return
        if self.registration == "Pending":
            allowed = action in _SENT_WHILE_PENDING or action in self._triggered
        else:
            allowed = self.registration == "Accepted"
        if not allowed:
            self._report(f"{about}: not allowed, registration is {self.registration!r}")

    def _take(self, message_id):
        """The oldest unanswered CALL of the CSMS with that id, which now is answered."""
        for asked in self._asked:
            if asked[0] == message_id:
                self._asked.remove(asked)
                return asked
        return None

    def _excused(self, message_id):
        for ids in self._excuses:
            if message_id in ids:
                self._excuses.remove(ids)
                return True
        return False

    # The side of the CSMS.

    def _csms_called(self, message):
        usable = len(message) == 4 and isinstance(message[2], str) and isinstance(message[3], dict)
        if not usable or _id_of(message) is None:
            self._excuses.append({"-1", _id_of(message)})
            return
        self.calls["csms"][message[2]] += 1
        self._asked.append((*message[1:], self.registration))

    def _csms_answered(self, kind, message_id, payload):
        waiting = self._open_call
        if waiting is None or message_id not in (waiting[0], "-1" if kind == _ERROR else None):
            return
        self._open_call = None
        _, action, request = waiting
        if kind == _ERROR or action not in ("BootNotification", "TransactionEvent"):
            return
        if schemas.faults(f"{action}Response", payload):
            return      # the station must not believe it either
        if action == "BootNotification":
            self.registration = payload["status"]
        elif not (self.calls_expire or schemas.faults(f"{action}Request", request)):
            self.transactions.answered(request)     # else it may be too late, and sent again

    # Notes.

    def _has_arity(self, message, length):
        if len(message) != length:
            self._report(f"{len(message)} elements instead of {length}: {message!r:.200}")
        return len(message) == length

    def _fits(self, name, payload, about):
        faults = schemas.faults(name, payload)
        for fault in faults:
            self._report(f"{about}: {fault}")
        return not faults

    def _report(self, fault):
        self.violations.append(fault)


def strict_json(text):
    """json.loads that raises ValueError for NaN, duplicate keys and endless nesting as well."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"duplicate key among {[key for key, _ in pairs]}")
    return dict(pairs)


def _refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def _id_of(message):
    """The id in a malformed frame if it can be echoed: 1 to 36 printable ASCII characters."""
    usable = isinstance(message, list) and len(message) > 1 and isinstance(message[1], str)
    return message[1] if usable and re.fullmatch(r"[ -~]{1,36}", message[1]) else None


def _may_answer(action, registration):
    if registration == "Pending":
        return action in _ANSWERED_WHILE_PENDING
    return registration == "Accepted"       # B01.FR.10, B03.FR.08


def _triggered_action(requested):
    """TriggerMessage names some messages by what they are for."""
    return "SignCertificate" if requested.startswith("Sign") else requested
