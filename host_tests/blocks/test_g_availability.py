# runs on: cpython, micropython
"""G. Availability: connector status, Heartbeat, and taking things out of service."""

from host_tests.core_station import SILENCE, WALL, CoreStation
from ocpp201.store import RamFiles

CARD = "04A1B2C3D4E5F6"
ALL = [(1, 1), (1, 2), (2, 1), (2, 2)]


def station(**more):
    s = CoreStation(**more)
    s.forget()
    return s


def change(s, word, evse_id=None, connector_id=None):
    payload = {"operationalStatus": word}
    if evse_id is not None:
        payload["evse"] = {"id": evse_id}
        if connector_id is not None:
            payload["evse"]["connectorId"] = connector_id
    return s.call("ChangeAvailability", payload)["status"]


def out(s, *where):
    return change(s, "Inoperative", *where)


def back(s, *where):
    return change(s, "Operative", *where)


def told(s):
    """The statuses told since this was asked last."""
    statuses = s.statuses()
    s.forget()
    return statuses


def everywhere(status):
    return [(evse, connector, status) for evse, connector in ALL]


def tiers(s):
    """AvailabilityState of the station, and of its EVSEs."""
    text = s.cp.variables.text
    return (
        text("ChargingStation.AvailabilityState"),
        text("EVSE.AvailabilityState", 1),
        text("EVSE.AvailabilityState", 2),
    )


def shown(s, evse_id=1, connector_id=1):
    return s.cp.variables.text("Connector.AvailabilityState", evse_id, connector_id)


# --- G01: status notification ---


def test_G01_plug_and_unplug():  # TC_G_01, TC_G_02
    s = station()
    s.plug(1)
    assert told(s) == [(1, 1, "Occupied")]
    s.unplug(1)
    assert told(s) == [(1, 1, "Available")]


def test_G01_a_status_tells_when_and_where():
    s = station()
    s.run(50)
    s.plug(2, 2)
    assert s.last("StatusNotification") == {
        "timestamp": "2026-11-23T00:01:00Z",
        "connectorStatus": "Occupied",
        "evseId": 2,
        "connectorId": 2,
    }


def test_G01_what_did_not_change_is_not_told():
    s = station()
    s.plug(1)
    told(s)
    assert s.cp.on_session_started(1, 1)
    assert s.cp.on_fault_cleared(1, 1)
    assert s.cp.on_enabled(1, 1)
    s.pump()
    assert told(s) == []


def test_G01_what_comes_and_goes_between_two_wakeups_is_not_told():
    s = station()
    assert s.cp.on_session_started(1, 1) and s.cp.on_session_finished(1, 1)
    s.pump()
    assert told(s) == []


def test_G01_the_second_connector_of_an_evse_in_use_keeps_its_status():  # G01.FR.08
    s = station()
    s.plug(1, 1)
    assert told(s) == [(1, 1, "Occupied")]
    s.tap(CARD, 1)
    assert told(s) == []


def test_G01_occupied_is_told_before_the_transaction_event():  # E02.FR.05
    s = station(settings=[("TxCtrlr.TxStartPoint", "EVConnected")])
    s.plug(1)
    assert [action for action, _ in s.sent] == ["StatusNotification", "TransactionEvent"]


def test_G01_faulted_and_cleared():
    s = station()
    assert s.cp.on_faulted(1, 2)
    s.pump()
    assert told(s) == [(1, 2, "Faulted")]
    assert s.cp.on_faulted(1, 2)
    s.pump()
    assert told(s) == []
    assert s.cp.on_fault_cleared(1, 2)
    s.pump()
    assert told(s) == [(1, 2, "Available")]


def test_G01_reserved_and_cleared():
    s = station()
    assert s.cp.on_reserved(1, 1)
    s.pump()
    assert told(s) == [(1, 1, "Reserved")]
    assert s.cp.on_reservation_cleared(1, 1)
    s.pump()
    assert told(s) == [(1, 1, "Available")]


