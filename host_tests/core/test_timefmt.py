# runs on: cpython, micropython
"""Wall time: one list of pairs drives writer and parser, two more the parser alone."""

from ocpp201.timefmt import format_time, parse_offset, parse_time

BOTH_WAYS = (
    (0, "2000-01-01T00:00:00Z"),
    (-1, "1999-12-31T23:59:59Z"),
    (59 * 86400, "2000-02-29T00:00:00Z"),
    (60 * 86400, "2000-03-01T00:00:00Z"),
    (366 * 86400, "2001-01-01T00:00:00Z"),
    (848770260, "2026-11-23T17:31:00Z"),
    (1073741823, "2034-01-09T13:37:03Z"),  # the last small integer of a 32-bit MicroPython
    (1073741824, "2034-01-09T13:37:04Z"),
    (3155760000, "2100-01-01T00:00:00Z"),
    (-63113904000, "0000-01-01T00:00:00Z"),
    (252455615999, "9999-12-31T23:59:59Z"),
)

ONE_WAY = (
    ("2026-11-23T17:31:00.5Z", 848770260),
    ("2026-11-23T17:31:00.999999999Z", 848770260),
    ("2026-11-23t17:31:00z", 848770260),
    ("2026-11-23T18:31:00+01:00", 848770260),
    ("2026-11-23T18:31:00.123+01:00", 848770260),
    ("2026-11-23T12:01:00-05:30", 848770260),
    ("2026-11-24T07:31:00+14:00", 848770260),
    ("2026-11-23T17:31:00-00:00", 848770260),
    ("2016-12-31T23:59:60Z", 536543999),  # a leap second repeats the one before
)

REFUSED = (
    "", "now", "Z", "2026", "2026-11-23", "2026-11-23T17:31Z", "2026-11-23T17:31:00",
    "2026-11-23 17:31:00Z", "20261123T173100Z", "2026-11-23T17:31:00.Z", "2026-11-23T17:31:00.5",
    "2026-11-23T17:31:00 Z", "2026-11-23T17:31:00Z ", " 2026-11-23T17:31:00Z",
    "2026-11-23T17:31:00ZZ", "2026-11-23T17:31:00.1.2Z", "2026-11-23T17:31:00,5Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-31T00:00:00Z",
    "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T17:60:00Z",
    "2026-11-23T17:31:61Z", "+026-11-23T17:31:00Z", "2026-+1-23T17:31:00Z", "2026-11-23T 7:31:00Z",
    "2026-1_-23T17:31:00Z", "12026-11-23T17:31:00Z", "2026-11-23T17:31:00+0100",
    "2026-11-23T17:31:00+1:00", "2026-11-23T17:31:00+01", "2026-11-23T17:31:00+24:00",
    "2026-11-23T17:31:00+01:60", "2026-11-23T17:31:00+ 1:00", "2026-11-23T17:31:00+01:00Z",
)


def refuses(parse, text):
    try:
        parse(text)
    except ValueError:
        return True
    return False


def test_both_ways():
    for seconds, text in BOTH_WAYS:
        assert format_time(seconds) == text, text
        assert len(text) == 20
        assert parse_time(text) == seconds, text


def test_every_day_of_four_centuries_has_its_own_date():
    before = ""
    for day in range(-60 * 365, 345 * 365, 13):
        text = format_time(day * 86400)
        assert text > before
        assert parse_time(text) == day * 86400, text
        before = text


def test_what_rfc_3339_allows_is_understood():
    for text, seconds in ONE_WAY:
        assert parse_time(text) == seconds, text


def test_what_rfc_3339_does_not_allow_is_a_value_error():
    for text in REFUSED:
        assert refuses(parse_time, text), text


def test_offset():
    assert parse_offset("+00:00") == 0
    assert parse_offset("+05:45") == 20700
    assert parse_offset("-11:00") == -39600
    for text in ("", "+", "Z", "00:00", "+0:00", "+00:0", "+00:000", "+24:00", "+00:60", "+0a:00"):
        assert refuses(parse_offset, text), text
    for text in ("x00:00", " 00:00", "+00-00", "++1:00", "00:00+"):
        assert refuses(parse_offset, text), text
