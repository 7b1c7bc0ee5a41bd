"""B09, B10 with two real CSMSs: the station moves from one to the other, and back if it must."""

import base64

import pytest

from host_tests import runtimes
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.peers.sessions import HASTE, datum
from host_tests.station import RUNTIMES, Station

PASSWORD = base64.b64encode(b"any sixteen characters").decode()
HASTE_HERE = {**HASTE, "OCPPCommCtrlr.NetworkProfileConnectionAttempts": 2}
NOBODY = "ws://127.0.0.1:1/ocpp"


@pytest.fixture
def one():
    with Loopback(Csms(password=PASSWORD)) as csms:
        yield csms


@pytest.fixture
def other():
    with Loopback(Csms(password=PASSWORD)) as csms:
        yield csms


@pytest.fixture(params=RUNTIMES)
def station(request, one, tmp_path):
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    config = {
        "station": {"id": "CP001"},
        "csms": {"url": one.url, "security_profile": 1, "password": PASSWORD},
        "board": "simulated",
        "variables": [datum(*row) for row in HASTE_HERE.items()],
    }
    with Station(request.param, config, tmp_path) as station:
        station.wait_until(is_back)
        yield station


def is_back(status):
    return status["connected"] and status["registration"] == "Accepted"


def move(csms, station, url, slots="2,1", slot=2):
    profile = {
        "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": url,
        "messageTimeout": 17, "securityProfile": 1, "ocppInterface": "Wired0",
    }  # fmt: skip
    answer = csms.request(
        "SetNetworkProfile", {"configurationSlot": slot, "connectionData": profile}
    )
    assert answer["status"] == "Accepted"
    answer = csms.request(
        "SetVariables",
        {"setVariableData": [datum("OCPPCommCtrlr.NetworkConfigurationPriority", slots)]},
    )
    assert answer["setVariableResult"][0]["attributeStatus"] == "RebootRequired"
    csms.request("Reset", {"type": "Immediate"})
    station.wait_ready()


def active(station):
    (line,) = station.command("vars OCPPCommCtrlr ActiveNetworkProfile")
    return line.split()[-2]


def boots(csms):
    return len(csms.received("BootNotification"))


def test_B10_the_station_moves_to_another_csms_and_stays_there(one, other, station):
    move(one, station, other.url)
    station.wait_until(is_back)
    assert boots(other) == 1 and boots(one) == 1
    assert "2" in " ".join(station.command("vars OCPPCommCtrlr ActiveNetworkProfile"))
    assert "17" in " ".join(station.command("vars OCPPCommCtrlr MessageTimeout"))
    station.cut_power()
    station.start()
    station.wait_until(is_back)
    assert boots(other) == 2 and boots(one) == 1


def test_B10_if_nobody_is_there_it_comes_back_to_the_one_that_worked(one, station):
    move(one, station, NOBODY, "2")
    station.wait_until(is_back)
    assert boots(one) == 2
    assert "no link: now network profile 1" in station.log()


def test_B10_a_lost_connection_is_sought_in_the_same_slot(one, other, station):
    move(one, station, other.url)
    station.wait_until(is_back)
    station.command("ws drop")
    station.wait_until(lambda status: not status["connected"])
    station.command("ws connect")
    station.wait_until(is_back)
    assert boots(one) == 1


def test_B10_an_edit_of_the_section_by_a_person_wins(one, other, station):
    move(one, station, other.url)
    station.wait_until(is_back)
    station.command(f'config set csms.url "{one.url}/"')
    station.command("config save")
    station.command("reset")
    station.wait_ready()
    station.wait_until(is_back)
    assert boots(one) == 2 and boots(other) == 1


def test_B09_what_the_link_could_not_use_is_rejected(one, station):
    for url, level in (("ws://", 1), ("ws://user@:0x/", 1), ("wss://127.0.0.1:1/", 3)):
        profile = {
            "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": url,
            "messageTimeout": 30, "securityProfile": level, "ocppInterface": "Wired0",
        }  # fmt: skip
        request = {"configurationSlot": 2, "connectionData": profile}
        assert one.request("SetNetworkProfile", request)["status"] == "Rejected", url
    assert station.status()["errors"] == 0
