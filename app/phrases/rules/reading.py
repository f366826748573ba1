"""Entries on a calendar: from what is said to readings."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.phrases.rules.grammar.entries import Entry, Said, arranged
from app.phrases.rules.grammar.marks import FromNow, Stamp
from app.phrases.rules.grammar.sentences import meant
from app.phrases.rules.meaning.context import DAY, FARTHEST_YEARS, Context, Span, Unreadable, ahead
from app.phrases.rules.meaning.dates import Moved, Relative, Weekday
from app.phrases.rules.meaning.periods import Period
from app.phrases.rules.meaning.times import TIMES, After, Before, Clock, Part, Time, is_exact, is_open, zone_of
from app.phrases.rules.readings import Grain, Opening, Reading, Readings, Reason, instant_of, is_skipped

LONGEST = 500
"""Characters of a phrase that are read."""
WAKING = timedelta(hours=6)
MOST_READINGS, MOST_DAYS = 10, 7


def read_time(words: str, now: datetime, zone: str | ZoneInfo, region: str, opening: Opening | None = None) -> Readings:
    """Return what a caller's words mean at an aware instant `now`, on the calendar of an IANA zone.

    `region` is the two-letter country of the client, for dates in numbers. `opening` decides which half of the clock
    a bare hour is in. Never raises for any text; without a reading there is a reason.
    """
    if not words.strip():
        return Readings(reason=Reason.NOTHING_SAID)
    if len(words) > LONGEST:
        return Readings(reason=Reason.TOO_LONG)
    local = ZoneInfo(zone) if isinstance(zone, str) else zone
    instant = now.astimezone(UTC).replace(second=0, microsecond=0)
    wall = instant.astimezone(local).replace(tzinfo=None)
    context = Context(wall, instant, local, region.upper(), opening)
    try:
        said = arranged(meant(words))
        found, reason = _readings(said, context)
    except Unreadable as none:
        return Readings(reason=none.reason)
    return Readings(tuple(found), None if found else reason, len(found) > 1 and _is_ambiguous(said, context))


def _readings(said: Said, context: Context) -> tuple[list[Reading], Reason]:
    if "each" in said.marks:
        raise Unreadable(Reason.REPEATING)
    if (said.excluded or said.refused) and not said.entries:
        raise Unreadable(Reason.EXCLUSION)
    if not said.entries:
        return _without_entries(said, context), Reason.NO_TIME_FOUND
    found: list[Reading] = []
    reason: Reason | None = None
    for entry in said.entries[:MOST_READINGS]:
        try:
            found += [reading for reading in _entry(entry, said, context) if reading not in found]
        except Unreadable as none:
            reason = reason or none.reason
    found = [reading for reading in found if not _is_excluded(reading, said, context)]
    if said.excluded and not found:
        reason = Reason.EXCLUSION
    return found[:MOST_READINGS], reason or Reason.NO_TIME_FOUND


def _is_excluded(reading: Reading, said: Said, context: Context) -> bool:
    """Tell whether what was ruled out holds a reading's first day, or leaves a hole in it, which no reading can say."""
    first, end = reading.start.date(), (reading.end or reading.start + DAY).date()
    for days in said.excluded:
        if isinstance(days, TIMES):
            if reading.grain is Grain.DAY and end - first > DAY:
                return True
            continue
        try:
            spans = days.spans(context)
        except Unreadable:
            continue
        if isinstance(days, Weekday) and end - first > DAY:
            spans = [(first + (days.day - first.weekday()) % 7 * DAY, end)]
        if any(start <= first < stop or first <= start < end - DAY for start, stop in spans):
            return True
    return False


def _is_ambiguous(said: Said, context: Context) -> bool:
    """Tell whether one name of a day means several: next Friday, next weekend."""
    for entry in said.entries:
        try:
            if entry.days and len(ahead(entry.days.spans(context), context)) > 1:
                return True
        except Unreadable:
            continue
    return False


def _without_entries(said: Said, context: Context) -> list[Reading]:
    if "later" in said.marks:
        return [_rest_of_today(context)]
    if said.marks & {"now", "any"}:
        return [Reading(context.now, None, Grain.MINUTE)]
    return []


def _rest_of_today(context: Context) -> Reading:
    return Reading(context.now, _at(context.today + DAY), Grain.HOUR)


def _at(day: date, minute: int = 0) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _entry(entry: Entry, said: Said, context: Context) -> list[Reading]:
    if isinstance(entry.moment, FromNow):
        return [_from_now(entry.moment, context)]
    if isinstance(entry.moment, Stamp):
        return [_stamp(entry.moment, context)]
    if said.marks & {"same", "same day"} and entry.days and not entry.time:
        return [_same(entry, context, day_only="same day" in said.marks)]
    if entry.days is None:
        assert entry.time is not None
        return [_next(entry.time, context)]
    spans = [_near(span, context) for span in ahead(entry.days.spans(context), context)]
    if entry.time is None:
        if "later" in said.marks and entry.days == Relative(0):
            return [_rest_of_today(context)]
        return [Reading(_at(start), _at(end), Grain.DAY) for start, end in spans]
    return _on_days(entry.time, spans, context)


