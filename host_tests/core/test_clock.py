# runs on: cpython, micropython
"""The station's clocks, with a counter that wraps as a board's does."""

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


class Host:
    """A machine's clock that counts from that year on."""

    def __init__(self, epoch, wall):
        self.epoch = epoch
        self.wall = wall

    def time(self):
        return self.wall + (946684800.9 if self.epoch == 1970 else 0)

    def gmtime(self, seconds):
        assert seconds == 0
        return (self.epoch, 1, 1, 0, 0, 0)


def test_wall_counts_from_2000_whatever_the_host_counts_from():
    for epoch in (1970, 2000):
        for wall in (820540800, 848707200, 1262304000):  # 2026 to 2040, beyond a small int
            assert Clock(host=Host(epoch, wall)).wall() == wall


def test_wall_is_unknown_when_the_host_was_never_told():
    for epoch in (1970, 2000):
        # What ESP32 and RP2 begin with, and a second too early.
        for wall in (0, 5, 662688000, 820540799):
            assert Clock(host=Host(epoch, wall)).wall() is None


def test_a_host_whose_time_jumps_moves_no_core_second():
    ticks = Ticks()
    host = Host(1970, 848707200)
    clock = Clock(ticks, PERIOD, host=host)
    for n, jump in enumerate((0, 31536000, -31536000, -848707200, 2**31)):
        host.wall += jump
        assert clock.now() == n * 60
        ticks.ms += 60000


def test_several_wraps_with_daily_readings_from_anywhere():
    for start in (0, 1, PERIOD // 2, PERIOD - 1, PERIOD - DAY * 1000, PERIOD - 86399999):
        ticks = Ticks(start)
        clock = Clock(ticks, PERIOD)
        for reading in range(60):  # 60 days are 4.8 wraps
            assert clock.now() == reading * DAY
            ticks.ms += DAY * 1000


def test_the_49_days_of_a_counter_of_32_bits_pass_like_any():
    ticks = Ticks(2**32 - 3000)
    clock = Clock(lambda: ticks.ms % 2**32, 2**32)
    for second in range(7):
        assert clock.now() == second
        ticks.ms += 1000
    ticks.ms += 49 * DAY * 1000
    assert clock.now() == 7 + 49 * DAY


def test_a_reading_that_comes_too_late_loses_whole_wraps_only():
    clock, ticks = clock_and_ticks()
    ticks.ms += PERIOD + 5000  # 12.4 days without one: `wake` reads daily
    assert clock.now() == 5


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
