"""What time it is, from power-on: the floor, the processor's clock, time servers."""

import asyncio
import json

import compose
import pytest
from freezegun import freeze_time
from station import Station as Parts

from host_tests import runtimes
from host_tests.link.time_server import packet, server
from host_tests.station import RUNTIMES, Station
from ocpp201.store import Directory, Store
from ocpp201.timefmt import parse_time

FLOOR = parse_time("2026-11-23T00:00:00Z")
YEAR_2030 = parse_time("2030-06-01T12:00:00Z")
ONLINE = {"url": "ws://127.0.0.1:1/ocpp", "security_profile": 0}


def parts(folder, csms=None, floor=None):
    """All parts of a station, as they are before the event loop runs; the simulated board."""
    config = {"station": {"id": "CP"}, "board": "simulated", "csms": csms or {}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    if floor is not None:
        Store(Directory(str(folder / "data"))).save("clock", floor.to_bytes(4, "little"))
    return Parts(str(folder / "config.json"), compose)


@pytest.mark.parametrize("csms", [None, ONLINE])
@pytest.mark.parametrize("host", ["2000-01-01", "2021-01-01", "2026-11-22T23:59:59Z"])
def test_a_processor_that_is_behind_is_told_the_floor_before_tls_needs_it(tmp_path, host, csms):
    with freeze_time(host):
        station = parts(tmp_path, csms, FLOOR)
        station._set_clock()
    assert station.board.time_set == FLOOR


def test_a_first_start_tells_the_processor_when_the_program_was_written(tmp_path):
    with freeze_time("2021-01-01"):
        station = parts(tmp_path, ONLINE)
        station._set_clock()
    assert station.board.time_set == parse_time("2026-01-01T00:00:00Z")


def test_a_processor_that_knows_the_time_is_left_alone(tmp_path):
    with freeze_time("2026-11-23T00:00:00Z"):
        station = parts(tmp_path, ONLINE, FLOOR)
        station._set_clock()
        assert station.cp.clock.utc(5) is None  # the CSMS will tell
    assert station.board.time_set is None


def test_without_a_csms_the_hosts_time_is_taken(tmp_path):
    with freeze_time("2027-01-01T00:00:00Z"):
        station = parts(tmp_path, None, FLOOR)
        station._set_clock()
    assert station.cp.clock.text(60) == "2027-01-01T00:01:00Z"


def test_without_a_csms_a_host_that_is_years_behind_is_not_believed(tmp_path):
    with freeze_time("2026-02-01T00:00:00Z"):
        station = parts(tmp_path, None, FLOOR)
        station._set_clock()
    assert station.cp.clock.utc(0) is None
    assert station.board.time_set == FLOOR


def test_B01_what_the_csms_tells_sets_the_processor_too(tmp_path):
    station = parts(tmp_path, ONLINE)
    assert not station.wake._poked.is_set()
    station.cp.context.block("availability").set_clock(station.cp.context, "2026-11-23T00:00:00Z")
    assert station.board.time_set == FLOOR
    assert station.wake._poked.is_set()  # the floor is kept now, not in ten minutes


def test_ntp_is_not_loaded_until_it_is_asked_for(tmp_path):
    async def run():
        station = parts(tmp_path)
        station._ask_ntp()
        tasks = len(station.tasks.tasks)
        for value in ("NTP,Heartbeat", "Heartbeat", "NTP"):
            station.cp.set_variables([{
                "component": {"name": "ClockCtrlr"}, "variable": {"name": "TimeSource"},
                "attributeValue": value,
            }])  # fmt: skip
        tasks = len(station.tasks.tasks) - tasks
        station.tasks.stop()
        return tasks

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_time_server_sets_the_clock_and_the_floor_outlives_a_power_cut(runtime, tmp_path):
    if runtime == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)

    def datum(variable, value, instance=None):
        variable = {"name": variable, "instance": instance} if instance else {"name": variable}
        return {"component": {"name": "ClockCtrlr"}, "variable": variable, "attributeValue": value}

    with server(lambda question: packet(question, YEAR_2030)) as (uri, questions):
        variables = [datum("TimeSource", "NTP"), datum("NtpServerUri", uri, "1")]
        config = {
            "station": {"id": "CP"}, "board": "simulated", "csms": ONLINE, "variables": variables,
        }  # fmt: skip
        with Station(runtime, config, tmp_path) as station:
            station.wait_until(lambda status: status["clock"] == "synced")
            files = Store(Directory(str(tmp_path / "data")))
            station.wait_until(lambda _: files.load("clock"))
            assert station.command("vars ClockCtrlr NtpServerUri#1")
            station.cut_power()
            station.config_file.write_text(
                json.dumps({"station": {"id": "CP"}, "board": "simulated"}), encoding="utf-8"
            )
            station.start()  # no server, no CSMS; the host's clock is years behind what was known
            assert station.status()["clock"] == "unknown"
            station.wait_for_log("not plausible")
    assert len(questions) == 1
    assert YEAR_2030 <= int.from_bytes(files.load("clock")[1], "little") < YEAR_2030 + 600
