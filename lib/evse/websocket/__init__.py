"""A WebSocket client (RFC 6455) without I/O: `handshake` upgrades, `frames` carries messages.

Who connects may forget the handshake afterwards; its failure stands here because it is caught
where nobody has it.
"""


class Refused(OSError):
    """There is no link this time.

    status        the HTTP status if that was the reason, else 0
    retry_after   seconds that the server asked for, 0 if it did not
    event         the security event that this is, "" if it is none
    doubtful      it may be our own shortage: worth another attempt at once
    """

    def __init__(self, reason, status=0, retry_after=0, event="", doubtful=False):
        super().__init__(reason)
        self.status = status
        self.retry_after = retry_after
        self.event = event
        self.doubtful = doubtful
