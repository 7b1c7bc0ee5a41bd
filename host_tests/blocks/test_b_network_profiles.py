"""B09, B10: what the CSMS may put into the slots of the network profiles, and in which order."""

from host_tests.core_station import CoreStation

PROFILE = {
    "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "ws://127.0.0.1:9/ocpp",
    "messageTimeout": 30, "securityProfile": 1, "ocppInterface": "Wired0",
}  # fmt: skip
APN = {"apn": "internet", "apnAuthentication": "NONE"}
VPN = {"server": "a", "user": "b", "password": "c", "key": "d", "type": "IKEv2"}


def put(s, slot=2, **changes):
    """(status, reason code)"""
    profile = dict(PROFILE)
    profile.update(changes)
    answer = s.call("SetNetworkProfile", {"configurationSlot": slot, "connectionData": profile})
    return answer["status"], answer.get("statusInfo", {}).get("reasonCode")


def order(s, slots):
    """attributeStatus"""
    item = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
        "attributeValue": slots,
    }
    answer = s.call("SetVariables", {"setVariableData": [item]})
    return answer["setVariableResult"][0]["attributeStatus"]


def test_B09_a_profile_is_kept_and_may_then_be_ordered():
    s = CoreStation()
    assert order(s, "2,1") == "Rejected"  # A05.FR.02
    assert put(s) == ("Accepted", None)
    s.restart()
    s.connect()
    assert order(s, "2,1") == "RebootRequired"
    assert order(s, "2,3") == "Rejected"
    assert s.cp.variables.text("OCPPCommCtrlr.NetworkConfigurationPriority") == "2,1"


def test_B09_what_is_rejected_and_why():  # TC_B_42
    s = CoreStation()
    for slot, changes, reason in (
        (0, {}, "InvalidConfSlot"),
        (4, {}, "InvalidConfSlot"),
        (-1, {}, "InvalidConfSlot"),
        (2, {"ocppVersion": "OCPP16"}, "InvalidNetworkConf"),
        (2, {"ocppTransport": "SOAP"}, "InvalidNetworkConf"),
        (2, {"ocppCsmsUrl": "http://127.0.0.1/"}, "InvalidNetworkConf"),
        (2, {"ocppCsmsUrl": "wss://127.0.0.1/"}, "InvalidNetworkConf"),
        (2, {"securityProfile": 2}, "InvalidNetworkConf"),
        (2, {"securityProfile": 4, "ocppCsmsUrl": "wss://127.0.0.1/"}, "InvalidNetworkConf"),
        (2, {"securityProfile": 0}, "NoSecurityDowngrade"),
        (2, {"messageTimeout": 0}, "InvalidNetworkConf"),
        (2, {"apn": APN}, "UnsupportedParam"),
        (2, {"vpn": VPN}, "UnsupportedParam"),
    ):
        assert put(s, slot, **changes) == ("Rejected", reason), changes
    assert order(s, "2") == "Rejected"


def test_B09_no_way_back_to_a_lower_security_profile():
    s = CoreStation(settings=[("SecurityCtrlr.SecurityProfile", 2)])
    assert put(s) == ("Rejected", "NoSecurityDowngrade")
    assert put(s, ocppCsmsUrl="WSS://h/", securityProfile=2) == ("Accepted", None)


def test_B09_what_the_platform_refuses_is_not_kept():
    s = CoreStation()
    asked = []

    def refuse(slot, profile):
        asked.append((slot, profile))
        return "Rejected"

    s.integrator.validate_network_profile = refuse
    assert put(s)[0] == "Rejected"
    assert asked == [(2, PROFILE)] and order(s, "2") == "Rejected"


def test_B09_a_medium_that_fails_is_Failed():
    s = CoreStation()

    def fail(name, data):
        raise OSError(28)

    s.files.write = fail
    assert put(s) == ("Failed", None)
    assert order(s, "2") == "Rejected"


def test_B09_the_same_again_costs_no_flash():
    s = CoreStation()
    put(s)
    wrote = []
    s.files.write = lambda name, data: wrote.append(name)
    assert put(s) == ("Accepted", None) and wrote == []


def test_B10_the_slot_in_use_may_always_be_ordered():
    assert order(CoreStation(), "1") == "RebootRequired"


def test_B10_nonsense_is_no_order():
    s = CoreStation()
    put(s)
    for slots in ("", "2,2", "2;1", "02", "x", "2,"):
        assert order(s, slots) == "Rejected", slots
