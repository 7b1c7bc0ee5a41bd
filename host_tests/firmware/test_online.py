"""The real firmware/main.py and a real CSMS: what the console does on the wire, and how a restart
looks from there."""

import asyncio
import base64
import signal

import pytest

from host_tests import runtimes
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.peers.sessions import HASTE, datum
from host_tests.station import RUNTIMES, Station

PASSWORD = base64.b64encode(b"any sixteen characters").decode()


@pytest.fixture
def csms():
    with Loopback(Csms(password=PASSWORD)) as csms:
        yield csms


@pytest.fixture(params=RUNTIMES)
def station(request, csms, tmp_path):
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    config = {
        "station": {"id": "CP001", "model": "Demo", "vendor_name": "Example"},
        "csms": {"url": csms.url, "security_profile": 1, "password": PASSWORD},
        "board": "simulated",
        "evses": [{}, {}],
        "cards": [{"idToken": "OWN"}],
        "variables": [datum(*one) for one in HASTE.items()],
    }
    with Station(request.param, config, tmp_path) as station:
        station.wait_until(lambda status: status["registration"] == "Accepted")
        yield station


def test_B01_the_first_boot_is_PowerUp_and_names_the_station(csms, station):
    boot = csms.wait_for("BootNotification", {"reason": "PowerUp"})
    assert boot["chargingStation"]["model"] == "Demo"
    assert boot["chargingStation"]["vendorName"] == "Example"
    status = station.status()
    assert (status["connected"], status["clock"]) == (True, "synced")
    assert status["security_profile"] == 1


def test_B12_a_Reset_composes_the_station_anew(csms, station):
    csms.wait_for("BootNotification", {"reason": "PowerUp"})
    assert csms.request("Reset", {"type": "Immediate"})["status"] == "Accepted"
    station.wait_ready()
    csms.wait_for("BootNotification", {"reason": "RemoteReset"})


def test_B01_a_reset_at_the_console_is_a_LocalReset_once(csms, station):
    station.command("reset")
    station.wait_ready()
    csms.wait_for("BootNotification", {"reason": "LocalReset"})
    station.wait_until(lambda status: status["registration"] == "Accepted")
    station.cut_power()
    station.start()
    csms.wait_for("BootNotification", {"reason": "PowerUp"})


def test_B12_a_reset_at_the_console_ends_the_transaction_and_tells_it(csms, station):
    csms.wait_for("StatusNotification")
    station.command("plug 1")
    station.command("tap 04A1")
    csms.wait_for("TransactionEvent", {"eventType": "Started"})
    station.command("reset soft")
    ended = csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    assert ended["transactionInfo"]["stoppedReason"] == "Reboot"
    assert ended["triggerReason"] == "ResetCommand"
    station.wait_ready()
    csms.wait_for("BootNotification", {"reason": "LocalReset"})


def test_C01_authorize_asks_and_starts_nothing(csms, station):
    csms.answers["Authorize"] = {"idTokenInfo": {"status": "Blocked"}}
    assert station.command("authorize FOREIGN Local") == ["Blocked"]
    asked = csms.wait_for("Authorize")
    assert asked["idToken"] == {"idToken": "FOREIGN", "type": "Local"}
    assert station.command("authorize OWN") == ["Accepted"]
    assert all(evse["transaction"] is None for evse in station.status()["evses"])


def test_P02_data_prints_status_and_data(csms, station):
    csms.answers["DataTransfer"] = {"status": "Accepted", "data": {"grid": 50}}
    assert station.command("data com.example hello two words") == ['Accepted {"grid": 50}']
    sent = csms.wait_for("DataTransfer")
    assert sent == {"vendorId": "com.example", "messageId": "hello", "data": "two words"}
    csms.answers["DataTransfer"] = {"status": "UnknownVendorId"}
    assert station.command("data com.example") == ["UnknownVendorId"]