def test_G01_reserved_first_stays_reserved_until_it_is_over():  # G03.FR.09, G01.FR.06
    s = station()
    assert s.cp.on_reserved(1, 1)
    s.pump()
    s.plug(1)
    assert told(s) == [(1, 1, "Reserved")]
    assert s.cp.on_reservation_cleared(1, 1)
    s.pump()
    assert told(s) == [(1, 1, "Occupied")]


def test_G01_plugged_first_stays_occupied():
    s = station()
    s.plug(1)
    told(s)
    assert s.cp.on_reserved(1, 1)
    s.pump()
    assert told(s) == []
    s.unplug(1)
    assert told(s) == [(1, 1, "Reserved")]


def test_G01_precedence():
    """Faulted > Unavailable > Occupied > Reserved > Available."""
    s = station()
    for act, status in (
        (s.cp.on_reserved, "Reserved"),
        (s.cp.on_reservation_cleared, "Available"),
        (s.cp.on_session_started, "Occupied"),
        (s.cp.on_reserved, "Occupied"),
        (s.cp.on_unavailable, "Unavailable"),
        (s.cp.on_faulted, "Faulted"),
        (s.cp.on_enabled, "Faulted"),
        (s.cp.on_unavailable, "Faulted"),
        (s.cp.on_fault_cleared, "Unavailable"),
        (s.cp.on_enabled, "Occupied"),
        (s.cp.on_session_finished, "Reserved"),
    ):
        assert act(1, 1)
        s.pump()
        assert shown(s) == status, (act, status)
        assert shown(s, 1, 2) == shown(s, 2, 1) == "Available"


def test_G01_unavailable_by_hardware_and_by_the_csms_are_two_things():
    s = station()
    assert s.cp.on_unavailable(1, 1)
    assert out(s, 1, 1) == "Accepted"
    assert told(s) == [(1, 1, "Unavailable")]
    assert s.cp.on_enabled(1, 1)
    s.pump()
    assert told(s) == []
    back(s, 1, 1)
    assert told(s) == [(1, 1, "Available")]


def test_G01_unavailable_by_hardware_is_gone_after_a_restart():
    s = station()
    assert s.cp.on_unavailable(1, 1)
    s.pump()
    s.forget()
    s.restart()
    assert told(s) == everywhere("Available")


def test_G01_unavailable_by_hardware_does_not_end_a_transaction():
    s = station()
    s.charge()
    assert s.cp.on_unavailable(1, 1)
    s.pump()
    assert s.cp.get_evse_transaction_id(1)
    assert s.cp.may_charge(1)
    assert shown(s) == "Unavailable"


def test_G01_offline_nothing_is_told_but_shown():
    s = station()
    s.disconnect()
    s.plug(1)
    assert told(s) == []
    assert shown(s) == "Occupied"


# --- the three tiers ---


def test_G01_tiers_of_an_idle_station():
    assert tiers(station()) == ("Available", "Available", "Available")


def test_G01_one_occupied_connector_occupies_its_evse():
    s = station()
    s.plug(1, 2)
    assert tiers(s) == ("Available", "Occupied", "Available")
    s.plug(2)
    assert tiers(s) == ("Occupied", "Occupied", "Occupied")
    s.unplug(1, 2)
    assert tiers(s) == ("Available", "Available", "Occupied")


def test_G01_a_transaction_without_cable_occupies_its_evse():
    s = station(settings=[("TxCtrlr.TxStartPoint", "Authorized")])
    s.tap(CARD, 1)
    assert s.cp.get_evse_transaction_id(1)
    assert tiers(s) == ("Available", "Occupied", "Available")
    s.run(121)  # EVConnectionTimeOut
    assert tiers(s) == ("Available", "Available", "Available")


def test_G01_one_faulted_connector_leaves_its_evse_usable():
    s = station()
    assert s.cp.on_faulted(1, 1)
    s.pump()
    assert tiers(s) == ("Available", "Available", "Available")
    assert s.cp.on_faulted(1, 2)
    s.pump()
    assert tiers(s) == ("Available", "Faulted", "Available")


