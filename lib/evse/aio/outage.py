"""Why there is no link: in words for a person, and the security event that it may be. In memory
only when an attempt has failed.

The two runtimes tell the same story in different ways. A bad certificate is

    MicroPython     ValueError with a text of Mbed TLS, or an OSError with one of its numbers
    CPython         ssl.SSLCertVerificationError with verify_code

and the rest of TLS is an OSError: with a negative number of Mbed TLS, or with `reason`, a word of
OpenSSL. Only OpenSSL tells one alert of the CSMS from another. So what an alert, or a CSMS that
hangs up, is about, is told by when it came: nothing was agreed on yet, or all but our certificate.
"""

import errno

from evse import const
from evse.websocket import Refused

_STATUS = {
    401: "wrong identity or password",
    403: "this station may not connect",
    404: "the CSMS does not know this station",
    429: "too many attempts",
    503: "the CSMS is overloaded or down",
}
_LOGIN = "FailedToAuthenticateAtCsms"
_BROKE_OFF = "%s broke the connection off"

# What errno calls it, and its number where MicroPython's errno has no name for it.
_REFUSED = (("ECONNREFUSED", 111),)
_AWAY = (("EHOSTUNREACH", 113), ("ENETUNREACH", 101), ("ENETDOWN", 100), ("EHOSTDOWN", 112))
_SILENT = (("ETIMEDOUT", 110),)
_BROKEN = (("ECONNRESET", 104), ("ECONNABORTED", 103), ("EPIPE", 32), ("ENOTCONN", 107))

# Numbers of Mbed TLS.
_ALERT = const(-30592)
_END = const(-29312)
_NO_TLS = const(-29184)  # no record of TLS
_BAD_USAGE = const(-31232)
_X509 = const(-12288)  # up to -8192: a certificate that it cannot read, or not check
_X509_LAST = const(-8192)
_NO_MEMORY = (12, 16, -10368, -16256, -19840)

_UNKNOWN = "it is not signed by a root in csms.ca"
_EXPIRED = "it has expired"
_FUTURE = "it is not valid yet, or our clock is wrong"
_HOST = "it is for another host"
_USAGE = "it is not one for servers"
_WILDCARD = "it names the host by a wildcard"
_OF_MBED_TLS = (
    ("correctly signed", _UNKNOWN),
    ("expired", _EXPIRED),
    ("future", _FUTURE),
    ("expected CN", _HOST),
)
_OF_OPENSSL = {
    7: _UNKNOWN, 9: _FUTURE, 10: _EXPIRED, 18: _UNKNOWN, 19: _UNKNOWN, 20: _UNKNOWN, 21: _UNKNOWN,
    26: _USAGE, 62: _HOST, 64: _HOST,
}  # fmt: skip


def named(fault, place: str, profile: int, progress):
    """Refused, or `fault` itself: a bug of ours. progress: of TLS, None where there is none."""
    status = getattr(fault, "status", 0)
    if status:
        text = "%s, %s" % (fault, _STATUS.get(status, "no websocket"))
        event = _LOGIN if status in (401, 403) else ""
        return Refused(text, status, fault.retry_after, event)
    if isinstance(fault, MemoryError):
        return Refused("not enough memory for a connection")
    if progress is not None:
        wrong = _certificate(fault, progress)
        if wrong:
            # Mbed TLS says the same when it runs out of memory.
            doubtful = wrong == _UNKNOWN and not hasattr(fault, "verify_code")
            text = "the certificate of %s is refused: %s" % (place, wrong)
            return Refused(text, 0, 0, "InvalidCsmsCertificate", doubtful)
        refused = _handshake(fault, place, profile, progress)
        if refused:
            return refused
    return _network(fault, place)


def _certificate(fault, progress) -> str:
    """What is wrong with that of the CSMS, "" if it is something else."""
    if progress.wildcard:
        return _WILDCARD
    if hasattr(fault, "verify_code"):
        return _OF_OPENSSL.get(fault.verify_code) or str(fault.verify_message)
    if isinstance(fault, ValueError):
        for words, wrong in _OF_MBED_TLS:
            if words in str(fault):
                return wrong
    number = _number(fault)
    if number == _BAD_USAGE:
        return _USAGE
    if _X509 <= number <= _X509_LAST and number not in _NO_MEMORY:
        return "it cannot be checked here, error %d" % number
    return ""


def _handshake(fault, place, profile, progress):
    number = _number(fault)
    reason = getattr(fault, "reason", None) or ""
    if number in _NO_MEMORY:
        return Refused("not enough memory for TLS")
    if number == _NO_TLS or reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return Refused("%s does not speak TLS" % place)
    alert = number == _ALERT or "ALERT" in reason or reason == "UNSUPPORTED_PROTOCOL"
    if progress.answered or getattr(fault, "answered", False):
        if alert or number == _END or _is(fault, _BROKEN):
            if profile == 3:
                return Refused("%s refused our certificate" % place, 0, 0, _LOGIN)
            return Refused("%s broke TLS off; does it want a certificate of ours?" % place)
    elif alert and "HANDSHAKE" in reason:
        return Refused("no cipher suite in common with " + place, 0, 0, "InvalidTLSCipherSuite")
    elif alert:
        what = "TLS version" if reason else "TLS version or cipher suite"
        text = "no %s in common with %s" % (what, place)
        return Refused(text, 0, 0, "InvalidTLSVersion")
    if number == _END:
        return Refused(_BROKE_OFF % place)
    if number < 0 or reason:
        return Refused("no TLS with %s: %s" % (place, fault))
    return None


def _network(fault, place):
    if not isinstance(fault, OSError):
        return fault
    for names, text in (
        (_REFUSED, "refused, nobody listens at %s"),
        (_AWAY, "%s is unreachable"),
        (_SILENT, "no answer from %s"),
        (_BROKEN, _BROKE_OFF),
    ):
        if _is(fault, names):
            return Refused(text % place)
    return Refused(str(fault) or repr(fault))


def _number(fault) -> int:
    number = getattr(fault, "errno", 0)
    return number if type(number) is int else 0  # MicroPython: the first argument, also a text


def _is(fault, names) -> bool:
    if type(fault).__name__ == "ConnectionResetError":  # asyncio of CPython gives it no number
        return names is _BROKEN
    number = _number(fault)
    return number > 0 and number in [getattr(errno, name, usual) for name, usual in names]
