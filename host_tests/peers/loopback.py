"""The CSMS and the judge between it and the station, in a thread, for tests without a loop.

    with Loopback() as csms:
        station = subprocess.Popen(...)         # connects to csms.url
        csms.wait_for("BootNotification")
        assert csms.request("Reset", {"type": "OnIdle"})["status"] == "Accepted"
    # leaving it asserts that the station kept to the protocol

`Loopback(Csms(password=...))` brings a CSMS of your own making.
"""

from host_tests.judges.proxy import Proxy
from host_tests.peers.background import Background
from host_tests.peers.csms_mobilityhouse import Csms


class Loopback:
    """csms: the Csms. checker: the RpcChecker. answers, messages, received: those of the CSMS."""

    def __init__(self, csms=None, transcript=None, tls=None):
        """tls: an SSL context, for a station that comes with security profile 2 or 3."""
        self.csms = csms or Csms()
        self._tls = tls
        self._transcript = transcript

    def __enter__(self):
        self._background = Background()
        self._background.run(self._open())
        return self

    def __exit__(self, kind, *_):
        self._background.run(self._close())
        self._background.stop()
        if kind is None:
            self.checker.assert_clean()

    def request(self, action, payload=None):
        return self._background.run(self.csms.request(action, payload))

    def ask(self, action, payload=None):
        """The same without waiting: a Future."""
        return self._background.start(self.csms.request(action, payload))

    def answer(self, action, payload):
        """What it answers to that action from now on; a payload, or a function as in `answers`."""
        self.answers[action] = payload

    def watch(self, watcher):
        self._proxy.watch(watcher)

    def call(self, function):
        """Runs it in the loop of the CSMS."""
        self._background.call(function)

    def wait_for(self, action, expected=None, timeout=30):
        return self._background.run(self.csms.wait_for(action, expected, timeout))

    def all_answered(self):
        """Returns when no CALL of either side is open."""
        self._background.run(self._proxy.all_answered())

    def send_text(self, text):
        self._background.run(self.csms.send_text(text))

    def inject(self, message, as_text=None):
        """As Proxy.inject: past the CSMS, for what no library sends."""
        self._background.run(self._proxy.inject(message, as_text))

    def close(self, code=1000):
        """The CSMS closes the connection."""
        self._background.run(self.csms.close(code))

    def cut(self):
        """The connection breaks off."""
        self._background.call(self._proxy.cut)

    def down(self):
        """The CSMS is gone: the connection breaks off, and nobody listens any more."""
        self._background.run(self._down())

    def up(self, tls=None):
        """It is there again, at the same address, and remembers everything; perhaps it shows
        another certificate."""
        self._proxy.tls = tls or self._tls
        self._background.run(self._proxy.__aenter__())

    def close_code(self):
        """With what the newest connection was closed; waits until it is."""
        return self._background.run(self.csms.close_code())

    async def _open(self):
        csms = await self.csms.__aenter__()
        self._proxy = await Proxy(
            csms.url, transcript=self._transcript, tls=self._tls
        ).__aenter__()
        self.url, self.checker = self._proxy.url, self._proxy.checker
        self.answers, self.messages, self.received = csms.answers, csms.messages, csms.received

    async def _down(self):
        self._proxy.cut()
        await self._proxy.__aexit__()

    async def _close(self):
        await self._proxy.__aexit__()
        await self.csms.__aexit__()
