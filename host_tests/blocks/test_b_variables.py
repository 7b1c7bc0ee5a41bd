# runs on: cpython, micropython
"""B. Provisioning: what the CSMS, the integrator and the station itself read and write."""

from host_tests.core_station import CoreStation
from ocpp201.store import RamFiles


def actions(s):
    return [action for action, _ in s.sent]


def item(component, variable, value=None, attribute=None, **more):
    """One item of GetVariables or SetVariables. `component`, `variable`: name or name#instance."""
    one = {"component": named(component), "variable": named(variable)}
    for key in ("evse", "customData"):
        if key in more:
            one["component"][key] = more[key]
    if value is not None:
        one["attributeValue"] = value
    if attribute:
        one["attributeType"] = attribute
    return one


def named(text):
    name, _, instance = text.partition("#")
    return {"name": name, "instance": instance} if instance else {"name": name}


def set_items(s, items):
    return s.call("SetVariables", {"setVariableData": items})["setVariableResult"]


def get_items(s, items):
    return s.call("GetVariables", {"getVariableData": items})["getVariableResult"]


def set_one(s, *what, **more):
    return set_items(s, [item(*what, **more)])[0]


def get_one(s, *what, **more):
    return get_items(s, [item(*what, **more)])[0]


def outcome(result):
    """(status, reason code or None)"""
    info = result.get("attributeStatusInfo")
    return result["attributeStatus"], info and info["reasonCode"]


# --- B05: SetVariables ---


def test_B05_one_value_is_written_and_read_back():  # TC_B_09
    s = CoreStation()
    assert set_one(s, "OCPPCommCtrlr", "OfflineThreshold", "123") == {
        "attributeType": "Actual",
        "attributeStatus": "Accepted",
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "OfflineThreshold"},
    }
    assert get_one(s, "OCPPCommCtrlr", "OfflineThreshold")["attributeValue"] == "123"


def test_B05_several_values_each_for_itself_in_order():  # TC_B_10, B05.FR.01
    s = CoreStation()
    results = set_items(s, [
        item("TxCtrlr", "EVConnectionTimeOut", "45"),
        item("TxCtrlr", "EVConnectionTimeOut", "never"),
        item("Nobody", "Nothing", "1"),
        item("TxCtrlr", "StopTxOnInvalidId", "false"),
    ])  # fmt: skip
    assert [one["attributeStatus"] for one in results] == [
        "Accepted", "Rejected", "UnknownComponent", "Accepted",
    ]  # fmt: skip
    assert [one["variable"]["name"] for one in results] == [
        "EVConnectionTimeOut", "EVConnectionTimeOut", "Nothing", "StopTxOnInvalidId",
    ]  # fmt: skip
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 45
    assert s.cp.variables.flag("TxCtrlr.StopTxOnInvalidId") is False


def test_B05_the_same_variable_twice_the_last_wins():
    s = CoreStation()
    results = set_items(s, [
        item("TxCtrlr", "EVConnectionTimeOut", "45"), item("TxCtrlr", "EVConnectionTimeOut", "46"),
    ])  # fmt: skip
    assert [outcome(one) for one in results] == [("Accepted", None)] * 2
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 46


def test_B05_every_status():
    s = CoreStation()
    for status, reason, what, more in (
        ("Accepted", None, ("TxCtrlr", "EVConnectionTimeOut", "45", "Actual"), {}),
        ("RebootRequired", None, ("OCPPCommCtrlr", "NetworkConfigurationPriority", "1"), {}),
        ("UnknownComponent", None, ("Nobody", "EVConnectionTimeOut", "45"), {}),  # TC_B_35
        ("UnknownComponent", None, ("txctrlr", "EVConnectionTimeOut", "45"), {}),
        ("UnknownComponent", None, ("TxCtrlr#1", "EVConnectionTimeOut", "45"), {}),
        ("UnknownComponent", None, ("TxCtrlr", "EVConnectionTimeOut", "45"), {"evse": {"id": 1}}),
        ("UnknownComponent", None, ("EVSE", "Available", "true"), {}),
        ("UnknownComponent", None, ("EVSE", "Available", "true"), {"evse": {"id": 3}}),
        ("UnknownVariable", None, ("TxCtrlr", "Nothing", "45"), {}),  # TC_B_36
        ("UnknownVariable", None, ("OCPPCommCtrlr", "MessageAttempts", "3"), {}),
        ("UnknownVariable", None, ("OCPPCommCtrlr", "MessageAttempts#Boot", "3"), {}),
        ("NotSupportedAttributeType", None,
         ("TxCtrlr", "EVConnectionTimeOut", "45", "Target"), {}),  # TC_B_37
        ("NotSupportedAttributeType", None,
         ("TxCtrlr", "EVConnectionTimeOut", "45", "MaxSet"), {}),
        ("Rejected", "ReadOnly", ("TxCtrlr", "Enabled", "false"), {}),  # TC_B_39
        ("Rejected", "ReadOnly", ("EVSE", "Available", "true"), {"evse": {"id": 2}}),
    ):  # fmt: skip
        result = set_one(s, *what, **more)
        assert outcome(result) == (status, reason), what
        assert result["attributeType"] == (what[3] if len(what) > 3 else "Actual")
        assert result["component"] == item(*what, **more)["component"]


