# runs on: cpython, micropython
"""Wall time without a clock that runs on: the floor in flash, what is stamped by it, and steps of
the clock in the middle of everything."""

from host_tests.core_station import WALL, CoreStation
from ocpp201.store import RamFiles, Store
from ocpp201.timefmt import format_time, parse_time
from ocpp201.wallclock import WallClock

WRITTEN = parse_time("2026-01-01T00:00:00Z")
DAY = 86400
YEAR = 365 * DAY
UNTOLD = {"status": "Accepted", "interval": 300, "currentTime": "1970-01-01T00:00:00Z"}


class Files(RamFiles):
    """Counts what is written, and breaks when it is told to."""

    def __init__(self):
        super().__init__()
        self.writes = 0
        self.broken = False

    def read(self, name, *part):
        if self.broken:
            raise OSError(5)
        return super().read(name, *part)

    def write(self, name, data):
        if self.broken:
            raise OSError(28)
        self.writes += name.startswith("clock")
        super().write(name, data)


class Context:
    """The part of it that `keep` touches."""

    def __init__(self, files=None):
        self.files = Files() if files is None else files
        self.logged = []
        self.store = Store(self.files, self.log)
        self.clock = WallClock(self.store, self.log)
        self.now = 0

    def log(self, level, text):
        self.logged.append(text)

    def keep(self, now):
        self.now = now
        return self.clock.keep(self)

    def boot(self):
        return Context(self.files)


class Transaction:
    def __init__(self, seq_no=0):
        self.seq_no = seq_no
        self.clock_offset = None


def event(stamp, more=b""):
    return bytearray(b'{"timestamp":"%s","transactionInfo":{}%s}' % (stamp.encode(), more))


def status(stamp):
    return bytearray(b'{"timestamp":"%s"}' % stamp.encode())


def settled(clock, payload, offset=None):
    clock.settle(payload, offset)
    at = payload.find(b'":"') + 3
    return parse_time(bytes(payload[at : at + 20]).decode())


def refused(clock, wall, now):
    before = clock.offset
    try:
        clock.set(wall, now)
    except ValueError:
        assert clock.offset == before
        return True
    return False


# --- the floor ---


def test_a_first_boot_begins_when_the_program_was_written():
    clock = Context().clock
    assert clock.utc(5) is None
    assert clock.text(5) == ""
    assert clock.estimate(5) == WRITTEN + 5


def test_the_floor_is_kept_every_ten_minutes_known_or_not():
    context = Context()
    assert context.keep(599) == 600
    assert context.files.writes == 0
    for n in range(1, 7):
        assert context.keep(600 * n) == 600 * (n + 1)
        assert context.files.writes == n
    assert context.boot().clock.floor == WRITTEN + 3600
    context.clock.set(WALL, 3700)
    context.keep(3700)
    context.keep(4300)
    again = context.boot().clock
    assert again.floor == WALL + 600
    assert again.estimate(7) == WALL + 607
    assert again.utc(7) is None


def test_the_floor_is_kept_when_the_clock_is_set():
    context = Context()
    context.clock.set(WALL, 5)
    assert context.keep(5) == 605
    assert context.boot().clock.floor == WALL


def test_a_clock_that_is_set_to_what_it_shows_costs_no_flash():
    context = Context()
    context.clock.set(WALL, 5)
    context.keep(5)
    for now in range(6, 600):  # a CSMS that answers every second, one second more, one less
        context.clock.set(WALL + now - 5 + now % 2, now)
        context.keep(now)
    assert context.files.writes == 1


def test_a_clock_that_is_set_to_another_time_every_second_costs_a_write_a_minute():
    context = Context()
    for now in range(5, 3605):
        context.clock.set(WALL + now + 5000 * (now % 2), now)
        context.keep(now)
    assert 55 <= context.files.writes <= 61


def test_a_boot_that_learns_what_it_thought_costs_no_flash():
    context = Context()
    context.clock.set(WALL, 5)
    context.keep(5)
    writes = context.files.writes
    again = context.boot()
    again.clock.set(WALL + 40, 5)
    again.keep(6)
    assert context.files.writes == writes


def test_the_floor_follows_a_clock_that_was_wrong():
    context = Context()
    context.clock.set(WALL + 5 * YEAR, 5)
    context.keep(5)
    context.clock.set(WALL, 100)
    context.keep(100)
    assert context.boot().clock.floor == WALL


