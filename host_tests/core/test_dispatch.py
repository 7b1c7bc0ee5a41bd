# runs on: cpython, micropython
"""Blocks that are in memory while they work only, and what happens without room for one."""

import gc
import sys

from host_tests.core_station import CoreStation
from ocpp201 import dispatch

CARD = {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}
ACCEPTED = {"status": "Accepted"}


class Crowded:
    """While it lasts there is no memory for these blocks."""

    def __init__(self, *blocks):
        self.blocks = blocks

    def __enter__(self):
        self.load = dispatch._load
        dispatch._load = self._try

    def _try(self, name):
        if name in self.blocks:
            raise MemoryError
        return self.load(name)

    def __exit__(self, *_):
        dispatch._load = self.load


def failing(**how):
    s = CoreStation(**how)
    s.expects_bugs = True
    return s


def load_all():
    """Also forgets what another test has imported in its own way."""
    for name in dispatch.RARE.split():
        dispatch.block(name)


def loaded():
    return [name for name in sys.modules if name.startswith("ocpp201.blocks.")]


def test_a_rare_block_is_gone_after_the_call():
    s = CoreStation()
    load_all()
    before = loaded()
    assert s.call("TriggerMessage", {"requestedMessage": "LogStatusNotification"}) == ACCEPTED
    assert s.call("DataTransfer", {"vendorId": "v"}) == {"status": "UnknownVendorId"}
    assert loaded() == before
    for name in dispatch.RARE.split():
        assert not hasattr(dispatch.blocks, name)
        assert dispatch.block(name) is not dispatch.block(name)
    for name in dispatch.RESIDENT.split():
        assert dispatch.block(name) is dispatch.block(name)


def test_it_is_gone_when_it_failed():
    s = failing()
    s.integrator.remote_start_allowed = None  # can't be called
    load_all()
    before = loaded()
    start = {"remoteStartId": 1, "idToken": CARD}
    assert s.call("RequestStartTransaction", start) == "InternalError"
    assert loaded() == before


def test_two_in_the_same_round():
    s = CoreStation()
    for n in (1, 2):
        s.raw('[2,"a%d","TriggerMessage",{"requestedMessage":"Heartbeat"}]' % n)
        s.raw('[2,"b%d","ChangeAvailability",{"operationalStatus":"Operative"}]' % n)
    s.pump()
    answers = [s._replies[name + n][2] for name in "ab" for n in "12"]
    assert answers == [ACCEPTED] * 4


def test_no_room_is_an_internal_error_and_the_next_try_counts():
    s = failing()
    with Crowded("remote_control", "operational_status"):
        operative = {"operationalStatus": "Operative"}
        assert s.call("ChangeAvailability", operative) == "InternalError"
        assert s.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == "InternalError"
        s.charge(1, CARD["idToken"])
        s.meter(1, 1000, 3680)
        assert s.events()  # and whoever charges does not notice
    assert s.call("ChangeAvailability", operative) == ACCEPTED
    assert s.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == ACCEPTED


def test_no_room_when_it_was_accepted_so_it_boots_again():
    s = failing(online=False)
    with Crowded("security"):
        s.connect()
        assert not s.messages("SecurityEventNotification")
    s.run(61)
    assert len(s.messages("BootNotification")) == 2
    assert s.last("SecurityEventNotification")["type"] == "StartupOfTheDevice"
    s.run(600)
    assert len(s.messages("BootNotification")) == 2


def test_no_room_for_a_scheduled_change_so_it_comes_later():
    s = failing()
    s.charge(1, CARD["idToken"])
    asked = {"operationalStatus": "Inoperative", "evse": {"id": 1}}
    assert s.call("ChangeAvailability", asked) == {"status": "Scheduled"}
    with Crowded("operational_status"):
        s.cp.stop_local(1)
        s.charging(1, "EVConnected")
        s.unplug(1)
        s.pump()
    assert not s.cp.may_charge(1)
    s.run(2)
    assert s.statuses()[-2:] == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]


def test_coming_and_going_leaves_nothing():
    if not hasattr(gc, "mem_alloc"):
        return
    before = 0
    for times in (3, 50):
        for _ in range(times):
            load_all()
        gc.collect()
        gc.collect()
        before, grown = gc.mem_alloc(), gc.mem_alloc() - before
    assert grown < 64


def test_P02_an_answer_without_room_counts_as_none():
    s = failing()
    load_all()
    heard = []
    s.cp.data_transfer("v", on_result=lambda *answer: heard.append(answer))
    with Crowded("data_transfer"):
        s.pump()
    assert heard == []
    s.run(100)
    assert heard == [(None, None)]


def test_nonsense_is_answered_without_room_for_its_report():
    s = failing()
    load_all()
    with Crowded("security"):
        s.raw('[2,"1"]')
    s.pump()
    assert s._replies["1"][:3] == [4, "1", "FormatViolation"]
