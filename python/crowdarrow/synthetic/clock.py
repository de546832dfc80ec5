"""Times as the exports write them, from seconds since 1970, fast enough to be made for every record."""

from functools import lru_cache
from time import gmtime, strftime

_MINUTES = tuple(b"%02d:%02d:" % divmod(minute, 60) for minute in range(1440))
_SECONDS = tuple(b"%02d" % second for second in range(60))


@lru_cache(maxsize=4096)
def _day(number: int) -> bytes:
    return strftime("%Y-%m-%d", gmtime(86_400 * number)).encode()


def csv_time(moment: int) -> bytes:
    """`2017-05-22 21:08:29 UTC`."""
    day, rest = divmod(moment, 86_400)
    minute, second = divmod(rest, 60)
    return b"%b %b%b UTC" % (_day(day), _MINUTES[minute], _SECONDS[second])


def iso_time(moment: int, millisecond: int) -> bytes:
    """`2025-01-21T16:06:58.517Z`."""
    day, rest = divmod(moment, 86_400)
    minute, second = divmod(rest, 60)
    return b"%bT%b%b.%03dZ" % (_day(day), _MINUTES[minute], _SECONDS[second], millisecond)


def offset_time(moment: int, _millisecond: int = 0) -> bytes:
    """`2016-03-28T23:46:18-07:00`, as clients of other sites send it."""
    day, rest = divmod(moment - 7 * 3600, 86_400)
    minute, second = divmod(rest, 60)
    return b"%bT%b%b-07:00" % (_day(day), _MINUTES[minute], _SECONDS[second])
