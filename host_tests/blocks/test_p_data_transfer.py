# runs on: cpython, micropython
"""P. Data transfer: what the specification has no message for, in both directions."""

from host_tests.core_station import SILENCE, CoreStation

CUSTOM = {"vendorId": "com.example", "more": {"deep": [1, None, "ü"]}}


def station(answer=None):
    """A station whose integrator gives this answer to every vendor; the questions go to
    station.asked."""
    s = CoreStation()
    s.asked = []

    def data_transfer(vendor_id, message_id, data):
        s.asked.append((vendor_id, message_id, data))
        return answer

    s.integrator.data_transfer = data_transfer
    return s


# --- P01: from the CSMS ---


def test_P01_a_vendor_that_nobody_knows():  # TC_P_01, P01.FR.05
    s = CoreStation()
    assert s.call("DataTransfer", {"vendorId": "com.example"}) == {"status": "UnknownVendorId"}


def test_P01_data_changes_nothing_about_that():  # TC_P_01
    s = CoreStation()
    for more in ({"data": "x"}, {"messageId": "m"}, {"messageId": "m", "data": {}}):
        answer = s.call("DataTransfer", dict(more, vendorId="com.example"))
        assert answer == {"status": "UnknownVendorId"}, more


def test_P01_a_known_vendor_answers():
    s = station(("Accepted", {"temperature": 21}))
    answer = s.call("DataTransfer", {"vendorId": "v", "messageId": "m", "data": [1, 2]})
    assert answer == {"status": "Accepted", "data": {"temperature": 21}}
    assert s.asked == [("v", "m", [1, 2])]


def test_P01_what_is_left_out_is_none():
    s = station(("Accepted", None))
    assert s.call("DataTransfer", {"vendorId": "v"}) == {"status": "Accepted"}
    assert s.asked == [("v", None, None)]


def test_P01_every_status():  # P01.FR.06
    for status in ("Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"):
        s = station((status, None))
        assert s.call("DataTransfer", {"vendorId": "v", "messageId": "m"}) == {"status": status}


def test_P01_data_may_be_anything():
    s = station(("Accepted", None))
    things = ("text", "", 5, -1.5, True, None, [], {}, [{"a": [None]}], {"ü": 'ß\n"\\'})
    for data in things:
        s.call("DataTransfer", {"vendorId": "v", "data": data})
    assert [one[2] for one in s.asked] == list(things)


def test_P01_the_answer_may_be_anything():
    for data in ("text", "", 0, False, [], {}, {"ü": [None, "ß"]}):
        s = station(("Accepted", data))
        answer = s.call("DataTransfer", {"vendorId": "v"})
        assert answer == {"status": "Accepted", "data": data}


def test_P01_custom_data_does_no_harm():  # TC_P_03
    s = station(("Accepted", None))
    answer = s.call("DataTransfer", {"vendorId": "v", "customData": CUSTOM})
    assert answer == {"status": "Accepted"}
    availability = {"operationalStatus": "Operative", "customData": CUSTOM}
    availability["evse"] = {"id": 1, "customData": CUSTOM}
    assert s.call("ChangeAvailability", availability) == {"status": "Accepted"}


def test_P01_custom_data_in_an_answer_does_no_harm():  # TC_P_03
    s = CoreStation(online=False)
    boot = s.boot_answer("Accepted")
    s.answers["BootNotification"] = lambda _: dict(boot(_), customData=CUSTOM)
    s.answers["StatusNotification"] = {"customData": CUSTOM}
    s.connect()
    assert s.cp.registration.accepted()
    assert len(s.statuses()) == 4


def test_P01_requests_against_the_schema():
    s = station(("Accepted", None))
    for payload, code in (
        ({}, "ProtocolError"),
        ({"vendorId": 5}, "TypeConstraintViolation"),
        ({"vendorId": "v" * 256}, "PropertyConstraintViolation"),
        ({"vendorId": "v", "messageId": "m" * 51}, "PropertyConstraintViolation"),
        ({"vendorId": "v", "customData": {}}, "ProtocolError"),
        ({"vendorId": "v", "customdata": CUSTOM}, "PropertyConstraintViolation"),
    ):
        assert s.call("DataTransfer", payload) == code, payload
    assert s.asked == []


