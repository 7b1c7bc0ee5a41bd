"""The whole station with security profiles 2 and 3, and a real CSMS behind TLS."""

import pytest

from host_tests import runtimes
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.peers.sessions import HASTE, charge, count, datum, finish, is_quiet
from host_tests.station import RUNTIMES, Station
from host_tests.tls.authority import CLIENT, DER, PEM, Certificate, authority
from host_tests.tls.servers import context

PASSWORD = "at-least-16-chars"


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    return request.param


@pytest.fixture(scope="module")
def root():
    return authority("Root")


@pytest.fixture(scope="module")
def good(root):
    return context(Certificate("csms", root, hosts=["localhost"]))


def station_for(csms, runtime, folder, root, **section):
    """File names in the config are relative to it."""
    (folder / "ca.pem").write_bytes(root.leaf.public_bytes(PEM))
    config = {
        "station": {"id": "CP001"},
        "csms": {"url": csms.url, "ca": "ca.pem", **section},
        "board": "simulated",
        "variables": [datum(*one) for one in HASTE.items()],
    }
    return Station(runtime, config, folder)


def assert_well(station):
    assert station.status()["errors"] == 0, station.command("crash")
    assert station.stop() == 0
    assert "Traceback" not in station.log()
    assert PASSWORD not in station.log()


def events(csms):
    return [event["type"] for event in csms.received("SecurityEventNotification")]


def test_A00_profile_2_boots_and_charges(runtime, tmp_path, root, good):
    with Loopback(Csms(PASSWORD), tls=good) as csms:
        with station_for(csms, runtime, tmp_path, root, password=PASSWORD) as station:
            transaction = charge(csms, station)
            assert station.status()["security_profile"] == 2
            finish(csms, station, transaction)
            assert_well(station)


def test_A00_profile_3_boots_and_charges(runtime, tmp_path, root):
    clients = authority("Clients")
    own = Certificate("CP001", authority("Clients, inner", clients), usage=CLIENT)
    (tmp_path / "own.der").write_bytes(own.chain(DER))
    (tmp_path / "key.pem").write_bytes(own.private_key())
    server = context(Certificate("csms", root, hosts=["localhost"]), clients)
    with Loopback(tls=server) as csms:
        files = {"certificate": "own.der", "key": "key.pem"}
        with station_for(csms, runtime, tmp_path, root, **files) as station:
            transaction = charge(csms, station)
            assert station.status()["security_profile"] == 3
            assert "Authorization" not in csms.csms.station.websocket.request.headers
            finish(csms, station, transaction)
            assert_well(station)


def test_A00_FR_309_a_bad_certificate_is_told_once_when_a_good_one_is_back(
    runtime, tmp_path, root, good
):
    with Loopback(Csms(PASSWORD), tls=good) as csms:
        with station_for(csms, runtime, tmp_path, root, password=PASSWORD) as station:
            station.wait_until(is_quiet)
            csms.down()
            csms.up(context(Certificate("csms", root, hosts=["localhost"], valid=(-30, -1))))
            station.wait_for_log("it has expired")
            before = station.status()["uptime_s"]
            station.wait_until(lambda status: status["uptime_s"] > before + 3)  # more attempts
            csms.down()
            csms.up(good)
            event = csms.wait_for("SecurityEventNotification", {"type": "InvalidCsmsCertificate"})
            assert event["techInfo"].endswith("it has expired")
            station.wait_until(is_quiet)
            assert events(csms).count("InvalidCsmsCertificate") == 1
            assert count(station, "it has expired; next attempt") == 1
            assert_well(station)


def test_A00_a_refused_password_is_told_when_it_is_accepted_again(runtime, tmp_path, root, good):
    with Loopback(Csms("another password"), tls=good) as csms:
        with station_for(csms, runtime, tmp_path, root, password=PASSWORD) as station:
            station.wait_for_log("HTTP status 401, wrong identity or password")
            csms.csms.password = PASSWORD
            csms.wait_for("SecurityEventNotification", {"type": "FailedToAuthenticateAtCsms"})
            station.wait_until(is_quiet)
            assert events(csms).count("FailedToAuthenticateAtCsms") == 1
            assert_well(station)


def profile(url, level):
    return {
        "configurationSlot": 2,
        "connectionData": {
            "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": url,
            "messageTimeout": 30, "securityProfile": level, "ocppInterface": "Wired0",
        },
    }  # fmt: skip


def order(csms, slots):
    item = datum("OCPPCommCtrlr.NetworkConfigurationPriority", slots)
    answer = csms.request("SetVariables", {"setVariableData": [item]})
    return answer["setVariableResult"][0]["attributeStatus"]


def test_A05_a_higher_security_profile_and_no_way_back(runtime, tmp_path, root, good):
    with Loopback(Csms(PASSWORD)) as plain, Loopback(Csms(PASSWORD), tls=good) as secure:
        with station_for(plain, runtime, tmp_path, root, password=PASSWORD) as station:
            station.wait_until(lambda status: status["registration"] == "Accepted")
            request = profile(secure.url, 2)
            assert plain.request("SetNetworkProfile", request)["status"] == "Accepted"
            assert order(plain, "2,1") == "RebootRequired"
            plain.request("Reset", {"type": "Immediate"})
            station.wait_ready()
            station.wait_until(lambda status: status["registration"] == "Accepted")
            assert station.status()["security_profile"] == 2
            assert len(secure.received("BootNotification")) == 1
            # A05.FR.06, B09.FR.04
            assert order(secure, "2,1") == "Rejected"
            request = profile(plain.url, 1)
            assert secure.request("SetNetworkProfile", request)["status"] == "Rejected"
            station.cut_power()
            station.start()
            station.wait_until(lambda status: status["registration"] == "Accepted")
            assert len(plain.received("BootNotification")) == 1
            assert_well(station)
