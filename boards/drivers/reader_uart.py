"""A card reader that talks by itself: RDM6300, or lines of text.

    reader = CardReader(machine.UART(1, 9600), Rdm6300(), station.card, log)
    reader.tick(now)            from Board.tick

The UART keeps what comes between two ticks; what does not fit is lost, and the reader says it
again as long as the card is there. Noise costs the looks of one tick and no more.
"""

from evse import const
from evse.rfid.uid import Presence, masked, token

_LOOKS = const(8)


class CardReader:
    """uart      readinto(buffer) -> count or None
    wire      Rdm6300 or AsciiLine: feed(byte) -> UID or None
    card      card(text, kind, evse_id), the Controller's
    log       log(level, text)
    evse_id   the one that this reader belongs to; 0: to all
    settings  as of uid.token: kind, order, count, case
    """

    def __init__(self, uart, wire, card, log, evse_id=0, settings=None):
        self._uart = uart
        self._wire = wire
        self._card = card
        self._log = log
        self._evse_id = evse_id
        self._settings = settings or {}
        self._presence = Presence()
        self._chunk = bytearray(64)

    def tick(self, now: int):
        """Once per core second."""
        for _ in range(_LOOKS):
            n = self._uart.readinto(self._chunk)
            if not n:
                return
            for i in range(n):
                uid = self._wire.feed(self._chunk[i])
                if uid is not None and self._presence.is_new(uid, now):
                    self._shown(uid)

    def _shown(self, uid):
        try:
            text, kind = token(uid, **self._settings)
        except ValueError as error:
            self._log("warning", "card refused: %s" % error)
            return
        self._log("info", "card %s" % masked(text))
        self._card(text, kind, self._evse_id)
