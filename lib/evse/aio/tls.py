"""TLS to the CSMS: the context for one connection, made of the files that the config names.

In memory while a connection is made, and only where the security profile asks for it. The files
are read anew each time, so that renewed ones count from the next connection on.

Both runtimes check the chain up to one of our roots, dates, key usage and host name, from TLS 1.2
on. What has to be done for that differs (host_tests/tls holds the table):

                    MicroPython (Mbed TLS)                  CPython (OpenSSL): tls_cpython
    verify_mode     CERT_NONE in `ssl`; so it is `tls`,     CERT_REQUIRED;
                    set explicitly, and read back           set and read back all the same
    roots           DER, one call for each                  the same
    own chain       DER, one call for each element,         one PEM file
                    always with the same key
    suites          OCPP's, and those with ECDHE for        those of OpenSSL
                    servers that have an RSA key
    wildcards       verify_callback refuses them            refused at the end of the handshake
    versions        1.2                                     1.2 and up
"""

import gc
import sys

from evse import rare
from evse.certificates import belong_together, certificates, fits_by_wildcard_only, private_key

try:
    import tls
except ImportError:
    from evse.aio import tls_cpython as tls

_SUITES = (
    "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256",  # A00.FR.319, A00.FR.422
    "TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384",
    "TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256",
    "TLS-ECDHE-RSA-WITH-AES-256-GCM-SHA384",
    "TLS-RSA-WITH-AES-128-GCM-SHA256",
    "TLS-RSA-WITH-AES-256-GCM-SHA384",
)


def forget():
    """Let this module go, and those that it alone needs."""
    for name in ("evse.aio.tls", "evse.aio.tls_cpython", "evse.certificates"):
        if name in sys.modules:
            rare.forget(name)


class Progress:
    """How far the handshake has come, for whoever has to say why it failed, and to clean up.

    answered    the CSMS has agreed to a version and a suite
    wildcard    its certificate fits, but by a wildcard
    """

    def __init__(self, host: str):
        self._host = host
        self.answered = self.wildcard = False
        self._context = self._socket = None

    def within(self, made):
        """The context as open_connection takes it. MicroPython is content with anything that has
        wrap_socket, and forgets to close the socket when a handshake fails: we keep it."""
        if hasattr(made, "check_hostname"):
            return made
        self._context = made
        return self

    def wrap_socket(self, socket, server_hostname, do_handshake_on_connect):
        self._socket = socket
        return self._context.wrap_socket(
            socket,
            server_hostname=server_hostname,
            do_handshake_on_connect=do_handshake_on_connect,
        )

    def give_up(self):
        """Close the socket; once more does no harm."""
        if self._socket is not None:
            self._socket.close()

    def check(self, certificate, depth: int) -> int:
        """For each certificate of a chain, the CSMS's own has depth 0. 0: no objection."""
        self.answered = True
        if depth == 0:
            try:
                self.wildcard = fits_by_wildcard_only(certificate, self._host)
            except (ValueError, LookupError):
                return 1  # what we can't read we don't trust
        return int(self.wildcard)


def context(settings: dict, progress: Progress):
    """An SSLContext. ValueError: "<key of the config>: <what is wrong>"."""
    roots = _read(settings, "ca", certificates)
    chain, key = (), b""
    if settings["security_profile"] == 3:
        chain = _read(settings, "certificate", certificates)
        key = _read(settings, "key", private_key)
        if not belong_together(key, chain[0]):
            raise ValueError("key: does not belong to the certificate")
    gc.collect()  # without memory Mbed TLS takes a good certificate for a forged one
    made = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    made.verify_mode = tls.CERT_REQUIRED
    made.verify_callback = progress.check
    made.set_ciphers(_SUITES)
    for root in roots:
        _load("ca", made.load_verify_locations, root)
    for certificate in chain:
        _load("certificate", made.load_cert_chain, certificate, key)
    if made.verify_mode != tls.CERT_REQUIRED:
        raise ValueError("ca: this interpreter does not check certificates")
    return made


def _read(settings, name, parse):
    path = settings[name]
    if not path:
        raise ValueError(
            "%s: is required by security profile %d" % (name, settings["security_profile"])
        )
    try:
        with open(path, "rb") as file:
            return parse(file.read())
    except OSError:
        raise ValueError("%s: %s cannot be read" % (name, path))
    except ValueError as fault:
        raise ValueError("%s: %s %s" % (name, path, fault))


def _load(name, load, *data):
    try:
        load(*data)
    except (ValueError, OSError) as fault:  # OSError: the number of an error of Mbed TLS
        raise ValueError("%s: is not taken by TLS, %s" % (name, fault))
