"""From the UID of a card to an idToken, for all readers in one place; and when a card is new.

A UID is no secret and can be copied: it says who somebody claims to be. Text is hexadecimal, first
byte first, two digits for each, since a lost zero makes another card of it.
"""

from evse import const

_AGAIN_S = const(2)  # of absence, and the same card is a new one
_RANDOM = const(8)  # first byte of four that a phone or bank card draws anew each time


def token(uid, kind=None, order="as_read", count=0, case="upper") -> tuple:
    """(idToken, type) of IdTokenType. order "reversed": last byte first. count: take so many bytes
    only, the first in that order; 0: all. case "lower": for a CSMS that compares letters, which
    are equal by the specification. kind None: by length; there is no type for 125 kHz tags, they
    are Local. ValueError: no card can be known by this one."""
    n = len(uid)
    if n == 4 and uid[0] == _RANDOM and kind in (None, "ISO14443"):
        raise ValueError("a random UID, which is another one next time")
    if not 4 <= n <= 10:
        raise ValueError("a UID of %d bytes" % n)
    if kind is None:
        kind = {4: "ISO14443", 7: "ISO14443", 10: "ISO14443", 8: "ISO15693"}.get(n, "Local")
    places = range(n - 1, -1, -1) if order == "reversed" else range(n)
    text = "".join(["%02X" % uid[i] for i in places])[: 2 * count or 2 * n]
    return text.lower() if case == "lower" else text, kind


def masked(text: str) -> str:
    """For the log: nobody there needs to know who was here."""
    return text[:2] + "*" * (len(text) - 4) + text[-2:] if len(text) > 4 else "****"


class Presence:
    """A card that lies on the reader is read again and again, and was shown once."""

    def __init__(self):
        self._uid = b""
        self._seen = 0

    def is_new(self, uid, now: int) -> bool:
        """now: core seconds."""
        new = uid != self._uid or now - self._seen >= _AGAIN_S
        self._uid, self._seen = uid, now
        return new
