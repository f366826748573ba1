"""Opening windows: weekly hours and date overrides, laid out on real days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from app.schedule.rules.walltime import instant_of

ONE_DAY = timedelta(days=1)


class Window(NamedTuple):
    """A half-open span [start, end) in seconds since the epoch."""

    start: int
    end: int


class WeeklyWindow(NamedTuple):
    """Hours on some weekdays (1 Monday to 7 Sunday), in minutes after midnight; end <= start: the next date."""

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """When one resource is open: its zone (IANA), its weekly hours, and the dates that differ.

    An override replaces every window that starts on its date; none in it: closed.
    """

    zone: str
    weekly: tuple[WeeklyWindow, ...]
    overrides: Mapping[date, tuple[tuple[int, int], ...]] = field(default_factory=dict)


def lay_out(calendar: Calendar, first: date, last: date) -> list[Window]:
    """Return the windows that start on the dates first to last, both included, in order of their start."""
    found: list[Window] = []
    for offset in range((last - first).days + 1):
        found.extend(_of_date(calendar, first + timedelta(days=offset)))
    found.sort()
    return found


def _of_date(calendar: Calendar, day: date) -> Iterable[Window]:
    hours = calendar.overrides.get(day)
    if hours is None:
        weekday = day.isoweekday()
        hours = tuple((window.start, window.end) for window in calendar.weekly if weekday in window.days)
    for opens, closes in hours:
        start = instant_of(calendar.zone, day, opens)
        if closes > opens:
            end = instant_of(calendar.zone, day, closes)
        else:
            end = instant_of(calendar.zone, day + ONE_DAY, closes)
            if day + ONE_DAY in calendar.overrides:  # that date belongs to its override from its first instant
                end = min(end, instant_of(calendar.zone, day + ONE_DAY, 0))
        if start < end:
            yield Window(start, end)


def joined(windows: Iterable[Window]) -> list[Window]:
    """Return the union of windows sorted by start; those that touch become one."""
    union: list[Window] = []
    for window in windows:
        if union and window.start <= union[-1].end:
            if window.end > union[-1].end:
                union[-1] = Window(union[-1].start, window.end)
        else:
            union.append(window)
    return union


def common(left: Sequence[Window], right: Sequence[Window]) -> list[Window]:
    """Return every intersection of a window of the one with a window of the other, in order."""
    shared = [
        Window(max(one.start, other.start), min(one.end, other.end))
        for one in left
        for other in right
        if one.start < other.end and other.start < one.end
    ]
    return sorted(set(shared))