def test_G01_a_station_with_nothing_but_faults():
    s = station()
    for evse_id, connector_id in ALL:
        assert s.cp.on_faulted(evse_id, connector_id)
    s.pump()
    assert tiers(s) == ("Faulted", "Faulted", "Faulted")
    s.cp.on_fault_cleared(2, 1)
    s.cp.on_fault_cleared(2, 2)
    out(s, 2)
    assert tiers(s) == ("Faulted", "Faulted", "Unavailable")
    out(s)
    assert tiers(s)[0] == "Unavailable"


def test_G01_tiers_out_of_service():
    s = station()
    out(s, 1)
    assert tiers(s) == ("Available", "Unavailable", "Available")
    s.cp.on_faulted(1, 1)
    s.pump()
    assert tiers(s) == ("Available", "Faulted", "Available")
    s.cp.on_fault_cleared(1, 1)
    out(s, 2)
    assert tiers(s) == ("Unavailable", "Unavailable", "Unavailable")
    back(s, 1)
    back(s, 2)
    assert tiers(s) == ("Available", "Available", "Available")


def test_G01_tiers_reserved():
    s = station()
    s.cp.on_reserved(1, 1)
    s.pump()
    assert tiers(s) == ("Available", "Reserved", "Available")
    s.plug(2)
    assert tiers(s) == ("Reserved", "Reserved", "Occupied")
    s.plug(1, 2)
    assert tiers(s) == ("Occupied", "Occupied", "Occupied")


def test_G01_problem_on_three_tiers():
    s = station()

    def problems():
        flag = s.cp.variables.flag
        return (
            flag("ChargingStation.Problem"),
            flag("EVSE.Problem", 1),
            flag("Connector.Problem", 1, 1),
            flag("Connector.Problem", 1, 2),
            flag("EVSE.Problem", 2),
        )

    s.plug(1, 1)
    assert s.cp.on_faulted(1, 2)
    assert problems() == (True, True, False, True, False)
    assert s.cp.on_faulted(2, 2)
    assert problems() == (True, True, False, True, True)
    assert s.cp.on_fault_cleared(1, 2)
    assert problems() == (True, False, False, False, True)
    assert s.cp.on_fault_cleared(2, 2)
    assert problems() == (False, False, False, False, False)


# --- faults and energy ---


def test_G01_a_fault_withdraws_power_at_once():
    s = station()
    s.charge()
    s.integrator.calls.clear()
    assert s.cp.on_faulted(1, 1)  # not only at the next wakeup
    assert s.integrator.calls == [("power_allowed", 1, False)]
    assert not s.cp.may_charge(1)
    s.pump()
    assert s.integrator.named("power_allowed") == [("power_allowed", 1, False)]


def test_G01_a_fault_does_not_end_the_transaction():
    s = station()
    s.charge()
    running = s.cp.get_evse_transaction_id(1)
    s.forget()
    assert s.cp.on_faulted(1, 1)
    s.charging(1, "SuspendedEVSE")
    s.run(30)
    assert s.cp.get_evse_transaction_id(1) == running
    assert s.events() == [("Updated", "ChargingStateChanged", "SuspendedEVSE")]
    assert s.statuses() == [(1, 1, "Faulted")]


def test_G01_power_comes_back_with_the_fault_cleared():
    s = station()
    s.charge()
    s.cp.on_faulted(1, 1)
    s.pump()
    s.integrator.calls.clear()
    assert s.cp.on_fault_cleared(1, 1)
    s.pump()
    assert s.integrator.named("power_allowed") == [("power_allowed", 1, True)]
    assert shown(s) == "Occupied"


def test_G01_a_fault_of_the_other_connector_is_no_reason_to_stop():
    s = station()
    s.charge()
    assert s.cp.on_faulted(1, 2)
    assert s.cp.on_faulted(2, 1)
    s.pump()
    assert s.cp.may_charge(1)


