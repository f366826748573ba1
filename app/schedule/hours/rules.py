"""Opening hours on the wall clock: what a window covers, and whether two are open at once.

A time is minutes after midnight, 0 to 1440; a window whose end is not after its start ends on the next day.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

MINUTES_A_DAY = 1_440
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Opening(NamedTuple):
    """A window, and the weekdays (1 Monday to 7 Sunday) on which it starts."""

    days: tuple[int, ...]
    start: int
    end: int


def minute_of(clock: str) -> int:
    """Return the minutes after midnight of `HH:MM`."""
    return int(clock[:2]) * 60 + int(clock[3:])


def week_clash(openings: Iterable[Opening]) -> str | None:
    """Return when two windows of a week are first open at once, such as `Monday 00:30`; None: never.

    The week is a circle: Sunday's night may clash with Monday's morning.
    """
    spans = sorted(_span((day - 1) * MINUTES_A_DAY, opening) for opening in openings for day in opening.days)
    if spans and spans[-1][1] - MINUTES_A_WEEK > spans[0][0]:
        return _clock(spans[0][0])
    minute = _first_clash(spans)
    return None if minute is None else _clock(minute)


def day_clash(openings: Iterable[Opening]) -> str | None:
    """Return when two windows that start on one date are first open at once, such as `09:30`; None: never."""
    minute = _first_clash(sorted(_span(0, opening) for opening in openings))
    return None if minute is None else _clock(minute).partition(" ")[2]


def _span(midnight: int, opening: Opening) -> tuple[int, int]:
    length = opening.end - opening.start
    if length <= 0:
        length += MINUTES_A_DAY
    return midnight + opening.start, midnight + opening.start + length


def _first_clash(spans: list[tuple[int, int]]) -> int | None:
    """Return the first start, in spans sorted by theirs, that lies before the end of the span ahead of it."""
    return next((later[0] for earlier, later in pairwise(spans) if later[0] < earlier[1]), None)


def _clock(minute: int) -> str:
    day, minute = divmod(minute % MINUTES_A_WEEK, MINUTES_A_DAY)
    return f"{WEEKDAYS[day]} {minute // 60:02}:{minute % 60:02}"
