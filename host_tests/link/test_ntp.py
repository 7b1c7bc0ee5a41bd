"""The SNTP client on both runtimes, against time servers on the loopback, good and bad."""

import asyncio
import json
import socket

import pytest

from evse.aio import ntp
from host_tests import runtimes
from host_tests.link.time_server import WALL, packet, server

YEAR_2040 = 1262304000

SCRIPT = """
import asyncio, json, sys
from evse.aio import ntp
try:
    print(json.dumps(asyncio.run(ntp.ask(sys.argv[1], asyncio.sleep))))
except (OSError, ValueError) as error:
    print(json.dumps("%s: %s" % (type(error).__name__, error)))
"""


@pytest.fixture(params=["cpython", "micropython"])
def ask(request, tmp_path):
    """ask(uri): the time, or the text of what went wrong."""
    if request.param == "micropython":
        if runtimes.micropython() is None:
            pytest.skip(runtimes.MISSING)
        script = tmp_path / "ask.py"
        script.write_text(SCRIPT, encoding="utf-8")

        def ask(uri):
            done = runtimes.run_micropython(script, uri)
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)
    else:

        def ask(uri):
            try:
                return asyncio.run(ntp.ask(uri, asyncio.sleep))
            except (OSError, ValueError) as error:
                return "%s: %s" % (type(error).__name__, error)

    return ask


def test_the_time_of_a_good_server(ask):
    with server(packet) as (uri, questions):
        assert ask(uri) == WALL
        assert ask(uri.replace("ntp://", "")) == WALL
        assert ask(uri.replace("127.0.0.1", "localhost") + "/") == WALL
    for question in questions:
        assert len(question) == 48
        assert question[0] == 0x23
        assert question[1:40] == bytes(39)  # our time is nobody's business
    assert len({question[40:] for question in questions}) == 3


@pytest.mark.parametrize("wall", [1139293695, 1139293696, YEAR_2040, 820540800])
def test_the_era_that_begins_in_2036_is_time_as_any(ask, wall):
    with server(lambda question: packet(question, wall)) as (uri, _):
        assert ask(uri) == wall


NOT_TO_US = {
    "short": lambda question: packet(question, YEAR_2040)[:47],
    "empty": lambda question: b"",
    "to nobody": lambda question: packet(question, YEAR_2040, origin=bytes(8)),
    "to another": lambda question: packet(question, YEAR_2040, origin=b"12345678"),
}


@pytest.mark.parametrize("name", NOT_TO_US)
def test_a_packet_that_answers_nothing_of_ours_is_passed_over(ask, name):
    with server(NOT_TO_US[name], packet) as (uri, _):
        assert ask(uri) == WALL