def test_G01_nobody_starts_at_a_faulted_connector():
    s = station()
    s.cp.on_faulted(1, 1)
    s.plug(1, 1)
    s.tap(CARD, 1)
    assert not s.cp.may_charge(1)
    assert s.integrator.named("power_allowed") == []


# --- G02: heartbeat ---


def test_G02_heartbeat_after_silence():  # G02.FR.05
    s = station()
    s.run(299)
    assert s.messages("Heartbeat") == []
    s.run(1)
    assert s.sent == [("Heartbeat", {})]
    s.run(600)
    assert len(s.messages("Heartbeat")) == 3


def test_G02_other_messages_put_it_off():
    s = station()
    s.run(200)
    s.plug(1)
    s.run(299)
    assert s.messages("Heartbeat") == []
    s.run(1)
    assert len(s.messages("Heartbeat")) == 1


def test_G02_once_a_day_whatever_else_is_said():  # G02.FR.07
    s = station(settings=[("SampledDataCtrlr.TxUpdatedInterval", 120)])
    s.charge()
    for seconds in (43200, 43189):
        s.forget()  # a day of samples fills MicroPython's heap
        s.run(seconds)
        assert s.messages("Heartbeat") == []
    s.run(20)
    assert len(s.messages("Heartbeat")) == 1


def test_G02_the_answer_sets_the_clock():  # G02.FR.06
    s = station()
    s.answers["Heartbeat"] = {"currentTime": "2026-11-23T00:05:15Z"}
    s.run(300)
    assert s.cp.clock.utc(s.now) == WALL + 315
    assert s.messages("SecurityEventNotification") == []


def test_G02_a_step_of_the_clock_is_a_security_event():
    s = station()
    s.answers["Heartbeat"] = {"currentTime": "2026-11-23T12:00:00Z"}
    s.run(300)
    assert s.last("SecurityEventNotification")["type"] == "SettingSystemTime"


def test_G02_no_time_in_the_answer_is_no_answer():
    s = station()
    for answer in ({"currentTime": "noon"}, {}, ("InternalError",)):
        s.answers["Heartbeat"] = answer
        s.run(300)
        assert s.cp.clock.utc(s.now) == WALL + s.now
    assert len(s.messages("Heartbeat")) == 3


def test_G02_no_answer_is_no_reason_for_more_heartbeats():
    s = station()
    s.answers["Heartbeat"] = SILENCE
    s.run(590)
    assert len(s.messages("Heartbeat")) == 1


def test_G02_none_while_offline():
    s = station()
    s.disconnect()
    s.run(5000)
    assert s.sent == []
    s.connect()
    s.run(300)
    assert 1 <= len(s.messages("Heartbeat")) <= 2


def test_G02_none_before_accepted():
    s = CoreStation(boot="Pending")
    s.run(2000)
    assert s.messages("Heartbeat") == []


# --- G03: an EVSE, a connector ---


def test_G03_evse_out_of_service_and_back():  # TC_G_03, TC_G_04
    s = station()
    assert out(s, 1) == "Accepted"
    assert told(s) == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]
    assert back(s, 1) == "Accepted"
    assert told(s) == [(1, 1, "Available"), (1, 2, "Available")]


def test_G03_connector_out_of_service_and_back():  # TC_G_07, TC_G_08
    s = station()
    assert out(s, 2, 2) == "Accepted"
    assert told(s) == [(2, 2, "Unavailable")]
    assert back(s, 2, 2) == "Accepted"
    assert told(s) == [(2, 2, "Available")]


def test_G03_evse_already_so():  # TC_G_09, TC_G_10
    s = station()
    assert back(s, 1) == "Accepted"
    assert told(s) == []
    out(s, 1)
    told(s)
    assert out(s, 1) == "Accepted"
    assert told(s) == []


def test_G03_connector_already_so():  # TC_G_15, TC_G_16
    s = station()
    assert back(s, 1, 1) == "Accepted"
    assert told(s) == []
    out(s, 1, 1)
    told(s)
    assert out(s, 1, 1) == "Accepted"
    assert told(s) == []