def test_a_step_is_kept_within_a_minute():
    context = Context()
    context.clock.set(WALL, 5)
    context.keep(5)
    context.clock.set(WALL + DAY, 6)
    assert context.keep(6) == 65
    assert context.keep(65) == 665
    assert context.boot().clock.floor == WALL + DAY + 59


def test_simulated_time_is_not_kept():
    context = Context()
    context.clock.set(WALL, 5)
    context.keep(5)
    context.clock.speed = 60
    for n in range(1, 1000):
        context.keep(600 * n)
    assert context.files.writes == 1


def test_a_medium_that_fails_harms_nobody_and_is_logged_once():
    context = Context()
    context.files.broken = True
    for n in range(1, 10):
        assert context.keep(600 * n) == 600 * (n + 1)
    assert len(context.logged) == 1
    context.files.broken = False
    context.keep(6000)
    assert context.boot().clock.floor == WRITTEN + 6000
    context.files.broken = True
    context.keep(6600)
    assert len(context.logged) == 2
    clock = context.boot().clock
    assert clock.floor == WRITTEN
    assert len(context.logged) == 2


def test_a_floor_that_is_torn_or_older_than_the_program_is_none():
    files = Files()
    for body in (b"", b"\1", b"\1\0\0\0"):
        Store(files).save("clock", body)
        assert Context(files).clock.floor == WRITTEN
    Store(files).save("clock", (WALL).to_bytes(4, "little") + b"more of a newer program", 7)
    assert Context(files).clock.floor == WALL


def test_a_time_beyond_the_body_does_not_break_the_round():
    context = Context()
    for n in range(1, 30):
        context.clock.set(context.clock.estimate(n) + 9 * YEAR, n)
    assert context.keep(700) == 1300
    assert context.logged == []


def test_nothing_due_allocates_nothing():
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:
        return
    context = Context()
    context.now = 10
    heap_lock()
    try:
        due = context.clock.keep(context)
    finally:
        heap_unlock()
    assert due == 600


# --- what is believed ---


def test_RPC7_the_first_time_of_a_boot_is_not_a_day_before_the_floor():
    context = Context()
    context.clock.set(WALL, 0)
    context.keep(0)
    for back, taken in ((DAY + 1, False), (DAY, True), (0, True)):
        assert refused(context.boot().clock, WALL - back, 0) != taken, back


def test_RPC7_a_time_before_the_program_is_refused_always():
    clock = Context().clock
    assert refused(clock, WRITTEN - 1, 0)
    clock.set(WRITTEN, 0)
    assert refused(clock, WRITTEN - 1, 0)


def test_RPC7_a_time_ten_years_ahead_is_refused():
    clock = Context().clock
    assert refused(clock, WRITTEN + 10 * YEAR + 3 * DAY, 0)
    clock.set(WALL, 100)
    assert refused(clock, WALL + 10 * YEAR + 3 * DAY, 100)
    assert clock.set(WALL + 9 * YEAR, 100) == 9 * YEAR


def test_the_first_time_is_no_step_unless_it_is_before_the_floor():
    context = Context()
    assert context.clock.set(WALL, 0) == 0
    context.keep(0)
    assert context.boot().clock.set(WALL + YEAR, 30) == 0
    assert context.boot().clock.set(WALL - 3600, 30) == -3630