REFUSED = {
    "kiss of death": dict(stratum=0, name=b"DENY"),
    "not synchronised": dict(first=0xE4),
    "stratum 16": dict(stratum=16),
    "a client": dict(first=0x23),
    "a broadcast": dict(first=0x25),
    "no time": dict(wall=None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_server_that_does_not_know_is_not_believed(ask, name):
    with server(lambda question: packet(question, **REFUSED[name])) as (uri, _):
        assert ask(uri).startswith("ValueError: ")


def test_a_kiss_of_death_says_why(ask):
    with server(lambda question: packet(question, stratum=0, name=b"RATE")) as (uri, _):
        assert "RATE" in ask(uri)


def test_a_longer_packet_is_one_all_the_same(ask):
    with server(lambda question: packet(question) + bytes(20)) as (uri, _):
        assert ask(uri) == WALL


def test_silence(ask):
    with server() as (uri, questions):
        assert ask(uri) == "OSError: no answer"
    assert len(questions) == 1


def test_nobody_there(ask):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        port = link.getsockname()[1]
    assert ask("127.0.0.1:%d" % port).startswith(("OSError", "ConnectionRefusedError"))


@pytest.mark.parametrize("uri", ["127.0.0.1:ntp", "no such host.invalid", "ntp://"])
def test_an_address_that_is_none(ask, uri):
    assert isinstance(ask(uri), str)


# --- the task ---


class EndOfTest(Exception):
    pass


class Core:
    """The part of ChargePoint that the task touches, its own clock, and its log."""

    floor = WALL - 1000

    def __init__(self, uris=("", ""), sources=("NTP", "Heartbeat")):
        self.variables = self.clock = self
        self.uris, self.sources = list(uris), sources
        self.taken, self.waits, self.lines = [], [], []

    def members(self, key):
        assert key == "ClockCtrlr.TimeSource"
        return self.sources

    def text(self, key):
        assert key[:-1] == "ClockCtrlr.NtpServerUri#"
        return self.uris[int(key[-1]) - 1]

    def set_clock(self, wall, now, source):
        self.taken.append((wall, now, source))

    def now(self):
        return 77

    def log(self, level, text):
        self.lines.append(text)

    async def sleep(self, seconds):
        if seconds < 1:
            await asyncio.sleep(seconds)
            return
        self.waits.append(seconds)
        if len(self.waits) == self.rounds:
            raise EndOfTest
        self.between(len(self.waits))

    def between(self, n):
        pass

    def run(self, rounds=1):
        self.rounds = rounds
        with pytest.raises(EndOfTest):
            asyncio.run(ntp.keep_asking(self, self, self.log))
        return self


def test_B01_the_clock_is_set_and_asked_for_again_in_an_hour():
    with server(packet) as (uri, questions):
        core = Core([uri, uri]).run(2)
    assert core.taken == [(WALL, 77, "NTP")] * 2
    assert core.waits == [3600, 3600]
    assert len(questions) == 2  # of the first server only
    assert core.lines == []


def test_the_second_server_is_asked_when_the_first_does_not_know():
    with server(lambda question: packet(question, stratum=0)) as (first, _):
        with server(packet) as (second, _):
            core = Core([first, second]).run()
    assert core.taken == [(WALL, 77, "NTP")]
    assert core.waits == [3600]
    assert core.lines == []


def test_a_server_that_refuses_is_asked_more_and_more_rarely_and_named_once():
    with server(lambda question: packet(question, stratum=0, name=b"DENY")) as (uri, _):
        core = Core([uri, ""]).run(7)
    assert core.waits == [64, 128, 256, 512, 1024, 1024, 1024]
    assert core.taken == []
    assert len(core.lines) == 1 and uri in core.lines[0] and "DENY" in core.lines[0]


def test_waits_are_short_again_after_a_success():
    answers = [dict(stratum=0), dict(stratum=0), {}, dict(stratum=0)]
    with server(lambda question: packet(question, **answers.pop(0))) as (uri, _):
        core = Core([uri, ""]).run(4)
    assert core.waits == [64, 128, 3600, 64]
    assert len(core.lines) == 2


def test_a_time_that_has_been_is_not_taken():
    for wall, taken in ((Core.floor - 86401, 0), (Core.floor - 86400, 1)):
        with server(lambda question, wall=wall: packet(question, wall)) as (uri, _):
            core = Core(["", uri]).run()
        assert len(core.taken) == taken
        assert len(core.lines) == 1 - taken


def test_without_a_server_it_says_so_once_and_looks_again_soon():
    core = Core().run(3)
    assert core.waits == [64, 64, 64]
    assert core.lines == ["NTP: no server in ClockCtrlr.NtpServerUri"]


def test_G02_nobody_is_asked_while_TimeSource_does_not_name_it():
    with server(packet) as (uri, questions):
        core = Core([uri, ""], ("Heartbeat",))
        core.between = lambda n: setattr(core, "sources", ("NTP",) if n == 2 else ("Heartbeat",))
        core.run(4)
    assert core.waits == [64, 64, 3600, 64]
    assert len(questions) == len(core.taken) == 1


def test_whatever_a_csms_writes_there_does_not_end_the_task():
    for uri in ("127.0.0.1:99999", "127.0.0.1:-1", "[::1]:123", "a..b", "x" * 250, "\0", "://"):
        core = Core([uri, ""]).run(1)
        assert core.waits == [64], uri
        assert core.lines[0].startswith("NTP: "), uri