def test_G03_the_answer_leaves_before_the_status():
    s = station()
    out(s, 1)
    assert s.cp.outbox.answers_pending() is False
    order = []
    s.answers["StatusNotification"] = lambda _: order.append(len(s._replies)) or {}
    before = len(s._replies)
    back(s, 1)
    assert order == [before + 1] * 2


def test_G03_evse_with_a_transaction():  # TC_G_11, G03.FR.05
    s = station()
    s.charge(token=CARD)
    s.forget()
    assert out(s, 1) == "Scheduled"
    s.run(30)
    assert told(s) == []
    assert s.cp.may_charge(1)
    s.tap(CARD, 1)
    s.charging(1, "EVConnected")
    s.run(1)
    assert told(s) == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]
    s.unplug(1)
    assert told(s) == []


def test_G03_unplugging_goes_straight_to_unavailable():  # TC_G_11, TC_G_17, G01.FR.05
    for where in ((1,), (1, 1), ()):
        s = station()
        s.charge()
        s.forget()
        assert out(s, *where) == "Scheduled"
        told(s)  # what stands idle may change already
        s.unplug(1)
        s.run(1)
        assert [one[2] for one in told(s) if one[:2] == (1, 1)] == ["Unavailable"], where
        assert s.events() == [] and shown(s) == "Unavailable"


def test_G03_ended_is_told_when_an_unplug_takes_the_evse_out():
    s = station()
    s.charge()
    out(s, 1)
    s.forget()
    s.unplug(1)
    s.run(1)
    assert s.events() == [("Ended", "EVCommunicationLost", "Idle")]


def test_G03_connector_with_a_transaction():  # TC_G_17
    s = station()
    s.charge(token=CARD)
    s.forget()
    assert out(s, 1, 1) == "Scheduled"
    s.charging(1, "EVConnected")
    s.tap(CARD, 1)
    s.run(1)
    assert told(s) == [(1, 1, "Unavailable")]


def test_G03_a_scheduled_change_can_be_called_back():
    s = station()
    s.charge()
    assert out(s, 1) == "Scheduled"
    assert out(s, 1) == "Scheduled"
    assert back(s, 1) == "Accepted"
    s.forget()
    s.unplug(1)
    s.run(5)
    assert told(s) == [(1, 1, "Available")]


def test_G03_a_transaction_elsewhere_is_no_obstacle():
    s = station()
    s.charge(2)
    s.forget()
    assert out(s, 1) == "Accepted"
    assert told(s) == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]
    assert s.cp.may_charge(2)


def test_G03_back_in_service_during_a_transaction_is_accepted():
    s = station()
    s.charge()
    assert back(s, 1) == "Accepted"
    assert s.cp.may_charge(1)


def test_G03_unknown_evse_or_connector():
    s = station()
    for where in ((0,), (3,), (-1,), (1, 0), (1, 3), (3, 1), (0, 1)):
        assert out(s, *where) == "Rejected", where
    assert told(s) == []


def test_G03_faulted_stays_faulted():  # G03.FR.06
    s = station()
    s.cp.on_faulted(1, 1)
    s.pump()
    told(s)
    out(s, 1)
    assert told(s) == [(1, 2, "Unavailable")]
    s.cp.on_fault_cleared(1, 1)
    s.pump()
    assert told(s) == [(1, 1, "Unavailable")]
    back(s, 1)
    assert told(s) == [(1, 1, "Available"), (1, 2, "Available")]


def test_G03_the_status_of_the_moment_comes_back():  # G03.FR.07
    s = station()
    s.plug(1)
    s.cp.on_reserved(1, 2)
    s.pump()
    out(s, 1)
    told(s)
    back(s, 1)
    assert told(s) == [(1, 1, "Occupied"), (1, 2, "Reserved")]


def test_G03_a_reserved_connector_goes_straight_to_unavailable():
    s = station()
    s.cp.on_reserved(1, 1)
    s.pump()
    told(s)
    out(s, 1, 1)
    assert told(s) == [(1, 1, "Unavailable")]


