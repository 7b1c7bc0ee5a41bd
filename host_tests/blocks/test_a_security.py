"""A. Security: the security log outlives a restart; critical events are told to the CSMS."""

from host_tests.core_station import CoreStation

WORD = "InvalidMessages"  # not critical


def lines(station):
    return station.cp.security_log()


def test_A04_an_event_is_in_the_security_log_after_a_power_cut():
    s = CoreStation()
    assert s.cp.on_security_event("TamperDetectionActivated", "lid\nopen")
    s.start()  # nobody has closed anything
    (line,) = [line for line in lines(s) if "Tamper" in line]
    assert line == "2026-11-23T00:00:10Z TamperDetectionActivated lid open"


def test_A04_what_is_not_critical_is_in_the_log_and_nowhere_else():
    s = CoreStation()
    s.cp.on_security_event(WORD, "twice the same id")
    s.run(5)
    assert lines(s)[-1].endswith(WORD + " twice the same id")
    assert WORD not in [one["type"] for one in s.messages("SecurityEventNotification")]


def test_A04_the_log_has_a_critical_event_before_the_csms_has_it():
    s = CoreStation()
    s.cp.on_security_event("TamperDetectionActivated")
    assert "TamperDetectionActivated" not in [
        one["type"] for one in s.messages("SecurityEventNotification")
    ]
    assert "TamperDetectionActivated" in lines(s)[-1]


def test_A04_without_a_clock_an_event_has_the_seconds_since_boot():
    s = CoreStation(online=False)
    s.cp.on_security_event(WORD)
    assert lines(s)[-1] == "+%019d %s" % (s.cp.context.now, WORD)


def test_A04_the_oldest_lines_make_room_and_no_line_is_torn():
    s = CoreStation()
    for n in range(60):
        s.run(30)
        s.cp.on_security_event(WORD, "é%03d " % n + 60 * "x")
    kept = lines(s)
    assert kept[-1].endswith("x") and "é059" in kept[-1]
    numbers = [int(line[line.index("é") + 1 :][:3]) for line in kept]
    assert numbers == list(range(60 - len(kept), 60)) and len(kept) > 15
    assert sum([len(line.encode()) + 1 for line in kept]) <= 2048


def test_A04_ten_of_a_type_in_a_minute_are_kept():
    s = CoreStation()
    s.run(60 - s.now % 60)
    for n in range(40):
        s.cp.on_security_event(WORD, str(n))
    kept = [line for line in lines(s) if WORD in line]
    assert len(kept) == 10 and kept[-1].endswith(" 9")


def test_A04_secrets_do_not_get_into_the_log():
    s = CoreStation()
    s.cp.context.variables.put("SecurityCtrlr.BasicAuthPassword", "correct horse battery")
    s.cp.on_security_event(WORD, "with correct horse battery")
    assert lines(s)[-1].endswith("with ***")


def test_A04_a_log_of_a_newer_program_is_left_alone():
    s = CoreStation()
    s.cp.context.store.save("security_log", b"\xff\x00", 2)
    s.cp.on_security_event(WORD)
    assert lines(s) == [] and s.cp.context.store.load("security_log") == (2, b"\xff\x00")


def test_A04_a_medium_that_fails_costs_the_line_and_nothing_else():
    s = CoreStation()
    before = lines(s)
    whole = s.files.write

    def fail(name, data):
        if "security" in name:
            raise OSError(28)
        whole(name, data)

    s.files.write = fail
    assert s.cp.on_security_event("TamperDetectionActivated")
    s.run(5)
    assert "TamperDetectionActivated" in [
        one["type"] for one in s.messages("SecurityEventNotification")
    ]
    assert lines(s) == before
    assert [text for level, text in s.log if level == "error" and "security log" in text]