def test_steps_while_it_runs_are_taken_and_told():
    clock = Context().clock
    clock.set(WALL, 0)
    for step in (1, -1, 3600, -YEAR // 2, YEAR):
        wall = clock.utc(100) + step
        assert clock.set(wall, 100) == step
        assert clock.utc(100) == wall


# --- stamps ---


def test_a_stamp_from_before_the_clock_is_known_gets_its_true_time():
    clock = Context().clock
    early = clock.stamp(7)
    assert early == "+%019d" % 7
    clock.set(WALL + 100, 100)
    assert settled(clock, status(early)) == WALL + 7
    assert settled(clock, event(early)) == WALL + 7


def test_all_stamps_of_a_message_are_settled():
    clock = Context().clock
    text = b',"meterValue":[{"timestamp":"%s"},{"timestamp":"%s"}],"generatedAt":"%s"}'
    payload = event(clock.stamp(1), text % tuple(clock.stamp(n).encode() for n in (2, 3, 4)))
    clock.set(WALL, 5)
    clock.settle(payload)
    for n in (1, 2, 3, 4):
        assert format_time(WALL - 5 + n).encode() in payload
    assert b"+" not in payload


def test_what_only_looks_like_a_stamp_stays():
    clock = Context().clock
    payload = bytearray(b'{"vendorId":"x","data":{"timestamp":"+49 1234"}}')
    before = bytes(payload)
    clock.settle(payload)
    assert payload == before


def test_a_message_of_an_earlier_boot_is_settled_by_the_offset_of_that_boot():
    clock = Context().clock
    clock.set(WALL, 5)
    assert settled(clock, event("+%019d" % 40), WALL - 1000) == WALL - 960


def test_no_message_lies_in_the_future():
    clock = Context().clock
    early = clock.stamp(50)
    assert settled(clock, status(early)) == WRITTEN + 50
    clock.set(WALL, 60)
    clock.set(WALL - 3600, 70)
    assert settled(clock, status(early)) <= clock.utc(70)


def test_a_transaction_keeps_the_time_that_it_was_told_when_nobody_knew():
    clock = Context().clock
    transaction = Transaction()
    sent = [settled(clock, event(clock.stamp(10, transaction)))]
    transaction.seq_no = 1
    unsent = event(clock.stamp(20, transaction))
    clock.set(WALL, 30)
    sent.append(settled(clock, unsent))
    sent.append(parse_time(clock.stamp(40, transaction)))
    assert sent == [WRITTEN + 10, WRITTEN + 20, WRITTEN + 40]
    assert clock.stamp(40, Transaction()) == format_time(WALL + 10)
    assert settled(clock, status("+%019d" % 20)) == WALL - 10


def test_a_status_that_leaves_early_binds_no_transaction():
    clock = Context().clock
    started = event(clock.stamp(10, Transaction()))
    clock.settle(status(clock.stamp(10)))
    clock.set(WALL, 30)
    assert settled(clock, started) == WALL - 20


def test_E_a_transaction_of_an_earlier_boot_never_goes_back():
    for told in (WALL - 5000, WALL + 5000):
        for learns in (False, True):
            clock = Context().clock
            clock.not_before(told)
            transaction = Transaction(3)
            stamps = [event(clock.stamp(0, transaction))]
            if learns:
                clock.set(WALL, 5)
            stamps.append(event(clock.stamp(6, transaction)))
            times = [told] + [settled(clock, one) for one in stamps]
            assert times == sorted(times)
            if learns and told < WALL:
                assert times[2] == WALL + 1


def test_E_what_a_transaction_was_told_does_not_forbid_the_true_time():
    clock = Context().clock
    clock.not_before(WALL + 40 * DAY)  # a clock that ran ahead
    assert clock.set(WALL, 5) < -39 * DAY
    assert clock.utc(5) == WALL


# --- the whole core ---

BEFORE_ACCEPTED = (
    ("TxCtrlr.TxBeforeAcceptedEnabled", True),
    ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True),
    ("OCPPCommCtrlr.QueueAllMessages", True),
)


def tell(s, wall):
    """The next Heartbeat says so."""
    s.answers["Heartbeat"] = {"currentTime": format_time(wall)}
    s.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    s.answers.pop("Heartbeat")


def times(s, action="TransactionEvent"):
    return [parse_time(one["timestamp"]) for one in s.messages(action)]


def all_times(payload):
    """Every timestamp in it."""
    found = []
    if isinstance(payload, list):
        for one in payload:
            found += all_times(one)
    elif isinstance(payload, dict):
        for key in payload:
            if key in ("timestamp", "generatedAt"):
                found.append(parse_time(payload[key]))
            found += all_times(payload[key])
    return found


def test_G02_every_message_made_before_the_sync_carries_its_true_time():
    s = CoreStation(online=False, settings=BEFORE_ACCEPTED)
    s.pump()
    s.cp.on_security_event("TamperDetectionActivated", None, True)
    s.charge()
    s.run(200)
    s.cp.on_faulted(2, 1)
    s.pump()
    s.run(100)
    s.connect()
    assert times(s, "SecurityEventNotification")[0] == WALL + 10
    assert times(s)[0] == WALL + 10
    found = []
    for action, payload in s.sent:
        if action != "BootNotification":
            found += all_times(payload)
    assert len(found) > 10
    assert min(found) == WALL + 10 and max(found) <= WALL + s.now


