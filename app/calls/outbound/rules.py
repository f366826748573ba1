"""When is called, how often, and what is said first: pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

import phonenumbers

from app.calls.rules import plain

Opening = Mapping[int, Sequence[tuple[int, int]]]
"""ISO weekday to windows in minutes after midnight."""
Quiet = tuple[time, time]
"""From a wall time until another, over midnight too; equal ones: never."""

Next = Literal["again", "person", "nothing"]


class Purpose(StrEnum):
    """What a call is for."""

    callback = "callback"
    reminder = "reminder"


FURTHEST = timedelta(days=90)
"""So far ahead calls are ordered."""
LOOK_AHEAD_DAYS = 8
"""A week, and the day that it ends on: opening hours repeat by then."""
CLOCKS_DIFFER = timedelta(seconds=5)
"""Between two machines: a call that is due in less is due."""
SETTLES = timedelta(minutes=2)
"""So long after an order without an answer Vapi's list is believed, and the call placed again."""
MOST_PLACINGS = 2
"""An order without an answer is given once more, and never a third time."""
MOST_BEGINNINGS = 10
"""A call at which its worker died is begun again, but not for ever: it may be what they die of."""
LONGEST_CALL = timedelta(hours=1)
"""A call of which nothing was heard for so long does not count as one in progress."""
FIRST_WAIT, NEXT_WAIT = timedelta(seconds=10), timedelta(minutes=1)
"""Until a provider that cannot be reached is tried again."""
LOOK_AFTER = timedelta(seconds=10)
"""Until a call without an answer is first looked for in Vapi's list."""
CROWDED_WAIT = timedelta(seconds=15)
"""Until a call is tried that would be one too many at once."""
AGAIN_AFTER = timedelta(minutes=30)
"""Until somebody who did not answer is called again."""

NOT_ANSWERED = frozenset({"no_answer", "busy", "voicemail"})
"""Ends after which another call may reach them."""
NOT_MADE = frozenset({"never_connected", "no_assistant", "provider_failed"})
"""Ends after which a person has to look."""

NO_ROOM = "concurrency-limit"
"""In Vapi's reason where it took an order and then had no room for the call."""

_NEVER_CALLED = {phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST}


def callable_(phone: str) -> bool:
    """Return whether a number (E.164) may be called: one that charges its callers may not."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(phone)) not in _NEVER_CALLED
    except phonenumbers.NumberParseException:
        return False


def follows(kind: str | None, reason: str | None) -> Next:
    """Return what the end of a call calls for, by our kind of end and Vapi's own reason; None: it was never told."""
    if kind in NOT_ANSWERED or NO_ROOM in (reason or ""):
        return "again"
    return "person" if kind is None or kind in NOT_MADE else "nothing"


def next_time(now: datetime, opening: Opening, quiet: Quiet, zone: str) -> datetime | None:
    """Return the first instant from now on at which the clock on the wall is within opening and no quiet hours.

    None: there is none in a week. Where clocks change, the wall decides: nobody is called at 3 who is not at 3.
    """
    local = ZoneInfo(zone)

    def suits(instant: datetime) -> bool:
        wall = instant.astimezone(local)
        minute = wall.hour * 60 + wall.minute
        opened = any(start <= minute < end for start, end in opening.get(wall.isoweekday(), ()))
        return opened and not _is_quiet(wall.time(), quiet)

    if suits(now):
        return now
    today = now.astimezone(local).date()
    found = {each for each in _changes(today, opening, quiet, local) if each > now and suits(each)}
    return min(found, default=None)


def _is_quiet(clock: time, quiet: Quiet) -> bool:
    begins, ends = quiet
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


def _changes(today: date, opening: Opening, quiet: Quiet, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instants at which it can begin to suit: when it opens, when quiet hours end, when clocks change."""
    for ahead in range(LOOK_AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        opens = [time(start // 60, start % 60) for start, _ in opening.get(day.isoweekday(), ())]
        for clock in (*opens, quiet[1]):
            wall = datetime.combine(day, clock, zone)
            yield from (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        yield from _change_of_clocks(day, zone)


def _change_of_clocks(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the minute of a day at which its clocks change, if they do."""
    begins, ends = (datetime.combine(day + timedelta(days=n), time(), zone).astimezone(UTC) for n in (0, 1))
    before = begins.astimezone(zone).utcoffset()
    if ends.astimezone(zone).utcoffset() == before:
        return
    while ends - begins > timedelta(minutes=1):
        middle = begins + (ends - begins) // 2
        begins, ends = (middle, ends) if middle.astimezone(zone).utcoffset() == before else (begins, middle)
    yield ends.replace(second=0, microsecond=0)


def day_of(instant: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return when the local day of an instant began, and when the next one does."""
    local = ZoneInfo(zone)
    today = instant.astimezone(local).date()
    begins, ends = (datetime.combine(today + timedelta(days=n), time(), local) for n in (0, 1))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def first_message(purpose: Purpose, client: str, about: str | None) -> str:
    """Return what is said when they answer; `about` is their appointment, in words. Nothing of it is a template."""
    if purpose is Purpose.reminder and about is not None:
        reminded = f"I am calling to remind you of {plain(about)}. Does that still suit you?"
        return f"Hello, this is {plain(client)}. {reminded}"
    return f"Hello, this is {plain(client)}. You asked us to call you back. How can I help?"