def test_B05_badly_formed_values_are_rejected():  # TC_B_11
    s = CoreStation()
    for component, variable, bad, reason in (
        ("TxCtrlr", "EVConnectionTimeOut", ("", "x", "1.5", " 5", "+5", "5 ", "0x5", "1e2", "1_0"),
         "InvalidValue"),
        ("TxCtrlr", "EVConnectionTimeOut", ("-1", "3601"), "ValueOutOfRange"),
        ("OCPPCommCtrlr", "HeartbeatInterval", ("0", "86401"), "ValueOutOfRange"),
        ("TxCtrlr", "StopTxOnInvalidId", ("", "True", "1", "yes"), "InvalidValue"),
        ("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", ("", "Sometimes"), "InvalidValue"),
        ("TxCtrlr", "TxStartPoint", ("Door", "Authorized,Authorized", "Authorized,", "authorized"),
         "InvalidValue"),
        ("TxCtrlr", "TxStartPoint", ("",), "ValueOutOfRange"),
        ("TxCtrlr", "TxStopPoint", ("DataSigned",), "InvalidValue"),
        ("SampledDataCtrlr", "TxUpdatedMeasurands", ("Warmth",), "InvalidValue"),
        ("OCPPCommCtrlr", "NetworkConfigurationPriority", ("9",), "InvalidValue"),
        ("ClockCtrlr", "TimeSource", ("Sundial",), "InvalidValue"),
        ("ClockCtrlr", "TimeOffset", ("01:000", "+25:00", "abcdef"), "InvalidValue"),
        ("SecurityCtrlr", "BasicAuthPassword", ("fifteen-symbols", "x" * 65), "ValueOutOfRange"),
    ):  # fmt: skip
        for value in bad:
            result = set_one(s, component, variable, value)
            assert outcome(result) == ("Rejected", reason), (variable, value, outcome(result))


