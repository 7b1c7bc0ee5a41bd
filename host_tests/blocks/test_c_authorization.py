# runs on: cpython, micropython
"""C. Authorization: who may charge, who is asked about it, and what happens if nobody answers."""

from host_tests.core_station import SILENCE, CoreStation

CARD = "04A1B2C3D4E5F6"
FAMILY = {"idToken": "FAMILY", "type": "Central"}


def station(*settings, **more):
    return CoreStation(settings=settings, **more)


def info(status, **more):
    return {"idTokenInfo": dict(status=status, **more)}


def known(status="Accepted", kind="ISO14443", **more):
    """The station knows CARD without asking."""
    return {CARD.lower(): {"type": kind, "info": dict(status=status, **more)}}


def asked(s):
    return [one["idToken"]["idToken"] for one in s.messages("Authorize")]


def starts(s):
    return [one for one in s.messages("TransactionEvent") if one["eventType"] == "Started"]


def validated(s, text=CARD, kind="ISO14443"):
    """The verdicts that validate_token hands out until everybody is silent."""
    verdicts = []
    assert s.cp.validate_token({"idToken": text, "type": kind}, verdicts.append)
    s.pump()
    return [one["status"] for one in verdicts]


# --- C01: a card ---


def test_C01_the_card_is_asked_for_before_energy_flows():
    s = station()
    s.answers["Authorize"] = SILENCE
    s.plug(1)
    s.tap(CARD, 1)
    assert s.last("Authorize") == {"idToken": {"idToken": CARD, "type": "ISO14443"}}
    assert starts(s) == [] and not s.cp.may_charge(1)


def test_C01_an_accepted_card_gives_energy():
    s = station()
    s.plug(1)
    s.tap(CARD, 1)
    assert asked(s) == [CARD]
    assert s.cp.may_charge(1)


def test_C01_a_card_that_is_not_accepted_gives_no_energy():  # TC_C_02, 06, 07, 56
    for status in (
        "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE",
        "NotAtThisLocation", "NotAtThisTime", "Unknown",
    ):  # fmt: skip
        s = station()
        s.answers["Authorize"] = info(status)
        s.plug(1)
        s.tap(CARD, 1)
        assert starts(s) == [] and not s.cp.may_charge(1), status
        s.run(200)
        assert starts(s) == [], status


def test_C01_a_refused_card_leaves_the_place_to_the_next():
    s = station()
    s.answers["Authorize"] = info("Blocked")
    s.plug(1)
    s.tap(CARD, 1)
    s.answers["Authorize"] = info("Accepted")
    s.tap("04FFFFFF", 1)
    assert [one["idToken"]["idToken"] for one in starts(s)] == ["04FFFFFF"]


def test_C01_another_card_does_not_take_over():  # TC_C_04, C01.FR.23
    s = station()
    s.charge(token=CARD)
    s.forget()
    s.tap("04FFFFFF", 1)
    assert s.messages("TransactionEvent") == []
    assert s.cp.may_charge(1)
    assert not s.cp.on_authorized(1, 1, {"idToken": "04FFFFFF", "type": "ISO14443"})


def test_C01_a_card_that_is_good_on_other_evses_only_is_refused():  # C01.FR.21
    s = station()
    s.answers["Authorize"] = info("Accepted", evseId=[2])
    s.plug(1)
    s.tap(CARD, 1)
    assert starts(s) == [] and not s.cp.may_charge(1)
    s.plug(2)
    s.tap(CARD, 2)
    assert [one["evse"]["id"] for one in starts(s)] == [2]


def test_C01_a_card_shown_to_the_station_goes_only_where_it_is_good():  # C01.FR.21
    s = station()
    s.answers["Authorize"] = info("Accepted", evseId=[2])
    s.plug(1)
    s.tap(CARD)
    assert starts(s) == [] and not s.cp.may_charge(1)


