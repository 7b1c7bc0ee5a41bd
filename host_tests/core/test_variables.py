# runs on: cpython, micropython
"""The device model: what GetVariables (B06) and SetVariables (B05) see, and what the station
itself reads and writes. Lists and their limits are the block's matter; here it is one item.
"""

import ocpp201
from ocpp201.store import RamFiles, Store
from ocpp201.variables import Variables

_path = ocpp201.__path__
MODEL = (_path if isinstance(_path, str) else _path[0]) + "/device_model.dat"


class Station:
    """The model of a station with two EVSEs, the first with two connectors, and its storage."""

    def __init__(self, layout=(2, 1), files=None, absent=(), factory=()):
        self.files = CountedFiles() if files is None else files
        self.lines = []
        self.model = Variables(
            open(MODEL, "rb"), layout, Store(self.files), self.log, absent
        )
        self.model.configure(factory)

    def log(self, level, text):
        self.lines.append(level + " " + text)

    def restarted(self, layout=(2, 1), **options):
        return Station(layout, self.files, **options)

    def get(self, component, variable, attribute=None):
        return self.model.read(named(component), named(variable), attribute)

    def set(self, component, variable, value, attribute=None, internal=False):
        return self.model.write(named(component), named(variable), attribute, value, internal)


class CountedFiles(RamFiles):
    """Counts what is written, and fails when told to."""

    writes = 0
    broken = False

    def write(self, name, data):
        if self.broken:
            raise OSError(28)
        self.writes += 1
        super().write(name, data)


def named(text):
    """Name#instance@evse.connector, as the wire has it."""
    text, _, place = text.partition("@")
    name, _, instance = text.partition("#")
    thing = {"name": name}
    if instance:
        thing["instance"] = instance
    if place:
        evse, _, connector = place.partition(".")
        thing["evse"] = {"id": int(evse)}
        if connector:
            thing["evse"]["connectorId"] = int(connector)
    return thing


def datum(component, variable, value, attribute=None):
    entry = {"component": named(component), "variable": named(variable), "attributeValue": value}
    if attribute:
        entry["attributeType"] = attribute
    return entry


# ------------------------------------------------------------------------- B06 Get Variables


def test_B06_default_factory_and_changed_values():
    station = Station(factory=[datum("TxCtrlr", "EVConnectionTimeOut", "60")])
    assert station.get("OCPPCommCtrlr", "OfflineThreshold") == ("Accepted", "300")
    assert station.get("TxCtrlr", "EVConnectionTimeOut") == ("Accepted", "60")
    station.set("TxCtrlr", "EVConnectionTimeOut", "61")
    assert station.get("TxCtrlr", "EVConnectionTimeOut") == ("Accepted", "61")