def test_B05_good_values_of_each_type():
    s = CoreStation()
    for component, variable, value, read in (
        ("TxCtrlr", "EVConnectionTimeOut", "0", "0"),
        ("SampledDataCtrlr", "TxUpdatedInterval", "0", "0"),
        ("AlignedDataCtrlr", "Interval", "0", "0"),
        ("TxCtrlr", "StopTxOnInvalidId", "false", "false"),
        ("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "Never", "Never"),
        ("TxCtrlr", "TxStartPoint", "EVConnected, Authorized", "EVConnected,Authorized"),
        ("SampledDataCtrlr", "TxUpdatedMeasurands", "", ""),
        ("ClockCtrlr", "TimeOffset", "-05:30", "-05:30"),
        ("SecurityCtrlr", "OrganizationName", "Zürich Strom", "Zürich Strom"),
    ):
        assert outcome(set_one(s, component, variable, value)) == ("Accepted", None), variable
        assert get_one(s, component, variable)["attributeValue"] == read


def test_B05_a_value_over_ConfigurationValueSize_is_rejected():
    s = CoreStation()
    result = set_one(s, "SecurityCtrlr", "OrganizationName", "x" * 501)
    assert outcome(result) == ("Rejected", "TooLargeElement")


def test_B05_custom_data_does_no_harm_and_does_not_come_back():
    s = CoreStation()
    custom = {"vendorId": "com.example", "more": [1, {"a": None}]}
    evse = {"id": 1, "customData": custom}
    one = item("EVSE", "Available", evse=evse, customData=custom)
    one["customData"] = custom
    one["variable"]["customData"] = custom
    assert get_items(s, [one]) == [{
        "attributeType": "Actual",
        "attributeStatus": "Accepted",
        "attributeValue": "true",
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Available"},
    }]  # fmt: skip


def test_B05_what_was_set_survives_a_restart():
    s = CoreStation()
    set_items(s, [
        item("TxCtrlr", "EVConnectionTimeOut", "45"),
        item("TxCtrlr", "TxStartPoint", "EVConnected"),
        item("OCPPCommCtrlr", "MessageAttempts#TransactionEvent", "7"),
        item("SecurityCtrlr", "BasicAuthPassword", "correct-horse-battery"),
    ])  # fmt: skip
    s.restart()
    assert get_one(s, "TxCtrlr", "EVConnectionTimeOut")["attributeValue"] == "45"
    assert s.cp.variables.members("TxCtrlr.TxStartPoint") == ("EVConnected",)
    assert s.cp.variables.number("OCPPCommCtrlr.MessageAttempts#TransactionEvent") == 7
    assert s.cp.variables.text("SecurityCtrlr.BasicAuthPassword") == "correct-horse-battery"


class Flash(RamFiles):
    """Counts its writes, and can be full."""

    def __init__(self):
        super().__init__()
        self.full = False
        self.written = []

    def write(self, name, data):
        if self.full:
            raise OSError(28)
        self.written.append(name)
        super().write(name, data)


def test_B05_all_items_of_a_request_are_one_write():
    flash = Flash()
    s = CoreStation(files=flash)
    flash.written.clear()
    set_items(s, [
        item("TxCtrlr", "EVConnectionTimeOut", "45"),
        item("TxCtrlr", "StopTxOnInvalidId", "false"),
        item("OCPPCommCtrlr", "OfflineThreshold", "9"),
    ])  # fmt: skip
    assert [name.split(".")[0] for name in flash.written] == ["variables"]
    assert set_one(s, "TxCtrlr", "Enabled", "false")["attributeStatus"] == "Rejected"
    assert len(flash.written) == 1


def test_B05_what_cannot_be_stored_is_rejected_and_not_in_effect():
    flash = Flash()
    s = CoreStation(files=flash)
    set_one(s, "TxCtrlr", "EVConnectionTimeOut", "45")
    told = []
    s.integrator.variable_changed = lambda *what: told.append(what)
    flash.full = True
    results = set_items(s, [
        item("TxCtrlr", "EVConnectionTimeOut", "46"),
        item("Nobody", "Nothing", "1"),
        item("OCPPCommCtrlr", "NetworkConfigurationPriority", "1"),
    ])  # fmt: skip
    assert outcome(results[0]) == ("Rejected", "InternalError")
    assert outcome(results[1]) == ("UnknownComponent", None)
    assert results[2]["attributeStatus"] != "Accepted"
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 45
    assert told == []


def test_B05_too_many_items():
    s = CoreStation()
    one = item("TxCtrlr", "EVConnectionTimeOut", "45")
    assert len(set_items(s, [one] * 24)) == 24
    one = item("TxCtrlr", "EVConnectionTimeOut", "46")
    refused = s.call("SetVariables", {"setVariableData": [one] * 25})
    assert refused == "OccurrenceConstraintViolation"
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 45


def test_B05_too_many_bytes():
    s = CoreStation()
    items = [item("SecurityCtrlr", "OrganizationName", "x" * 1000)] * 8
    items.append(item("TxCtrlr", "EVConnectionTimeOut", "45"))
    assert s.call("SetVariables", {"setVariableData": items}) == "FormatViolation"
    assert s.cp.variables.number("TxCtrlr.EVConnectionTimeOut") == 120


def test_B05_requests_against_the_schema():
    s = CoreStation()
    for payload, code in (
        ({}, "ProtocolError"),
        ({"setVariableData": []}, "OccurrenceConstraintViolation"),
        ({"setVariableData": {}}, "TypeConstraintViolation"),
        ({"setVariableData": [item("A", "B")]}, "ProtocolError"),
        ({"setVariableData": [item("A", "B", "x", "Biggest")]}, "PropertyConstraintViolation"),
        ({"setVariableData": [dict(item("A", "B", "x"), attributeValue=5)]},
         "TypeConstraintViolation"),
        ({"setVariableData": [item("A" * 51, "B", "x")]}, "PropertyConstraintViolation"),
        ({"setVariableData": [item("A", "B", "x")], "more": 1}, "PropertyConstraintViolation"),
    ):  # fmt: skip
        assert s.call("SetVariables", payload) == code, payload


def test_B05_the_integrator_hears_what_was_set():
    s = CoreStation()
    told = []
    s.integrator.variable_changed = lambda *what: told.append(what)
    set_items(s, [
        item("TxCtrlr", "EVConnectionTimeOut", "45"),
        item("TxCtrlr", "EVConnectionTimeOut", "none"),
        item("SecurityCtrlr", "BasicAuthPassword", "correct-horse-battery"),
    ])  # fmt: skip
    assert told == [
        ({"name": "TxCtrlr"}, {"name": "EVConnectionTimeOut"}, "Actual", "45"),
        ({"name": "SecurityCtrlr"}, {"name": "BasicAuthPassword"}, "Actual", ""),  # A01.FR.12
    ]


def test_B05_heartbeat_interval_takes_effect_at_once():
    s = CoreStation()
    s.run(50)
    set_one(s, "OCPPCommCtrlr", "HeartbeatInterval", "60")
    s.forget()
    s.run(9)
    assert actions(s) == []
    s.run(1)
    assert actions(s) == ["Heartbeat"]
    s.run(60)
    assert actions(s) == ["Heartbeat"] * 2


def test_B05_TxUpdatedInterval_takes_effect_on_the_running_transaction():  # J02.FR.02
    s = CoreStation()
    s.charge()
    s.run(65)
    assert s.events()[-1][1] == "MeterValuePeriodic"
    s.forget()
    set_one(s, "SampledDataCtrlr", "TxUpdatedInterval", "10")
    s.run(30)
    assert [one[1] for one in s.events()] == ["MeterValuePeriodic"] * 3
    set_one(s, "SampledDataCtrlr", "TxUpdatedInterval", "0")
    s.forget()
    s.run(100)
    assert s.events() == []


def test_B05_start_point_takes_effect_on_the_next_transaction():
    s = CoreStation()
    set_one(s, "TxCtrlr", "TxStartPoint", "EVConnected")
    s.plug(2)
    assert s.events() == [("Started", "CablePluggedIn", "EVConnected")]


def test_B05_a_new_password_is_used_after_the_answer_has_left():  # A01.FR.05
    s = CoreStation()
    result = set_one(s, "SecurityCtrlr", "BasicAuthPassword", "correct-horse-battery")
    assert outcome(result) == ("Accepted", None)
    assert s.cp.wants_reconnect
    assert not any("correct-horse" in text for _, text in s.log)
    assert outcome(get_one(s, "SecurityCtrlr", "BasicAuthPassword")) == ("Rejected", "WriteOnly")


def test_B05_the_station_itself_may_set_and_read():
    s = CoreStation()
    told = []
    s.integrator.variable_changed = lambda *what: told.append(what)
    results = s.cp.set_variables([
        item("TxCtrlr", "EVConnectionTimeOut", "45"), item("TxCtrlr", "Enabled", "false"),
    ])  # fmt: skip
    assert [outcome(one) for one in results] == [("Accepted", None), ("Rejected", "ReadOnly")]
    assert told == [({"name": "TxCtrlr"}, {"name": "EVConnectionTimeOut"}, "Actual", "45")]
    assert outcome(s.cp.set_variables([item("TxCtrlr", "Enabled", "false")], True)[0]) == (
        "Accepted", None,
    )  # fmt: skip
    assert s.cp.get_variables([item("TxCtrlr", "Enabled")])[0]["attributeValue"] == "false"


# --- B06: GetVariables ---


def test_B06_one_value():  # TC_B_06
    s = CoreStation()
    assert get_items(s, [item("OCPPCommCtrlr", "OfflineThreshold")]) == [{
        "attributeType": "Actual",
        "attributeStatus": "Accepted",
        "attributeValue": "300",
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "OfflineThreshold"},
    }]  # fmt: skip


