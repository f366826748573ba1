"""What a text says of time where the talk stands: on which day, and which of several it means."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.bookings.asking.rules import Named, choose
from app.messages.dialogue.rules import wording
from app.messages.dialogue.rules.state import Appointment, Scene
from app.phrases.rules import read_time
from app.phrases.rules.readings import Grain

_OF_TODAY = re.compile(r"\b(today|tonight|now|asap|this|available|later|earlier|sooner|soon|soonest|earliest)\b", re.I)
_MORE_OR_LESS = re.compile(r"\b(anything|something|any|bit|much|slightly|little)?\s*(later|earlier|sooner)\b", re.I)
_PRONOUN = re.compile(r"\bones?\b(?!\s*(o'?clock|[ap]\.?m))", re.I)
_WORDS = re.compile(r"\w+")

N = TypeVar("N", bound=Named)


def tells(text: str, scene: Scene) -> bool:
    """Return whether a text speaks of a time, were it one that cannot be had."""
    read = read_time(text, scene.now, scene.zone, scene.region, scene.opening)
    return bool(read.readings) or str(read.reason) in wording.TOLD_REASONS


def reason(text: str, scene: Scene) -> str | None:
    """Return why a text's words on time cannot be read, None where they can."""
    read = read_time(text, scene.now, scene.zone, scene.region, scene.opening)
    return None if read.reason is None else str(read.reason)


def only_later(text: str, scene: Scene) -> bool:
    """Return whether a text asks for a later or an earlier time and does not say when."""
    return bool(_MORE_OR_LESS.search(text)) and not tells(_MORE_OR_LESS.sub(" ", text), scene)


def without_names(text: str, services: Iterable[Named], scene: Scene) -> str:
    """Return a text without names of services that read as a time: `60 minute massage`, `Morning yoga`."""
    for service in services:
        if any(each.isdigit() for each in service.name) or tells(service.name, scene):
            for words in (_WORDS.findall(service.name), _WORDS.findall(service.name)[:2]):
                text = re.sub(r"\b" + r"\W+".join(_loosely(each) for each in words) + r"\b", " ", text, flags=re.I)
    return text


def _loosely(word: str) -> str:
    """Return what a word of a name may be written as: minutes are `min`, too."""
    lengths = {
        "minute": r"min(?:ute)?s?",
        "minutes": r"min(?:ute)?s?",
        "min": r"min(?:ute)?s?",
        "mins": r"min(?:ute)?s?",
    }
    return lengths.get(word.casefold(), re.escape(word))


def without_pronouns(text: str) -> str:
    """Return a text without the `one` of `the tuesday one`."""
    return _PRONOUN.sub(" ", text)


def among(text: str, starts: Sequence[datetime], scene: Scene) -> tuple[datetime, ...]:
    """Return which of some starts a text means; a time of the day alone is meant on the day of each of them."""
    words = without_pronouns(text)
    words = words if tells(words, scene) else text
    clock = of_the_clock_alone(words, scene)
    return tuple(at for at in starts if _means(words, at, scene, _midnight(_day(at, scene), scene) if clock else None))


def _means(words: str, at: datetime, scene: Scene, since: datetime | None) -> bool:
    read = read_time(words, since or scene.now, scene.zone, scene.region, scene.opening)
    spans = [reading.span(scene.zone) for reading in read.readings]
    return any(start <= at < end for start, end in spans)


def exact(text: str, scene: Scene, at: datetime) -> bool:
    """Return whether a text names this instant to the minute, by itself or as a time of its day."""
    midnight = _midnight(_day(at, scene), scene)
    for since in (scene.now, midnight):
        best = read_time(text, since, scene.zone, scene.region, scene.opening).best
        if best is not None and best.end is None and best.span(scene.zone)[0] == at:
            return True
    return False


def of_a_whole_day(text: str, scene: Scene) -> bool:
    """Return whether a text names a day and no time of it: all that is on offer then is meant."""
    best = read_time(text, scene.now, scene.zone, scene.region, scene.opening).best
    return best is not None and best.grain is Grain.DAY


def of_the_clock_alone(text: str, scene: Scene) -> bool:
    """Return whether a text says at which time and not on which day: whichever day it is, that one is meant."""
    if _OF_TODAY.search(text):
        return False
    days = [_day(scene.now, scene) + timedelta(days=ahead) for ahead in (1, 2, 3)]
    reads = [read_time(text, _midnight(day, scene), scene.zone, scene.region, scene.opening).best for day in days]
    return all(read is not None and read.start.date() == day for read, day in zip(reads, days, strict=True))


def on_the_day_of(text: str, at: datetime, scene: Scene) -> str:
    """Return a text with the date of an instant before it where it says a time of the day alone."""
    return f"{_day(at, scene):%d %B %Y} {text}" if of_the_clock_alone(text, scene) else text


def meant(text: str, appointments: Sequence[Appointment], scene: Scene) -> tuple[Appointment, ...]:
    """Return which of some appointments a text means by its service or its time; all of them where it says neither."""
    named = {each.id for each in choose(text, [Named(each.id, each.service) for each in appointments])}
    timed = among(text, [each.starts_at for each in appointments], scene)
    found = tuple(each for each in appointments if each.id in named) if named else tuple(appointments)
    return tuple(each for each in found if each.starts_at in timed) or found


def _day(at: datetime, scene: Scene) -> date:
    return at.astimezone(ZoneInfo(scene.zone)).date()


def _midnight(day: date, scene: Scene) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(scene.zone))
