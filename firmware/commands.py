"""The commands of the console: a row of TABLE and a small function each.

A function takes the running station and the words after its name, and returns the lines of the
answer (None: no lines). ValueError is a refusal, its text the reason. Words in <> must be given,
those in [] may be; the last one takes the rest of the line.
"""

import asyncio
import json
import sys

import config

from ocpp201 import VERSION, MeterValue

_CSMS_PATIENCE_S = 60


def _number(word, what, most):
    if not word.isdigit() or not 1 <= int(word) <= most:
        raise ValueError(f"{what} must be a number from 1 to {most}")
    return int(word)


def _evse(station, word):
    return _number(word, "evse", len(station.config["evses"]))


def _socket(station, evse, connector):
    evse_id = _evse(station, evse)
    connectors = station.config["evses"][evse_id - 1]["connectors"]
    return evse_id, _number(connector, "connector", len(connectors))


def _token(text, kind):
    if kind not in config.TOKEN_TYPES:
        raise ValueError(f"type must be one of {' '.join(config.TOKEN_TYPES)}")
    if len(text) > 36:
        raise ValueError("idToken is longer than 36")
    return {"idToken": text, "type": kind}


def _taken(accepted):
    if not accepted:
        raise ValueError("refused, see log tail")


# ------------------------------------------------------------------------ the driver, the operator


def tap(station, text, kind="ISO14443", evse=None):
    _token(text, kind)
    _taken(station.controller.card(text, kind, _evse(station, evse) if evse else 0))


def start(station, evse):
    _taken(station.controller.start_button(_evse(station, evse)))


def stop(station, evse):
    _taken(station.controller.stop_button(_evse(station, evse)))


def unlock(station, evse, connector="1"):
    results = []
    station.controller.unlock_connector(*_socket(station, evse, connector), results.append)
    _taken(results != ["UnlockFailed"])


def fault(station, evse, connector="1", code="OtherError"):
    if not connector.isdigit():  # it was left out
        connector, code = "1", connector
    station.controller.fault(*_socket(station, evse, connector), code)


def clear(station, evse, connector="1"):
    _taken(station.controller.fault_cleared(*_socket(station, evse, connector)))


def meter_raw(station, evse, registers=None):
    if registers:
        raise ValueError("this meter has no registers")
    value = MeterValue()
    if not station.board.read_meter(_evse(station, evse), value):
        raise ValueError("the meter does not answer")
    yield f"energy_wh {value.energy_wh}, power_w {value.power_w}"
    yield f"current_ma {list(value.current_ma)}, voltage_dv {list(value.voltage_dv)}"


# -------------------------------------------------------------------------------- the conversation


async def _result(station, ask):
    """Let ask(done) send something; return what `done` is called with."""
    results = []
    arrived = asyncio.Event()

    def done(*result):
        results.append(result)
        arrived.set()

    if not ask(done):
        raise ValueError("offline")
    station.poke()
    try:
        await asyncio.wait_for(arrived.wait(), _CSMS_PATIENCE_S)
    except asyncio.TimeoutError:
        raise ValueError("no answer")
    return results[0]


async def authorize(station, text, kind="ISO14443"):
    token = _token(text, kind)
    (info,) = await _result(station, lambda done: station.cp.validate_token(token, done))
    return [info["status"]]


async def data(station, vendor_id, message_id=None, text=None):
    status, answer = await _result(
        station, lambda done: station.cp.data_transfer(vendor_id, message_id, text, done)
    )
    if status is None:
        raise ValueError("no answer")
    return [status if answer is None else f"{status} {json.dumps(answer)}"]


def ws_drop(station):
    _link(station).drop()


def ws_connect(station):
    _link(station).connect()


def _link(station):
    if station.link is None:
        raise ValueError("there is no csms.url")
    return station.link


def queue(station):
    for message in station.cp.outbox.waiting():
        yield f"{message.action} {str(message.payload, 'utf-8')}"


# -------------------------------------------------------------------------------- the device model


def variables(station, component="", variable=""):
    found = False
    for name, instance, evse, connector, *rest in station.cp.variables.rows():
        place = name + (f"#{instance}" if instance else "")
        if evse:
            place += f"@{evse}.{connector}" if connector else f"@{evse}"
        value_name = rest[0] + (f"#{rest[1]}" if rest[1] else "")
        if _means(component, place) and _means(variable, value_name):
            found = True
            yield f"{place} {value_name} {'***' if rest[3] is None else rest[3]} {rest[2]}"
    if not found:
        raise ValueError("there is no such variable")


