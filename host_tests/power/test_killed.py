"""A station whose power is cut, again and again, while six cars are charged: the process gets
SIGKILL, and the next one finds what the file system has. What the CSMS was told is compared with
what the meters have delivered (judges/ledger.py); the whole conversation keeps to the protocol
(judges/rpc_checker.py), all its lives together.
"""

import random

import pytest

from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.power.day import CARDS, Street

RUNTIMES = "cpython", "micropython"
_SYNC = "after writing q-"      # an append to the journal is durable


def _live(runtime, folder, plan, **world):
    with Loopback(Csms()) as csms:
        street = Street(csms, runtime, folder, plan, **world)
        street.one_day()
        street.close()
    return street


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_E_a_day_without_a_power_cut(runtime, tmp_path):
    street = _live(runtime, tmp_path, [])
    assert street.station.cuts == []
    assert street.ledger.count() >= 6
    assert "PowerLoss" not in street.ledger.reasons()
    assert street.ledger.behind == []


@pytest.mark.parametrize("further", (1, 2))
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_E_power_cut_at_every_journal_sync(runtime, further, tmp_path):
    """Each life gets so many appends further than the last one, and dies with the next. The first
    append of a life tells that it has begun."""
    plan = [{"stop": 1 + further, "at": _SYNC}] * 60
    street = _live(runtime, tmp_path, plan)
    at_syncs = [cut for cut in street.station.cuts if _SYNC in cut]
    assert len(at_syncs) == len(street.station.cuts) >= 20
    assert street.ledger.count() >= 6


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_E_power_cut_at_random_moments(runtime, seed, tmp_path):
    draw = random.Random(seed)
    kinds = {"stop": 60, "lines": 30, "messages": 30}
    plan = []
    for kind in draw.choices(list(kinds), (2, 1, 1), k=40):
        plan.append({kind: draw.randrange(1, kinds[kind])})
    street = _live(runtime, tmp_path, plan, cars_leave=draw.choice((0, 0.3)), seed=seed)
    assert len(street.station.cuts) >= 3    # one long life may see the end of the day
    assert street.ledger.count() >= 6


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_E_power_cut_and_a_clock_that_is_wrong_by_minutes(runtime, tmp_path):
    """The CSMS tells another time at each boot; no transaction's events go back in time."""
    draw = random.Random(7)
    plan = [{"stop": draw.randrange(20, 60)} for _ in range(12)]
    street = _live(runtime, tmp_path, plan, skews=(-600, -60, 0, 60, 600), seed=7)
    assert len(street.station.cuts) >= 5


def test_E_power_cut_the_cars_are_gone_when_it_comes_back(tmp_path):
    """Each transaction of the first lives ends with PowerLoss, no more than a sample behind."""
    plan = [{"messages": n} for n in (20, 25, 30)]
    with Loopback(Csms()) as csms:
        street = Street(csms, "cpython", tmp_path, plan, cars_leave=1)
        street.plug(1)
        street.charge(1, 3000, CARDS[0])
        street.tap_out(1)
        street.close()
    assert len(street.station.cuts) == 3
    assert "PowerLoss" in street.ledger.reasons()
    assert street.ledger.behind
