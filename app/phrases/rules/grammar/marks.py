"""What a sentence is made of beside days and times."""

from dataclasses import dataclass

from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.times import Time


@dataclass(frozen=True, slots=True)
class FromNow:
    """So many minutes from now; with `window` any time until then."""

    minutes: int
    window: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """An ISO date and time as written, with the offset from UTC in minutes where it has one."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A time on a day that is ruled out, which leaves the rest of that day: Monday afternoon is no good."""

    days: Days
    time: Time


@dataclass(frozen=True, slots=True)
class Mark:
    """A small word: or, and, a comma; not; now; every; a correction; early and late beside a day."""

    kind: str


Item = Days | Time | FromNow | Stamp | Refused | Mark
Found = tuple[list[Item], int]
