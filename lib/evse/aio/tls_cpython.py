"""MicroPython's module `tls` for CPython, as far as tls.py needs it."""

import os
import ssl
import tempfile
from binascii import b2a_base64

from evse.certificates import kind_of_key

PROTOCOL_TLS_CLIENT = ssl.PROTOCOL_TLS_CLIENT
CERT_REQUIRED = ssl.CERT_REQUIRED


class Connection(ssl.SSLObject):
    """One handshake; the context's callback is asked when OpenSSL has no objection."""

    def do_handshake(self):
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as fault:
            fault.answered = self.cipher() is not None
            raise
        if self.context.verify_callback(self.getpeercert(True), 0):
            raise ssl.SSLCertVerificationError("refused by the station")


class SSLContext(ssl.SSLContext):
    sslobject_class = Connection

    def __init__(self, _):
        self.minimum_version = ssl.TLSVersion.TLSv1_2
        self.check_hostname = True
        self._chain = []

    def set_ciphers(self, _):
        """OpenSSL's own list has OCPP's suites; those without forward secrecy it left out."""

    def load_verify_locations(self, der):
        super().load_verify_locations(cadata=der)

    def load_cert_chain(self, der, key):
        """Called for one element of the chain after the other. OpenSSL reads its own from files
        alone: for that moment there is one, for our eyes only."""
        self._chain.append(_pem("CERTIFICATE", der))
        handle, path = tempfile.mkstemp()
        try:
            with open(handle, "wb") as file:
                file.write(_pem(kind_of_key(key), key) + b"".join(self._chain))
            super().load_cert_chain(path)
        finally:
            os.remove(path)


def _pem(label, der):
    text = b2a_base64(der, newline=False)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    label = label.encode()
    return b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label, b"\n".join(lines), label)
