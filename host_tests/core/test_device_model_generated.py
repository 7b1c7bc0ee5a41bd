"""device_model.dat is what tools/gen_device_model.py makes of the CSV, and the CSV makes sense."""

import json
from pathlib import Path

import ocpp
import pytest

from host_tests.core.test_variables import Station
from ocpp201.characteristics import parse
from tools import gen_device_model as generator

SCHEMAS = Path(ocpp.__file__).parent / "v201" / "schemas"


def rows_by_name(station):
    """(component, variable, instance, attribute) -> the rows of all places"""
    found = {}
    for component, _, evse, connector, variable, instance, _, value, row in station.model.rows():
        key = component, variable, instance, row[0].partition("$")[2]
        found.setdefault(key, []).append((evse, connector, value, row))
    return found


def enum(schema, name):
    text = (SCHEMAS / f"{schema}.json").read_text(encoding="utf-8-sig")
    return json.loads(text)["definitions"][name]["enum"]


def test_the_file_is_up_to_date():
    assert generator.TARGET.read_bytes() == generator.generate()
    assert generator.main(["--check"]) == 0


def test_check_prints_the_difference(tmp_path, monkeypatch, capsys):
    stale = tmp_path / "device_model.dat"
    stale.write_bytes(generator.generate().replace(b"|120|", b"|121|"))
    monkeypatch.setattr(generator, "TARGET", stale)
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    assert generator.main(["--check"]) == 1
    printed = capsys.readouterr().out
    assert "-EVConnectionTimeOut|integer|ReadWrite|pm|s|0|3600|121|" in printed
    assert "+EVConnectionTimeOut|integer|ReadWrite|pm|s|0|3600|120|" in printed
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0


def test_every_served_row_is_there_on_its_tier_with_its_characteristics():
    found = rows_by_name(Station(layout=(2, 1)))
    places = {0: [(0, 0)], 1: [(1, 0), (2, 0)], 2: [(1, 1), (1, 2), (2, 1)]}
    served = generator.served_rows()
    for row in served:
        key = tuple(row[column] for column in ("component", "variable", "instance", "attribute"))
        there = found.pop(key)
        assert [at[:2] for at in there] == places[generator.tier(row["component"])]
        _, data_type, mutability, flags, unit, low, high, default, values = there[0][3]
        assert (mutability, unit, low, high) == tuple(
            row[column] for column in ("mutability", "unit", "min", "max")
        )
        assert default == row["default"].replace(";", ",")
        assert values == row["values"].replace(";", ",")
        assert data_type == row["data_type"] or row["data_type"] in generator.FINER_STRINGS
        assert ("p" in flags) == (row["persistent"] == "yes")
        assert ("r" in flags) == (row["reboot"] == "yes")
    assert not found


def test_what_the_specification_requires_of_a_served_component_is_served():
    with generator.SOURCE.open(encoding="utf-8", newline="") as file:
        rows = list(generator.csv.DictReader(file))
    components = {row["component"] for row in rows if row["served"] == "yes"}
    missing = [
        f"{row['component']}.{generator.name(row)}"
        for row in rows
        if row["served"] == "no"
        and (row["required"] == "yes"
             or (row["required"] == "conditional" and row["component"] in components))
    ]
    assert not missing


@pytest.mark.parametrize("row", generator.served_rows(), ids=lambda row: generator.name(row))
def test_a_row_is_consistent(row):
    fields = generator.line(row).split("|")
    assert fields[1] in enum("NotifyReportRequest", "DataEnumType")
    assert fields[2] in enum("NotifyReportRequest", "MutabilityEnumType")
    assert not row["attribute"] or row["attribute"] in enum(
        "NotifyReportRequest", "AttributeEnumType"
    )
    if row["default"]:
        parse(fields, fields[7])
    if row["mutability"] != "ReadOnly":
        assert row["persistent"] == "yes"  # what is writable is persistent
    if row["constant"] == "yes":
        assert row["mutability"] == "ReadOnly" and row["monitored"] == "no"
    if fields[1].endswith("List"):
        assert row["values"]


def test_the_index_stays_small():
    assert generator.generate().index(b"\n") < 1000
