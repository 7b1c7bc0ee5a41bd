"""TLS servers on the loopback, good and bad, which upgrade whoever gets through to them.

Blocking sockets in threads: asyncio's TLS breaks a failed handshake off without the alert that
says why, as no server of the field does.
"""

import socket
import ssl
import tempfile
import threading
import warnings
from pathlib import Path

from host_tests.link.bench import Peer
from host_tests.tls.authority import DER

_HUNG_S = 60


def context(certificate, clients=None, versions=("TLSv1_2", "TLSv1_3"), ciphers=None):
    """An SSL context that shows this Certificate. clients: the authority that a station must have
    its certificate from. versions: the lowest and the highest."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of TLS 1.1
        made.minimum_version = getattr(ssl.TLSVersion, versions[0])
        made.maximum_version = getattr(ssl.TLSVersion, versions[1])
    # Level 0: OpenSSL itself holds old versions and suites to be too weak.
    made.set_ciphers((ciphers or "ALL") + ":@SECLEVEL=0")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "server.pem")
        path.write_bytes(certificate.private_key() + certificate.chain())
        made.load_cert_chain(path)
    if clients:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(cadata=clients.leaf.public_bytes(DER))
    return made


class Server:
    """Serves until the process ends. requests: how many it has read, credentials and all."""

    def __init__(self, behave, *args):
        self.requests = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, args=(behave, *args), daemon=True).start()

    def _serve(self, behave, *args):
        while True:
            connection = self._door.accept()[0]
            connection.settimeout(_HUNG_S)
            with connection:
                try:
                    behave(self, connection, *args)
                except OSError:  # of TLS, too: the station tells what it thinks of it
                    pass


def over_tls(server, connection, context):
    with context.wrap_socket(connection, server_side=True) as secure:
        peer = Peer(None, None)
        while not peer.request.endswith(b"\r\n\r\n"):
            data = secure.recv(4096)
            if not data:
                return
            peer.request += data
        server.requests += 1
        secure.sendall(peer.answer())
        secure.recv(4096)  # its goodbye


def plain_http(server, connection):
    """What a web server says to a ClientHello on its plain port."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def breaks_off(server, connection):
    """A balancer with nobody behind it."""
    connection.recv(4096)
