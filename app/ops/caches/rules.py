"""Several processes' figures of one cache put together, and whether a hit rate is cause for alarm."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.core.cache_figures import Figures, State

Why = Literal["cold", "warming", "few_lookups"]

THRESHOLD_PERCENT = 70
"""A warm cache that answers less than this of what it is asked is told of."""

FEWEST_LOOKUPS = 100
"""Fewer lookups in five minutes than this say nothing."""

LIFETIMES = (1.0, 86_400.0)
"""Shortest and longest lifetime that can be set, in seconds."""

_COLDEST: Sequence[State] = ("cold", "warming", "warm")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a cache is cause for alarm; if none could be judged, why."""

    firing: bool
    suppressed_because: Why | None


def together(told: Iterable[Figures]) -> Figures:
    """Return the sums; the state is the coldest of those that are asked at all."""
    each = list(told)
    names = [name for name in Figures.__slots__ if name != "state"]
    return Figures(**{name: sum(getattr(one, name) for one in each) for name in names}, state=coldest(each))


def coldest(told: Iterable[Figures]) -> State:
    """Return the coldest state of those asked in the last five minutes; of all, where none was."""
    each = list(told)
    states = {one.state for one in each if one.lookups_5m} or {one.state for one in each}
    return next((state for state in _COLDEST if state in states), "cold")


def percent(hits: int, lookups: int) -> float | None:
    """Return the share of lookups that were hits, None where nothing was looked up."""
    return round(100 * hits / lookups, 2) if lookups else None


def judge(one: Figures) -> Judgement:
    """Return whether a cache's hit rate of the last five minutes is too low."""
    if one.state != "warm":
        return Judgement(False, one.state)
    if one.lookups_5m < FEWEST_LOOKUPS:
        return Judgement(False, "few_lookups")
    return Judgement(100 * one.hits_5m < THRESHOLD_PERCENT * one.lookups_5m, None)


def judge_all(told: Iterable[Figures]) -> Judgement:
    """Return whether any cache is cause for alarm; while none can be judged, why the busiest cannot."""
    found = [(one.lookups_5m, judge(one)) for one in told]
    judged = [each for _, each in found if each.suppressed_because is None]
    if judged:
        return Judgement(any(each.firing for each in judged), None)
    return max(found, key=lambda each: each[0])[1] if found else Judgement(False, "cold")


def lifetime(usual: float, value: Mapping[str, Any]) -> float:
    """Return the lifetime that an override asks for, in seconds, within bounds."""
    shortest, longest = LIFETIMES
    wanted = value["seconds"] if "seconds" in value else usual * value["multiplier"]
    return float(min(longest, max(shortest, wanted)))
