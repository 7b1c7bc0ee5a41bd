"""Wall time as OCPP writes it (RFC 3339) and as the core keeps it: whole seconds since 2000, UTC.

Dates are counted in years that begin on 1 March: the leap day is then the last day of a year, and
month lengths follow one formula. Seconds from 2000 are small integers on a board until 2034.
"""

try:
    from micropython import const
except ImportError:
    def const(x): return x

_MARCH_1_YEAR_0 = const(730425)  # days from 0000-03-01 to 2000-01-01


def format_time(seconds: int) -> str:
    """E.g. "2026-11-23T17:31:00Z", always 20 characters. Years 0 to 9999."""
    second = seconds % 86400
    day = seconds // 86400 + _MARCH_1_YEAR_0
    era = day // 146097  # 400 years
    day %= 146097
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    year += 400 * era + month // 10  # January and February belong to the year before
    month = month + 3 if month < 10 else month - 9
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (
        year, month, day, second // 3600, second // 60 % 60, second % 60,
    )


def parse_time(text: str) -> int:
    """Seconds since 2000 of any RFC 3339 date-time; a fraction is dropped. ValueError.

    A leap second repeats the one before it, so that no clock set from it runs ahead.
    """
    local = text[:10] + "T" + text[11:19] + "Z"
    if local[17:19] == "60":
        local = local[:17] + "59Z"
    year, month, day = int(local[:4]), int(local[5:7]), int(local[8:10])
    if month < 3:
        year, month = year - 1, month + 12
    day += 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5
    seconds = 86400 * (day - 1 - _MARCH_1_YEAR_0)
    seconds += 3600 * int(local[11:13]) + 60 * int(local[14:16]) + int(local[17:19])
    # int() forgives blanks and signs, the sum forgives 31 April: writing it again does not.
    if format_time(seconds) != local or text[10] not in "Tt":
        raise ValueError("not a date-time: %s" % text)
    zone = text[19:]
    if zone[:1] == ".":
        zone = zone[1:].lstrip("0123456789")
        if len(zone) >= len(text) - 20:
            raise ValueError("no digits behind the point")
    return seconds - (0 if zone in ("Z", "z") else parse_offset(zone))


def parse_offset(text: str) -> int:
    """Seconds east of Greenwich of "+01:00" or "-05:30". ValueError."""
    sign, hours, minutes = text[:1], text[1:3], text[4:]
    digits = len(hours + minutes) == 4 and not (hours + minutes).strip("0123456789")
    if not digits or sign not in "+-" or text[3] != ":" or int(hours) > 23 or int(minutes) > 59:
        raise ValueError("not an offset: %s" % text)
    seconds = 3600 * int(hours) + 60 * int(minutes)
    return -seconds if sign == "-" else seconds
