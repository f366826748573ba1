"""Wall times to instants and back; the only module here that knows of time zones."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440


@lru_cache(maxsize=16_384)
def instant_of(zone: str, day: date, minute: int) -> int:
    """Return the first instant at which the local clock reads the wall time of that date, or later.

    `minute` counts from midnight, 0 to 1440; 1440 is 00:00 of the next date. A time that a spring gap
    skips is the moment of the change; one that an autumn fold repeats is the first occurrence.
    """
    wanted = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = int(wanted.replace(tzinfo=ZoneInfo(zone)).timestamp())
    overshoot = _reading(zone, found) - wanted
    if not overshoot:
        return found
    # In a gap the zone's earlier offset was used, so the clock already reads later: the change lies between.
    before, after = found - int(overshoot.total_seconds()) - 1, found
    while after - before > 1:
        middle = (before + after) // 2
        if _reading(zone, middle) >= wanted:
            after = middle
        else:
            before = middle
    return after


def _reading(zone: str, instant: int) -> datetime:
    """Return what the local clock reads, without its zone."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def local_date(zone: str, instant: float) -> date:
    """Return the date on the local calendar at an instant."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).date()


def local_minute(zone: str, instant: int) -> int:
    """Return the minute past the hour that the local clock reads, 0 to 59."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).minute


def as_datetime(instant: int) -> datetime:
    """Return an instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)
