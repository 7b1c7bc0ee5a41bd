# runs on: cpython, micropython
"""States that are not what this program writes: of a newer one, of a foreign one, or unreadable.
The station starts with its defaults and says so; what it can't use is kept, not overwritten."""

from host_tests.core_station import CoreStation
from ocpp201.store import RamFiles, Store

INOPERATIVE = {"operationalStatus": "Inoperative", "evse": {"id": 2}}
TIME_OUT = "TxCtrlr.EVConnectionTimeOut"

# Valid slots, as far as the store can tell.
AVAILABILITIES = (
    b"", b"{}", b"null", b"7", b"[]", b"[true]", b"[true,[]", b"[true,[],[]]", b"[true,7]",
    b"[1,[[true,[true,true]]]]", b'["no",[]]', b"[true,[true]]", b"[true,[[true]]]",
    b"[true,[[true,true]]]", b"[true,[[true,[0]]]]", b"[true,[[null,[true]]]]",
    b"[true,[[true,[true,[]]]]]", b"\xff\xfe\xfd", b"[" * 3000, b"\0" * 4000,
)  # fmt: skip
VALUES = (
    b"", b"{}", b"null", b"7", b'"text"', b"[", b"[[]", b"[" * 3000, b"\xff\xfe\xfd", b"\0" * 4000,
)  # fmt: skip
ENTRIES = (  # those that are none, in a list of which the rest counts
    b"7", b"null", b"[]", b"{}", b'""', b'"abcd"', b'["TxCtrlr.EVConnectionTimeOut"]',
    b'["TxCtrlr.EVConnectionTimeOut",0,0]', b'["TxCtrlr.EVConnectionTimeOut",0,0,7]',
    b'["TxCtrlr.EVConnectionTimeOut",0,0,"-1"]', b'["TxCtrlr.EVConnectionTimeOut",0,0,null]',
    b'["TxCtrlr.EVConnectionTimeOut",-1,0,"9"]', b'["TxCtrlr.EVConnectionTimeOut",-2,1,"9"]',
    b'["TxCtrlr.EVConnectionTimeOut",99,0,"9"]', b'["TxCtrlr.EVConnectionTimeOut",0,9,"9"]',
    b'["TxCtrlr.EVConnectionTimeOut",0,-1,"9"]', b'["TxCtrlr.EVConnectionTimeOut",0.5,0,"9"]',
    b'["TxCtrlr.EVConnectionTimeOut","0",0,"9"]', b'["TxCtrlr.EVConnectionTimeOut",null,0,"9"]',
    b'["TxCtrlr.EVConnectionTimeOut",0,0,"9","9"]', b'["Nothing.Here",0,0,"9"]',
    b'["",0,0,"9"]', b'["TxCtrlr",0,0,"9"]', b'[7,0,0,"9"]', b'[null,0,0,"9"]', b'[[],0,0,"9"]',
    b'[{},0,0,"9"]', b'["ClockCtrlr.DateTime",0,0,"2026-11-23T00:00:00Z"]',  # not persistent
    b'["TxCtrlr.EVConnectionTimeOut",1e99,0,"9"]', b'[true,true,true,"9"]',
)  # fmt: skip


def station(name, body, schema=1):
    files = RamFiles()
    Store(files).save(name, body, schema)
    return CoreStation(files=files)


def told(s, word):
    return [text for level, text in s.log if level in ("error", "warning") and word in text]


def is_in_service(s):
    return [s.cp.state.evse(1).operative, s.cp.state.evse(2).operative, s.cp.state.operative]


def test_G03_an_availability_that_is_none_is_kept_and_all_is_in_service():
    for body in AVAILABILITIES:
        s = station("availability", body)
        assert is_in_service(s) == [True] * 3, body
        assert told(s, "availability"), body
        assert s.cp.errors == 0, body
        s.call("ChangeAvailability", INOPERATIVE)
        assert Store(s.files).load("availability.bad") == (1, body)
        s.restart()
        assert is_in_service(s) == [True, False, True], body


def test_G03_an_availability_of_a_newer_program_is_kept_for_it():
    body = b"[false,[[false,[false,false]]]]"
    s = station("availability", body, 2)
    assert is_in_service(s) == [True] * 3
    assert Store(s.files).load("availability") == (2, body)  # until something has changed
    s.call("ChangeAvailability", INOPERATIVE)
    assert Store(s.files).load("availability.bad") == (2, body)


def test_G03_an_availability_of_another_station_counts_for_what_is_in_both():
    for body, expected in (
        (b"[true,[[false,[true]]]]", [False, True, True]),
        (b"[true,[]]", [True, True, True]),
        (b"[true,[[true,[true,true,false]],[false,[]],[false,[]]]]", [True, False, True]),
        (b"[false,[[true,[false,true]]]]", [True, True, False]),
    ):
        s = station("availability", body)
        assert is_in_service(s) == expected, body
        assert not told(s, "availability")


def test_B05_values_that_are_no_list_are_kept_and_the_defaults_hold():
    for body in VALUES:
        s = station("variables", body)
        assert s.cp.variables.number(TIME_OUT) == 120, body
        assert told(s, "variables"), body
        assert s.cp.errors == 0, body
        s.cp.variables.put(TIME_OUT, 33)
        assert s.cp.variables.commit()
        assert Store(s.files).load("variables.bad") == (1, body)
        s.restart()
        assert s.cp.variables.number(TIME_OUT) == 33