def _near(span: Span, context: Context) -> Span:
    if span[0].year > context.today.year + FARTHEST_YEARS:
        raise Unreadable(Reason.TOO_FAR)
    return span


def _on_days(time_said: Time, spans: list[Span], context: Context) -> list[Reading]:
    """Return the time on each of the days; days on which it is past or skipped are left out while others are left."""
    found: list[Reading] = []
    reason = Reason.PAST
    for start, end in spans:
        for number in range(min((end - start).days, MOST_DAYS)):
            try:
                found.append(_on(time_said, start + number * DAY, context))
            except Unreadable as none:
                reason = none.reason
    if not found:
        raise Unreadable(reason)
    return found


def _on(time_said: Time, day: date, context: Context) -> Reading:
    """Return the time on one day; a bare hour that is past today is its other half."""
    start, end = time_said.minutes(context, day)
    reading = _reading(time_said, day, start, end, context)
    if _is_past(reading, context):
        if not isinstance(time_said, Clock):
            raise Unreadable(Reason.PAST)
        options = time_said.options(context, day)
        closed = context.opening and context.opening.get(day.isoweekday()) and not time_said.half
        open_then = [minute for minute in options if not closed or is_open(context, day, minute)]
        others = [_reading(time_said, day, minute, None, context) for minute in open_then]
        reading = next((other for other in others if not _is_past(other, context)), reading)
        if _is_past(reading, context):
            raise Unreadable(Reason.PAST)
    if reading.end is None and is_skipped(reading.start, context.zone):
        raise Unreadable(Reason.SKIPPED_BY_CLOCK_CHANGE)
    return reading


def _reading(time_said: Time, day: date, start: int, end: int | None, context: Context) -> Reading:
    grain = Grain.MINUTE if is_exact(time_said) else Grain.HOUR
    walls = [_at(day, start), None if end is None else _at(day, end)]
    zone = zone_of(time_said)
    if zone:
        walls = [wall and _elsewhere(wall, ZoneInfo(zone), context.zone) for wall in walls]
    first, last = walls
    assert first is not None
    if zone and isinstance(time_said, After):
        last = _at(first.date() + DAY)  # an open end is the client's midnight
    elif zone and isinstance(time_said, Before) and last:
        first = _at((last - timedelta(minutes=1)).date())
    return Reading(first, last, grain)


def _elsewhere(wall: datetime, zone: ZoneInfo, local: ZoneInfo) -> datetime:
    """Return what the local clock reads when that of another zone reads `wall`."""
    return instant_of(wall, zone).astimezone(local).replace(tzinfo=None)


def _is_past(reading: Reading, context: Context) -> bool:
    last = reading.start if reading.end is None else reading.end - timedelta(minutes=1)
    return instant_of(last, context.zone) < context.instant


def _next(time_said: Time, context: Context) -> Reading:
    """Return a time without a day: the next one whose beginning is not past."""
    for number in range(-1 if zone_of(time_said) else 0, 3):  # where it is yesterday still
        day = context.today + number * DAY
        reading = _reading(time_said, day, *time_said.minutes(context, day), context)
        judged = reading if _is_until(time_said) else Reading(_begun(time_said, reading), None, reading.grain)
        skipped = reading.end is None and is_skipped(reading.start, context.zone)
        if not skipped and not _is_past(judged, context):
            return reading
    raise Unreadable(Reason.NO_SUCH_TIME)


def _begun(time_said: Time, reading: Reading) -> datetime:
    """Return when a time has begun; at half past four nobody has had the morning yet."""
    early = isinstance(time_said, Part) and not time_said.start
    return reading.start + WAKING if early else reading.start


def _is_until(time_said: Time) -> bool:
    """Tell whether a time has an end but no beginning: before eleven, before lunch."""
    return isinstance(time_said, Before) or (isinstance(time_said, Part) and not time_said.name and not time_said.start)


def _from_now(moment: FromNow, context: Context) -> Reading:
    there = context.instant + timedelta(minutes=moment.minutes)
    wall = there.astimezone(context.zone).replace(tzinfo=None)
    if moment.window:
        return Reading(context.now, wall, Grain.MINUTE)
    return Reading(wall, None, Grain.MINUTE)


def _stamp(stamp: Stamp, context: Context) -> Reading:
    try:
        at = datetime.fromisoformat("T".join(stamp.text.upper().split()))
    except ValueError:
        raise Unreadable(Reason.NO_SUCH_DATE) from None
    if at.tzinfo is not None:
        at = at.astimezone(context.zone).replace(tzinfo=None)
    reading = Reading(at.replace(second=0, microsecond=0), None, Grain.MINUTE)
    if _is_past(reading, context):
        raise Unreadable(Reason.PAST)
    return reading


def _same(entry: Entry, context: Context, *, day_only: bool) -> Reading:
    """Return this very time or day, on another day; of a week or month, so much later."""
    assert entry.days is not None
    days = entry.days
    if isinstance(days, Period):
        days = Moved(7 * days.count, 0, Relative(0)) if days.unit == "week" else Moved(0, days.count, Relative(0))
    day = days.spans(context)[0][0]
    if day_only:
        return Reading(_at(day), _at(day + DAY), Grain.DAY)
    return Reading(datetime.combine(day, context.now.time()), None, Grain.MINUTE)
