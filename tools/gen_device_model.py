"""Writes lib/ocpp201/device_model.dat from tools/device_model.csv.

    python3 tools/gen_device_model.py            write the file
    python3 tools/gen_device_model.py --check    print what would change; exit status 1 if it would

The CSV holds every component that the station may ever have; a row reaches the device when its
column `served` says yes, which it does from the version on that has something behind it. A row is
one attribute of one variable; an empty attribute means Actual.

The file, read by ocpp201.variables, is text for the sake of its diffs. Its first line is the
index: component, tier, and the offset of its first row behind this line, blanks around each.

     ChargingStation:0:18 EVSE:1:458 ...
    [ChargingStation]
    ...
    [TxCtrlr]
    EVConnectionTimeOut|integer|ReadWrite|pm|s|0|3600|120|

A row is name[#instance][$attribute], data type, mutability, flags, unit, minLimit, maxLimit,
default, values list with commas. Tier 0 is the station, 1 each EVSE, 2 each connector. Flags:
p persistent, r needs a restart, m may be monitored, c constant, z a time offset (on the wire it is
a string).
"""

import csv
import difflib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "device_model.csv"
TARGET = ROOT / "lib" / "ocpp201" / "device_model.dat"

PER_EVSE = (
    "EVSE", "ConnectorPlugRetentionLock", "CPPWMController", "FiscalMetering", "PowerContactor",
    "RCD",
)
PER_CONNECTOR = ("Connector",)

# What the wire knows only as a string.
FINER_STRINGS = ("passwordString", "identifierString", "offsetString")


def served_rows() -> "list[dict[str, str]]":
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["served"] == "yes"]


def tier(component: str) -> int:
    return 2 if component in PER_CONNECTOR else 1 if component in PER_EVSE else 0


def name(row: "dict[str, str]") -> str:
    instance = f"#{row['instance']}" if row["instance"] else ""
    attribute = f"${row['attribute']}" if row["attribute"] else ""
    return row["variable"] + instance + attribute


def flags(row: "dict[str, str]") -> str:
    columns = {"p": "persistent", "r": "reboot", "m": "monitored", "c": "constant"}
    letters = [letter for letter, column in columns.items() if row[column] == "yes"]
    return "".join(letters) + ("z" if row["data_type"] == "offsetString" else "")


def line(row: "dict[str, str]") -> str:
    data_type = "string" if row["data_type"] in FINER_STRINGS else row["data_type"]
    lists = [row[column].replace(";", ",") for column in ("default", "values")]
    fields = [name(row), data_type, row["mutability"], flags(row), row["unit"]]
    fields += [row["min"], row["max"], *lists]
    if any("|" in field or "\n" in field for field in fields):
        raise SystemExit(f"{row['component']}.{fields[0]}: the separator stands in a field")
    return "|".join(fields)


def generate() -> bytes:
    sections: "dict[str, list[str]]" = {}
    for row in served_rows():
        sections.setdefault(row["component"], []).append(line(row))
    index, body = " ", b""
    for component, lines in sections.items():
        body += f"[{component}]\n".encode()
        index += f"{component}:{tier(component)}:{len(body)} "
        body += "\n".join(lines).encode() + b"\n"
    return index.encode() + b"\n" + body


def main(arguments: "list[str]") -> int:
    fresh = generate()
    if "--check" not in arguments:
        TARGET.write_bytes(fresh)
        return 0
    present = TARGET.read_bytes() if TARGET.exists() else b""
    if fresh == present:
        return 0
    texts = [data.decode().splitlines(keepends=True) for data in (present, fresh)]
    sys.stdout.writelines(difflib.unified_diff(*texts, str(TARGET.relative_to(ROOT)), "generated"))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
