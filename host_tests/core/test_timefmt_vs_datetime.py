"""timefmt against datetime, the judge."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ocpp201.timefmt import format_time, parse_time

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))


def seconds_of(moment):
    return (moment - EPOCH) // timedelta(seconds=1)


@given(moments)
def test_formats_as_datetime_does(moment):
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert format_time(seconds_of(moment)) == moment.isoformat().replace("+00:00", "Z")


@given(moments, offsets, st.sampled_from(["seconds", "milliseconds", "microseconds"]))
def test_parses_what_datetime_writes(moment, offset, precision):
    moment = moment.replace(tzinfo=offset)
    assert parse_time(moment.isoformat(timespec=precision)) == seconds_of(moment)


# Neither a year 0 nor a leap second: datetime knows neither.
@given(moments, st.integers(4, 19), st.sampled_from("012345789-+:.TZ e\u0663"))
def test_with_one_character_changed_takes_nothing_that_datetime_refuses(moment, at, character):
    text = moment.replace(microsecond=0).isoformat() + "Z"
    text = text[:at] + character + text[at + 1 :]
    try:
        seconds = parse_time(text)
    except ValueError:
        return
    assert seconds == seconds_of(datetime.fromisoformat(text))
