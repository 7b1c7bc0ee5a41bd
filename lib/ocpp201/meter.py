"""The numbers of one meter, as integers in units that need no decimals; made once, filled in
place.

On a board floats are single precision and every number over 30 bits is an object: a driver that
fills a MeterValue in place allocates nothing, and neither does the station that reads it.
"""

import struct
from array import array

_PACKED = "<11i"


class MeterValue:
    """One reading. -1 means that the meter has no such value.

    energy_wh, export_wh  registers since the meter was made, Wh
    power_w               active import, W
    current_ma            per phase, mA
    voltage_dv            per phase against neutral, 0.1 V
    frequency_mhz         mHz
    soc                   state of charge, percent
    """

    def __init__(self):
        self.current_ma = array("i", (-1, -1, -1))
        self.voltage_dv = array("i", (-1, -1, -1))
        self.energy_wh = self.export_wh = self.power_w = self.frequency_mhz = self.soc = -1
        self.signed = None  # SignedMeterValueType of a meter that signs

    def new(self):
        """Another one, empty."""
        return MeterValue()

    def copy_from(self, other):
        """Take over another reading, without allocating."""
        self.energy_wh = other.energy_wh
        self.export_wh = other.export_wh
        self.power_w = other.power_w
        self.frequency_mhz = other.frequency_mhz
        self.soc = other.soc
        self.signed = other.signed
        for n in range(3):
            self.current_ma[n] = other.current_ma[n]
            self.voltage_dv[n] = other.voltage_dv[n]

    def pack_into(self, buffer, at: int):
        """All of it but the signature, in 44 bytes."""
        current, voltage = self.current_ma, self.voltage_dv
        struct.pack_into(
            _PACKED, buffer, at, self.energy_wh, self.export_wh, self.power_w, self.frequency_mhz,
            self.soc, current[0], current[1], current[2], voltage[0], voltage[1], voltage[2],
        )  # fmt: skip

    def unpack(self, data):
        """Take over what `pack_into` wrote."""
        numbers = struct.unpack(_PACKED, data)
        self.energy_wh, self.export_wh, self.power_w, self.frequency_mhz, self.soc = numbers[:5]
        for n in range(3):
            self.current_ma[n] = numbers[5 + n]
            self.voltage_dv[n] = numbers[8 + n]
