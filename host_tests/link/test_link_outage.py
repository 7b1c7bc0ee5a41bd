"""The link in outages that last: it comes back by itself, knocks neither too often nor too loud,
and tells the CSMS once what was wrong."""

import asyncio
import threading

import pytest

from evse.aio.dial import Attempt
from evse.websocket import Refused
from host_tests.link.bench import Bench, raw_server, run, until

A_DAY = 86400
HOUR = 3600
CLOSE = 8


async def refused(host, port, ssl):
    raise ConnectionRefusedError(111, "nobody")


async def silent(host, port, ssl):
    await asyncio.Event().wait()


@pytest.mark.parametrize("dial, least", [(refused, 80), (silent, 100)], ids=["refused", "silent"])
def test_B10_a_day_and_more_without_csms_and_back_without_a_restart(dial, least):
    async def scenario():
        async with raw_server(upgrade_and_listen) as port:
            bench = Bench(port, dial=lambda *args, **options: way(*args, **options))
            way = dial
            bench.time.turns = 2
            await bench.time.go_on(A_DAY + HOUR)
            usual = (A_DAY + HOUR) // least
            assert usual - 2 <= len(bench.attempts) <= usual + 4
            assert len(bench.log) == 1
            assert bench.core.states == []
            way = asyncio.open_connection
            bench.time.turns = 6
            knocked = len(bench.attempts)
            while len(bench.attempts) == knocked:
                await bench.time.go_on()
            assert bench.attempts[-1] - bench.attempts[-2] <= least
            await bench.is_open()
            assert bench.core.states == [True]
            await bench.stop()

    asyncio.run(scenario())


async def upgrade_and_listen(peer):
    await peer.upgrade()
    while True:
        await peer.read_frame()


async def upgrade_and_close(peer):
    await peer.upgrade()
    peer.writer.write(b"\x88\x02\x03\xf4")
    assert (await peer.read_frame())[0] == CLOSE


async def end_at_once(peer):
    peer.writer.write_eof()


async def reset_at_once(peer):
    await peer.read_request()
    peer.reset()


async def say_401(peer):
    await peer.read_request()
    peer.writer.write(b"HTTP/1.1 401 No\r\n\r\n")
    await peer.writer.drain()


ALL = (upgrade_and_close, end_at_once, reset_at_once, say_401)


@pytest.mark.parametrize("behave", ALL, ids=lambda one: one.__name__)
def test_B10_no_csms_is_stormed_whatever_it_does_for_hours(behave):
    async def scenario():
        async with raw_server(behave) as port:
            bench = Bench(port)
            await until(lambda: bench.log)
            await bench.go_on(3 * HOUR)
            assert len(bench.attempts) <= 4 + 3 * HOUR // 80
            waits = [b - a for a, b in zip(bench.attempts, bench.attempts[1:], strict=False)]
            steps = [10, 20, 40] + [80] * (len(waits) - 3)
            late = [wait - step for wait, step in zip(waits, steps, strict=True)]
            assert 0 <= min(late) and max(late) <= 2  # the back-off begins when all is closed
            await bench.stop()

    asyncio.run(scenario())


def test_the_security_event_of_an_outage_is_raised_once_and_again_in_the_next():
    answers = []

    async def behave(peer):
        await peer.read_request()
        answers.append(peer)
        if len(answers) in (4, 9):
            peer.writer.write(peer.answer())
            await peer.reader.read()
        else:
            peer.writer.write(b"HTTP/1.1 %d No\r\n\r\n" % (401 if len(answers) % 2 else 403))
            await peer.writer.drain()

    async def scenario():
        async with raw_server(behave) as port:
            bench = Bench(port)
            for expected in (4, 9):
                while bench.link.state != "open":
                    await bench.go_on(1)
                assert len(answers) == expected
                answers[-1].reset()
                await bench.is_offline()
            events = [kind for kind, _, _ in bench.core.events]
            assert events == ["FailedToAuthenticateAtCsms"] * 2
            await bench.stop()

    run(scenario())


def test_a_doubtful_failure_is_tried_again_at_once_and_told_when_it_stays():
    """MicroPython short of memory takes a good certificate for a forged one."""
    faults = []

    async def dial(host, port, ssl):
        raise faults.pop(0)

    def doubtful(why):
        return Refused(why, event="InvalidCsmsCertificate", doubtful=True)

    async def scenario():
        faults.extend(
            [doubtful("forged?")] + [OSError("another reason")] + [doubtful("forged?")] * 3
        )
        bench = Bench(1, dial=dial)
        while faults:
            await bench.go_on(1)
        await bench.stop()
        waits = [b - a for a, b in zip(bench.attempts, bench.attempts[1:], strict=False)]
        assert waits == [1, 20, 1, 80]
        assert bench.core.events == [("InvalidCsmsCertificate", "forged?", True)]
        assert [line.split(";")[0] for line in bench.log] == [
            "warning: no link: forged?",
            "warning: no link: another reason",
            "warning: no link: forged?",
        ]

    run(scenario())


def test_a_resolver_that_hangs_is_given_up_after_10_s_and_the_last_address_used(monkeypatch):
    hanging, asked = threading.Event(), []

    def getaddrinfo(host, port, *_, **__):
        asked.append(host)
        hanging.wait(60)
        raise OSError("too late")

    class Time:
        """The alarm rings when the resolver has been asked."""

        async def sleep(self, seconds):
            assert seconds == 10
            await until(lambda: asked)

    async def scenario():
        called = []

        async def open_connection(address, *_):
            called.append(address)
            return None, None

        settings = {"url": "ws://csms.example/", "identity": "CP", "security_profile": 0}
        known = {"host": "csms.example", "found": ["10.0.0.1"], "until": A_DAY, "ask": 0}
        await Attempt(settings, bytes, known).connect(open_connection, Time(), 0)
        assert called == ["10.0.0.1"]
        with pytest.raises(Refused, match="no address of csms.example, or no answer"):
            await Attempt(settings, bytes, {}).connect(open_connection, Time(), 0)
        hanging.set()

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    run(scenario())