def test_C01_language_and_expiry_of_the_answer_do_no_harm():
    s = station()
    s.answers["Authorize"] = info(
        "Accepted", language1="de", cacheExpiryDateTime="2026-11-30T00:00:00Z", chargingPriority=3
    )
    s.plug(1)
    s.tap(CARD, 1)
    assert s.cp.may_charge(1)


def test_C01_a_card_twice_while_the_csms_thinks_is_one_wish():
    s = station()
    s.answers["Authorize"] = SILENCE
    s.plug(1)
    s.tap(CARD, 1)
    s.tap(CARD, 1)
    s.answers["Authorize"] = info("Accepted")
    s.raw('[3,"%s",{"idTokenInfo":{"status":"Accepted"}}]' % s.unanswered)
    s.unanswered = None
    s.pump()
    assert len(starts(s)) == 1
    assert s.cp.may_charge(1)


def test_C01_what_is_no_token_is_refused():
    s = station()
    for token in (
        None, "04A1", {}, {"idToken": CARD}, {"type": "ISO14443"}, {"idToken": 4,
        "type": "ISO14443"},
        {"idToken": "A" * 37, "type": "ISO14443"},
    ):  # fmt: skip
        assert not s.cp.authorize(1, 1, token)
        assert not s.cp.on_authorized(1, 1, token)
        assert not s.cp.validate_token(token, print)
    s.pump()
    assert asked(s) == []


def test_C01_no_card_before_the_csms_has_accepted_the_station():
    s = station(boot="Pending")
    s.plug(1)
    assert not s.tap(CARD, 1)
    assert not s.cp.may_charge(1)


def test_C01_cards_before_the_csms_has_accepted_where_allowed():  # B02.FR.03
    s = station(
        ("TxCtrlr.TxBeforeAcceptedEnabled", True),
        ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True),
        boot="Pending",
    )
    s.plug(1)
    assert s.tap(CARD, 1)
    assert s.cp.may_charge(1)
    assert s.events() == []
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(301)
    assert len(starts(s)) == 1


# --- C01: nobody answers ---


def test_C01_an_unanswered_authorize_counts_as_offline():
    for accepted in (False, True):
        s = station(("AuthCtrlr.OfflineTxForUnknownIdEnabled", accepted))
        s.answers["Authorize"] = SILENCE
        s.plug(1)
        s.tap(CARD, 1)
        s.run(29)
        assert not s.cp.may_charge(1)
        s.run(1)
        assert s.cp.may_charge(1) == accepted


def test_C01_a_callerror_counts_as_offline():
    for accepted in (False, True):
        s = station(("AuthCtrlr.OfflineTxForUnknownIdEnabled", accepted))
        s.answers["Authorize"] = ("InternalError",)
        s.plug(1)
        s.tap(CARD, 1)
        assert s.cp.may_charge(1) == accepted
        assert asked(s) == [CARD]


def test_C01_an_answer_that_breaks_its_schema_gives_no_energy():
    for answer in (
        {}, {"idTokenInfo": {}}, {"idTokenInfo": {"status": "accepted"}}, {"idTokenInfo": None},
        {"idTokenInfo": {"status": "Accepted", "evseId": []}}, {"idTokenInfo": "Accepted"},
    ):  # fmt: skip
        s = station()
        s.answers["Authorize"] = answer
        s.plug(1)
        s.tap(CARD, 1)
        assert not s.cp.may_charge(1), answer


def test_C01_a_link_that_breaks_while_asking_counts_as_offline():
    for queue_all in (False, True):
        s = station(("OCPPCommCtrlr.QueueAllMessages", queue_all))
        s.answers["Authorize"] = SILENCE
        s.plug(1)
        s.tap(CARD, 1)
        s.disconnect()
        s.answers["Authorize"] = info("Accepted")
        s.run(3600)
        s.connect()
        assert not s.cp.may_charge(1), "the driver left an hour ago"


def test_C01_an_answer_after_its_time_gives_no_energy():
    s = station()
    s.answers["Authorize"] = SILENCE
    s.plug(1)
    s.tap(CARD, 1)
    late = s.unanswered
    s.run(31)
    s.raw('[3,"%s",{"idTokenInfo":{"status":"Accepted"}}]' % late)
    s.pump()
    assert starts(s) == [] and not s.cp.may_charge(1)


