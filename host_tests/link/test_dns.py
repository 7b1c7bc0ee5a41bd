# runs on: cpython, micropython
"""The host's name on the way to its address: asked anew each time, and what happens when nobody
answers."""

import asyncio
import sys

from evse.aio.clock import Clock
from evse.aio.dial import Attempt
from evse.websocket import Refused

MICROPYTHON = sys.implementation.name == "micropython"
A_DAY = 86400


class Names:
    """Stands for the resolver: `answer` is a list of addresses, or None when it is dead."""

    SOCK_STREAM = 1

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def getaddrinfo(self, host, port, *_, **__):
        self.asked.append(host)
        if not self.answer:
            raise OSError(-2)
        return [(2, 1, 6, "", (address, port)) for address in self.answer]


class Dialler:
    """Notes where to; those in `dead` refuse."""

    def __init__(self, *dead):
        self.dead = dead
        self.called = []

    async def open_connection(self, address, port, ssl, name):
        self.called.append((address, port, name))
        if address in self.dead:
            raise OSError(111)
        return None, None


def connect(names, dialler, known, now=0, url="ws://csms.example:9000/ocpp"):
    settings = {"url": url, "identity": "CP", "security_profile": 0}
    attempt = Attempt(settings, lambda n: bytes(n), known)

    async def scenario():
        await attempt.connect(dialler.open_connection, Clock(), now)

    import socket

    usual = socket.getaddrinfo
    if MICROPYTHON:
        sys.modules["socket"] = names
    else:
        socket.getaddrinfo = names.getaddrinfo
    try:
        asyncio.run(scenario())
    finally:
        sys.modules["socket"] = socket
        if not MICROPYTHON:
            socket.getaddrinfo = usual
    return attempt


def refusal(*args):
    try:
        connect(*args)
    except Refused as refused:
        return str(refused)
    return "connected"


NO_ADDRESS = "the DNS has no address of csms.example, or no answer"


def test_a_name_becomes_an_address_and_stays_what_the_certificate_must_name():
    names, dialler = Names(["10.0.0.1"]), Dialler()
    connect(names, dialler, {})
    assert dialler.called == [("10.0.0.1", 9000, "csms.example")]


def test_an_address_is_not_asked_for():
    for url, host in (
        ("ws://10.0.0.7:9000/", "10.0.0.7"), ("ws://[fd00::7]:9000/", "fd00::7"),
    ):  # fmt: skip
        names, dialler = Names(None), Dialler()
        connect(names, dialler, {}, 0, url)
        assert dialler.called == [(host, 9000, host)]
        assert names.asked == []


def test_a_name_costs_10_s_of_patience_more():
    names = Names(["10.0.0.1"])
    named = Attempt(
        {"url": "ws://csms.example/", "identity": "CP", "security_profile": 0}, bytes, {}
    )
    plain = Attempt({"url": "ws://10.0.0.1/", "identity": "CP", "security_profile": 0}, bytes, {})
    assert (named.patience, plain.patience) == (30, 20)
    assert connect(names, Dialler(), {}).patience == 20  # for the answer to the upgrade


def test_each_attempt_asks_anew():
    names, dialler, known = Names(["10.0.0.1"]), Dialler(), {}
    connect(names, dialler, known)
    names.answer = ["10.0.0.2"]
    connect(names, dialler, known, 10)
    assert [address for address, _, _ in dialler.called] == ["10.0.0.1", "10.0.0.2"]


def test_a_name_without_address_is_named():
    assert refusal(Names(None), Dialler(), {}) == NO_ADDRESS


def test_the_last_address_serves_for_a_day_while_the_resolver_is_dead():
    names, dialler, known = Names(["10.0.0.1"]), Dialler(), {}
    connect(names, dialler, known)
    names.answer = None
    for now in (10, 3600, A_DAY - 1):
        connect(names, dialler, known, now)
    assert dialler.called == [("10.0.0.1", 9000, "csms.example")] * 4
    assert refusal(names, dialler, known, A_DAY) == NO_ADDRESS


def test_a_dead_resolver_is_left_alone_for_ten_minutes():
    names, dialler, known = Names(["10.0.0.1"]), Dialler(), {}
    connect(names, dialler, known)
    names.answer = None
    for now in range(10, 1210, 100):
        connect(names, dialler, known, now)
    assert len(names.asked) == 3  # at 0, 10 and 610
    names.answer = ["10.0.0.2"]
    connect(names, dialler, known, 1211)
    connect(names, dialler, known, 1212)
    assert len(names.asked) == 5
    assert dialler.called[-1][0] == "10.0.0.2"


def test_what_is_known_of_one_host_is_not_used_for_another():
    names, dialler, known = Names(["10.0.0.1"]), Dialler(), {}
    connect(names, dialler, known)
    names.answer = None
    assert refusal(names, dialler, known, 10, "ws://other.example/").endswith(
        "of other.example, or no answer"
    )


def test_the_next_address_is_tried_when_one_refuses():
    if MICROPYTHON:  # learns of the refusal when it writes: too late for that
        return
    names, dialler = Names(["fd00::1", "10.0.0.1", "10.0.0.2"]), Dialler("fd00::1")
    connect(names, dialler, {})
    assert [address for address, _, _ in dialler.called] == ["fd00::1", "10.0.0.1"]


def test_a_profile_that_does_not_go_with_the_url_is_refused():
    for profile, url in ((2, "ws://csms.example/"), (1, "wss://csms.example/")):
        try:
            Attempt({"url": url, "identity": "CP", "security_profile": profile}, bytes, {})
        except Refused as refused:
            assert str(refused) == "security profile %d does not go with %s" % (profile, url)
        else:
            raise AssertionError(url)
