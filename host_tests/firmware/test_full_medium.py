"""A data_dir that is full, or can't even be made: the station starts, talks, ends what it has
begun, and begins nothing. The kernel's limit for the size of files makes every write fail."""

import pytest

from host_tests import runtimes
from host_tests.peers.loopback import Loopback
from host_tests.station import RUNTIMES, Refused, Station

resource = pytest.importorskip("resource", reason="only POSIX can limit the size of files")
if not hasattr(resource, "prlimit"):
    pytest.skip("only Linux can limit another process", allow_module_level=True)

START = {"remoteStartId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
FULL = "MemoryExhaustion"


class Limited(Station):
    """full(True): nothing can be written from now on, in the runs to come neither."""

    def __init__(self, *args):
        self._is_full = False
        super().__init__(*args)

    def start(self):
        limit = "ulimit -S -f 0; " if self._is_full else ""
        usual = self._command
        self._command = ["sh", "-c", "trap '' XFSZ; " + limit + 'exec "$@"', "sh", *usual]
        super().start()
        self._command = usual

    def full(self, is_full):
        self._is_full = is_full
        if self.process.returncode is None:
            hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
            soft = 0 if is_full else hard
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def csms():
    with Loopback() as csms:
        yield csms


@pytest.fixture(params=RUNTIMES)
def station(request, csms, tmp_path):
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    config = {
        "station": {"id": "CP001"}, "csms": {"url": csms.url}, "board": "simulated",
        "evses": [{}, {}],
    }  # fmt: skip
    with Limited(request.param, config, tmp_path) as station:
        booted(station)
        yield station


def booted(station):
    station.wait_until(lambda status: status["registration"] == "Accepted")


def contactor(station, evse_id):
    return station.status()["evses"][evse_id - 1]["contactor"]


def start(csms, evse_id):
    return csms.request("RequestStartTransaction", {**START, "evseId": evse_id})["status"]


def test_a_station_starts_on_a_full_medium_talks_and_begins_nothing(csms, station):
    station.stop()
    station.full(True)
    station.start()
    booted(station)
    csms.wait_for("SecurityEventNotification", {"type": FULL})
    assert "boot not stored" in station.log()
    station.command("plug 1")
    assert start(csms, 1) == "Rejected"
    with pytest.raises(Refused):
        station.command("tap 04A1B2C3 ISO14443 1")
    status = station.status()
    assert status["evses"][0]["transaction"] is None
    assert (status["evses"][0]["contactor"], status["errors"]) == ("open", 0)
    assert csms.request("Reset", {"type": "Immediate"})["status"] == "Accepted"
    station.wait_ready()
    booted(station)
    csms.wait_for("SecurityEventNotification", {"type": FULL})
    events = [one["type"] for one in csms.received("SecurityEventNotification")]
    assert events.count(FULL) == 2  # once a run


def test_with_room_again_it_charges_again(csms, station):
    station.stop()
    station.full(True)
    station.start()
    booted(station)
    csms.wait_for("SecurityEventNotification", {"type": FULL})
    station.command("plug 1")
    assert start(csms, 1) == "Rejected"
    station.full(False)
    station.wait_for_log("journal: the medium works again")
    assert start(csms, 1) == "Accepted"
    station.wait_until(lambda status: status["evses"][0]["contactor"] == "closed")


def test_a_transaction_that_runs_when_the_medium_is_full_ends_properly(csms, station):
    station.command("plug 1")
    station.command("tap 04A1B2C3 ISO14443 1")
    csms.wait_for("TransactionEvent", {"eventType": "Started"})
    station.wait_until(lambda status: status["evses"][0]["contactor"] == "closed")
    station.full(True)
    station.command("tap 04A1B2C3 ISO14443 1")
    ended = csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    assert ended["transactionInfo"]["stoppedReason"] == "Local"
    assert contactor(station, 1) == "open"
    csms.wait_for("SecurityEventNotification", {"type": FULL})
    station.command("plug 2")
    assert start(csms, 2) == "Rejected"
    assert station.status()["errors"] == 0, station.log()


def test_what_cannot_be_stored_is_said_and_Rejected(csms, station):
    station.full(True)
    answer = csms.request("SetVariables", {"setVariableData": [{
        "component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"},
        "attributeValue": "33",
    }]})  # fmt: skip
    assert answer["setVariableResult"][0]["attributeStatus"] == "Rejected"
    station.wait_for_log("variables not stored")
    station.command("reset hard")
    station.wait_ready()
    booted(station)
    assert station.status()["errors"] == 0


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_data_dir_that_nobody_can_make_is_no_obstacle(runtime, csms, tmp_path):
    """/proc takes no folder from anybody."""
    if runtime == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    config = {
        "station": {"id": "CP001"}, "csms": {"url": csms.url}, "board": "simulated",
        "data_dir": "/proc/self/fd",
    }  # fmt: skip
    with Station(runtime, config, tmp_path) as station:
        booted(station)
        csms.wait_for("SecurityEventNotification", {"type": FULL})
        station.command("plug 1")
        assert start(csms, 1) == "Rejected"
        assert station.status()["errors"] == 0
        assert station.stop() == 0
