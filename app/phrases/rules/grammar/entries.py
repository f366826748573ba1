"""Items to entries: which day goes with which time, what readings share, what was ruled out or taken back."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

from app.phrases.rules.grammar.joining import day_of_both, shared_days, time_of_both
from app.phrases.rules.grammar.marks import FromNow, Item, Mark, Refused, Stamp
from app.phrases.rules.grammar.parts import tempered
from app.phrases.rules.meaning.context import Days
from app.phrases.rules.meaning.periods import Month, PartOf, Period
from app.phrases.rules.meaning.times import TIMES, Clock, Part, Time, is_sure

LISTED = (Mark("or"), Mark(","))
WHOLE_DAY = {"early": Part("morning", 0, 600), "late": Part("evening", 960, 1440)}
"""What early and late are of a day."""


@dataclass
class Entry:
    """A day, a time, or both; or a moment counted from now, or written as a stamp.

    `apart` tells that nothing joins it to what was said before.
    """

    days: Days | None = None
    time: Time | None = None
    moment: FromNow | Stamp | None = None
    apart: bool = False


@dataclass
class Said:
    """Everything a phrase says: entries in order, and what is left of the small words."""

    entries: list[Entry] = field(default_factory=list)
    excluded: list[Days | Time] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)


def arranged(items: list[Item]) -> Said:
    """Return what the items say together."""
    said = Said()
    maker = _Maker(said)
    for item in _surely_meant(_corrected(items)):
        maker.take(item)
    maker.end()
    said.entries = [entry for entry in said.entries if entry.days or entry.time or entry.moment]
    said.entries = _main(said.entries)
    ruled_out = [Entry(days) for days in said.excluded[-1:] if not isinstance(days, TIMES)]
    ruled_out += [Entry(refused.days) for refused in said.refused[-1:]]
    _share_forward([*ruled_out, *said.entries])
    _share(said.entries)
    return said


class _Maker:
    """Puts one item after the other where it belongs."""

    def __init__(self, said: Said):
        self.said = said
        self.joined = ""
        self.negated = False
        self.tempered = ""
        self.noise = 0
        self.current = Entry()
        self.said.entries.append(self.current)

    def take(self, item: Item) -> None:
        """Take the next item."""
        if isinstance(item, Mark):
            self._mark(item.kind)
            return
        if isinstance(item, Refused):
            self.said.refused.append(item)
            return
        if self.negated:
            self.negated = False
            if not isinstance(item, FromNow | Stamp):
                self.said.excluded.append(item)
        elif isinstance(item, FromNow | Stamp):
            self._fresh() if self.current.moment else None
            self.current.moment = item
        elif isinstance(item, TIMES):
            self._time(item)
        else:
            self._days(item)
        self.joined, self.noise = "", 0

    def end(self) -> None:
        """Let early and late say a part of the day where nothing else does: early on Friday."""
        if self.tempered and self.current.days and not self.current.time:
            self.current.time = WHOLE_DAY[self.tempered]

    def _mark(self, kind: str) -> None:
        if kind in {"or", "and", ","}:
            self.joined = kind if self.joined != "or" else "or"
        elif kind == "not":
            self.negated = True
        elif kind == "noise":
            self.noise += 1
        elif kind in WHOLE_DAY and isinstance(self.current.days, Period | Month):
            self.current.days = PartOf(kind, self.current.days)
        elif kind in WHOLE_DAY:
            self.tempered = kind
        else:
            self.said.marks.add(kind)

    def _fresh(self) -> None:
        self.current = Entry(apart=not self.joined)
        self.said.entries.append(self.current)

    def _time(self, time: Time) -> None:
        if self.tempered and isinstance(time, Part):
            time = tempered(time.name, self.tempered) or time
            self.tempered = ""
        if self.current.time is None:
            if self.joined == "or" and self.current.days is not None:
                self._fresh()
            self.current.time = time
            return
        listed = self.joined and isinstance(self.current.time, Clock) and isinstance(time, Clock)
        both = None if self.joined == "or" or listed else time_of_both(self.current.time, time)
        if both is None:
            self._fresh()
        self.current.time = both or time

    def _days(self, days: Days) -> None:
        if self.current.days is None:
            if self.joined == "or" and self.current.time is not None:
                self._fresh()
            self.current.days = days
            return
        both = None if self.joined in {"or", "and"} or self.noise > 1 else day_of_both(self.current.days, days)
        if both is None:
            self._fresh()
        self.current.days = both or days


def _main(entries: list[Entry]) -> list[Entry]:
    """Return the entries without days that are only mentioned: I am back on Monday, so Tuesday at three."""
    whole = [entry for entry in entries if entry.moment or (entry.days and entry.time)]
    return whole if whole and any(entry.apart for entry in entries) else entries


def _corrected(items: list[Item]) -> list[Item]:
    """Return the items without what was taken back: Tuesday, no sorry, Wednesday."""
    for place in range(len(items) - 1, -1, -1):
        if items[place] == Mark("sorry"):
            before, after = items[:place], items[place + 1 :]
            kinds = {_kind(item) for item in after} - {""}
            if any(_kind(item) == "time" for item in before):  # at 3, actually make it 4
                after = [replace(item, sure=max(item.sure, 2)) if isinstance(item, Clock) else item for item in after]
            return [item for item in before if _kind(item) not in kinds] + after
    return items


def _kind(item: Item) -> str:
    if isinstance(item, Mark | Refused):
        return ""
    return "time" if isinstance(item, TIMES) else "moment" if isinstance(item, FromNow | Stamp) else "days"


def _surely_meant(items: list[Item]) -> list[Item]:
    """Return the items without bare numbers that are no times: all of them beside a sure time, or away from a day."""
    times = [item for item in items if isinstance(item, TIMES) and not isinstance(item, Part)]
    only_bare = all(is_sure(item) == 1 for item in times) and Mark("people") not in items
    noisy = Mark("noise") in items or (Mark("for") in items and not any(_kind(item) == "days" for item in items))
    sure = [
        not isinstance(item, Clock) or item.sure > 1 or (only_bare and (not noisy or _near_day(items, place)))
        for place, item in enumerate(items)
    ]
    for place in (*range(2, len(items)), *range(len(items) - 3, -1, -1)):
        sure[place] = sure[place] or _is_listed(items, sure, place, -1) or _is_listed(items, sure, place, 1)
    return [item for item, meant in zip(items, sure, strict=True) if meant]


def _is_listed(items: list[Item], sure: list[bool], place: int, step: int) -> bool:
    """Tell whether an item stands in a list beside a sure time: at 2 or 3."""
    beyond = place + 2 * step
    return (
        0 <= beyond < len(items) and items[place + step] in LISTED and isinstance(items[beyond], Clock) and sure[beyond]
    )


def _near_day(items: list[Item], place: int) -> bool:
    return any(
        0 <= place + step < len(items)
        and (_kind(items[place + step]) == "days" or isinstance(items[place + step], Part))
        for step in (-1, 1)
    )


def _share(entries: list[Entry]) -> None:
    """Let entries share what is said once: tomorrow or Friday afternoon; Tuesday at 3 or 4; the 1st or 2nd of April."""
    for entry, following in reversed(list(pairwise(entries))):
        if not entry.moment and not following.moment:
            _share_backward(entry, following)
    _share_forward(entries)


def _share_forward(entries: list[Entry]) -> None:
    for entry, following in pairwise(entries):
        if following.days is None and not following.moment:
            following.days = entry.days
        elif following.days is not None and entry.days is not None:
            following.days = shared_days(following.days, entry.days, later_said=False)


def _share_backward(entry: Entry, following: Entry) -> None:
    if entry.time is None and following.days is not None:
        entry.time = following.time
    if entry.days is None:
        entry.days = following.days
    elif following.days is not None:
        entry.days = shared_days(entry.days, following.days, later_said=True)
