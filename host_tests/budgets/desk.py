"""Stations on which all budgets are measured, on CPython, on 64-bit and on 32-bit MicroPython.

`Desk` is the core alone; `Whole` is the firmware with the simulated board, all but the event loop
and the socket. Both are driven as link and hardware would drive them, by one thread, in made-up
time. Nothing here is counted: what is measured stands between two calls.
"""

import json

from host_tests.core_station import CoreStation

SAMPLE_S = 60
# Four values a sample: the register, power, and current and voltage of the one phase fitted.
SETTINGS = (
    (
        "SampledDataCtrlr.TxUpdatedMeasurands",
        "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage",
    ),
    ("SampledDataCtrlr.TxUpdatedInterval", SAMPLE_S),
    ("SampledDataCtrlr.TxEndedInterval", 0),
    ("AlignedDataCtrlr.Interval", 0),  # else two events fall together, and only one is answered
)
_NOISE = bytes(range(32))
CARDS = ("04A1B2C3D4E5F6", "04F6E5D4C3B2A1")


class Desk(CoreStation):
    """The core under a CSMS that answers at once; nobody watches, nothing is kept."""

    def __init__(self, connectors=(2, 2), files=None):
        super().__init__(connectors, SETTINGS, files=files)
        self.checker = None
        self.answer = bytearray(64)
        self.length = 0

    def start(self):
        super().start()
        self.cp.context.ids._random = noise

    def _wire(self, line):
        pass

    def forget(self):
        """Keep nothing of the conversation, so that only the station is measured."""
        self.sent, self.log, self._replies = [], [], {}
        self.integrator.calls = []

    def begin(self):
        """A transaction at every EVSE, charging."""
        for evse_id, reading in enumerate(self.readings, 1):
            reading.current_ma[0], reading.voltage_dv[0] = 16000, 2301
            self.charge(evse_id, CARDS[(evse_id - 1) % 2])
            self.meter(evse_id, 1000, 3680)
        self.forget()

    # One TransactionEvent, in the steps of the link.

    def say_event(self):
        """A sample is due: the text that leaves."""
        self.now += SAMPLE_S
        reading = self.readings[0]
        reading.energy_wh += 61
        self.cp.on_meter_value(1, reading)
        self.cp.wakeup(self.now)
        return self.cp.next_text(self.now)

    def write_answer(self, text):
        """The CSMS's part: its answer, in the buffer of the link."""
        start = bytes(text[:64]).find(b'"') + 1
        end = bytes(text[:64]).find(b'"', start)
        answer = b'[3,"' + bytes(text[start:end]) + b'",{}]'
        self.length = len(answer)
        self.answer[: self.length] = answer

    def hear_answer(self):
        """The text has left, its answer has come."""
        self.cp.next_text(self.now)
        self.cp.receive_text(self.answer, self.now, self.length)
        self.cp.wakeup(self.now)

    def send_event(self):
        text = self.say_event()
        while text is not None:  # once a day a Heartbeat as well
            self.write_answer(text)
            self.hear_answer()
            text = self.cp.next_text(self.now)

    def transact(self):
        """A whole transaction at EVSE 1: cable, card, energy, a sample, card, unplugged."""
        self.charge(1, CARDS[0], self.readings[0].energy_wh)
        self.run(SAMPLE_S)
        self.tap(CARDS[0], 1)
        self.charging(1, "EVConnected")
        self.unplug(1)
        self.forget()

    def hear_call(self, text):
        """A CALL of the CSMS is answered; returns the answer. `text`: bytearray with room."""
        self.cp.receive_text(text, self.now, len(text) - 1)
        self.cp.wakeup(self.now)
        return self.cp.next_text(self.now)


def noise(n):
    """As cheap as os.urandom, and the 32-bit build has none. Nobody here minds equal ids."""
    return _NOISE[:n]


# --- the largest CALLs that the station takes ---


def writable(variables):
    """A SetVariableData for every variable that the CSMS may write, each with its own value."""
    for row in variables.rows():
        name, instance, evse, connector, variable, variable_instance, mutability, value = row[:8]
        if mutability == "ReadWrite" and value:
            item = _place(name, instance, evse, connector, variable, variable_instance)
            item["attributeValue"] = value
            yield item


def readable(variables):
    for row in variables.rows():
        if row[6] != "WriteOnly":
            yield _place(*row[:6])


def _place(component, instance, evse, connector, variable, variable_instance):
    item = {"component": {"name": component}, "variable": {"name": variable}}
    if instance:
        item["component"]["instance"] = instance
    if variable_instance:
        item["variable"]["instance"] = variable_instance
    if evse:
        item["component"]["evse"] = {"id": evse}
        if connector:
            item["component"]["evse"]["connectorId"] = connector
    return item


def largest(action, field, items, count, size, n=0):
    """A CALL with so many items, filled up with customData to just under `size` bytes."""
    chosen = []
    for item in items:
        chosen.append(item)
        if len(chosen) == count:
            break
    bare = len(json.dumps({field: chosen}))
    padding = "x" * min(255, (size - bare) // count - 36)
    for item in chosen:
        item["customData"] = {"vendorId": padding}
    text = json.dumps([2, "%s-%06d" % (action[0], n), action, {field: chosen}])
    return bytearray(text.encode() + b"\0")


def largest_set(variables, n=0):
    return largest("SetVariables", "setVariableData", writable(variables), 24, 8000, n)


def largest_get(variables, n=0):
    return largest("GetVariables", "getVariableData", readable(variables), 32, 8000, n)
