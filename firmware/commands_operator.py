"""Commands of the console: what its operator does with the station."""

import asyncio


def do_unlock(station, evse_id, connector_id=1):
    results = []
    station.controller.unlock_connector(evse_id, connector_id, results.append)
    if results == ["UnlockFailed"]:
        raise ValueError("the lock did not open")


def do_fault(station, evse_id, connector_id=1, code="OtherError"):
    station.controller.fault(evse_id, connector_id, code)


def do_clear(station, evse_id, connector_id=1):
    if not station.controller.fault_cleared(evse_id, connector_id):
        raise ValueError("the contactor is welded")


def do_ws_drop(station):
    _link(station).drop()


def do_ws_connect(station):
    _link(station).connect()


def _link(station):
    if station.link is None:
        raise ValueError("there is no csms.url")
    return station.link


def do_reset(station, kind="soft"):
    if kind == "soft":  # as soon as transactions have ended and their messages have left
        station.asked_to = "reset"
        station.cp.restart()
    else:
        station.cp.registration.next_reason = "LocalReset"
        station.stop("reset")


def do_factory_reset(station):
    station.stop("factory-reset")


def do_quit(station):
    station.stop("quit")


def do_speed(station, times):
    if station.board_name != "simulated":
        raise ValueError("this board is real")
    station.clock.speed = station.cp.clock.speed = times


def do_trouble(station, name, kind):
    """From now on this task is one that hangs, that crashes whenever it is started, or that blocks
    the loop with all others; "station" is the one to which they all belong. To see that the
    program gets over it."""
    if station.board_name != "simulated":
        raise ValueError("this board is real")
    run = (_block, _crash, asyncio.Event().wait)["block crash hang".split().index(kind)]
    tasks = station.tasks.tasks
    if name == "station":
        station.shut_down = run
        station.stop("quit")
    elif name in tasks:
        tasks[name].cancel()
        station.tasks.start(name, run)
    else:
        raise ValueError("the tasks are station " + " ".join(sorted(tasks)))


async def _crash():
    raise RuntimeError("trouble was asked for")


async def _block():
    while True:
        pass
