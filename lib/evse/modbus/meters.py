"""Which registers of which meter mean what.

A map is text, a row for each request, since not every meter lets undefined registers be read over:

    function address registers  quantity kind factor register...  quantity kind ...

    quantity   V voltage, A current, by phase; P active power, F frequency, E imported energy,
               X exported energy
    kind       f float32; u, s, q unsigned 32, signed 32, unsigned 64 bits; h unsigned 16: high
               word first, all ones or the largest positive number mean "not available"
               l signed 32 bits, low word first; largest positive: not available
    factor     to what MeterValue has: 0.1 V, mA, W, mHz, Wh; "/10" divides
    register   counted from the address, in decimal; function and address are hexadecimal

A reading is integers from the first to the last: a float would be an object on a board, and single
precision there, where 9,999 kWh leave no Wh.
"""

from evse import const

_ABSENT = const(-0x40000000)  # the least small integer of 32 bits

_EASTRON = "4 46 6 F f 1000 0 E f 1000 2 X f 1000 4"
_CG = "4 0 6 V l 1 0 2 4\n4 C 6 A l 1 0 2 4\n4 28 2 P l /10 0\n"
_ORNO = (
    "3 E 16 V f 10 0 2 4 F f 1000 6 A f 1000 8 10 12 P f 1000 14\n"
    "3 108 2 E f 1000 0\n3 110 2 X f 1000 0"
)
_SDM_3 = "4 0 12 V f 10 0 2 4 A f 1000 6 8 10\n4 34 2 P f 1 0\n" + _EASTRON
_SDM_1 = "4 0 14 V f 10 0 A f 1000 6 P f 1 12\n" + _EASTRON
_ABB = (
    "3 5B00 6 V u 1 0 2 4\n3 5B0C 6 A u 10 0 2 4\n3 5B14 2 P s /100 0\n3 5B2C 1 F h 10 0\n"
    "3 5000 8 E q 10 0 X q 10 4"
)

MAPS = {
    "SDM630": _SDM_3,
    "SDM72": _SDM_3,  # SDM72D-M V2
    "SDM120": _SDM_1,
    "SDM230": _SDM_1,
    "B23": _ABB,
    "B24": _ABB,
    "EM340": _CG + "4 33 1 F h 100 0\n4 34 2 E l 100 0\n4 4E 2 X l 100 0",
    "EM24": _CG + "4 37 1 F h 100 0\n4 42 2 E l 100 0\n4 5C 2 X l 100 0",
    "OR-WE-516": _ORNO,
    "OR-WE-517": _ORNO,
    "7M": (  # Finder: energy in Wh
        "4 9C4 6 V f 10 0 2 4\n4 9D4 6 A f 1000 0 2 4\n4 9E8 2 P f 1 0\n4 A18 2 F f 1000 0\n"
        "4 AC0 6 E f 1 0 X f 1 4"
    ),
}


class Meter:
    """One meter on a bus. ValueError: no such kind, no such unit."""

    def __init__(self, kind: str, unit: int = 1):
        if kind not in MAPS or not 1 <= unit <= 247:
            raise ValueError("no meter %s at unit %s" % (kind, unit))
        self.unit = unit
        self.requests = [_request(row) for row in MAPS[kind].split("\n")]
        self.backwards = 0  # times that a register has fallen; its highest value counts

    def ask(self, bus, n: int):
        """Put the n-th request into the bus."""
        request = self.requests[n]
        bus.read(self.unit, request[0], request[1], request[2])

    def take(self, bus, n: int, value):
        """Put what the answer to it says into a MeterValue. Currents have no sign; a negative
        power is 0 W of import."""
        for quantity, kind, factor, registers in self.requests[n][3]:
            phase = 0
            for register in registers:
                number = _number(bus, register, kind, factor)
                if quantity == "V":
                    value.voltage_dv[phase] = max(number, -1)
                elif quantity == "A":
                    value.current_ma[phase] = -1 if number == _ABSENT else abs(number)
                elif quantity == "P":
                    value.power_w = -1 if number == _ABSENT else max(number, 0)
                elif quantity == "F":
                    value.frequency_mhz = max(number, -1)
                elif quantity == "E":
                    value.energy_wh = self._rising(value.energy_wh, number)
                else:
                    value.export_wh = self._rising(value.export_wh, number)
                phase += 1

    def _rising(self, before, now):
        if now >= before:
            return now
        if now != _ABSENT:
            self.backwards += 1
        return before


def _request(row):
    """(function, address, count, ((quantity, kind, factor, registers), ...)); a factor below 0
    divides."""
    words = row.split()
    items = []
    for word in words[3:]:
        if word in "VAPFEX":
            items.append([word])
        else:
            items[-1].append(word)
    return int(words[0], 16), int(words[1], 16), int(words[2]), tuple([
        (item[0], item[1], _factor(item[2]), tuple([int(word) for word in item[3:]]))
        for item in items
    ])


def _factor(word):
    return -int(word[1:]) if word[0] == "/" else int(word)


def _number(bus, at, kind, factor):
    """In the unit of MeterValue, or _ABSENT."""
    high = bus.register(at)
    if kind == "h":
        return _ABSENT if high in (0xFFFF, 0x7FFF) else high * factor
    low = bus.register(at + 1)
    if kind == "f":
        return _float(high, low, factor)
    if kind == "q":
        if high or low:  # all ones; or 2^32 of anything
            return _ABSENT
        high, low = bus.register(at + 2), bus.register(at + 3)
    elif kind == "l":
        high, low = low, high
    elif high == low == 0xFFFF:
        return _ABSENT
    if kind != "q" and high == 0x7FFF and low == 0xFFFF:
        return _ABSENT
    if high > 0x7FFF and kind in "sl":
        high -= 0x10000
    if factor > 0:
        return high * factor * 0x10000 + low * factor
    return ((high << 16 | low) - (factor >> 1)) // -factor


def _float(high, low, factor):
    """A float32 times a factor up to 1000, rounded half up; NaN, infinity and what no meter can
    mean are absent. The 24 bits of the significand are taken in two halves, so that no product
    needs more than 30."""
    exponent = high >> 7 & 0xFF
    if exponent > 156:  # 2^30 of anything
        return _ABSENT
    if exponent < 115:  # a thousand of it are less than a quarter
        return 0
    upper = (0x80 | high & 0x7F) << 4 | low >> 12
    lower = (low & 0xFFF) * factor
    upper *= factor
    shift = 150 - exponent
    if shift > 12:
        shift -= 12
        number = upper + (lower >> 12) + (1 << shift - 1) >> shift
    elif shift > 0:
        number = (upper << 12 - shift) + (lower + (1 << shift - 1) >> shift)
    else:
        number = upper * 0x1000 + lower << -shift
    return -number if high & 0x8000 else number
