"""What a TransactionEvent costs the station's side on CPython, sent and answered: ours, and
mobilityhouse's client beside it.

Both build the message from values, validate, serialise, and read and check the answer; neither has
a websocket: texts are handed over. Theirs: `await cp.call(...)` on a connection of two queues,
validation on, as it is by default. The same payload, four values. CPU time, after a warm-up, in
turns, so that a busy machine slows both; the median of the rounds.
"""

import asyncio
import json
import logging
from statistics import median
from time import process_time

from ocpp.charge_point import camel_to_snake_case
from ocpp.v201 import ChargePoint as Peer
from ocpp.v201 import call

from host_tests.budgets.desk import Desk, largest_set
from ocpp201 import reader, shape

ROUNDS = 7
_OURS = 600  # events a round
_THEIRS = 60


def events():
    """{"ours": µs, "theirs": µs, "bytes": length of the text}"""
    desk = Desk((2,))
    desk.begin()
    text = bytes(desk.say_event())
    desk.write_answer(text)
    desk.hear_answer()
    payload = camel_to_snake_case(json.loads(text)[3])
    with asyncio.Runner() as runner:
        client = runner.run(_connect())
        ours, theirs = [], []
        for _ in range(ROUNDS + 1):  # the first one warms up
            ours.append(_ours(desk, _OURS))
            theirs.append(runner.run(_send(client, payload, _THEIRS)))
        runner.run(client.close())
    return {"ours": median(ours[1:]), "theirs": median(theirs[1:]), "bytes": len(text)}


def _ours(desk, count):
    start = process_time()
    for _ in range(count):
        desk.send_event()
    return (process_time() - start) / count * 1e6


async def _connect():
    logging.getLogger("ocpp").setLevel(logging.WARNING)
    return Client()


async def _send(client, payload, count):
    start = process_time()
    for _ in range(count):
        await client.peer.call(call.TransactionEvent(**payload))
    return (process_time() - start) / count * 1e6


class Client:
    """mobilityhouse's station side; this object is its connection, and the CSMS at once."""

    def __init__(self):
        self._answers = asyncio.Queue()
        self.peer = Peer("CP1", self)
        self._reading = asyncio.create_task(self.peer.start())

    async def send(self, text):
        message_id = text[text.index('"') + 1 :].partition('"')[0]
        self._answers.put_nowait('[3,"%s",{}]' % message_id)

    async def recv(self):
        return await self._answers.get()

    async def close(self):
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


def checks():
    """µs to check a payload of the CSMS, and to parse it with json beside: {name: (ours, json)}"""
    text = bytes(largest_set(Desk().cp.variables)[:-1])
    largest = text[text.index(b"{") : -1]
    return {
        "ClearCache {}": _check(b"{}", shape.of("ClearCache"), 3000),
        "SetVariables, 24 items, %d bytes" % len(largest): _check(
            largest, shape.of("SetVariables"), 60
        ),
    }


def _check(payload, wanted, count):
    buf = bytearray(payload + b"\0")
    length = len(payload)
    ours, theirs = [], []
    for _ in range(ROUNDS + 1):
        start = process_time()
        for _ in range(count):
            reader.check(buf, 0, length, wanted)
        half = process_time()
        for _ in range(count):
            json.loads(payload)
        theirs.append((process_time() - half) / count * 1e6)
        ours.append((half - start) / count * 1e6)
    return median(ours[1:]), median(theirs[1:])