def test_G03_levels_are_independent():
    s = station()
    out(s, 1, 1)
    out(s, 1)
    told(s)
    back(s, 1)
    assert told(s) == [(1, 2, "Available")]
    assert shown(s) == "Unavailable"


def test_G03_nobody_starts_out_of_service():
    s = station()
    out(s, 1)
    s.plug(1)
    s.tap(CARD, 1)
    assert s.cp.get_evse_transaction_id(1) is None
    assert not s.cp.may_charge(1)
    start = {
        "evseId": 1, "remoteStartId": 1, "idToken": {"idToken": CARD, "type": "ISO14443"},
    }  # fmt: skip
    assert s.call("RequestStartTransaction", start) == {"status": "Rejected"}


def test_G03_evse_survives_a_restart():  # TC_G_18, G03.FR.08
    s = station()
    out(s, 1)
    told(s)
    s.restart()
    assert told(s) == [
        (1, 1, "Unavailable"), (1, 2, "Unavailable"), (2, 1, "Available"), (2, 2, "Available"),
    ]  # fmt: skip
    assert s.cp.variables.flag("EVSE.Enabled", 1) is False
    back(s, 1)
    told(s)
    s.restart()
    assert told(s) == everywhere("Available")
    assert s.cp.variables.flag("EVSE.Enabled", 1) is True


def test_G03_connector_survives_a_restart():  # TC_G_19
    s = station()
    out(s, 1, 2)
    assert s.cp.variables.flag("Connector.Enabled", 1, 2) is False
    told(s)
    s.restart()
    assert (1, 2, "Unavailable") in told(s)
    assert s.cp.variables.flag("Connector.Enabled", 1, 2) is False
    assert s.cp.variables.flag("Connector.Enabled", 1, 1) is True


def test_G03_a_scheduled_change_that_took_effect_survives_a_restart():
    s = station()
    s.charge()
    out(s, 1)
    s.unplug(1)
    s.run(10)
    told(s)
    s.restart()
    assert told(s)[:2] == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]


def test_G03_a_reset_carries_the_scheduled_change_out():
    s = station()
    s.charge()
    out(s, 1)
    s.call("Reset", {"type": "Immediate"})
    s.charging(1, "EVConnected")
    s.run(15)
    assert s.integrator.named("reset")
    told(s)
    s.restart()
    assert told(s)[:2] == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]


def test_G03_the_hardware_hears_of_it():
    s = CoreStation(online=False)
    heard = []
    name = "connector_effective_operative_status_changed"
    setattr(s.integrator, name, lambda *what: heard.append(what))
    s.pump()
    assert heard == [(evse, connector, "Operative") for evse, connector in ALL]
    s.connect()
    heard.clear()
    out(s, 1, 1)
    assert heard == [(1, 1, "Inoperative")]
    out(s, 1)
    assert heard[1:] == [(1, 2, "Inoperative")]
    out(s)
    assert heard[2:] == [(2, 1, "Inoperative"), (2, 2, "Inoperative")]
    heard.clear()
    back(s, 1, 1)
    back(s, 1)
    s.cp.on_faulted(1, 1)
    s.pump()
    assert heard == []
    back(s)
    assert heard == [(evse, connector, "Operative") for evse, connector in ALL]


class Flash(RamFiles):
    full = False

    def write(self, name, data):
        if self.full:
            raise OSError(28)
        super().write(name, data)


def test_G03_a_full_flash_does_not_keep_anything_in_service():
    flash = Flash()
    s = station(files=flash)
    s.charge()
    assert out(s, 1) == "Scheduled"
    flash.full = True
    s.unplug(1)
    s.run(30)
    assert shown(s) == "Unavailable"
    assert [level for level, text in s.log if text.startswith("availability")] == ["error"]


# --- G04: the whole station ---


def test_G04_station_out_of_service_and_back():  # TC_G_05, TC_G_06
    s = station()
    assert out(s) == "Accepted"
    assert told(s) == everywhere("Unavailable")
    assert tiers(s) == ("Unavailable", "Unavailable", "Unavailable")
    assert back(s) == "Accepted"
    assert told(s) == everywhere("Available")


