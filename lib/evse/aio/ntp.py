"""Asks time servers for the time: SNTP, RFC 5905 section 14. Loaded when ClockCtrlr.TimeSource
names NTP for the first time.

An answer is believed if it comes from the server that was asked and gives back the random number
that was sent in place of our time, which nobody else has seen; if the server claims to know the
time; and if that is not before what this station has known (ValueError in all other cases). NTP
has no signature: who can read our packets can tell us any time, but not one that has been.

Not `ntptime` of micropython-lib: that one blocks for a second, checks none of this, and CPython
has none.
"""

import asyncio
import errno
import os

from evse import const

_PACKET = const(48)  # bytes
_CLIENT = const(0x23)  # version 4, mode 3
_SERVER = const(4)  # mode
_UNSYNCHRONISED = const(3)  # leap indicator
_1900_TO_2000 = 3155673600
_DAY = const(86400)
_WAIT_DS = const(20)  # tenths of a second
_SHORTEST_S = const(64)  # between two rounds
_LONGEST_S = const(1024)  # after failures
_HOUR_S = const(3600)
_NO_SERVER = "no server in ClockCtrlr.NtpServerUri"


async def keep_asking(cp, clock, log):
    """The task. Servers are asked in their order until one knows the time; again in an hour, or
    after 64, 128 ... 1024 s if none did; 64 s after there was nothing to ask."""
    wait, logged = _SHORTEST_S, ""
    while True:
        if "NTP" in cp.variables.members("ClockCtrlr.TimeSource"):
            trouble = await _ask_in_turn(cp, clock)
            if trouble and trouble != logged:
                log("warning", "NTP: " + trouble)
            logged = trouble
        else:
            trouble = _NO_SERVER  # it may be named again
        if trouble == _NO_SERVER:
            wait = _SHORTEST_S
        await clock.sleep(wait if trouble else _HOUR_S)
        wait = min(2 * wait, _LONGEST_S) if trouble else _SHORTEST_S


async def _ask_in_turn(cp, clock) -> str:
    """What is wrong, "" if the clock is set."""
    trouble = _NO_SERVER
    for rank in "12":
        uri = cp.variables.text("ClockCtrlr.NtpServerUri#" + rank)
        if uri:
            try:
                wall = await ask(uri, clock.sleep)
                if wall < cp.clock.floor - _DAY:
                    raise ValueError("it tells a time that has been")
                cp.set_clock(wall, clock.now(), "NTP")
                return ""
            except (OSError, OverflowError, ValueError) as error:
                trouble = "%s: %s" % (uri, error)
    return trouble


async def ask(uri: str, sleep) -> int:
    """Seconds since 2000, as the server at ntp://host:port tells them. OSError: no answer."""
    import socket  # not every build has it, and one that never asks needs none

    host, _, port = uri.split("://")[-1].rstrip("/").partition(":")
    address = await _resolve(socket, host, int(port or 123))
    question = bytearray(_PACKET)
    question[0] = _CLIENT
    question[40:] = os.urandom(8)
    link = socket.socket(address[0], socket.SOCK_DGRAM)
    try:
        link.setblocking(False)
        link.connect(address[-1])  # from now on no other's packets are seen
        link.send(question)
        for _ in range(_WAIT_DS):
            await sleep(0.1)
            answer = _receive(link)
            if len(answer) >= _PACKET and answer[24:32] == question[40:]:
                return _time_in(answer)
    finally:
        link.close()
    raise OSError("no answer")


async def _resolve(socket, host, port):
    loop = asyncio.get_event_loop()
    if hasattr(loop, "getaddrinfo"):  # CPython; MicroPython's blocks until the DNS has answered
        return (await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM))[0]
    return socket.getaddrinfo(host, port)[0]


def _receive(link) -> bytes:
    """One packet; b"" if there is none yet."""
    try:
        return link.recv(2 * _PACKET)
    except OSError as error:
        if error.errno != errno.EAGAIN:
            raise
        return b""


def _time_in(answer) -> int:
    if answer[1] == 0:  # the kiss of death: it wants to be left alone
        raise ValueError("refused with %s" % bytes(answer[12:16]))
    is_server = answer[0] & 7 == _SERVER and answer[0] >> 6 != _UNSYNCHRONISED
    if not is_server or answer[1] > 15 or not any(answer[40:48]):
        raise ValueError("it does not know the time itself")
    seconds = int.from_bytes(answer[40:44], "big")
    return (seconds - _1900_TO_2000) % 0x100000000  # until 2136, the era from 2036 on included