def test_P01_an_integrator_who_raises():
    s = station()
    s.expects_bugs = True

    def data_transfer(vendor_id, message_id, data):
        raise ValueError("integrator")

    s.integrator.data_transfer = data_transfer
    assert s.call("DataTransfer", {"vendorId": "v"}) == "InternalError"
    assert s.cp.errors == 1
    assert s.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}


# --- P02: to the CSMS ---


def send(s, *what):
    """(taken, what the CSMS answered)"""
    results = []
    taken = s.cp.data_transfer(*what, on_result=lambda *result: results.append(result))
    s.pump()
    return taken, results


def test_P02_sent_and_answered():
    s = CoreStation()
    s.answers["DataTransfer"] = {"status": "Accepted", "data": {"price": 0.31}}
    assert send(s, "com.example", "price", {"zone": 1}) == (
        True, [("Accepted", {"price": 0.31})],
    )  # fmt: skip
    assert s.last("DataTransfer") == {
        "vendorId": "com.example", "messageId": "price", "data": {"zone": 1},
    }  # fmt: skip


def test_P02_what_is_not_given_is_left_out():
    s = CoreStation()
    assert send(s, "com.example") == (True, [("Accepted", None)])
    assert s.last("DataTransfer") == {"vendorId": "com.example"}


def test_P02_nobody_needs_to_hear_the_answer():
    s = CoreStation()
    assert s.cp.data_transfer("com.example")
    s.pump()
    assert s.last("DataTransfer") == {"vendorId": "com.example"}


def test_P02_every_status():
    for status in ("Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"):
        s = CoreStation()
        s.answers["DataTransfer"] = {"status": status}
        assert send(s, "v") == (True, [(status, None)])


def test_P02_falsy_data_is_data():
    s = CoreStation()
    for data in (0, False, "", [], {}):
        send(s, "v", None, data)
        assert s.last("DataTransfer") == {"vendorId": "v", "data": data}


def test_P02_offline_is_refused():
    for queue_all in (False, True):  # a question that is answered tomorrow helps nobody
        s = CoreStation(settings=[("OCPPCommCtrlr.QueueAllMessages", queue_all)])
        s.disconnect()
        assert send(s, "v") == (False, [])
        s.connect()
        assert s.messages("DataTransfer") == []


def test_P02_before_accepted_is_refused():
    s = CoreStation(boot="Pending")
    assert send(s, "v") == (False, [])


def test_P02_nobody_answers():
    s = CoreStation()
    s.answers["DataTransfer"] = SILENCE
    taken, results = send(s, "v")
    s.run(29)
    assert taken and results == []
    s.run(1)
    assert results == [(None, None)]
    s.run(100)
    assert len(s.messages("DataTransfer")) == 1


def test_P02_the_link_goes_before_the_answer():
    s = CoreStation()
    s.answers["DataTransfer"] = SILENCE
    _, results = send(s, "v")
    s.disconnect()
    assert results == [(None, None)]
    s.connect()
    assert len(s.messages("DataTransfer")) == 1


def test_P02_nonsense_for_an_answer():
    for nonsense in ({}, {"status": "Perhaps"}, {"status": "Accepted", "more": 1}, ("Whatever",)):
        s = CoreStation()
        s.answers["DataTransfer"] = nonsense
        _, results = send(s, "v")
        assert len(results) == 1
        assert results[0][0] in (None, "Rejected"), nonsense


def test_P02_answers_find_their_questions():
    s = CoreStation()
    s.answers["DataTransfer"] = lambda payload: {"status": "Accepted", "data": payload["data"]}
    results = []
    for n in range(20):
        assert s.cp.data_transfer("v", "m", n, lambda status, data, n=n: results.append((n, data)))
    s.pump()
    assert results == [(n, n) for n in range(20)]


def test_P02_what_cannot_be_sent_is_refused():
    s = CoreStation()
    for what in (
        (None,), ("",), (5,), ("v" * 256,), ("v", 5), ("v", "m" * 51), ("v", b"m"),
    ):  # fmt: skip
        assert send(s, *what) == (False, []), what
    assert s.messages("DataTransfer") == []
    assert send(s, "v") == (True, [("Accepted", None)])


def test_P02_too_many_at_once_are_refused():
    s = CoreStation()
    taken = [s.cp.data_transfer("v") for _ in range(200)]
    assert taken.count(True) >= 60 and not all(taken)
    s.pump()
    assert len(s.messages("DataTransfer")) == taken.count(True)