def test_G04_station_already_so():  # TC_G_12, TC_G_13
    s = station()
    assert back(s) == "Accepted"
    assert told(s) == []
    out(s)
    told(s)
    assert out(s) == "Accepted"
    assert told(s) == []


def test_G04_station_with_a_transaction():  # TC_G_14, G04.FR.06
    s = station()
    s.charge(token=CARD)
    s.forget()
    assert out(s) == "Scheduled"
    assert s.cp.may_charge(1)
    assert shown(s) == "Occupied"
    s.charging(1, "EVConnected")
    s.tap(CARD, 1)
    s.run(1)
    assert sorted(s.statuses()) == everywhere("Unavailable")
    assert tiers(s)[0] == "Unavailable"


def test_G04_station_with_two_transactions_waits_for_both():
    s = station()
    s.charge(1)
    s.charge(2, "04FFFFFF")
    s.forget()
    assert out(s) == "Scheduled"
    s.unplug(1)
    s.run(60)
    assert s.cp.may_charge(2)
    assert shown(s, 2) == "Occupied"
    s.unplug(2)
    s.run(1)
    assert [shown(s, *where) for where in ALL] == ["Unavailable"] * 4


def test_G04_a_transaction_without_evse_counts():
    s = station(settings=[("TxCtrlr.TxStartPoint", "Authorized")])
    s.tap(CARD)
    assert s.events() == [("Started", "Authorized", "Idle")]
    assert out(s) == "Scheduled"
    s.run(130)
    assert s.events()[-1][0] == "Ended"
    assert [shown(s, *where) for where in ALL] == ["Unavailable"] * 4


def test_G04_a_scheduled_change_can_be_called_back():
    s = station()
    s.charge()
    out(s)
    assert back(s) == "Accepted"
    s.unplug(1)
    s.run(5)
    assert [shown(s, *where) for where in ALL] == ["Available"] * 4


def test_G04_faulted_stays_faulted():  # G04.FR.07
    s = station()
    s.cp.on_faulted(2, 1)
    s.pump()
    out(s)
    assert [shown(s, *where) for where in ALL] == [
        "Unavailable", "Unavailable", "Faulted", "Unavailable",
    ]  # fmt: skip


def test_G04_what_was_out_before_stays_out():
    s = station()
    out(s, 1)
    out(s, 2, 2)
    out(s)
    back(s)
    assert [shown(s, *where) for where in ALL] == [
        "Unavailable", "Unavailable", "Available", "Unavailable",
    ]  # fmt: skip


def test_G04_station_survives_a_restart():  # TC_G_21, G04.FR.08
    s = station()
    out(s)
    told(s)
    s.restart()
    assert told(s) == everywhere("Unavailable")
    back(s)
    told(s)
    s.restart()
    assert told(s) == everywhere("Available")


def test_G04_the_station_does_it_itself_too():
    s = station()
    assert s.cp.change_availability(False) == "Accepted"
    s.pump()
    assert told(s) == everywhere("Unavailable")
    assert s.cp.change_availability(True) == "Accepted"
    assert s.cp.change_availability(False, {"id": 1, "connectorId": 2}) == "Accepted"
    s.pump()
    assert shown(s, 1, 2) == "Unavailable"
    assert s.cp.change_availability(False, {"id": 9}) == "Rejected"


def test_G04_requests_against_the_schema():
    s = station()
    for payload, code in (
        ({}, "ProtocolError"),
        ({"operationalStatus": "Maybe"}, "PropertyConstraintViolation"),
        ({"operationalStatus": "Operative", "evse": {}}, "ProtocolError"),
        ({"operationalStatus": "Operative", "evse": {"id": "1"}}, "TypeConstraintViolation"),
        ({"operationalStatus": "Operative", "evse": {"id": True}}, "TypeConstraintViolation"),
    ):
        assert s.call("ChangeAvailability", payload) == code, payload