def test_B01_no_message_carries_the_future_after_a_clock_that_ran_ahead():
    s = CoreStation()
    tell(s, WALL + s.now + DAY)
    s.run(1200)
    s.cut_power()
    s.answers["BootNotification"] = lambda _: {
        "status": "Accepted", "interval": 300, "currentTime": format_time(WALL + s.now + 20000),
    }  # fmt: skip
    s.forget()
    s.cp.on_security_event("TamperDetectionActivated", None, True)
    s.run(30)
    s.connect()
    for action in ("SecurityEventNotification", "StatusNotification"):
        assert times(s, action)
        assert max(times(s, action)) <= s.cp.clock.utc(s.now)


def test_E_a_transaction_over_power_cut_and_sync_never_goes_back():
    s = CoreStation()
    s.charge()
    s.run(400)
    last = times(s)[-1]
    s.cut_power(outage=5)
    s.answers["BootNotification"] = UNTOLD
    s.answers["Heartbeat"] = UNTOLD["currentTime"]
    s.plug(1)
    s.connect()
    s.run(400)
    s.answers.pop("Heartbeat")
    s.run(400)
    s.cp.stop_local(1)
    s.charging(1, "EVConnected")
    told = times(s)
    assert told == sorted(told)
    assert told[-1] > last


def test_NET2_a_transaction_under_a_clock_that_drifts_and_steps():
    settings = [
        ("SampledDataCtrlr.TxUpdatedInterval", 60), ("SampledDataCtrlr.TxEndedInterval", 120),
        ("AlignedDataCtrlr.Interval", 0),
    ]  # fmt: skip
    s = CoreStation(settings=settings)
    s.charge()
    began = s.now
    for step in (1, -1, 20, -20, 3600, -3600, YEAR, -YEAR, -100 * DAY, 300 * DAY):
        tell(s, s.cp.clock.utc(s.now) + step)
        s.meter(1, 1000 + s.now)
        s.run(60)
    s.cp.stop_local(1)
    s.charging(1, "EVConnected")
    told = times(s)
    assert told == sorted(told)
    periodic = [
        parse_time(one["timestamp"])
        for one in s.messages("TransactionEvent")
        if one["triggerReason"] == "MeterValuePeriodic"
    ]
    assert periodic == [WALL + began + 60 * n for n in range(1, 11)]
    samples = [parse_time(one["timestamp"]) for one in s.last("TransactionEvent")["meterValue"]]
    assert samples == sorted(samples)
    assert samples[-1] - samples[0] == told[-1] - told[0] == s.now - began  # its duration


def test_NET2_a_step_beyond_the_threshold_is_reported_in_both_directions():
    s = CoreStation(settings=[("ClockCtrlr.TimeAdjustmentReportingThreshold", 20)])
    for step, reported in ((20, 0), (-20, 0), (21, 1), (-21, 2), (YEAR, 3), (-YEAR, 4)):
        tell(s, s.cp.clock.utc(s.now) + step)
        s.run(60)
        types = [one["type"] for one in s.messages("SecurityEventNotification")]
        assert types.count("SettingSystemTime") == reported, step


def test_NET2_the_first_time_after_a_boot_is_reported_only_if_it_goes_back():
    for step, reported in ((5000, 0), (-10000, 1)):
        s = CoreStation()
        s.run(1300)
        s.cut_power(0)
        s.forget()
        s.epoch += step
        s.connect()
        assert s.cp.clock.utc(s.now) == s.epoch + s.now
        types = [one["type"] for one in s.messages("SecurityEventNotification")]
        assert types.count("SettingSystemTime") == reported, step


def test_RPC7_a_boot_after_a_power_cut_refuses_what_is_long_past():
    s = CoreStation()
    s.run(1300)
    s.cut_power()
    s.epoch = WRITTEN + DAY
    s.connect()
    assert s.cp.clock.utc(s.now) is None
    assert s.cp.registration.accepted()
    assert WALL + 1200 < min(times(s, "StatusNotification")[-4:])


def test_the_floor_is_kept_by_the_round():
    files = Files()
    s = CoreStation(files=files)
    assert files.writes == 1
    s.run(6 * 3600)
    assert files.writes == 37
    s.disconnect()
    s.cut_power()
    s.run(3600)  # nobody tells the time
    assert files.writes == 43
    s.cut_power()
    assert WALL + 7 * 3600 - 600 <= s.cp.clock.floor <= WALL + 7 * 3600 + 60


# --- ClockCtrlr.TimeSource ---


def sources(s, *names):
    s.cp.variables.put("ClockCtrlr.TimeSource", names)


