"""Identifiers that the station gives away, for messages and transactions, and random numbers.

Randomness is injected, because a test wants to know it and a board has its own source.
"""

from binascii import hexlify


class Ids:
    """random(n) gives n random bytes, as os.urandom does; boot_count grows with every start."""

    def __init__(self, random, boot_count: int):
        self.boot_count = boot_count
        self._random = random
        self._start = "%d-%s-" % (boot_count, self._hex(4))
        self._sequence = self._events = 0

    def message_id(self) -> str:
        """At most 36 characters. Boot count and sequence never repeat together; the random part
        keeps ids apart when the boot count was lost, as after a factory reset."""
        self._sequence += 1
        return "%s%d" % (self._start, self._sequence)

    def transaction_id(self) -> str:
        """A random UUID (version 4, RFC 9562), 36 characters: unique over restarts. # E01.FR.08"""
        text = self._hex(16)
        variant = "89ab"[int(text[16], 16) & 3]
        return "%s-%s-4%s-%s%s-%s" % (
            text[:8], text[8:12], text[13:16], variant, text[17:20], text[20:],
        )

    def event_id(self) -> int:
        """Of a NotifyEvent entry: not used again within 2000 restarts of half a million events."""
        self._events += 1
        return (self.boot_count % 2048) << 19 | self._events & 0x7FFFF

    def random_below(self, n: int) -> int:
        """0 to n - 1, for jitter; n >= 1."""
        return int.from_bytes(self._random(4), "little") % n

    def _hex(self, n):
        return str(hexlify(self._random(n)), "ascii")