def test_ws_drop_stays_offline_until_ws_connect(csms, station):
    station.command("ws drop")
    station.wait_until(lambda status: not status["connected"])
    station.command("ws connect")
    station.wait_until(lambda status: status["connected"])


NEW = "another password of the csms"


def set_password(csms, text):
    datum = {
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
        "attributeValue": text,
    }
    answer = csms.request("SetVariables", {"setVariableData": [datum]})
    assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"


def is_back(status):
    return status["connected"] and status["registration"] == "Accepted"


def test_A01_a_new_password_from_the_csms_is_used_from_the_next_connection_on(csms, station):
    set_password(csms, NEW)
    csms.csms.password = NEW
    station.wait_until(lambda status: not status["connected"])
    station.wait_for_log("connected to ")
    station.cut_power()
    station.start()
    station.wait_until(is_back)
    assert "401" not in station.log()
    assert NEW not in station.log()


def test_A01_a_new_password_that_the_csms_refuses_gives_way_to_the_old_one(csms, station):
    set_password(csms, NEW)  # and this CSMS still wants the old one
    station.wait_for_log("HTTP status 401")
    station.wait_for_log("refused the password that it has set; the old one works")
    station.wait_until(is_back)
    station.cut_power()
    station.start()
    station.wait_until(is_back)
    assert station.log().count("no link: HTTP status 401") == 1


def test_A01_PWR_2_a_power_cut_between_change_and_connection_forgets_neither(csms, station):
    csms.call(lambda: setattr(csms.csms, "password", "nobody knows it yet"))
    set_password(csms, NEW)
    station.wait_for_log("HTTP status 401")
    for right in (PASSWORD, NEW):
        station.cut_power()
        csms.csms.password = right
        station.start()
        station.wait_until(is_back)
        if right == PASSWORD:
            set_password(csms, NEW)
            station.wait_until(lambda status: not status["connected"])


def test_A04_the_security_log_outlives_a_power_cut_but_no_factory_reset(csms, station):
    def kept():
        return [line.split(" ")[1] for line in station.command("log security")]

    station.wait_until(lambda _: kept() == ["StartupOfTheDevice"])
    station.cut_power()
    station.start()
    station.wait_until(lambda _: len(kept()) == 2)
    station.command("factory-reset")
    station.wait_ready()
    station.wait_until(lambda _: len(kept()) == 1)


def test_A01_an_edit_of_the_section_by_a_person_wins_over_what_the_csms_has_set(csms, station):
    station.command("config save")
    set_password(csms, NEW)
    csms.csms.password = NEW
    station.wait_until(lambda status: not status["connected"])
    station.wait_for_log("connected to ")
    csms.csms.password = PASSWORD
    station.command('config set csms.certificate "station.pem"')
    station.command("config save")
    station.command("reset")
    station.wait_ready()
    station.wait_until(is_back)
    assert "401" not in station.log()


@pytest.mark.parametrize("end", ["quit", signal.SIGINT])
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_end_closes_the_websocket(runtime, end, tmp_path):
    if runtime == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)

    def is_idle(status):
        """Nothing waits, security events neither: MicroPython throws the SIGINT into the task at
        work, and half a message of a writer that is gone can't be followed by a goodbye."""
        return is_back(status) and status["queue"] == {"transaction": 0, "normal": 0}

    def stop(station):
        if end == "quit":
            return station.stop()
        station.signal(end)
        return station.wait()

    async def scenario():
        async with Csms() as csms:
            config = {"station": {"id": "CP"}, "board": "simulated", "csms": {"url": csms.url}}
            station = await asyncio.to_thread(Station, runtime, config, tmp_path)
            await asyncio.to_thread(station.wait_until, is_idle)
            connection = csms.station.websocket
            assert await asyncio.to_thread(stop, station) == 0
            await connection.wait_closed()
            return connection.close_code

    assert asyncio.run(scenario()) == 1000
