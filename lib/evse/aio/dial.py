"""One attempt to reach the CSMS: its name, TCP, TLS, and what is said in HTTP. In memory until the
connection stands or the attempt has failed.

    name    10 s. Asked for each time. When nobody answers, the addresses of the last answer are
            good for a day. MicroPython's getaddrinfo stops the whole station while it waits, so a
            resolver that failed is left alone for ten minutes.
    TCP     20 s. MicroPython learns with the first write that nobody listens.
    TLS     with HTTP 30 s. MicroPython begins it with the first write, too.
    HTTP    20 s

The link's timekeeper watches over the deadlines.
"""

import asyncio
import sys

from evse import const
from evse.rare import forget
from evse.websocket import Refused, handshake

forget("evse.websocket.handshake")

_DNS = const(10)  # seconds
_TCP = const(20)
_TLS = const(30)
_HTTP = const(20)
_A_DAY = const(86400)
_SPARED = const(600)


class Attempt:
    """Refused: the settings cannot be used.

    known       a dict that the link keeps for us: the addresses that its host had
    patience    seconds: how long the next step may take
    """

    def __init__(self, settings: dict, random, known: dict):
        self._settings = settings
        self._known = known
        self._key = handshake.new_key(random)
        self._progress = None
        profile = settings["security_profile"]
        try:
            self._secure, self._host, self._port, _ = handshake.split_url(settings["url"])
        except ValueError as fault:
            raise Refused(str(fault))
        if self._secure != (profile > 1):
            raise Refused("security profile %d does not go with %s" % (profile, settings["url"]))
        self._is_name = not (":" in self._host or self._host.replace(".", "").isdigit())
        self.patience = _TCP
        if self._is_name:
            self.patience += _DNS
        if self._secure:
            self.patience += _TLS

    async def connect(self, open_connection, clock, now: int):
        """(reader, writer) of a TCP connection, on CPython with TLS established. `now`: seconds
        by which `known` ages."""
        context = self._context() if self._secure else None
        addresses = await self._addresses(clock, now) if self._is_name else [self._host]
        while True:
            address = addresses.pop(0)
            try:
                streams = await open_connection(address, self._port, context, self._host)
                break
            except OSError as fault:
                if not addresses or getattr(fault, "reason", None):  # of TLS
                    raise
        transport = getattr(streams[1], "transport", None)
        if transport is not None:  # CPython: let drain() wait for the last byte, as MicroPython's
            transport.set_write_buffer_limits(0)
        self.patience = _TLS if self._secure else _HTTP
        return streams

    def request(self) -> bytes:
        """What asks for the upgrade."""
        settings = self._settings
        password = settings.get("password") if settings["security_profile"] in (1, 2) else None
        return handshake.request(settings["url"], settings["identity"], password, self._key)

    def response(self, buffer):
        """Takes the answer to it."""
        return handshake.Response(self._key, buffer)

    def failure(self, fault):
        """What to raise instead: Refused, which names it; or the same, because it is a bug."""
        settings = self._settings
        if self._progress is not None:
            self._progress.give_up()
        if isinstance(fault, Refused) and not fault.status:
            return fault
        if getattr(fault, "status", 0) == 401 and settings.get("proven"):  # A01
            settings["password"], settings["proven"] = settings["proven"], settings["password"]
        from evse.aio import outage

        forget("evse.aio.outage")
        place = "%s:%d" % (self._host, self._port)
        return outage.named(fault, place, settings["security_profile"], self._progress)

    def _context(self):
        from evse.aio import tls

        tls.forget()
        self._progress = tls.Progress(self._host)
        try:
            return self._progress.within(tls.context(self._settings, self._progress))
        except ValueError as fault:
            raise Refused("csms." + str(fault))

    async def _addresses(self, clock, now):
        known = self._known
        kept = known.get("host") == self._host and now < known["until"]
        if not kept or now >= known["ask"]:
            try:
                found = await self._ask(clock)
                known.update(host=self._host, found=found, until=now + _A_DAY, ask=0)
                return found[:]
            except (OSError, ValueError):  # ValueError: cannot be encoded
                if not kept:
                    raise Refused("the DNS has no address of %s, or no answer" % self._host)
                known["ask"] = now + _SPARED
        return known["found"][:]

    async def _ask(self, clock) -> list:
        """OSError or at least one address, as text."""
        import socket

        if sys.implementation.name == "micropython":
            infos = socket.getaddrinfo(self._host, self._port, 0, socket.SOCK_STREAM)
            return [_text(infos[0][-1])]
        loop = asyncio.get_running_loop()
        asking = loop.create_task(
            loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        )
        alarm = loop.create_task(clock.sleep(_DNS))
        try:
            await asyncio.wait((asking, alarm), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise OSError("no answer")
            return list(dict.fromkeys(info[-1][0] for info in asking.result()))
        finally:
            asking.cancel()
            alarm.cancel()


def _text(address) -> str:
    """A board has (host, port), the unix port a packed sockaddr."""
    if isinstance(address, tuple):
        return address[0]
    import socket

    family, packed = socket.sockaddr(address)[:2]
    return socket.inet_ntop(family, packed)
