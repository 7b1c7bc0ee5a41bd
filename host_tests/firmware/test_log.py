# runs on: cpython, micropython
"""The crash log: durable, bounded, and never itself a reason to crash."""

import sys

if "firmware" not in sys.path:
    sys.path.insert(0, "firmware")

from log import Log

from ocpp201.store import RamFiles, Store


class Files(RamFiles):
    full = broken = False
    writes = 0

    def read(self, name, offset=0, size=-1):
        if self.broken:
            raise OSError(5)
        return super().read(name, offset, size)

    def write(self, name, data):
        if self.full:
            raise OSError(28)
        self.writes += 1
        super().write(name, data)


def log_on(files):
    log = Log("error")
    log.store = Store(files)
    return log


def crash(log, text):
    try:
        raise ValueError(text)
    except ValueError as bug:
        log("error", "a task crashed", bug)


def test_a_traceback_outlives_the_run():
    files = Files()
    crash(log_on(files), "first")
    crash(log_on(files), "second")
    lines = log_on(files).crashes().split("\n")
    assert lines[0] == "a task crashed"
    assert [line for line in lines if line.startswith("ValueError")] == [
        "ValueError: first", "ValueError: second",
    ]  # fmt: skip


def test_the_last_ones_are_kept_whole_in_a_bounded_space():
    files = Files()
    for run in range(20):
        log = log_on(files)
        for n in range(5):
            crash(log, "number %d %s" % (5 * run + n, "\u00e4" * 40))
    text = log_on(files).crashes()
    assert len(files.read("crash.0")) < 3100 and len(files.read("crash.1")) < 3100
    assert text.find("number 99 ") > 0 and text.find("number 5 ") < 0
    assert text.split("\n")[0][:6] in ("a task", "Traceb", "  File", "    ra", "ValueE")


def test_a_bug_in_a_loop_does_not_wear_out_the_flash():
    files = Files()
    log = log_on(files)
    for n in range(1000):
        crash(log, str(n))
    assert files.writes <= 8
    assert log.crashes().find("ValueError: 999\n") > 0  # from RAM
    assert len(log.crashes()) < 7000


def test_what_a_full_medium_does_not_take_stays_in_RAM_and_is_stored_later():
    files = Files()
    log = log_on(files)
    files.full = True
    crash(log, "first")
    assert log.crashes().find("first") > 0
    files.full = False
    crash(log, "second")
    text = log_on(files).crashes()
    assert 0 < text.find("first") < text.find("second")


def test_a_torn_foreign_or_unreadable_crash_log_is_an_empty_one():
    for body in (b"\xff\xfe\xfd", b""):
        files = Files()
        Store(files).save("crash", body)
        log = log_on(files)
        assert log.crashes() == ""
        crash(log, "first")
    for content in (b"", b"OSL2", b"garbage" * 100):
        files = Files()
        files.write("crash.0", content)
        log = log_on(files)
        assert log.crashes() == ""
        crash(log, "first")
        assert log_on(files).crashes().find("first") > 0
    files = Files()
    log = log_on(files)
    files.broken = True
    crash(log, "first")
    assert log.crashes().find("first") > 0


def test_before_there_is_a_store_it_is_kept_in_RAM():
    log = Log("error")
    crash(log, "first")
    assert log.crashes().find("ValueError: first") > 0
