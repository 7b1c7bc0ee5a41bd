"""The device model: what the station tells about itself, and what the CSMS may change (B05-B07).

Between the blocks, which ask by name, and the rows of device_model.dat, which stay in that file:
RAM holds where the rows of a component begin, and the values that somebody changed or asked for.
A value is looked for in this order:

    kept    set by the CSMS, or by the station in a persistent row; one state of the store
    values  of any other row what the station has set, gone with a restart; else the factory value
            of the config file; else the row's default once the station asked for it
    row     the default in the file

The first two are one dict per place where rows live: place 0 is the station, then come EVSE 1, its
connectors, EVSE 2 and so on. A key is "Component.Variable", with "#instance" behind either name,
and "$MaxSet" at the end where another attribute than Actual is meant.
"""

import json

from .characteristics import parse, text_of, typed
from .journal import rare

try:
    from micropython import const
except ImportError:
    def const(x): return x

_NAME = const(0)
_MUTABILITY = const(2)
_FLAGS = const(3)
_DEFAULT = const(7)


class Variables:
    """rows: device_model.dat, open for reading in binary; several stations may share it.
    layout: the number of connectors of each EVSE. log: log(level, text).
    absent: components, and keys of variables, that this station does not have: unknown to the
    CSMS, not set for the station, which may put them without effect."""

    def __init__(self, rows, layout, store, log, absent=()):
        self._rows = rows
        self._store = store
        self._log = log
        self._absent = absent
        rows.seek(0)
        self._index = str(rows.readline(), "utf-8")
        places = [0, 1]
        for connectors in layout:
            places.append(places[-1] + 1 + connectors)
        self._places = tuple(places)  # those of EVSE n begin at [n] and end before [n + 1]
        self._values = [{} for _ in range(places[-1])]
        self._fleeting = set()  # keys of rows that are not persistent, as far as they are known
        self.roll_back()

    def configure(self, entries):
        """Factory values from the config file, a list of SetVariableData; ReadOnly rows too. What
        the CSMS has set wins over them. ValueError names the entry that is unknown or bad."""
        for i, entry in enumerate(entries):
            key, row, value = "entry %d" % i, None, None
            try:
                component, variable = entry["component"], entry["variable"]
                attribute, value = entry.get("attributeType"), entry["attributeValue"]
                problem, place, key, row = self._find(component, variable, attribute)
                if not problem:
                    self._values[place][key] = parse(row, value)
            except ValueError as refused:
                problem = str(refused)
            except (AttributeError, KeyError, TypeError):
                problem = "not SetVariableData"
            if problem:
                shown = "***" if row and row[_MUTABILITY] == "WriteOnly" else value  # A01.FR.12
                raise ValueError("variables: %s = %s: %s" % (key, shown, problem))

    # ------------------------------------------------------------------ for the station itself
    # KeyError: no such row. A second call finds the value in a dict and allocates nothing.

    def number(self, key: str, evse: int = 0, connector: int = 0) -> int:
        """-1 when it is not set, or a decimal with a fraction: that is for text()."""
        value = self._value(key, self._places[evse] + connector)
        return value if isinstance(value, int) else -1

    def flag(self, key: str, evse: int = 0, connector: int = 0) -> bool:
        """False when it is not set."""
        return self._value(key, self._places[evse] + connector) is True

    def text(self, key: str, evse: int = 0, connector: int = 0) -> str:
        return text_of(self._value(key, self._places[evse] + connector))

    def members(self, key: str, evse: int = 0, connector: int = 0) -> "tuple[str, ...]":
        value = self._value(key, self._places[evse] + connector)
        return value if isinstance(value, tuple) else ()

    def put(self, key: str, value, evse: int = 0, connector: int = 0) -> bool:
        """The station writes, ReadOnly rows too; True when that changed the value. Durable after
        commit(), if the row is persistent. Text must keep to the row's syntax and limits
        (ValueError); an int or bool is taken as it is."""
        place = self._places[evse] + connector
        if key not in self._fleeting or isinstance(value, str):  # the metering path reads no file
            row = self._row_of(key)
            if row is None:
                return False
            if isinstance(value, str):
                value = parse(row, value)
        changed = self._value(key, place) != value
        if key in self._fleeting:
            self._values[place][key] = value
        elif changed:
            self._keep(place, key, value)
        return changed

    # ------------------------------------------------------------------ for the CSMS

    def read(self, component: dict, variable: dict, attribute: "str | None" = None):
        """B06 for one item: (status, value); Accepted and "" when it is not set (B06.FR.13).
        Rejected has one reason only, WriteOnly."""
        unknown, place, key, row = self._find(component, variable, attribute)
        if unknown:
            return unknown, ""
        if row[_MUTABILITY] == "WriteOnly":
            return "Rejected", ""  # B06.FR.09
        return "Accepted", text_of(self._value(key, place, row))

    def write(self, component: dict, variable: dict, attribute, text: str, internal=False):
        """B05 for one item: (status, reason code or ""). In effect at once, durable after
        commit(). internal: the integrator writes, ReadOnly rows too."""
        unknown, place, key, row = self._find(component, variable, attribute)
        if unknown:
            return unknown, ""
        if row[_MUTABILITY] == "ReadOnly" and not internal:
            return "Rejected", "ReadOnly"
        if len(text) > self.number("DeviceDataCtrlr.ConfigurationValueSize"):
            return "Rejected", "TooLargeElement"
        try:
            value = parse(row, text)
        except ValueError as refused:
            return "Rejected", str(refused)
        if "p" in row[_FLAGS]:
            self._keep(place, key, value)
        else:
            self._values[place][key] = value
        return ("RebootRequired" if "r" in row[_FLAGS] else "Accepted"), ""

    def unsaved(self) -> bool:
        return self._dirty

    def roll_back(self):
        """Back to the last commit. A stored value that this version does not know or would refuse
        is left out."""
        self._kept = [{} for _ in self._values]
        self._dirty = False
        for entry in rare("kept_values").load(self._store, self._log):
            key = ""
            try:
                key, evse, connector, text = entry
                row, first = self._row_of(key), self._places[evse]
                exists = 0 <= evse and 0 <= connector < self._places[evse + 1] - first
                if not (exists and row and "p" in row[_FLAGS]):
                    raise KeyError(key)
                self._kept[first + connector][key] = parse(row, text)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):
                self._log("warning", "%s: the stored value is left out" % str(key)[:80])

    def commit(self) -> bool:
        """Makes durable what was set since the last time, in one write, if anything was. False
        when the storage failed: the values are then those of the last commit."""
        if not self._dirty:
            return True
        state = [
            (key, evse, connector, text_of(value))
            for evse, connector, place in self._tiers()
            for key, value in self._kept[place].items()
        ]
        try:
            self._store.save("variables", json.dumps(state).encode())
        except (OSError, ValueError) as error:
            self._log("error", "variables not stored: %s" % error)
            self.roll_back()
            return False
        self._dirty = False
        return True

    def rows(self):
        """(component, instance, evse, connector, variable, instance, mutability, value, row) of
        every row at every place; 0 and "" for what does not apply. The value is text, None in a
        WriteOnly row. row[0] ends in "$MaxSet" where it is not Actual. Others may read and write
        meanwhile."""
        for entry in self._index.split():
            component, tier, offset = entry.split(":")
            for evse, connector, place in self._tiers(int(tier)):
                at = _split(component) + (evse, connector)
                for row in self._section(int(offset), b""):
                    key = component + "." + row[_NAME]
                    if key in self._absent or component in self._absent:
                        continue
                    secret = row[_MUTABILITY] == "WriteOnly"
                    value = None if secret else text_of(self._value(key, place, row))
                    yield at + _split(row[_NAME]) + (row[_MUTABILITY], value, row)

    # ------------------------------------------------------------------ values

    def _value(self, key, place, row=None):
        """With the row at hand a default is not remembered: the CSMS may ask for all of them."""
        value = self._kept[place].get(key)
        if value is None:
            value = self._values[place].get(key)
        if value is None:
            found = row or self._row_of(key)
            value = typed(found, found[_DEFAULT]) if found and found[_DEFAULT] else ""
            if row is None:
                self._values[place][key] = value
        return value

    def _keep(self, place, key, value):
        kept = self._kept[place]
        if kept.get(key) != value:
            kept[key] = value
            self._dirty = True

    # ------------------------------------------------------------------ rows and places

    def _find(self, component, variable, attribute) -> "tuple[str, int, str, list]":
        """("", place, key, row), or the status that says what is unknown, in the order of B05."""
        name, variable_name = _full_name(component), _full_name(variable)
        key = name + "." + variable_name
        tier, offset = self._component(name)
        place = self._place(tier, component.get("evse"))
        if place < 0:
            return "UnknownComponent", 0, key, []
        row = None if key in self._absent else self._row(offset, variable_name)
        if row is None:
            return "UnknownVariable", 0, key, []
        if attribute not in (None, "Actual"):
            key += "$" + attribute
            row = self._row(offset, variable_name + "$" + attribute)
            if row is None:
                return "NotSupportedAttributeType", 0, key, []
        return "", place, key, row

    def _place(self, tier, evse):
        """-1 where the component does not live, or there is no such EVSE or connector."""
        wanted = evse and (evse["id"], evse.get("connectorId"))
        for number, connector, place in self._tiers(tier):
            if wanted == ((number, connector or None) if number else None):
                return place
        return -1

    def _tiers(self, tier=-1):
        """(evse, connector, place) of every place, or of those of one tier."""
        for evse in range(len(self._places) - 1):
            first = self._places[evse]
            for place in range(first, self._places[evse + 1]):
                if tier in (-1, (evse > 0) + (place > first)):
                    yield evse, place - first, place

    def _component(self, name):
        """(tier, offset of its section); a tier and an offset without rows when it is unknown."""
        at = self._index.find(" " + name + ":") + 1
        entry = self._index[at : self._index.find(" ", at)].split(":")
        if not at or entry[0] != name or name in self._absent:
            return 9, 0
        return int(entry[1]), int(entry[2])

    def _row_of(self, key):
        """The row that the station asks for; None where it is absent. KeyError: no such row."""
        component, _, name = key.partition(".")
        if component in self._absent or key in self._absent:
            return None
        row = self._row(self._component(component)[1], name)
        if row is None:
            raise KeyError(key)
        if "p" not in row[_FLAGS]:
            self._fleeting.add(key)
        return row

    def _row(self, offset, name):
        """None: there is no such row in the section that begins there."""
        for row in self._section(offset, (name + "|").encode()):
            if row[_NAME] == name:  # a name from the CSMS may hold "|"
                return row
        return None

    def _section(self, offset, beginning):
        """All rows of it that begin so."""
        at = len(self._index) + offset
        while True:
            self._rows.seek(at)  # others may have moved it
            line = self._rows.readline()
            if not line or line.startswith(b"["):
                return
            at += len(line)
            if line.startswith(beginning):
                yield str(line, "utf-8")[:-1].split("|")


def _full_name(thing):
    """Name or Name#instance of a ComponentType or VariableType. A name that itself looks like one
    of our keys becomes "", which nothing is called."""
    name, instance = thing["name"], thing.get("instance")
    if "#" in name or "$" in name:
        return ""
    return name + "#" + instance if instance else name


def _split(full_name):
    """(name, instance)"""
    name, _, instance = full_name.split("$")[0].partition("#")
    return name, instance
