"""A charging session in which things go wrong with the CSMS: how it begins, how it must end."""

FAST = 100      # speed while the car charges
SAMPLE = {"triggerReason": "MeterValuePeriodic"}

# Retries without doubling and without chance, so that the tests need not be patient.
HASTE = {
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": 1,
    "OCPPCommCtrlr.RetryBackOffRandomRange": 0,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": 0,
    "OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent": 0,
    "SampledDataCtrlr.TxUpdatedInterval": 20,
}


def datum(key, value):
    """SetVariableData for the config file."""
    component, _, variable = key.partition(".")
    name, _, instance = variable.partition("#")
    variable = {"name": name, "instance": instance} if instance else {"name": name}
    value = str(value)
    return {"component": {"name": component}, "variable": variable, "attributeValue": value}


def is_quiet(status):
    """Registered, and nothing waits to be sent or answered."""
    return status["registration"] == "Accepted" and not any(status["queue"].values())


def charge(csms, station):
    """A car charges; returns the transaction's id."""
    station.wait_until(is_quiet)
    station.command("plug 1")
    station.command("tap 04A1B2C3")
    charging = {"transactionInfo": {"chargingState": "Charging"}}
    event = csms.wait_for("TransactionEvent", charging)
    charge_on(csms, station)
    return event["transactionInfo"]["transactionId"]


def charge_on(csms, station):
    """What waits arrives, then two new samples do."""
    station.wait_until(is_quiet)
    station.command(f"speed {FAST}")
    seen = len(csms.received("TransactionEvent"))
    while len(csms.received("TransactionEvent")) < seen + 2:
        csms.wait_for("TransactionEvent", dict(SAMPLE, offline=False))
    station.command("speed 1")


def finish(csms, station, transaction, repeated=False):
    """The driver stops: the CSMS has heard the whole transaction, and nothing is left."""
    station.command("stop 1")
    ended = csms.wait_for("TransactionEvent", {"eventType": "Ended"})
    assert ended["transactionInfo"]["transactionId"] == transaction
    station.wait_until(is_quiet)
    assert_in_order(csms, repeated)
    csms.checker.assert_complete()


def assert_in_order(csms, repeated=False):
    """seqNo 0, 1, 2 ... once each. `repeated`: when an answer was lost, the same came again."""
    events = csms.received("TransactionEvent")
    if repeated:
        events = [one for n, one in enumerate(events) if n == 0 or not same(one, events[n - 1])]
    assert [event["seqNo"] for event in events] == list(range(len(events)))


def same(one, other):
    return dict(one, offline=None) == dict(other, offline=None)


def offline_flags(csms):
    return [event["offline"] for event in csms.received("TransactionEvent")]


def count(station, words):
    """How many lines of the log have these words."""
    return sum(words in line for line in station.log().splitlines())