# --- C02: the start button ---


def test_C02_the_start_button_needs_nobody():
    s = station()
    s.plug(1)
    s.tap("", 1, "NoAuthorization")
    assert asked(s) == []
    assert starts(s)[0]["idToken"] == {"idToken": "", "type": "NoAuthorization"}
    assert s.cp.may_charge(1)


def test_C02_the_start_button_again_stops():
    s = station()
    s.charge(token=CARD)
    s.plug(2)
    s.tap("", 2, "NoAuthorization")
    s.tap("", 2, "NoAuthorization")
    s.charging(2, "EVConnected")
    assert s.cp.get_evse_transaction_id(2) is None
    assert s.cp.get_evse_transaction_id(1) is not None


def test_C02_the_start_button_does_not_stop_somebody_elses_charging():
    s = station()
    s.charge(token=CARD)
    s.tap("", 1, "NoAuthorization")
    assert s.cp.may_charge(1)


def test_C02_without_authorization_everybody_charges_unasked():
    s = station(("AuthCtrlr.Enabled", False))
    s.plug(1)
    s.tap(CARD, 1)
    assert asked(s) == []
    assert s.cp.may_charge(1)


# --- C03, C04, C05, C06: other kinds ---


def test_C03_C05_a_central_token_is_never_asked_for():
    s = station()
    s.plug(1)
    s.tap("pay-1234", 1, "Central")
    assert asked(s) == []
    assert starts(s)[0]["idToken"] == {"idToken": "pay-1234", "type": "Central"}
    assert s.cp.may_charge(1)


def test_C04_a_code_is_asked_for():
    s = station()
    s.plug(1)
    s.tap("1234", 1, "KeyCode")
    assert s.last("Authorize") == {"idToken": {"idToken": "1234", "type": "KeyCode"}}
    assert s.cp.may_charge(1)


def test_C05_a_remote_start_with_a_central_token_tells_both_ids_once():
    s = station(("TxCtrlr.TxStartPoint", "EVConnected"))
    s.plug(1)
    request = {"idToken": {"idToken": "app-1", "type": "Central"}, "remoteStartId": 7, "evseId": 1}
    assert s.call("RequestStartTransaction", request)["status"] == "Accepted"
    s.charging(1)
    assert asked(s) == []
    events = s.messages("TransactionEvent")
    assert ["idToken" in one for one in events] == [False, True, False]
    told = [one["transactionInfo"].get("remoteStartId") for one in events]
    assert told == [None, 7, None]


def test_C06_a_token_of_the_station_is_asked_for():
    s = station()
    s.plug(1)
    s.tap("ticket-9", 1, "Local")
    assert s.last("Authorize")["idToken"]["type"] == "Local"
    assert s.cp.may_charge(1)


def test_C06_the_same_text_of_another_kind_is_another_token():
    s = station()
    s.charge(token="1234")
    s.answers["Authorize"] = info("Invalid")
    s.tap("1234", 1, "KeyCode")
    assert s.cp.may_charge(1)


# --- C09: groups ---


def test_C09_a_card_of_the_group_stops_on_its_own_evse_only():
    s = station()
    s.answers["Authorize"] = info("Accepted", groupIdToken=FAMILY)
    s.charge(1, token=CARD)
    s.tap("04FA", 2)
    assert s.cp.may_charge(1)


def test_C09_the_group_may_be_named_by_the_answer_to_an_event():  # C09.FR.11
    s = station()
    s.answers["TransactionEvent"] = lambda payload: (
        info("Accepted", groupIdToken=FAMILY) if "idToken" in payload else {}
    )
    s.charge(token=CARD)
    s.answers["Authorize"] = info("Accepted", groupIdToken=FAMILY)
    s.tap("04FAFAFA", 1)
    assert not s.cp.may_charge(1)


