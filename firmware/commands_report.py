"""Commands of the console: what the station tells about itself."""

import gc
import json
import sys

from evse.rare import forget
from ocpp201 import VERSION, MeterValue


def do_status(station):
    now = station.clock.now()
    answer = station.cp.status(now)
    settings, link = station.link_settings, station.link
    answer["station"] = settings["identity"]
    answer["connected"] = link is not None and link.state == "open"
    answer["security_profile"] = settings["security_profile"]
    answer["uptime_s"] = now
    answer["clock"] = "unknown" if station.cp.clock.utc(now) is None else "synced"
    answer["memory"] = None
    if hasattr(gc, "mem_free"):
        gc.collect()  # what the station needs, not what lies around
        answer["memory"] = {"used": gc.mem_alloc(), "free": gc.mem_free()}
    for evse in answer["evses"]:
        hardware = station.controller.status(evse["id"])
        for key in ("contactor", "limit_a", "power_w", "energy_wh"):
            evse[key] = hardware[key]
    yield json.dumps(answer)


def do_meter_raw(station, evse_id, registers=None):
    if registers:
        raise ValueError("this meter has no registers")
    value = MeterValue()
    if not station.board.read_meter(evse_id, value):
        raise ValueError("the meter does not answer")
    yield f"energy_wh {value.energy_wh}, power_w {value.power_w}"
    yield f"current_ma {list(value.current_ma)}, voltage_dv {list(value.voltage_dv)}"


def do_queue(station):
    for message in station.cp.outbox.waiting():
        yield f"{message.action} {str(message.payload, 'utf-8')}"


def do_log_tail(station, count=20):
    return station.log.tail(count)


def do_log_security(station):
    return station.cp.security_log()


def do_log(station, level):
    station.log.level = level


def do_crash(station):
    return station.log.crashes().split("\n")[:-1]


def do_version(station):
    runtime = sys.implementation
    number = ".".join(str(n) for n in runtime.version[:3])
    yield f"ocpp201 {VERSION}, {runtime.name} {number}, {station.board_name}"


def do_help(station):
    import commands

    forget("commands")
    with open(commands.TABLE) as rows:
        for row in rows:
            yield row.partition(" ")[2].strip()
    own = station.board.console
    if own:
        yield __import__(own, None, None, ("HELP",)).HELP.strip()
        forget(own)