def test_B06_every_data_type_reads_as_it_stands_on_the_wire():
    station = Station()
    for component, variable, value in (
        ("AuthCtrlr", "Enabled", "true"),
        ("AuthCtrlr", "DisableRemoteAuthorization", "false"),
        ("TxCtrlr", "TxStopPoint", "EVConnected,Authorized"),
        ("OCPPCommCtrlr", "NetworkConfigurationPriority", "1"),
        ("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "OncePerTransaction"),
        ("ClockCtrlr", "TimeOffset", "+00:00"),
        ("TxCtrlr", "ChargingTime", "0"),
    ):
        assert station.get(component, variable) == ("Accepted", value)


def test_B06_unknown_component_then_variable_then_attribute():
    station = Station()
    assert station.get("Nonsense", "Nonsense", "Target") == ("UnknownComponent", "")
    assert station.get("TxCtrlr", "Nonsense", "Target") == ("UnknownVariable", "")
    assert station.get("TxCtrlr", "EVConnectionTimeOut", "Target") == (
        "NotSupportedAttributeType", "",
    )  # fmt: skip
    assert station.get("TxCtrlr", "EVConnectionTimeOut", "Actual") == ("Accepted", "120")


def test_B06_unknown_component_by_tier():
    station = Station()
    for place in ("TxCtrlr@1", "EVSE", "EVSE@0", "EVSE@3", "EVSE@1.1", "EVSE@1.0"):
        assert station.get(place, "Enabled")[0] == "UnknownComponent", place
    for place in ("Connector", "Connector@1", "Connector@1.0", "Connector@1.3", "Connector@2.2"):
        assert station.get(place, "Enabled")[0] == "UnknownComponent", place
    for place in ("TxCtrlr", "EVSE@1", "EVSE@2", "Connector@1.1", "Connector@1.2"):
        assert station.get(place, "Enabled") == ("Accepted", "true"), place


def test_B06_unknown_component_by_instance():
    assert Station().get("TxCtrlr#1", "Enabled")[0] == "UnknownComponent"


def test_B06_unknown_variable_by_instance():
    station = Station()
    assert station.get("OCPPCommCtrlr", "MessageAttempts#TransactionEvent") == ("Accepted", "5")
    assert station.get("OCPPCommCtrlr", "MessageAttempts")[0] == "UnknownVariable"  # B06.FR.15
    assert station.get("OCPPCommCtrlr", "MessageAttempts#Boot")[0] == "UnknownVariable"
    assert station.get("OCPPCommCtrlr", "OfflineThreshold#x")[0] == "UnknownVariable"


def test_B06_names_are_case_sensitive():
    station = Station()
    assert station.get("txCtrlr", "Enabled")[0] == "UnknownComponent"
    assert station.get("TxCtrlr", "enabled")[0] == "UnknownVariable"


def test_B06_names_made_to_look_like_our_file_are_unknown():
    station = Station()
    for name in ("", " ", "TxCtrlr:0", " TxCtrlr", "TxCtrlr ", "[TxCtrlr]", ":", "\u00e9"):
        assert station.model.read({"name": name}, {"name": "Enabled"})[0] == "UnknownComponent"
    for name in ("", "|", "Enabled|", "Enabled|boolean", "[InternalCtrlr]", "Enabled\n", "\u00e9"):
        assert station.model.read({"name": "TxCtrlr"}, {"name": name})[0] == "UnknownVariable"
    comm = {"name": "OCPPCommCtrlr"}
    for name in ("MessageAttempts#TransactionEvent", "MessageAttempts|integer"):
        assert station.model.read(comm, {"name": name})[0] == "UnknownVariable"
    evse = {"name": "EVSE", "evse": {"id": 1}}
    assert station.model.read(evse, {"name": "Power$MaxSet"})[0] == "UnknownVariable"


def test_B06_write_only_is_rejected():
    station = Station()
    assert station.get("SecurityCtrlr", "BasicAuthPassword") == ("Rejected", "")
    station.set("SecurityCtrlr", "BasicAuthPassword", "0123456789abcdef")
    assert station.get("SecurityCtrlr", "BasicAuthPassword") == ("Rejected", "")


def test_B06_a_value_that_is_not_set_is_accepted_and_empty():
    station = Station()
    assert station.get("AuthCtrlr", "MasterPassGroupId") == ("Accepted", "")
    assert station.get("EVSE@1", "EvseId") == ("Accepted", "")
    assert station.get("AlignedDataCtrlr", "TxEndedMeasurands") == ("Accepted", "")
    assert station.get("ClockCtrlr", "DateTime") == ("Accepted", "")


def test_B06_max_set_of_power():
    station = Station(factory=[datum("EVSE@2", "Power", "11040", "MaxSet")])
    station.model.put("EVSE.Power", 7000, 2)
    assert station.get("EVSE@2", "Power", "MaxSet") == ("Accepted", "11040")
    assert station.get("EVSE@2", "Power") == ("Accepted", "7000")
    assert station.get("EVSE@1", "Power", "MaxSet") == ("Accepted", "22000")
    assert station.get("EVSE@1", "Power", "MinSet")[0] == "NotSupportedAttributeType"
    assert station.set("EVSE@1", "Power", "1", "MaxSet") == ("Rejected", "ReadOnly")


# ------------------------------------------------------------------------- B05 Set Variables


def test_B05_accepted_is_in_effect_at_once():
    station = Station()
    assert station.model.number("OCPPCommCtrlr.OfflineThreshold") == 300
    assert station.set("OCPPCommCtrlr", "OfflineThreshold", "60", "Actual") == ("Accepted", "")
    assert station.model.number("OCPPCommCtrlr.OfflineThreshold") == 60


def test_B05_unknown_component_then_variable_then_attribute_then_read_only():
    station = Station()
    assert station.set("Nonsense", "Nonsense", "x", "Target")[0] == "UnknownComponent"
    assert station.set("TxCtrlr", "Nonsense", "x", "Target")[0] == "UnknownVariable"
    assert station.set("TxCtrlr", "Enabled", "x", "Target")[0] == "NotSupportedAttributeType"
    assert station.set("TxCtrlr", "Enabled", "x") == ("Rejected", "ReadOnly")
    assert station.set("EVSE", "Enabled", "true")[0] == "UnknownComponent"


def test_B05_read_only_is_written_by_the_integrator():
    station = Station()
    assert station.set("TxCtrlr", "Enabled", "false", internal=True) == ("Accepted", "")
    assert station.get("TxCtrlr", "Enabled") == ("Accepted", "false")
    assert station.set("TxCtrlr", "Enabled", "no", internal=True) == ("Rejected", "InvalidValue")


def test_B05_reboot_required():
    station = Station()
    written = station.set("OCPPCommCtrlr", "NetworkConfigurationPriority", "2,1")
    assert written == ("RebootRequired", "")
    assert station.get("OCPPCommCtrlr", "NetworkConfigurationPriority") == ("Accepted", "2,1")


def test_B05_integer_syntax_AP_3():
    station = Station()
    for text in ("abc", " 5", "5 ", "5.0", "1e3", "+5", "", "-", "--5", "0x1", "1_0", "5,5", "5."):
        assert station.set("TxCtrlr", "EVConnectionTimeOut", text) == ("Rejected", "InvalidValue")
    for text in ("00000000005", "\u0665", "\u00b2", "true", "null", "5\n", "\u20035"):
        assert station.set("TxCtrlr", "EVConnectionTimeOut", text) == ("Rejected", "InvalidValue")
    assert station.model.number("TxCtrlr.EVConnectionTimeOut") == 120
    assert station.set("TxCtrlr", "EVConnectionTimeOut", "0000000005") == ("Accepted", "")
    assert station.get("TxCtrlr", "EVConnectionTimeOut") == ("Accepted", "5")


def test_B05_integer_range():
    station = Station()
    for text in ("-1", "86401", "9999999999"):
        refused = station.set("AlignedDataCtrlr", "Interval", text)
        assert refused == ("Rejected", "ValueOutOfRange"), text
    for text in ("0", "-0", "86400", "900"):
        assert station.set("AlignedDataCtrlr", "Interval", text) == ("Accepted", ""), text
    assert station.set("OCPPCommCtrlr", "HeartbeatInterval", "0")[1] == "ValueOutOfRange"


def test_B05_decimal():
    station = Station()
    for text in ("", ".5", "5.", "1.2.3", "1,5", "1e3", "NaN", "inf", "- 1"):
        refused = station.set("TxCtrlr", "ChargingTime", text, internal=True)
        assert refused == ("Rejected", "InvalidValue"), text
    assert station.set("TxCtrlr", "ChargingTime", "-0.5", internal=True)[1] == "ValueOutOfRange"
    assert station.set("TxCtrlr", "ChargingTime", "12.50", internal=True) == ("Accepted", "")
    assert station.get("TxCtrlr", "ChargingTime") == ("Accepted", "12.50")
    assert station.model.text("TxCtrlr.ChargingTime") == "12.50"
    assert station.model.number("TxCtrlr.ChargingTime") == -1


def test_B05_boolean():
    station = Station()
    for text in ("True", "FALSE", "1", "0", "yes", "", " true"):
        assert station.set("AuthCtrlr", "Enabled", text) == ("Rejected", "InvalidValue"), text
    assert station.set("AuthCtrlr", "Enabled", "false") == ("Accepted", "")
    assert station.model.flag("AuthCtrlr.Enabled") is False


def test_B05_option_list():
    station = Station()
    place = ("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue")
    for text in ("", "never", "Never,EveryMeterValue", "Never "):
        assert station.set(*place, text) == ("Rejected", "InvalidValue"), text
    assert station.set(*place, "Never") == ("Accepted", "")


def test_B05_member_list():
    station = Station()
    place = ("AlignedDataCtrlr", "Measurands")
    for text in ("Current", "Voltage,Voltage", "Voltage,,SoC", ",", "Voltage,", " ", "voltage"):
        assert station.set(*place, text) == ("Rejected", "InvalidValue"), text
    assert station.set(*place, "Voltage , Current.Import") == ("Accepted", "")
    assert station.get(*place) == ("Accepted", "Voltage,Current.Import")
    assert station.model.members("AlignedDataCtrlr.Measurands") == ("Voltage", "Current.Import")
    assert station.set(*place, "") == ("Accepted", "")
    assert station.model.members("AlignedDataCtrlr.Measurands") == ()


def test_B05_tx_points_AP_3():
    station = Station()
    for variable in ("TxStartPoint", "TxStopPoint"):
        assert station.set("TxCtrlr", variable, "")[0] == "Rejected"
        assert station.set("TxCtrlr", variable, "Authorized,Nonsense")[0] == "Rejected"
        assert station.set("TxCtrlr", variable, "ParkingBayOccupancy") == ("Accepted", "")
        assert station.get("TxCtrlr", variable) == ("Accepted", "ParkingBayOccupancy")
    assert station.set("TxCtrlr", "TxStartPoint", "DataSigned") == ("Accepted", "")
    assert station.set("TxCtrlr", "TxStopPoint", "DataSigned") == ("Rejected", "InvalidValue")


def test_B05_lists_that_need_a_member():
    station = Station()
    for component, variable in (
        ("ClockCtrlr", "TimeSource"),
        ("OCPPCommCtrlr", "NetworkConfigurationPriority"),
    ):
        assert station.set(component, variable, "") == ("Rejected", "ValueOutOfRange")
    for text in ("4", "1,1", "1;2", "one"):
        refused = station.set("OCPPCommCtrlr", "NetworkConfigurationPriority", text)
        assert refused == ("Rejected", "InvalidValue"), text


def test_B05_string_lengths():
    station = Station()
    assert station.set("SecurityCtrlr", "OrganizationName", "x" * 64) == ("Accepted", "")
    refused = station.set("SecurityCtrlr", "OrganizationName", "x" * 65)
    assert refused == ("Rejected", "ValueOutOfRange")
    assert station.set("SecurityCtrlr", "OrganizationName", "") == ("Accepted", "")


def test_B05_password_lengths():
    station = Station()
    for length in (0, 15, 65):
        refused = station.set("SecurityCtrlr", "BasicAuthPassword", "p" * length)
        assert refused == ("Rejected", "ValueOutOfRange"), length
    for length in (16, 40, 64):
        assert station.set("SecurityCtrlr", "BasicAuthPassword", "p" * length)[0] == "Accepted"
    assert station.model.text("SecurityCtrlr.BasicAuthPassword") == "p" * 64


def test_B05_time_offset():
    station = Station()
    for text in ("", "Z", "00:00", "+0:00", "+25:00", "+01:00 "):
        assert station.set("ClockCtrlr", "TimeOffset", text) == ("Rejected", "InvalidValue"), text
    assert station.set("ClockCtrlr", "TimeOffset", "-05:30") == ("Accepted", "")


def test_B05_too_long_for_configuration_value_size_AP_3():
    station = Station()
    for length in (501, 2501):
        refused = station.set("AuthCtrlr", "MasterPassGroupId", "x" * length)
        assert refused == ("Rejected", "TooLargeElement")
    larger = Station(factory=[datum("DeviceDataCtrlr", "ConfigurationValueSize", "1000")])
    refused = larger.set("AuthCtrlr", "MasterPassGroupId", "x" * 501)
    assert refused == ("Rejected", "ValueOutOfRange")


def test_B05_same_variable_twice_the_last_wins_AP_3():
    station = Station()
    assert station.set("TxCtrlr", "EVConnectionTimeOut", "7") == ("Accepted", "")
    assert station.set("TxCtrlr", "EVConnectionTimeOut", "8") == ("Accepted", "")
    assert station.set("TxCtrlr", "EVConnectionTimeOut", "no")[0] == "Rejected"
    station.model.commit()
    assert station.restarted().get("TxCtrlr", "EVConnectionTimeOut") == ("Accepted", "8")


# ------------------------------------------------------------------------- what survives


def test_B05_accepted_values_survive_a_restart_in_one_write():
    station = Station()
    station.set("TxCtrlr", "EVConnectionTimeOut", "7")
    station.set("TxCtrlr", "TxStartPoint", "Authorized,EVConnected")
    station.set("AuthCtrlr", "Enabled", "false")
    station.set("SecurityCtrlr", "OrganizationName", "\u00c9lectricit\u00e9")
    station.set("SecurityCtrlr", "BasicAuthPassword", "0123456789abcdef")
    assert station.model.commit() is True
    assert station.files.writes == 1
    after = station.restarted()
    assert after.model.number("TxCtrlr.EVConnectionTimeOut") == 7
    assert after.model.members("TxCtrlr.TxStartPoint") == ("Authorized", "EVConnected")
    assert after.model.flag("AuthCtrlr.Enabled") is False
    assert after.model.text("SecurityCtrlr.OrganizationName") == "\u00c9lectricit\u00e9"
    assert after.model.text("SecurityCtrlr.BasicAuthPassword") == "0123456789abcdef"
    assert after.lines == []


def test_without_commit_nothing_survives():
    station = Station()
    station.set("TxCtrlr", "EVConnectionTimeOut", "7")
    assert station.restarted().model.number("TxCtrlr.EVConnectionTimeOut") == 120


def test_unchanged_values_are_not_written_again():
    station = Station()
    assert station.model.commit() is True
    station.set("TxCtrlr", "EVConnectionTimeOut", "7")
    station.model.commit()
    station.set("TxCtrlr", "EVConnectionTimeOut", "7")
    station.set("TxCtrlr", "EVConnectionTimeOut", "-1")
    station.model.put("EVSE.Power", 11, 1)
    station.model.commit()
    assert station.files.writes == 1


def test_a_value_of_the_csms_wins_over_the_config_file():
    factory = [datum("TxCtrlr", "EVConnectionTimeOut", "60")]
    station = Station(factory=factory)
    station.set("TxCtrlr", "EVConnectionTimeOut", "60")
    station.model.commit()
    edited = [datum("TxCtrlr", "EVConnectionTimeOut", "90")]
    after = station.restarted(factory=edited)
    assert after.model.number("TxCtrlr.EVConnectionTimeOut") == 60
    assert Station(factory=edited).model.number("TxCtrlr.EVConnectionTimeOut") == 90


def test_config_values_are_not_stored():
    station = Station(factory=[datum("TxCtrlr", "EVConnectionTimeOut", "60")])
    station.set("AuthCtrlr", "Enabled", "false")
    station.model.commit()
    assert station.restarted().model.number("TxCtrlr.EVConnectionTimeOut") == 120


def test_a_storage_that_fails_takes_the_values_back():
    station = Station()
    station.set("TxCtrlr", "EVConnectionTimeOut", "7")
    station.model.commit()
    station.files.broken = True
    station.set("TxCtrlr", "EVConnectionTimeOut", "8")
    station.set("AuthCtrlr", "Enabled", "false")
    assert station.model.commit() is False
    assert station.model.number("TxCtrlr.EVConnectionTimeOut") == 7
    assert station.model.flag("AuthCtrlr.Enabled") is True
    assert len(station.lines) == 1 and station.lines[0].startswith("error")
    station.files.broken = False
    station.set("TxCtrlr", "EVConnectionTimeOut", "8")
    assert station.model.commit() is True
    assert station.restarted().model.number("TxCtrlr.EVConnectionTimeOut") == 8


def test_stored_values_that_make_no_sense_any_more_are_left_out():
    files = CountedFiles()
    stored = (
        b'[["TxCtrlr.EVConnectionTimeOut", 0, 0, "7"], ["TxCtrlr.Gone", 0, 0, "1"],'
        b' ["Gone.Enabled", 0, 0, "true"], ["TxCtrlr.TxStartPoint", 0, 0, "Gone"],'
        b' ["AuthCtrlr.Enabled", 9, 1, "false"], ["AuthCtrlr.Enabled", 1, 3, "false"]]'
    )
    Store(files).save("variables", stored)
    station = Station(files=files)
    assert station.model.number("TxCtrlr.EVConnectionTimeOut") == 7
    assert station.model.members("TxCtrlr.TxStartPoint") == ("PowerPathClosed",)
    assert station.model.flag("AuthCtrlr.Enabled") is True
    assert len(station.lines) == 5


def test_a_state_of_a_newer_version_is_left_alone():
    files = CountedFiles()
    stored = b'[["TxCtrlr.EVConnectionTimeOut", 0, 0, "7"]]'
    Store(files).save("variables", stored, 2)
    station = Station(files=files)
    assert station.model.number("TxCtrlr.EVConnectionTimeOut") == 120
    assert Store(files).load("variables") == (2, stored)


# ------------------------------------------------------------------------- the config file


def test_factory_values_may_set_what_is_read_only():
    station = Station(
        factory=[
            datum("EVSE@2", "SupplyPhases", "1"),
            datum("Connector@1.2", "ConnectorType", "cType2"),
            datum("ChargingStation", "Model", "Demo", "Actual"),
        ]
    )
    assert station.model.number("EVSE.SupplyPhases", 2) == 1
    assert station.model.number("EVSE.SupplyPhases", 1) == 3
    assert station.model.text("Connector.ConnectorType", 1, 2) == "cType2"
    assert station.model.text("Connector.ConnectorType", 1, 1) == "sType2"
    assert station.get("ChargingStation", "Model") == ("Accepted", "Demo")


def test_a_factory_value_that_cannot_be_used_is_named():
    no_value = datum("TxCtrlr", "Enabled", None)
    del no_value["attributeValue"]
    for entry, words in (
        (datum("TxCtrl", "EVConnectionTimeOut", "1"), ("TxCtrl.EVConn", "UnknownComponent")),
        (datum("TxCtrlr", "EVTimeOut", "1"), ("TxCtrlr.EVTimeOut", "UnknownVariable")),
        (datum("TxCtrlr", "Enabled", "true", "Target"), ("TxCtrlr.Enabled", "NotSupported")),
        (datum("TxCtrlr", "TxStartPoint", "Plug"), ("TxStartPoint", "Plug", "InvalidValue")),
        (datum("EVSE", "SupplyPhases", "1"), ("EVSE.SupplyPhases", "UnknownComponent")),
        (datum("TxCtrlr", "EVConnectionTimeOut", 30), ("TxCtrlr.EVConnectionTimeOut", "30")),
        (datum("AuthCtrlr", "Enabled", True), ("AuthCtrlr.Enabled", "InvalidValue")),
        (datum("AuthCtrlr", "MasterPassGroupId", ["x"]), ("AuthCtrlr.MasterPassGroupId",)),
        (no_value, ("entry 0",)),
        ({"component": "TxCtrlr", "variable": {}, "attributeValue": ""}, ("entry 0",)),
        ({}, ("entry 0",)),
        (7, ("entry 0",)),
    ):
        try:
            Station(factory=[entry])
        except ValueError as error:
            for word in words + ("variables: ",):
                assert word in str(error), str(error)
        else:
            raise AssertionError("taken: %s" % words[0])


def test_a_bad_password_is_not_repeated():
    try:
        Station(factory=[datum("SecurityCtrlr", "BasicAuthPassword", "secret")])
    except ValueError as error:
        assert "BasicAuthPassword" in str(error) and "secret" not in str(error)
    else:
        raise AssertionError("a password of 6 characters was taken")


# ------------------------------------------------------------------------- the station itself


def test_the_station_reads_typed_values():
    model = Station().model
    for _ in range(2):  # from the file, then from RAM
        assert model.number("OCPPCommCtrlr.MessageAttempts#TransactionEvent") == 5
        assert model.flag("AuthCtrlr.Enabled") is True
        assert model.text("ChargingStation.AvailabilityState") == "Available"
        assert model.members("TxCtrlr.TxStopPoint") == ("EVConnected", "Authorized")


def test_what_is_not_set_has_a_value_of_its_kind():
    model = Station(absent=("TxCtrlr.EVConnectionTimeOut", "PowerContactor")).model
    for _ in range(2):
        assert model.text("AuthCtrlr.MasterPassGroupId") == ""
        assert model.members("AlignedDataCtrlr.TxEndedMeasurands") == ()
        assert model.number("TxCtrlr.EVConnectionTimeOut") == -1
        assert model.flag("PowerContactor.Problem", 1) is False


def test_a_misspelt_key_is_our_bug():
    model = Station().model
    for call in (model.number, model.flag, model.text, model.members):
        for key in ("TxCtrlr.EvConnectionTimeOut", "TxCtrl.Enabled", "TxCtrlr", "", "."):
            try:
                call(key)
            except KeyError:
                continue
            raise AssertionError(key)
    try:
        model.put("EVSE.power", 1, 1)
    except KeyError:
        return
    raise AssertionError("put took it")


def test_put_tells_whether_it_changed_anything():
    model = Station().model
    assert model.put("EVSE.Power", 0, 1) is False
    assert model.put("EVSE.Power", 7360, 1) is True
    assert model.put("EVSE.Power", 7360, 1) is False
    assert model.put("EVSE.Power", 0, 1) is True
    assert model.put("EVSE.AvailabilityState", "Available", 1) is False
    assert model.put("EVSE.AvailabilityState", "Occupied", 1) is True
    assert model.put("EVSE.AvailabilityState", "Occupied", 1) is False
    assert model.put("Connector.Problem", True, 1, 2) is True
    assert model.put("Connector.Problem", True, 1, 2) is False
    assert model.flag("Connector.Problem", 1, 2) is True
    assert model.flag("Connector.Problem", 1, 1) is False
    assert model.flag("Connector.Problem", 2, 1) is False
    assert model.text("EVSE.AvailabilityState", 2) == "Available"


def test_put_of_text_keeps_to_the_row():
    model = Station().model
    assert model.put("ClockCtrlr.DateTime", "2026-11-23T17:31:00Z") is True
    assert model.put("TxCtrlr.TxStartPoint", "Authorized") is True
    assert model.members("TxCtrlr.TxStartPoint") == ("Authorized",)
    for key, text in (
        ("ClockCtrlr.DateTime", "now"),
        ("ChargingStation.Model", "x" * 21),
        ("ChargingStation.AvailabilityState", "Free"),
    ):
        try:
            model.put(key, text)
        except ValueError:
            continue
        raise AssertionError(key)


def test_put_in_a_persistent_row_survives_a_restart():
    station = Station(factory=[datum("SecurityCtrlr", "SecurityProfile", "1")])
    station.model.put("OCPPCommCtrlr.HeartbeatInterval", 300)
    station.model.commit()
    assert station.files.writes == 0
    station.model.put("SecurityCtrlr.SecurityProfile", 2)
    station.model.put("OCPPCommCtrlr.HeartbeatInterval", 77)
    station.model.put("EVSE.Power", 5, 1)
    station.model.commit()
    assert station.files.writes == 1
    after = station.restarted(factory=[datum("SecurityCtrlr", "SecurityProfile", "1")])
    assert after.model.number("SecurityCtrlr.SecurityProfile") == 2
    assert after.model.number("OCPPCommCtrlr.HeartbeatInterval") == 77
    assert after.model.number("EVSE.Power", 1) == 0


def test_what_is_not_wired_is_absent():
    station = Station(absent=("PowerContactor", "ChargingStation.SerialNumber"))
    assert station.get("PowerContactor@1", "Active")[0] == "UnknownComponent"
    assert station.get("ChargingStation", "SerialNumber")[0] == "UnknownVariable"
    assert station.get("ConnectorPlugRetentionLock@1", "Active") == ("Accepted", "false")
    assert station.model.put("PowerContactor.Active", True, 1) is False
    seen = [row[0] + "." + row[4] for row in station.model.rows()]
    assert "PowerContactor.Active" not in seen
    assert "ChargingStation.SerialNumber" not in seen
    assert "ChargingStation.Model" in seen


# ------------------------------------------------------------------------- all rows


def test_B07_rows_are_complete_and_once_each():
    station = Station()
    seen = {}
    for component, _, evse, connector, variable, instance, _, value, row in station.model.rows():
        key = (component, evse, connector, variable, instance, row[0].partition("$")[2])
        assert key not in seen
        seen[key] = value
    assert seen["TxCtrlr", 0, 0, "EVConnectionTimeOut", "", ""] == "120"
    assert seen["OCPPCommCtrlr", 0, 0, "MessageAttempts", "TransactionEvent", ""] == "5"
    assert seen["EVSE", 2, 0, "Power", "", "MaxSet"] == "22000"
    places = [key[1:3] for key in seen if key[0] == "Connector" and key[3] == "Available"]
    assert sorted(places) == [(1, 1), (1, 2), (2, 1)]
    places = [key[1:3] for key in seen if key[0] == "PowerContactor" and key[3] == "Active"]
    assert sorted(places) == [(1, 0), (2, 0)]
    assert ("EVSE", 0, 0, "Available", "", "") not in seen


def test_B07_rows_agree_with_get_variables_read_in_between():
    station = Station()
    station.set("TxCtrlr", "TxStartPoint", "Authorized")
    station.model.put("Connector.AvailabilityState", "Faulted", 2, 1)
    count = 0
    for component, _, evse, connector, variable, instance, mutability, value, row in (
        station.model.rows()
    ):
        place = "" if not evse else "@%d.%d" % (evse, connector) if connector else "@%d" % evse
        name = variable + ("#" + instance if instance else "")
        attribute = row[0].partition("$")[2] or "Actual"
        if mutability == "WriteOnly":
            assert value is None
            assert station.get(component + place, name, attribute)[0] == "Rejected"
        else:
            assert station.get(component + place, name, attribute) == ("Accepted", value)
        count += 1
    assert count > 120


def test_stations_share_one_file():
    lines = open(MODEL, "rb")
    models = [Variables(lines, (1,), Store(RamFiles()), print) for _ in range(2)]
    first, second = models[0].rows(), models[1].rows()
    for row in first:
        assert next(second) == row
    models[0].put("TxCtrlr.EVConnectionTimeOut", 1)
    assert models[1].number("TxCtrlr.EVConnectionTimeOut") == 120


def test_a_station_without_evses_has_only_the_station_tier():
    assert all([row[2] == row[3] == 0 for row in Station(layout=()).model.rows()])
