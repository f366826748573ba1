"""When a customer is reminded: by the clock on the client's wall, whatever the clocks do in between."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.schedule.rules.walltime import as_datetime, instant_of

EARLIEST = timedelta(hours=12)
"""A reminder is sent less than this long before its time, where quiet hours would swallow it."""
MARGIN = timedelta(minutes=5)
"""So long before quiet hours begin, for sending takes its time too."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """When nobody is to be disturbed: from a wall time until another, over midnight too. Equal times: never."""

    begins: time
    ends: time

    def since(self, at: datetime) -> datetime | None:
        """Return when the quiet hours began in which a wall time (naive) lies, None where it lies in none."""
        clock = at.time()
        if self.begins <= self.ends:
            return datetime.combine(at.date(), self.begins) if self.begins <= clock < self.ends else None
        if clock >= self.begins:
            return datetime.combine(at.date(), self.begins)
        return datetime.combine(at.date() - timedelta(days=1), self.begins) if clock < self.ends else None

    def holds(self, instant: datetime, zone: str) -> bool:
        """Return whether an instant lies in them, in a zone."""
        return self.since(_wall(instant, zone)) is not None


def reminders(
    starts_at: datetime, zone: str, minutes: Iterable[int], quiet: Quiet, *, now: datetime
) -> dict[int, datetime]:
    """Return when to remind of an appointment, by how many minutes before its start each reminder is meant to be.

    A reminder is due when the clock on the wall reads so much less than at the start: one day before 10:00 is at
    10:00, also where the clocks change in between. None is due at a time that is past. One that would fall into quiet
    hours is due five minutes before they begin, if that is still to come and less than 12 hours earlier; otherwise
    there is none. Two that would be due at one instant are one, the longer one.
    """
    start = _wall(starts_at, zone)
    found: dict[int, datetime] = {}
    for length in sorted(set(minutes), reverse=True):
        due = _due(start - timedelta(minutes=length), zone, quiet)
        if due is not None and now < due < starts_at and due not in found.values():
            found[length] = due
    return found


def _due(wanted: datetime, zone: str, quiet: Quiet) -> datetime | None:
    due = _instant(wanted, zone)
    began = quiet.since(wanted)
    if began is None:
        return due
    sooner = _instant(began - MARGIN, zone)
    return sooner if due - sooner < EARLIEST and not quiet.holds(sooner, zone) else None


def _wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, zone: str) -> datetime:
    return as_datetime(instant_of(zone, wall.date(), wall.hour * 60 + wall.minute))
