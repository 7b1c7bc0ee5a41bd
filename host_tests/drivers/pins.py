"""Pins that write down what becomes of them, in place of machine.Pin: [(number, level), ...]."""


class Pins:
    def __init__(self):
        self.levels = []
        self.inputs = {}  # number -> what is read there

    def machine(self):
        """A class as machine.Pin, whose pins write here."""
        pins = self

        class Pin:
            IN, OUT, PULL_UP, PULL_DOWN = 0, 1, 2, 3

            def __init__(self, number, mode, pull=None, value=None):
                self._number = number
                if mode == Pin.OUT:
                    assert value is not None, "an output without a level has the old one"
                    pins.levels.append((number, value))
                else:
                    pins.inputs.setdefault(number, int(pull == Pin.PULL_UP))

            def value(self, level=None):
                if level is None:
                    return pins.inputs[self._number]
                pins.levels.append((self._number, level))

        return Pin