def test_G02_without_Heartbeat_in_TimeSource_the_csms_sets_no_clock():  # G02.FR.06
    s = CoreStation(settings=[("ClockCtrlr.TimeSource", ("NTP",))])
    assert s.cp.clock.utc(s.now) is None  # B01.FR.06
    tell(s, WALL + s.now)
    assert s.cp.clock.utc(s.now) is None
    s.cp.set_clock(WALL + s.now, s.now, "NTP")
    assert s.cp.clock.utc(s.now) == WALL + s.now


def test_G02_without_NTP_in_TimeSource_a_time_server_sets_no_clock():
    s = CoreStation()
    s.cp.set_clock(WALL + s.now + 100, s.now, "NTP")
    assert s.cp.clock.utc(s.now) == WALL + s.now


def test_G02_the_csms_tells_the_time_while_NTP_has_none():
    s = CoreStation(settings=[("ClockCtrlr.TimeSource", ("NTP", "Heartbeat"))])
    assert s.cp.clock.utc(s.now) == WALL + s.now  # B01.FR.06
    tell(s, WALL + s.now + 7)
    assert s.cp.clock.utc(s.now) == WALL + s.now + 7
    s.cp.set_clock(WALL + s.now + 3, s.now, "NTP")
    tell(s, WALL + s.now + 7)
    assert s.cp.clock.utc(s.now) == WALL + s.now + 3


def test_G02_the_csms_tells_the_time_when_NTP_has_been_silent_for_a_day():
    s = CoreStation(settings=[("ClockCtrlr.TimeSource", ("NTP", "Heartbeat"))])
    s.cp.set_clock(WALL + s.now + 3, s.now, "NTP")
    began = s.now
    s.run(90000 - 600)
    assert s.cp.clock.utc(began) == WALL + began + 3
    s.run(1200)
    assert s.cp.clock.utc(began) == WALL + began


def test_G02_with_Heartbeat_first_NTP_tells_the_time_while_offline_only():
    s = CoreStation(online=False, settings=[("ClockCtrlr.TimeSource", ("Heartbeat", "NTP"))])
    s.pump()
    s.cp.set_clock(WALL + s.now + 3, s.now, "NTP")
    assert s.cp.clock.utc(s.now) == WALL + s.now + 3
    s.connect()
    assert s.cp.clock.utc(s.now) == WALL + s.now
    s.cp.set_clock(WALL + s.now + 3, s.now, "NTP")
    assert s.cp.clock.utc(s.now) == WALL + s.now
    s.disconnect()
    s.run(90000)
    s.cp.set_clock(WALL + s.now + 3, s.now, "NTP")
    assert s.cp.clock.utc(s.now) == WALL + s.now + 3


def test_B05_TimeSource_is_changed_while_it_runs():
    s = CoreStation()
    s.cp.set_clock(WALL + s.now + 3, s.now, "NTP")
    for value, status, ahead in (
        ("NTP,Heartbeat", "Accepted", 3), ("Heartbeat", "Accepted", 0), ("NTP", "Accepted", 3),
        ("RealTimeClock", "Rejected", 3), ("", "Rejected", 3),
    ):  # fmt: skip
        datum = {
            "component": {"name": "ClockCtrlr"}, "variable": {"name": "TimeSource"},
            "attributeValue": value,
        }  # fmt: skip
        answer = s.call("SetVariables", {"setVariableData": [datum]})
        assert answer["setVariableResult"][0]["attributeStatus"] == status, value
        s.cp.set_clock(WALL + s.now + 3, s.now, "NTP")
        tell(s, WALL + s.now)
        assert s.cp.clock.utc(s.now) == WALL + s.now + ahead, value


def test_NTP_moves_no_simulated_clock():
    s = CoreStation(settings=[("ClockCtrlr.TimeSource", ("NTP", "Heartbeat"))])
    s.cp.clock.speed = 10
    s.cp.set_clock(WALL + s.now + 30, s.now, "NTP")
    assert s.cp.clock.utc(s.now) == WALL + s.now


def test_NTP_that_steps_the_clock_is_reported():
    s = CoreStation(settings=[("ClockCtrlr.TimeSource", ("NTP", "Heartbeat"))])
    heard = []
    s.integrator.time_sync = heard.append
    s.cp.set_clock(WALL + s.now + 30, s.now, "NTP")
    s.pump()
    assert heard == [WALL + s.now + 30]
    assert s.last("SecurityEventNotification")["type"] == "SettingSystemTime"