def _means(wanted, name):
    """Without its instance or its connector a name means all of them."""
    return not wanted or name == wanted or name[: len(wanted) + 1] in (
        wanted + "#", wanted + "@", wanted + ".",
    )  # fmt: skip


def set_variable(station, component, variable, value):
    name, _, place = component.partition("@")
    component = _named(name)
    if place:
        evse, _, connector = place.partition(".")
        component["evse"] = {"id": int(evse)}
        if connector:
            component["evse"]["connectorId"] = int(connector)
    item = {"component": component, "variable": _named(variable), "attributeValue": value}
    result = station.cp.set_variables([item])[0]
    status = result["attributeStatus"]
    if status not in ("Accepted", "RebootRequired"):
        raise ValueError(result.get("attributeStatusInfo", {}).get("reasonCode", status))
    return () if status == "Accepted" else (status,)


def _named(text):
    name, _, instance = text.partition("#")
    return {"name": name, "instance": instance} if instance else {"name": name}


# ------------------------------------------------------------------------------------- the station


def status(station):
    yield json.dumps(station.status())


def config_show(station):
    yield json.dumps(config.masked(station.file))


def config_get(station, key):
    yield json.dumps(config.find(config.masked(station.file), key))


def config_set(station, key, text):
    changed = config.changed(station.file, key, text)
    try:
        config.check(changed, station.path)
    except config.ConfigError as error:
        raise ValueError(error)
    station.file = changed


def config_save(station):
    try:
        config.save(station.file, station.path)
    except OSError as error:
        raise ValueError(f"not saved, {error}")


def log_level(station, level):
    if level not in config.LOG_LEVELS:
        raise ValueError(f"level must be one of {' '.join(config.LOG_LEVELS)}")
    station.log.level = level


def log_tail(station, count="20"):
    return station.log.tail(_number(count, "n", 999))


def crash(station):
    return station.log.crashes.split("\n")[:-1]


def reset(station, kind="soft"):
    if kind not in ("soft", "hard"):
        raise ValueError("reset soft or reset hard")
    if kind == "soft":
        station.restart()
    else:
        station.store.save("boot_reason", b"LocalReset")
        station.stop("reset")


def factory_reset(station):
    station.stop("factory-reset")


def version(station):
    runtime = sys.implementation
    number = ".".join(str(n) for n in runtime.version[:3])
    yield f"ocpp201 {VERSION}, {runtime.name} {number}, {station.config['board']}"


def leave(station):
    station.stop("quit")


def speed(station, times):
    station.set_speed(_number(times, "n", 1000))


# name, words that follow, function, what it does
TABLE = (
    ("status", "", status, "one line of JSON"),
    ("tap", "<idToken> [type] [evse]", tap, "a card is held to the reader"),
    ("start", "<evse>", start, "the start button"),
    ("stop", "<evse>", stop, "the stop button"),
    ("authorize", "<idToken> [type]", authorize, "may it charge? starts nothing"),
    ("unlock", "<evse> [connector]", unlock, "release the cable as the operator"),
    ("config show", "", config_show, "the config file"),
    ("config get", "<key>", config_get, "one key of it"),
    ("config set", "<key> <json>", config_set, "change a key, for config save"),
    ("config save", "", config_save, "write the file; the next start reads it"),
    ("meter raw", "<evse> [function address count]", meter_raw, "what the meter says"),
    ("fault", "<evse> [connector] [code]", fault, "raise a fault"),
    ("clear", "<evse> [connector]", clear, "clear it"),
    ("vars", "[Component] [Variable]", variables, "the device model, a line each"),
    ("set", "<Component> <Variable> <value>", set_variable, "as the operator"),
    ("queue", "", queue, "what waits to be sent"),
    ("log tail", "[n]", log_tail, "the last lines"),
    ("log", "<error|warning|info|debug>", log_level, "how much is logged"),
    ("crash", "", crash, "the last stored tracebacks"),
    ("data", "<vendorId> [messageId] [text]", data, "send a DataTransfer"),
    ("ws drop", "", ws_drop, "close the websocket, stay offline"),
    ("ws connect", "", ws_connect, "come back"),
    ("reset", "[soft|hard]", reset, "restart the station"),
    ("factory-reset", "", factory_reset, "forget everything but the config file"),
    ("version", "", version, "firmware, interpreter, board"),
    ("quit", "", leave, "stop"),
)
SIMULATION = (("speed", "<n>", speed, "clock and car run n times as fast"),)
WAITING = (authorize, data)  # coroutine functions