def test_B06_several_values_in_order():  # TC_B_07
    s = CoreStation()
    results = get_items(s, [
        item("TxCtrlr", "EVConnectionTimeOut"),
        item("OCPPCommCtrlr", "MessageAttempts#TransactionEvent"),
        item("Connector", "ConnectorType", evse={"id": 2, "connectorId": 1}),
        item("EVSE", "Power", attribute="MaxSet", evse={"id": 1}),
        item("TxCtrlr", "TxStopPoint"),
    ])  # fmt: skip
    assert [one["attributeValue"] for one in results] == [
        "120", "5", "sType2", "22000", "EVConnected,Authorized",
    ]  # fmt: skip
    assert results[2]["component"] == {"name": "Connector", "evse": {"id": 2, "connectorId": 1}}
    assert results[3]["attributeType"] == "MaxSet"


def test_B06_every_status():
    s = CoreStation()
    connector = {"evse": {"id": 1, "connectorId": 2}}
    for status, reason, what, more in (
        ("Accepted", None, ("TxCtrlr", "EVConnectionTimeOut", None, "Actual"), {}),
        ("Accepted", None, ("Connector", "AvailabilityState"), connector),
        ("UnknownComponent", None, ("Nobody", "EVConnectionTimeOut"), {}),  # TC_B_32
        ("UnknownComponent", None, ("TxCtrlr#1", "EVConnectionTimeOut"), {}),
        ("UnknownComponent", None, ("TxCtrlr", "EVConnectionTimeOut"), {"evse": {"id": 1}}),
        ("UnknownComponent", None, ("EVSE", "Available"), {"evse": {"id": 0}}),
        ("UnknownComponent", None, ("EVSE", "Available"), connector),
        ("UnknownComponent", None, ("Connector", "Available"), {"evse": {"id": 1}}),
        ("UnknownComponent", None, ("Connector", "Available"),
         {"evse": {"id": 1, "connectorId": 3}}),
        ("UnknownVariable", None, ("TxCtrlr", "Nothing"), {}),  # TC_B_33
        ("UnknownVariable", None, ("OCPPCommCtrlr", "MessageTimeout"), {}),  # B06.FR.15
        ("UnknownVariable", None, ("TxCtrlr", "EVConnectionTimeOut#1"), {}),
        ("NotSupportedAttributeType", None,
         ("TxCtrlr", "EVConnectionTimeOut", None, "Target"), {}),  # TC_B_34, B06.FR.08
        ("NotSupportedAttributeType", None, ("EVSE", "Power", None, "MinSet"),
         {"evse": {"id": 1}}),
        ("Rejected", "WriteOnly", ("SecurityCtrlr", "BasicAuthPassword"), {}),  # B06.FR.09
    ):  # fmt: skip
        result = get_one(s, *what, **more)
        assert outcome(result) == (status, reason), what
        assert ("attributeValue" in result) == (status == "Accepted")
        assert result["component"] == item(*what, **more)["component"]
        assert result["variable"] == item(*what, **more)["variable"]


