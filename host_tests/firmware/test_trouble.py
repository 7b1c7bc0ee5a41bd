"""Tasks that hang, crash and block, in the real firmware/main.py, and what the CSMS hears."""

import base64

import pytest

from host_tests import runtimes
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.station import RUNTIMES, Refused, Station

PASSWORD = base64.b64encode(b"any sixteen characters").decode()
WATCHDOG_S = 6  # longer than it takes to notice a task that hangs


@pytest.fixture
def csms():
    with Loopback(Csms(password=PASSWORD)) as csms:
        yield csms


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    return request.param


def started(runtime, csms, folder, **sections):
    config = {
        "station": {"id": "CP001"},
        "csms": {"url": csms.url, "security_profile": 1, "password": PASSWORD},
        "board": "simulated",
        "evses": [{"connectors": ["cType2", "cType2"]}, {}],
        **sections,
    }
    return Station(runtime, config, folder)


@pytest.fixture
def station(runtime, csms, tmp_path):
    with started(runtime, csms, tmp_path, watchdog_s=WATCHDOG_S) as station:
        booted(csms, station, "PowerUp")
        yield station


@pytest.fixture
def without_watchdog(runtime, csms, tmp_path):
    with started(runtime, csms, tmp_path) as station:
        booted(csms, station, "PowerUp")
        yield station


def booted(csms, station, reason):
    csms.wait_for("BootNotification", {"reason": reason})
    station.wait_until(lambda status: status["registration"] == "Accepted")


def lose_memory(csms):
    """From here on the station ends without a word: it may send again what was acknowledged."""
    csms.checker.power_cut = True


def charge(csms, station):
    station.command("plug 1")
    station.command("tap 04A1B2C3 ISO14443 1")
    station.wait_until(lambda status: status["evses"][0]["contactor"] == "closed")
    csms.wait_for("TransactionEvent", {"eventType": "Started"})


def contactors(station):
    return [evse["contactor"] for evse in station.status()["evses"]]


@pytest.mark.parametrize("task", ["core", "link"])
def test_a_task_that_hangs_starves_the_watchdog(csms, station, task):
    charge(csms, station)
    lose_memory(csms)
    station.command(f"trouble {task} hang")
    station.wait_for_log(f"task {task} does not go round any more")
    station.wait_ready()
    booted(csms, station, "Watchdog")
    assert f"task {task} does not go round any more" in "".join(station.command("crash"))
    csms.wait_for("SecurityEventNotification", {"type": "ResetOrReboot"})


def test_the_contactors_are_open_before_the_watchdog_bites(csms, station):
    charge(csms, station)
    station.command("trouble link hang")
    station.wait_for_log("task link does not go round any more")
    assert contactors(station) == ["open", "open"]


def test_a_loop_that_blocks_starves_the_watchdog(csms, station):
    charge(csms, station)
    lose_memory(csms)
    station.command("trouble core block")
    station.wait_ready()
    booted(csms, station, "Watchdog")
    station.command("quit")
    assert station.wait() == 0


def test_without_a_watchdog_a_task_that_hangs_restarts_the_station_too(csms, without_watchdog):
    station = without_watchdog
    station.command("trouble hardware hang")
    station.wait_ready()
    booted(csms, station, "ApplicationReset")


def test_a_program_that_crashes_starts_again(csms, station):
    lose_memory(csms)
    station.command("trouble station crash")
    station.wait_ready()
    booted(csms, station, "ApplicationReset")
    assert "the program crashed" in station.command("crash")[0]
    lose_memory(csms)
    station.cut_power()
    station.start()
    booted(csms, station, "PowerUp")  # what the CSMS knows is told once
    assert "the program crashed" in station.command("crash")[0]


def crash_thrice(csms, station):
    station.command("trouble hardware crash")
    station.wait_ready()
    booted(csms, station, "ApplicationReset")


