# runs on: cpython, micropython
"""E04, E08, E11, E12, G02: what a CSMS hears of the time in which it was not there."""

from host_tests.core_station import SILENCE, WALL, CoreStation
from ocpp201.timefmt import format_time

CARD, OTHER = "04A1B2C3D4E5F6", "04F6E5D4C3B2A1"
USUAL = [
    ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True), ("SampledDataCtrlr.TxUpdatedInterval", 60),
    ("AlignedDataCtrlr.Interval", 0),
]  # fmt: skip


def station(*settings):
    return CoreStation(settings=USUAL + list(settings))


def end(s, evse_id=1):
    s.charging(evse_id, "EVConnected")
    s.unplug(evse_id)


def events(s):
    return s.messages("TransactionEvent")


def transactions(s):
    """[[events of the first one], [of the second] ...]"""
    found, order = {}, []
    for event in events(s):
        name = event["transactionInfo"]["transactionId"]
        if name not in order:
            order.append(name)
        found.setdefault(name, []).append(event)
    return [found[name] for name in order]


def assert_whole(transaction):
    assert [event["seqNo"] for event in transaction] == list(range(len(transaction)))
    kinds = [event["eventType"] for event in transaction]
    assert (kinds[0], kinds[-1]) == ("Started", "Ended")
    assert kinds.count("Started") == kinds.count("Ended") == 1


def register(event):
    """The energy register of its newest value, in Wh."""
    for sample in event["meterValue"][-1]["sampledValue"]:
        if sample.get("measurand", "Energy.Active.Import.Register") == (
            "Energy.Active.Import.Register"
        ):
            return sample["value"]
    raise AssertionError("no register in %r" % event)


# --- E04: started offline ---


def test_E04_events_keep_their_moment_and_the_connection_adds_none():  # E04.FR.01
    s = station()
    s.disconnect()
    s.run(90)
    s.charge(token=CARD)  # at second 100
    s.run(120)
    end(s)
    s.run(7200)
    s.connect()
    times = [event["timestamp"] for event in events(s)]
    assert times[0] == format_time(WALL + 100)
    assert times[-1] == format_time(WALL + 220)
    assert times == sorted(times)
    assert all(event["offline"] for event in events(s))
    assert_whole(events(s))


def test_E04_what_happens_after_the_reconnect_is_not_offline():
    s = station()
    s.disconnect()
    s.charge(token=CARD)
    s.run(60)
    s.connect()
    waited = len(events(s))
    assert waited >= 3
    s.run(60)
    end(s)
    assert_whole(events(s))
    flags = [event["offline"] for event in events(s)]
    assert flags == [True] * waited + [False] * (len(flags) - waited)


def test_E04_a_start_offline_at_the_second_evse_waits_behind_the_first():
    s = station()
    s.disconnect()
    s.charge(2, CARD)
    s.run(30)
    s.charge(1, OTHER)
    s.connect()
    started = [event for event in events(s) if event["eventType"] == "Started"]
    assert [event["evse"]["id"] for event in started] == [2, 1]


# --- E08: stopped offline ---


def test_E08_every_way_to_stop_works_offline_and_lets_the_cable_go():
    for stop, trigger, reason in (
        (lambda s: s.tap(CARD, 1), "StopAuthorized", "Local"),
        (lambda s: s.cp.stop_local(1), "StopAuthorized", "Local"),
        (lambda s: s.unplug(1), "EVCommunicationLost", "EVDisconnected"),
    ):
        s = station()
        s.charge(token=CARD)
        s.disconnect()
        s.run(60)
        stop(s)
        s.pump()
        assert not s.cp.may_charge(1)
        if reason == "Local":
            s.charging(1, "EVConnected")
            assert ("release_connector", 1) in s.integrator.calls
            s.unplug(1)
        s.connect()
        last = events(s)[-1]
        assert (last["eventType"], last["triggerReason"]) == ("Ended", trigger)
        assert last["transactionInfo"].get("stoppedReason", "Local") == reason
        assert last["offline"] is True
        assert_whole(events(s))


def test_E08_a_foreign_card_does_not_stop_it_offline():
    s = station()
    s.charge(token=CARD)
    s.disconnect()
    s.tap(OTHER, 1)
    assert s.cp.may_charge(1)


# --- E11: the link goes while a car charges ---