def test_B06_an_unset_value_is_an_empty_text():  # B06.FR.13
    s = CoreStation()
    result = get_one(s, "SecurityCtrlr", "OrganizationName")
    assert (result["attributeStatus"], result["attributeValue"]) == ("Accepted", "")


def test_B06_the_clock_is_read_live():
    s = CoreStation()
    s.run(50)
    assert get_one(s, "ClockCtrlr", "DateTime")["attributeValue"] == "2026-11-23T00:01:00Z"


def test_B06_too_many_items():  # B06.FR.16
    s = CoreStation()
    one = item("TxCtrlr", "EVConnectionTimeOut")
    assert len(get_items(s, [one] * 32)) == 32
    refused = s.call("GetVariables", {"getVariableData": [one] * 33})
    assert refused == "OccurrenceConstraintViolation"


def test_B06_too_many_bytes():  # B06.FR.17
    s = CoreStation()
    long = "x" * 50 + "#" + "x" * 50
    refused = s.call("GetVariables", {"getVariableData": [item(long, long)] * 32})
    assert refused == "FormatViolation"


def test_B06_exactly_as_many_bytes_as_allowed():
    s = CoreStation()
    head = '[2,"edge","GetVariables",'
    payload = '{"getVariableData":[{"component":{"name":"A"},"variable":{"name":"B"}}]%s}'
    for size, kind in ((8000, 3), (8001, 4)):
        text = payload % (" " * (size - len(payload) + 2))
        assert len(text) == size
        s.raw(head.replace("edge", "edge%d" % size) + text + "]")
        s.pump()
        assert s._replies["edge%d" % size][0] == kind
