"""The coil of a contactor on a pin, and its auxiliary contact on another.

No rule stands here: when the coil may be on is contactor.py's. What this file answers for is that
a level is never written that nobody wanted. The pin becomes an output with its level in one call,
since an output that gets its level afterwards has the old one for a moment, which after a soft
reset is that of a closed contactor.

Only drivers that switch on with a high level are supported, with a pull-down at the driver: a pin
floats while the processor resets, and an active-low one would close then.
"""


class Relay:
    """pin: the class machine.Pin. number: of the pin."""

    def __init__(self, pin, number: int):
        self._pin = pin(number, pin.OUT, value=0)

    def drive(self, on: bool):
        """Allocates nothing: an interrupt calls it too."""
        self._pin.value(1 if on else 0)


class Mirror:
    """An auxiliary contact that is mechanically linked to the main ones and normally closed, from
    the pin to ground. With the pull-up a cut wire reads as contacts that are closed, so that it is
    found before anybody charges."""

    def __init__(self, pin, number: int):
        self._pin = pin(number, pin.IN, pin.PULL_UP)

    def closed(self) -> bool:
        """Are the main contacts?"""
        return self._pin.value() == 1
