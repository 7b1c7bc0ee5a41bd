"""The host's wall clock as CPython tells it, pinned."""

import pytest
from freezegun import freeze_time

from evse.aio.clock import Clock
from ocpp201.timefmt import parse_time


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00Z", "2036-02-07T06:28:16Z"])
def test_the_host_knows_the_time(moment):
    with freeze_time(moment):
        assert Clock().wall() == parse_time(moment)


@pytest.mark.parametrize("moment", ["1970-01-01", "2000-01-01", "2021-01-01", "2025-12-31"])
def test_a_host_that_was_never_told_knows_nothing(moment):
    with freeze_time(moment):
        assert Clock().wall() is None
