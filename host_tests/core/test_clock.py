# runs on: cpython, micropython
"""The station's clocks, with a counter that wraps as a board's does."""

import time

from evse.aio.clock import Clock

PERIOD = 2**30
DAY = 86400


class Ticks:
    """Milliseconds of a board, near the wrap when it starts."""

    def __init__(self, start=PERIOD - 1500):
        self.ms = start

    def __call__(self):
        return self.ms % PERIOD


def clock_and_ticks(speed=1):
    ticks = Ticks()
    return Clock(ticks, PERIOD, speed), ticks


def test_starts_at_zero_and_counts_over_the_wrap():
    clock, ticks = clock_and_ticks()
    seen = []
    for _ in range(12):
        seen.append(clock.now())
        ticks.ms += 250
    assert seen == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]


def test_a_year_of_daily_readings_loses_nothing():
    clock, ticks = clock_and_ticks()
    for day in range(366):
        assert clock.now() == day * DAY
        ticks.ms += DAY * 1000


def test_odd_steps_add_up():
    clock, ticks = clock_and_ticks()
    for _ in range(1000):
        ticks.ms += 333
        clock.now()
    assert clock.now() == 333
    ticks.ms += 999
    assert clock.now() == 333
    ticks.ms += 1
    assert clock.now() == 334


def test_speed_changes_without_a_jump():
    clock, ticks = clock_and_ticks()
    ticks.ms += 10500
    clock.speed = 60
    assert clock.now() == 10
    ticks.ms += 1000
    assert clock.now() == 70
    ticks.ms += 500
    clock.speed = 1
    assert clock.speed == 1
    assert clock.now() == 100
    ticks.ms += 1000
    assert clock.now() == 101


def test_speed_changed_without_a_reading_before_counts_the_past_at_the_old_speed():
    clock, ticks = clock_and_ticks(10)
    ticks.ms += 2000
    clock.speed = 1
    assert clock.now() == 20
    ticks.ms += 2000
    assert clock.now() == 22


def test_wall_counts_from_2000_whatever_the_host_counts_from():
    seconds = []
    clock = Clock(rtc=lambda: seconds[0])
    epoch = 0 if time.gmtime(0)[0] == 2000 else 946684800
    seconds[:] = [epoch + 820540800.9]  # 2026-01-01T00:00:00Z
    assert clock.wall() == 820540800
    assert time.gmtime(int(seconds[0]))[:6] == (2026, 1, 1, 0, 0, 0)


def test_wall_is_unknown_when_the_host_was_never_told():
    epoch = 0 if time.gmtime(0)[0] == 2000 else 946684800
    for wall in (0, 662688000, 820540799):  # what ESP32 and RP2 begin with, and a second too early
        assert Clock(rtc=lambda: epoch + wall).wall() is None  # noqa: B023 - called at once


def test_the_hosts_own_counter_runs():
    clock = Clock()
    assert clock.now() == 0


def test_a_reading_allocates_nothing():
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:
        return
    clock, ticks = clock_and_ticks(7)
    clock.now()
    ticks.ms = 5
    heap_lock()
    try:
        clock.now()
    finally:
        heap_unlock()
