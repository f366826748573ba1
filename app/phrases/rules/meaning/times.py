"""Times of day as people say them, and what they are on a given day."""

from dataclasses import dataclass, replace
from datetime import date

from app.phrases.rules.meaning.context import Context, Unreadable
from app.phrases.rules.readings import Reason

NOON, MIDNIGHT = 720, 1440

Minutes = tuple[int, int | None]
"""From and to, in minutes after midnight, the end exclusive and None for an instant."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day in minutes after midnight; `name` decides which half of the clock a bare hour beside it is in."""

    name: str
    start: int
    end: int

    def minutes(self, context: Context, day: date) -> Minutes:
        """Return the part."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Clock:
    """What a clock reads. `half` is am, pm, 24 for a time of 24 hours, or empty where nobody said.

    `sure` is 3 for what can only be a time, 2 with a word before it that a time follows, 1 for a bare number.
    `shift` is minutes before or after. `exact` tells that minutes were said.
    `zone` is that of the clock where it is named: 3 pm EST.
    """

    hour: int
    minute: int = 0
    half: str = ""
    sure: int = 1
    shift: int = 0
    exact: bool = False
    zone: str = ""

    def minutes(self, context: Context, day: date) -> Minutes:
        """Return the minute of that day; opening hours choose between both halves, then custom does."""
        return self.options(context, day)[0], None

    def options(self, context: Context, day: date) -> list[int]:
        """Return what it may be on that day, likeliest first."""
        if self.hour > 24 or self.minute > 59 or (self.hour == 24 and self.minute):
            raise Unreadable(Reason.NO_SUCH_TIME)
        if self.half in {"am", "pm"} and 1 <= self.hour <= 12:
            return [self._at(self.hour % 12 + (12 if self.half == "pm" else 0))]
        if self.half == "am" and self.hour > 12:
            raise Unreadable(Reason.NO_SUCH_TIME)
        if not self.hour and not self.minute and not self.shift:
            return [0, MIDNIGHT]  # of midnight today the first is past
        if self.half or not 1 <= self.hour <= 12:
            return [self._at(self.hour)]
        usual = self.hour + 12 if self.hour <= 7 else self.hour
        both = [self._at(usual), self._at((usual + 12) % 24)]
        return sorted(both, key=lambda minute: not is_open(context, day, minute))

    def _at(self, hour: int) -> int:
        return hour * 60 + self.minute + self.shift


def is_open(context: Context, day: date, minute: int) -> bool:
    """Tell whether the client is open at that minute; where nothing is known, nothing is."""
    windows = (context.opening or {}).get(day.isoweekday(), ())
    return any(start <= minute < end for start, end in windows)


def beside(clock: Clock, part: Part | str) -> Clock:
    """Return a clock whose half a part of the day tells: nine in the evening, five in the morning."""
    name = part if isinstance(part, str) else part.name
    if clock.half or not 1 <= clock.hour <= 12:
        return clock
    if name in {"evening", "night", "dinner"} and clock.hour == 12:
        return replace(clock, hour=24 if not clock.minute else 0, half="24", sure=3)
    if name == "night":
        return replace(clock, half="pm" if clock.hour >= 5 else "am", sure=3)
    if name == "morning" and clock.hour == 12 and clock.shift < 0:
        return replace(clock, half="24", sure=3)  # ten to twelve
    half = {"morning": "am", "am": "am", "breakfast": "am", "daytime": ""}.get(name, "pm")
    if name == "lunch" and clock.hour in {10, 11}:
        half = "am"
    return replace(clock, half=half, sure=3)


@dataclass(frozen=True, slots=True)
class Between:
    """From one clock to another. What is said of one's half holds for the other as far as that makes sense."""

    first: Clock
    last: Clock

    def minutes(self, context: Context, day: date) -> Minutes:
        """Return the earliest end after a start, both as they are likely."""
        starts, ends = _halves(self.first, context, day), _halves(self.last, context, day)
        if not self.first.half and self.last.half in {"am", "pm"}:
            starts = sorted(starts, reverse=True)  # 2 to 4 pm; 11 to 1 pm
            starts = [start for start in starts if start < ends[0]] or starts
        for start in starts:
            after = sorted(end if end else MIDNIGHT for end in ends if (end or MIDNIGHT) > start)
            if after:
                return start, after[0]
        return starts[0], ends[0] + MIDNIGHT  # 10 pm to 2 am


def _halves(clock: Clock, context: Context, day: date) -> list[int]:
    return clock.options(context, day)


@dataclass(frozen=True, slots=True)
class After:
    """From a time on, to the end of the day."""

    of: Clock

    def minutes(self, context: Context, day: date) -> Minutes:
        """Return the rest of the day."""
        start, _ = self.of.minutes(context, day)
        return min(start, MIDNIGHT - 1), MIDNIGHT


@dataclass(frozen=True, slots=True)
class Before:
    """From the beginning of the day to a time."""

    of: Clock

    def minutes(self, context: Context, day: date) -> Minutes:
        """Return the day up to then."""
        end, _ = self.of.minutes(context, day)
        return 0, end if end > 0 else MIDNIGHT


Time = Part | Clock | Between | After | Before
TIMES = (Part, Clock, Between, After, Before)


def is_exact(time: Time) -> bool:
    """Tell whether minutes were said."""
    if isinstance(time, Between):
        return time.first.exact or time.last.exact
    if isinstance(time, After | Before):
        return time.of.exact
    return isinstance(time, Clock)


def zone_of(time: Time) -> str:
    """Return the zone that was named, empty for the client's own."""
    if isinstance(time, Between):
        return time.last.zone or time.first.zone
    if isinstance(time, After | Before):
        return time.of.zone
    return time.zone if isinstance(time, Clock) else ""


def in_zone(time: Time, zone: str) -> Time:
    """Return a time read in a zone that was named apart from it; parts of a day, and times with a zone, stay."""
    if zone_of(time) or isinstance(time, Part):
        return time
    if isinstance(time, Between):
        return replace(time, first=replace(time.first, zone=zone), last=replace(time.last, zone=zone))
    if isinstance(time, After | Before):
        return replace(time, of=replace(time.of, zone=zone))
    return replace(time, zone=zone, sure=3)


def is_sure(time: Time) -> int:
    """Return how sure it is that a time was meant, 1 to 3."""
    return time.sure if isinstance(time, Clock) else 3
