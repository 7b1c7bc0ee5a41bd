"""Commands of the console that wait for an answer of the CSMS: all coroutine functions."""

import asyncio
import json

_PATIENCE_S = 60


async def do_authorize(station, text, kind="ISO14443"):
    def ask(done):
        return station.cp.validate_token({"idToken": text, "type": kind}, done)

    (info,) = await _result(station, ask, "refused, see log tail")
    return [info["status"]]


async def do_data(station, vendor_id, message_id=None, text=None):
    def ask(done):
        return station.cp.data_transfer(vendor_id, message_id, text, done)

    status, answer = await _result(station, ask, "offline")
    if status is None:
        raise ValueError("no answer")
    return [status if answer is None else f"{status} {json.dumps(answer)}"]


async def _result(station, ask, refusal):
    """Let ask(done) send something; return what `done` is called with."""
    results = []
    arrived = asyncio.Event()

    def done(*result):
        results.append(result)
        arrived.set()

    if not ask(done):
        raise ValueError(refusal)
    station.poke()
    try:
        await asyncio.wait_for(arrived.wait(), _PATIENCE_S)
    except asyncio.TimeoutError:
        raise ValueError("no answer")
    return results[0]