def test_E11_power_and_samples_go_on_and_every_one_arrives_in_order():
    s = station()
    s.meter(1, 1000)
    s.charge(token=CARD)
    s.run(59)
    s.disconnect()
    calls = len(s.integrator.calls)
    for minute in range(60):
        s.meter(1, 1000 + 100 * (minute + 1))
        s.run(60)
    assert s.integrator.calls[calls:] == []  # nothing was asked of the hardware
    assert s.cp.may_charge(1)
    online = len(events(s))
    s.connect()
    waited = events(s)[online:]
    assert [event["triggerReason"] for event in waited] == ["MeterValuePeriodic"] * 60
    assert all(event["offline"] for event in waited)
    registers = [register(event) for event in waited]
    assert registers == sorted(registers) and registers[-1] - registers[0] == 5900
    end(s)
    assert_whole(events(s))


def test_E11_a_link_that_comes_and_goes_loses_and_doubles_nothing():
    s = station()
    s.charge(token=CARD)
    for n in range(30):
        s.disconnect()
        s.run(61 if n % 3 else 7)
        s.connect()
        s.run(5 if n % 2 else 70)
    end(s)
    assert_whole(events(s))
    times = [event["timestamp"] for event in events(s)]
    assert times == sorted(times)


def test_E11_an_event_on_its_way_when_the_link_goes_comes_again_and_says_offline():  # E11.FR.07
    s = station()
    s.charge(token=CARD)
    s.answers["TransactionEvent"] = SILENCE
    s.charging(1, "SuspendedEV")
    s.run(3)
    s.disconnect()
    del s.answers["TransactionEvent"]
    s.connect()
    first, again = events(s)[-2:]
    assert (first["offline"], again["offline"]) == (False, True)
    assert dict(first, offline=None) == dict(again, offline=None)


# --- E12: whole transactions afterwards ---


def test_E12_transactions_at_both_evses_arrive_whole_and_in_the_order_in_which_things_happened():
    s = station()
    s.disconnect()
    s.charge(1, CARD)
    s.run(130)
    s.charge(2, OTHER)
    s.run(130)
    end(s, 1)
    s.run(130)
    end(s, 2)
    s.connect()
    times = [event["timestamp"] for event in events(s)]
    assert times == sorted(times)
    first, second = transactions(s)
    assert_whole(first)
    assert_whole(second)
    tokens = [
        [event["idToken"]["idToken"] for event in one if "idToken" in event][0]
        for one in (first, second)
    ]
    assert tokens == [CARD, OTHER]


def test_E12_three_days_offline_are_told_to_the_last_transaction():
    s = station(("SampledDataCtrlr.TxUpdatedInterval", 0))
    s.disconnect()
    for n in range(30):
        s.charge(1, CARD, 1000 + n * 1000)
        s.run(5400)
        s.meter(1, 2000 + n * 1000)
        end(s)
        s.run(3240)
    s.forget()
    s.connect()
    told = transactions(s)
    assert len(told) == 30
    for n, transaction in enumerate(told):
        assert_whole(transaction)
        assert register(transaction[0]) == 1000 + n * 1000
        assert register(transaction[-1]) == 2000 + n * 1000
        assert all(event["offline"] for event in transaction)
    assert len(s.statuses()) == 4  # B04.FR.01
    assert s.messages("BootNotification") == []


def test_E12_the_csms_may_go_again_in_the_middle_of_the_queue():
    s = station()
    s.disconnect()
    s.charge(token=CARD)
    s.run(600)
    end(s)
    heard = []

    def three_at_a_time(event):
        heard.append(event["seqNo"])
        return SILENCE if len(heard) % 4 == 0 else {}

    s.answers["TransactionEvent"] = three_at_a_time
    connections = 0
    while not heard or events(s)[-1]["eventType"] != "Ended" or s.unanswered:
        s.connect()
        s.run(1)
        if s.unanswered:
            s.disconnect()
        connections += 1
        assert connections < 20
    once = [number for n, number in enumerate(heard) if number not in heard[:n]]
    assert once == list(range(len(once)))
    assert heard == sorted(heard)


# --- G02: the Heartbeat ---


def test_G02_after_days_offline_the_first_heartbeat_comes_when_it_is_due():
    s = CoreStation()
    s.disconnect()
    s.run(3 * 86400)
    assert s.messages("Heartbeat") == []
    s.forget()
    s.connect()
    at = s.now
    s.run(301)
    assert len(s.messages("Heartbeat")) >= 1
    assert s.now - at <= 301
