"""What a station does not grow by in a month, and how it wears its flash (month.py)."""

import pytest

from host_tests import runtimes
from host_tests.budgets.budgets import bound

pytestmark = pytest.mark.skipif(runtimes.micropython() is None, reason=runtimes.MISSING)

_SCRIPT = runtimes.ROOT / "host_tests" / "power" / "month.py"
_WARM_UP = 2    # days


def days(*arguments):
    """The figures of each day, by name."""
    done = runtimes.run_micropython(_SCRIPT, *arguments, heapsize="16m", timeout=3600)
    assert done.returncode == 0, done.stdout + done.stderr
    found = []
    for line in done.stdout.splitlines():
        words = line.split()
        found.append({name: int(n) for name, n in zip(words[::2], words[1::2])})
    return found


def check(found, count):
    """Ten sessions each day; heap flat, as many files open as at first, and nothing waits."""
    assert [day["transactions"] for day in found] == [10 * n for n in range(1, count + 1)]
    assert {day["queue"] for day in found} == {0}
    assert len({day["files"] for day in found}) == 1 and found[0]["files"] > 0
    settled = [day["heap"] for day in found[_WARM_UP:]]
    assert max(settled) <= settled[0], settled


def test_E_a_month_of_ten_sessions_a_day_leaves_nothing_behind(tmp_path):
    check(days(30, 60, tmp_path / "data"), 30)


def test_E_flash_erases_of_a_day_online():
    *_, day = days(2, 180, "littlefs")
    assert 0 < day["erases"] <= bound("erases of a day online")


def test_E_flash_erases_of_a_day_offline():
    *_, day = days(1, 180, "littlefs", "offline")
    assert 0 < day["erases"] <= bound("erases of a day offline")