def test_three_crashes_lead_to_safe_mode_and_a_Reset_of_the_csms_out_of_it(csms, station):
    charge(csms, station)
    crash_thrice(csms, station)
    status = station.status()
    assert contactors(station) == ["open", "open"]
    words = [one["status"] for evse in status["evses"] for one in evse["connectors"]]
    assert words == ["Faulted"] * 3
    for evse, connector in ((1, 1), (1, 2), (2, 1)):
        csms.wait_for(
            "StatusNotification",
            {"evseId": evse, "connectorId": connector, "connectorStatus": "Faulted"},
        )
    assert "safe mode" in station.log()
    start = {"remoteStartId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
    assert csms.request("RequestStartTransaction", {**start, "evseId": 2})["status"] == "Rejected"
    for line in ("plug 2", "tap 04A1B2C3", "start 2", "clear 1", "fault 1"):
        with pytest.raises(Refused, match="safe mode"):
            station.command(line)
    assert station.status()["errors"] == 0

    assert csms.request("Reset", {"type": "Immediate"})["status"] == "Accepted"
    station.wait_ready()
    booted(csms, station, "RemoteReset")
    words = [evse["connectors"][0]["status"] for evse in station.status()["evses"]]
    assert words == ["Occupied", "Available"]


def test_safe_mode_outlives_a_power_cut_and_ends_with_a_reset_at_the_console(csms, station):
    crash_thrice(csms, station)
    lose_memory(csms)
    station.cut_power()
    station.start()
    booted(csms, station, "PowerUp")
    assert station.status()["evses"][0]["availability"] == "Faulted"
    station.command("reset")
    station.wait_ready()
    booted(csms, station, "LocalReset")
    assert station.status()["evses"][0]["availability"] == "Available"


def test_bites_of_the_watchdog_lead_to_safe_mode_too(csms, station):
    for task, kind, reason in (
        ("core", "block", "Watchdog"),
        ("station", "crash", "ApplicationReset"),
        ("link", "block", "Watchdog"),
    ):
        assert station.status()["evses"][0]["availability"] == "Available"
        lose_memory(csms)
        station.command(f"trouble {task} {kind}")
        station.wait_ready()
        booted(csms, station, reason)
    assert station.status()["evses"][0]["availability"] == "Faulted"


def test_power_cuts_do_not_lead_to_safe_mode(csms, without_watchdog):
    for _ in range(4):
        lose_memory(csms)
        without_watchdog.cut_power()
        without_watchdog.start()
    assert without_watchdog.status()["evses"][0]["availability"] == "Available"


def test_a_crash_in_safe_mode_restarts_the_task_alone(csms, station):
    crash_thrice(csms, station)
    station.command("trouble link crash")
    for wait in (1, 2, 4):
        station.wait_for_log(f"task link crashed, starts again in {wait} s")
    assert station.status()["evses"][0]["availability"] == "Faulted"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("reset soft", "LocalReset"),
        ("reset hard", "LocalReset"),
        ("factory-reset", "LocalReset"),
    ],
)
def test_B01_what_each_restart_at_the_console_is_called(csms, without_watchdog, command, reason):
    without_watchdog.command(command)
    without_watchdog.wait_ready()
    booted(csms, without_watchdog, reason)


def test_B01_after_quit_it_is_a_PowerUp(csms, without_watchdog):
    assert without_watchdog.stop() == 0
    without_watchdog.start()
    booted(csms, without_watchdog, "PowerUp")


def test_B12_a_scheduled_reset_is_forgotten_with_the_power(csms, without_watchdog):
    station = without_watchdog
    charge(csms, station)
    assert csms.request("Reset", {"type": "OnIdle"})["status"] == "Scheduled"
    lose_memory(csms)
    station.cut_power()
    station.start()
    booted(csms, station, "PowerUp")


def test_B01_the_reason_outlives_a_power_cut_before_Accepted(csms, without_watchdog):
    station = without_watchdog
    usual = csms.answers["BootNotification"]
    csms.answer("BootNotification", lambda _: {**usual(None), "status": "Pending"})
    station.command("reset hard")
    station.wait_ready()
    csms.wait_for("BootNotification", {"reason": "LocalReset"})
    lose_memory(csms)
    station.cut_power()
    csms.answer("BootNotification", usual)
    station.start()
    booted(csms, station, "LocalReset")
