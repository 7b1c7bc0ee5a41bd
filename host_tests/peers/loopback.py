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
    """checker: the RpcChecker. answers, messages, received: those of the CSMS."""

    def __init__(self, csms=None, transcript=None):
        self._csms = csms or Csms()
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
        return self._background.run(self._csms.request(action, payload))

    def answer(self, action, payload):
        """What it answers to that action from now on; a payload, or a function as in `answers`."""
        self.answers[action] = payload

    def wait_for(self, action, expected=None, timeout=30):
        return self._background.run(self._csms.wait_for(action, expected, timeout))

    def all_answered(self):
        """Returns when no CALL of either side is open."""
        self._background.run(self._proxy.all_answered())

    def send_text(self, text):
        self._background.run(self._csms.send_text(text))

    def close(self, code=1000):
        """The CSMS closes the connection."""
        self._background.run(self._csms.close(code))

    def cut(self):
        """The connection breaks off."""
        self._background.call(self._proxy.cut)

    async def _open(self):
        csms = await self._csms.__aenter__()
        self._proxy = await Proxy(csms.url, transcript=self._transcript).__aenter__()
        self.url, self.checker = self._proxy.url, self._proxy.checker
        self.answers, self.messages, self.received = csms.answers, csms.messages, csms.received

    async def _close(self):
        await self._proxy.__aexit__()
        await self._csms.__aexit__()
