"""How often the station has started, and how its runs ended lately: the record "boot".

    count told age age ...      decimal numbers

    count   boots so far, this one included
    told    1: how the run ended is known: it was ordered, or its crash is among the ages
            0: it still goes on; or it ended without a word, by a power cut or a processor reset
    age     of each crash that counts, in seconds when this was written, oldest first

A crash counts for ten minutes of running. Three that count at a time: the next run is in safe
mode, and so are all that follow, until somebody orders a restart. A power cut is no crash: mains
that flicker must not lock a station. How long a run went on that ended without a word, nobody
knows; its crashes get no older by that.

Needed when a run begins, ends, or has gone wrong: imported then, and forgotten. The numbers of
this run are attributes of the Station: boot_count, crashes (core seconds, below 0 in an earlier
run) and safe.
"""

_TOO_MANY = 3
_COUNTS_S = 600
_FOR_SURE = 2  # checks by the supervisor
_NO_WATCHDOG = 6


def count(station) -> bool:
    """A task has crashed, or the program. True: that was one too many, restart in safe mode."""
    if station.safe:
        return False
    now = station.clock.now()
    station.crashes = [at for at in station.crashes if now - at < _COUNTS_S] + [now]
    save(station)
    return len(station.crashes) >= _TOO_MANY


def forget(station):
    """The last crash is long ago."""
    station.crashes = []
    save(station)


def hangs(station, name, n):
    """A task does not go round any more, noted for the nth time. Once may be chance. The watchdog
    should end this run soon; if it does not, there is none, and we do."""
    if n == _FOR_SURE:
        station.open_contactors()
        text = "task %s does not go round any more" % name
        station.log("error", text, RuntimeError("it hangs for ever"))
    elif n == _NO_WATCHDOG:
        count(station)
        station.stop("crash")


def crash(station, bug):
    """Of the whole program: nobody caught that exception. The contactors are open."""
    station.log("error", "the program crashed, starts again", bug)
    count(station)
    end(station, "crash")


def end(station, why):
    """The last thing that happens in a run that ends as somebody knows. The hardware says why a
    station starts after `quit`."""
    reason = {"crash": "ApplicationReset", "factory-reset": "LocalReset"}.get(why)
    if why == "reset":
        reason = station.cp.registration.next_reason
    if reason:
        intend(station, reason)
    save(station, 1)


def clear(station, files):
    """Factory reset: all goes but the config file, the count, and what the board calls physics."""
    for name in files.names():
        if name[-2:] in (".0", ".1") or name[-4:] == ".bad" or name[1:2] == "-":
            files.remove(name)
    end(station, "factory-reset")


def intend(station, reason):
    _keep(station, "boot_reason", reason)


def save(station, told=0) -> bool:
    now = station.clock.now()
    numbers = [station.boot_count, told] + [now - at for at in station.crashes]
    return _keep(station, "boot", " ".join([str(number) for number in numbers]))


def _keep(station, name, text) -> bool:
    try:
        station.store.save(name, text.encode())
        return True
    except OSError as error:
        station.log("error", "%s not stored: %s" % (name, error))
        return False