def test_C09_a_card_of_another_group_does_not_stop():
    s = station()
    s.answers["Authorize"] = info("Accepted", groupIdToken=FAMILY)
    s.charge(token=CARD)
    s.answers["Authorize"] = info("Accepted", groupIdToken={"idToken": "CLUB", "type": "Central"})
    s.tap("04FAFAFA", 1)
    assert s.cp.may_charge(1)


def test_C09_no_group_is_not_a_group():
    s = station()
    s.charge(token=CARD)
    s.tap("04FAFAFA", 1)
    assert s.cp.may_charge(1)


def test_C09_the_integrators_group_counts():  # C09.FR.03
    s = station()
    mine = {"idToken": CARD, "type": "ISO14443"}
    assert s.cp.on_transaction_started(
        1, 1, None, None, "Authorized", None, id_token=mine, group_id_token=FAMILY
    )
    s.plug(1)
    s.answers["Authorize"] = info("Accepted", groupIdToken=FAMILY)
    s.tap("04FAFAFA", 1)
    assert s.cp.get_evse_transaction_id(1) is None


# --- C12, C16: master pass ---


def test_C12_a_master_pass_never_starts():  # TC_C_45
    s = station(("AuthCtrlr.MasterPassGroupId", "BOSS"))
    boss = {"idToken": "BOSS", "type": "Central"}
    s.answers["Authorize"] = info("Accepted", groupIdToken=boss)
    s.plug(1)
    s.tap("04B055", 1)
    s.tap("04B055")
    assert starts(s) == [] and not s.cp.may_charge(1)


# --- C13, C14: cards that are known ---


def test_C14_a_known_card_starts_without_asking():  # TC_C_27
    s = station(tokens=known())
    s.plug(1)
    s.tap(CARD, 1)
    assert asked(s) == []
    assert starts(s)[0]["idToken"]["idToken"] == CARD


def test_C14_upper_and_lower_case_are_the_same_card():
    s = station(tokens=known())
    s.plug(1)
    s.tap(CARD.lower(), 1)
    assert asked(s) == []
    assert s.cp.may_charge(1)


def test_C14_the_kind_belongs_to_the_card():
    s = station(tokens=known())
    s.plug(1)
    s.tap(CARD, 1, "ISO15693")
    assert asked(s) == [CARD]


def test_C14_a_known_card_is_asked_for_where_the_csms_wants_it():
    s = station(("AuthCtrlr.LocalPreAuthorize", False), tokens=known())
    s.answers["Authorize"] = info("Invalid")
    s.plug(1)
    s.tap(CARD, 1)
    assert asked(s) == [CARD]
    assert not s.cp.may_charge(1)


def test_C14_a_known_bad_card_is_asked_for_and_still_refused():  # TC_C_28, 29, 30
    for status in ("Invalid", "Blocked", "Expired"):
        s = station(tokens=known(status))
        s.answers["Authorize"] = info(status)
        s.plug(1)
        s.tap(CARD, 1)
        assert asked(s) == [CARD], status
        assert not s.cp.may_charge(1)


def test_C14_a_known_bad_card_that_has_become_good_starts():  # TC_C_31
    s = station(tokens=known("Invalid"))
    s.plug(1)
    s.tap(CARD, 1)
    assert s.cp.may_charge(1)


def test_C14_a_known_bad_card_is_not_asked_for_where_nobody_may_be():  # TC_C_58
    s = station(("AuthCtrlr.DisableRemoteAuthorization", True), tokens=known("Invalid"))
    s.plug(1)
    s.tap(CARD, 1)
    assert asked(s) == []
    assert not s.cp.may_charge(1)


def test_C14_the_group_of_a_known_card_stops_without_asking():  # TC_C_40
    family = known(groupIdToken=FAMILY)
    family["04fafafa"] = {"type": "ISO14443", "info": dict(status="Accepted", groupIdToken=FAMILY)}
    s = station(tokens=family)
    s.charge(token=CARD)
    s.tap("04FAFAFA", 1)
    assert asked(s) == []
    assert not s.cp.may_charge(1)


