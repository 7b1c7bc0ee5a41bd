"""The commands of the console: a line of HELP and a function do_<name> each.

A function takes the running station and the words after its name, and returns the lines of the
answer (None: no lines). ValueError is a refusal, its text the reason. Words in <> must be given,
those in [] may be; the last one takes the rest of the line. A board adds its own (`_own`).
"""

import asyncio
import json
import sys

from log import LEVELS

from evse.rare import forget
from ocpp201 import VERSION, MeterValue

HELP = """
status                          one line of JSON
tap <idToken> [type] [evse]     a card is held to the reader
start <evse>                    the start button
stop <evse>                     the stop button
authorize <idToken> [type]      may it charge? starts nothing
unlock <evse> [connector]       release the cable as the operator
config show                     the config file
config get <key>                one key of it
config set <key> <json>         change a key, for config save
config save                     write the file; the next start reads it
meter raw <evse> [function address count]  what the meter says
fault <evse> [connector] [code]  raise a fault
clear <evse> [connector]        clear it
vars [Component] [Variable]     the device model, a line each
set <Component> <Variable> <value>  as the operator
queue                           what waits to be sent
log tail [n]                    the last lines
log <error|warning|info|debug>  how much is logged
crash                           the last stored tracebacks
data <vendorId> [messageId] [text]  send a DataTransfer
ws drop                         close the websocket, stay offline
ws connect                      come back
reset [soft|hard]               restart the station
factory-reset                   forget everything but the config file
version                         firmware, interpreter, board
quit                            stop
speed <n>                       simulated board: clock and car run n times as fast
help                            this
"""

_CSMS_PATIENCE_S = 60


def find(station, line):
    """(function, its arguments). ValueError: the reason for ERR."""
    words = line.split()
    for length in (2, 1):
        name = " ".join(words[:length])
        at = HELP.find("\n" + name + " ")
        function = globals().get("do_" + name.replace(" ", "_").replace("-", "_"))
        if function and at >= 0:
            row = HELP[at + 1 : HELP.find("\n", at + 1)]
            rest = line.split(None, length)[length:]
            return function, [station] + _arguments(row.partition("  ")[0], rest)
    function = getattr(_own(station.board), "do_" + name, None)
    if function is None:
        raise ValueError("unknown command, try help")
    return function, (station.board, words[1:])


def _arguments(usage, words):
    """`words` is the rest of the line in one piece, or empty."""
    least = usage.count("<")
    most = least + usage.count("[")
    if words and most:  # the last one takes what is left: JSON may hold blanks
        words = words[0].split(None, most - 1)
    if not least <= len(words) <= most:
        raise ValueError("usage: " + usage)
    return words


def _own(board):
    """The module with the board's own commands, None if it has none."""
    if not board.console:
        return None
    module = __import__(board.console, None, None, ("HELP",))
    forget(board.console)
    return module


def _config():
    import config

    forget("config")
    return config


def _config_file(station):
    """As it will be saved."""
    return station.edited or _config().load(station.path)


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
    known = _config().TOKEN_TYPES
    if kind not in known:
        raise ValueError(f"type must be one of {' '.join(known)}")
    if len(text) > 36:
        raise ValueError("idToken is longer than 36")
    return {"idToken": text, "type": kind}


def _taken(accepted):
    if not accepted:
        raise ValueError("refused, see log tail")


def do_tap(station, text, kind="ISO14443", evse=None):
    _token(text, kind)
    _taken(station.controller.card(text, kind, _evse(station, evse) if evse else 0))


def do_start(station, evse):
    _taken(station.controller.start_button(_evse(station, evse)))


def do_stop(station, evse):
    _taken(station.controller.stop_button(_evse(station, evse)))


def do_unlock(station, evse, connector="1"):
    results = []
    station.controller.unlock_connector(*_socket(station, evse, connector), results.append)
    _taken(results != ["UnlockFailed"])


def do_fault(station, evse, connector="1", code="OtherError"):
    if not connector.isdigit():  # it was left out
        connector, code = "1", connector
    station.controller.fault(*_socket(station, evse, connector), code)


def do_clear(station, evse, connector="1"):
    _taken(station.controller.fault_cleared(*_socket(station, evse, connector)))


def do_meter_raw(station, evse, registers=None):
    if registers:
        raise ValueError("this meter has no registers")
    value = MeterValue()
    if not station.board.read_meter(_evse(station, evse), value):
        raise ValueError("the meter does not answer")
    yield f"energy_wh {value.energy_wh}, power_w {value.power_w}"
    yield f"current_ma {list(value.current_ma)}, voltage_dv {list(value.voltage_dv)}"


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


async def do_authorize(station, text, kind="ISO14443"):
    token = _token(text, kind)
    (info,) = await _result(station, lambda done: station.cp.validate_token(token, done))
    return [info["status"]]


async def do_data(station, vendor_id, message_id=None, text=None):
    status, answer = await _result(
        station, lambda done: station.cp.data_transfer(vendor_id, message_id, text, done)
    )
    if status is None:
        raise ValueError("no answer")
    return [status if answer is None else f"{status} {json.dumps(answer)}"]


def do_ws_drop(station):
    _link(station).drop()


def do_ws_connect(station):
    _link(station).connect()


def _link(station):
    if station.link is None:
        raise ValueError("there is no csms.url")
    return station.link


def do_queue(station):
    for message in station.cp.outbox.waiting():
        yield f"{message.action} {str(message.payload, 'utf-8')}"


def do_vars(station, component="", variable=""):
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


def do_set(station, component, variable, value):
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


def do_status(station):
    yield json.dumps(station.status())


def do_config_show(station):
    yield json.dumps(_config().masked(_config_file(station)))


def do_config_get(station, key):
    config = _config()
    yield json.dumps(config.find(config.masked(_config_file(station)), key))


def do_config_set(station, key, text):
    config = _config()
    changed = config.changed(_config_file(station), key, text)
    config.check(changed, station.path)
    station.edited = changed


def do_config_save(station):
    try:
        _config().save(_config_file(station), station.path)
    except OSError as error:
        raise ValueError(f"not saved, {error}")


def do_log(station, level):
    if level not in LEVELS:
        raise ValueError(f"level must be one of {' '.join(LEVELS)}")
    station.log.level = level


def do_log_tail(station, count="20"):
    return station.log.tail(_number(count, "n", 999))


def do_crash(station):
    return station.log.crashes.split("\n")[:-1]


def do_reset(station, kind="soft"):
    if kind not in ("soft", "hard"):
        raise ValueError("reset soft or reset hard")
    if kind == "soft":
        station.restart()
    else:
        station.store.save("boot_reason", b"LocalReset")
        station.stop("reset")


def do_factory_reset(station):
    station.stop("factory-reset")


def do_version(station):
    runtime = sys.implementation
    number = ".".join(str(n) for n in runtime.version[:3])
    yield f"ocpp201 {VERSION}, {runtime.name} {number}, {station.config['board']}"


def do_quit(station):
    station.stop("quit")


def do_speed(station, times):
    if station.config["board"] != "simulated":
        raise ValueError("this board is real")
    station.set_speed(_number(times, "n", 1000))


def do_help(station):
    yield HELP.strip()
    own = _own(station.board)
    if own:
        yield own.HELP.strip()


WAITING = (do_authorize, do_data)  # coroutine functions
