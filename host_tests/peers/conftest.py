"""For tests in which the CSMS or the way to it is in trouble."""

import pytest

from host_tests import runtimes
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.peers.sessions import HASTE, datum
from host_tests.station import RUNTIMES, Station

PASSWORD = "at-least-16-chars"


@pytest.fixture
def csms():
    with Loopback(Csms(PASSWORD)) as csms:
        yield csms


@pytest.fixture(params=RUNTIMES)
def start(request, tmp_path):
    """start(url, variables) -> a Station, which must have been calm when the test is over."""
    if request.param == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    stations = []

    def start(url, variables=()):
        config = {
            "station": {"id": "CP001"},
            "csms": {"url": url, "security_profile": 1, "password": PASSWORD},
            "board": "simulated",
            "log_level": "debug",
            "variables": [datum(*one) for one in {**HASTE, **dict(variables)}.items()],
        }
        stations.append(Station(request.param, config, tmp_path))
        return stations[0]

    yield start
    for station in stations:
        with station:
            if station.process.poll() is None:
                assert station.status()["errors"] == 0, station.command("crash")
                assert station.stop() == 0
            log = station.log()
            assert "Traceback" not in log and " bug" not in log, log