def test_C13_a_known_card_starts_offline():  # TC_C_21
    s = station(tokens=known())
    s.disconnect()
    s.plug(1)
    s.tap(CARD, 1)
    assert s.cp.may_charge(1)


def test_C13_a_known_bad_card_is_refused_offline():  # TC_C_22, 23, 24
    for status in ("Invalid", "Blocked", "Expired"):
        s = station(("AuthCtrlr.OfflineTxForUnknownIdEnabled", True), tokens=known(status))
        s.disconnect()
        s.plug(1)
        s.tap(CARD, 1)
        assert not s.cp.may_charge(1), status


def test_C13_known_cards_do_not_count_offline_where_told_so():
    s = station(("AuthCtrlr.LocalAuthorizeOffline", False), tokens=known())
    s.disconnect()
    s.plug(1)
    s.tap(CARD, 1)
    assert not s.cp.may_charge(1)


# --- C15: offline, unknown ---


def test_C15_an_unknown_card_is_refused_offline():
    s = station()
    s.disconnect()
    s.plug(1)
    s.tap(CARD, 1)
    assert not s.cp.may_charge(1)
    s.connect()
    assert starts(s) == []


def test_C15_an_unknown_card_starts_offline_where_allowed():  # TC_C_26
    s = station(("AuthCtrlr.OfflineTxForUnknownIdEnabled", True))
    s.disconnect()
    s.plug(1)
    s.tap(CARD, 1)
    assert s.cp.may_charge(1)
    s.connect()
    assert starts(s)[0]["offline"] is True
    assert starts(s)[0]["idToken"]["idToken"] == CARD
    assert asked(s) == []


def test_C15_refused_after_the_link_is_back_it_ends():  # TC_C_16, TC_E_16
    s = station(("AuthCtrlr.OfflineTxForUnknownIdEnabled", True))
    s.disconnect()
    s.plug(1)
    s.tap(CARD, 1)
    s.answers["TransactionEvent"] = lambda payload: info("Invalid") if "idToken" in payload else {}
    s.connect()
    last = s.last("TransactionEvent")
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "Deauthorized")
    assert last["transactionInfo"]["stoppedReason"] == "DeAuthorized"


def test_C15_without_remote_authorization_an_unknown_card_is_refused_online():
    s = station(
        ("AuthCtrlr.DisableRemoteAuthorization", True),
        ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True),
    )
    s.plug(1)
    s.tap(CARD, 1)
    assert asked(s) == []
    assert not s.cp.may_charge(1)


# --- only asked ---


def test_C01_validate_asks_and_starts_nothing():
    s = station(tokens=known())
    s.plug(1)
    assert validated(s) == ["Accepted"]
    assert validated(s, "", "NoAuthorization") == ["Accepted"]
    assert validated(s, "04FF") == ["Accepted"]
    s.answers["Authorize"] = info("Blocked")
    assert validated(s, "04FF") == ["Blocked"]
    assert asked(s) == ["04FF", "04FF"]
    assert starts(s) == []


def test_C01_validate_always_gets_one_verdict():
    s = station()
    verdicts = []
    s.answers["Authorize"] = SILENCE
    for n in range(100):  # more than the queue takes
        s.cp.validate_token({"idToken": "04%02X" % n, "type": "ISO14443"}, verdicts.append)
    s.pump()
    s.disconnect()
    assert [one["status"] for one in verdicts] == ["Unknown"] * 100


def test_C01_the_others_still_get_their_verdict_when_one_who_asked_breaks():
    s = station()
    s.expects_bugs = True
    verdicts = []

    def broken(info):
        raise ValueError("on purpose")

    s.cp.validate_token({"idToken": "04AA", "type": "ISO14443"}, broken)
    s.cp.validate_token({"idToken": "04BB", "type": "ISO14443"}, verdicts.append)
    s.pump()
    assert len(verdicts) == 1
    assert s.cp.errors == 1
