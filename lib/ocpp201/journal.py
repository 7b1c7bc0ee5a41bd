"""The queue of messages that must not be lost, oldest first.

In this version it lives in RAM: it survives a dead network, but no power cut. The segment log on
flash takes its place behind the same five verbs.
"""


class Journal:
    """Messages are acknowledged in the order in which they were appended."""

    def __init__(self):
        self._messages = []

    def append(self, message):
        self._messages.append(message)

    def head(self):
        """The oldest message that is not acknowledged, or None."""
        return self._messages[0] if self._messages else None

    def acknowledge(self):
        """The head is done with."""
        self._messages.pop(0)

    def mark_offline(self):
        """What still waits when the link goes down counts as sent offline (E11.FR.07)."""
        for message in self._messages:
            message.offline = True

    def __iter__(self):
        return iter(self._messages)

    def __len__(self):
        return len(self._messages)