def test_B05_values_of_a_newer_program_are_kept_for_it():
    body = b'[["TxCtrlr.EVConnectionTimeOut",0,0,"7"]]'
    s = station("variables", body, 2)
    assert s.cp.variables.number(TIME_OUT) == 120
    assert Store(s.files).load("variables") == (2, body)  # until something has changed
    s.cp.variables.put(TIME_OUT, 33)
    s.cp.variables.commit()
    assert Store(s.files).load("variables.bad") == (2, body)


def test_B05_one_value_that_is_none_costs_no_other():
    good = b'["TxCtrlr.EVConnectionTimeOut",0,0,"77"]'
    for entry in ENTRIES:
        s = station("variables", b"[" + entry + b"," + good + b"]")
        assert s.cp.variables.number(TIME_OUT) == 77, entry
        assert told(s, "left out"), entry
        assert s.cp.errors == 0, entry


def test_B05_a_secret_that_is_left_out_is_not_in_the_log():
    body = b'[["SecurityCtrlr.BasicAuthPassword",7,0,"correct-horse-battery"]]'
    s = station("variables", body)
    assert told(s, "BasicAuthPassword") and not told(s, "horse")


class Unreadable(RamFiles):
    """Files of these names are there, and cannot be read."""

    broken = ()

    def read(self, name, offset=0, size=-1):
        if name.split(".")[0] in self.broken:
            raise OSError(5)
        return super().read(name, offset, size)


def test_a_state_that_cannot_be_read_keeps_no_station_from_starting():
    files = Unreadable()
    s = CoreStation(files=files)
    s.call("ChangeAvailability", INOPERATIVE)
    for name in ("availability", "variables", "boot_reason", "clock", "q"):
        files.broken = (name,)
        s.log.clear()
        s.restart()
        assert s.cp.registration.accepted(), name
        assert [text for level, text in s.log if level == "error"], name
        assert s.cp.errors == 0, name
    files.broken = ()
    s.restart()
    assert is_in_service(s) == [True, False, True]  # it was not overwritten meanwhile


def test_B05_what_cannot_be_stored_is_Rejected_and_not_in_effect():
    files = Unreadable()
    s = CoreStation(files=files)
    files.broken = ("variables",)
    item = {
        "component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"},
        "attributeValue": "33",
    }  # fmt: skip
    answer = s.call("SetVariables", {"setVariableData": [item]})
    assert answer["setVariableResult"][0]["attributeStatus"] == "Rejected"
    assert s.cp.variables.number(TIME_OUT) == 120


class Full(RamFiles):
    full = False

    def write(self, name, data):
        if self.full:
            raise OSError(28)
        super().write(name, data)

    def append(self, name, parts):
        if self.full:
            raise OSError(28)
        super().append(name, parts)


def test_E04_a_medium_that_works_again_is_found_though_nothing_waits_for_it():
    """All that could not be written was sent from RAM: nothing is left to try it with."""
    files = Full()
    s = CoreStation(files=files)
    files.full = True
    assert s.cp.on_security_event("TamperDetectionActivated")
    s.run(60)
    assert len(s.cp.outbox.journal) == 0 and s.cp.outbox.exhausted()
    assert not s.tap("04A1B2C3", 1)
    files.full = False
    s.run(20)
    assert not s.cp.outbox.exhausted()
    assert s.tap("04A1B2C3", 1)
    assert [one["type"] for one in s.messages("SecurityEventNotification")].count(
        "MemoryExhaustion"
    ) == 1


def test_E_a_transaction_that_runs_when_the_medium_is_full_loses_nothing():
    files = Full()
    s = CoreStation(files=files, settings=[("SampledDataCtrlr.TxUpdatedInterval", 60)])
    s.charge()
    files.full = True
    for minute in range(1, 11):
        s.run(60)
        s.meter(1, 1000 + 100 * minute)
    s.tap("04A1B2C3", 1)
    s.charging(1, "EVConnected")
    s.run(10)
    s.unplug(1)
    s.run(10)
    events = s.messages("TransactionEvent")
    assert [one["seqNo"] for one in events] == list(range(len(events)))
    assert len(events) >= 12 and events[-1]["eventType"] == "Ended"
    assert s.cp.errors == 0 and len(s.cp.outbox.journal) == 0


def test_E_the_newest_reading_that_cannot_be_used_costs_the_reading_alone():
    for damage in (b"", b"short", b"x" * 112, None):
        files = Unreadable()
        s = CoreStation(files=files, settings=[("SampledDataCtrlr.TxUpdatedInterval", 60)])
        s.charge()
        s.run(200)
        transaction_id = s.cp.get_evse_transaction_id(1)
        if damage is None:
            files.broken = ("tx1",)
        else:
            Store(files).save("tx1", (transaction_id.encode() + damage)[: len(damage)])
        s.cut_power()
        assert s.cp.get_evse_transaction_id(1) == transaction_id, damage
        assert s.cp.errors == 0, damage
