"""Which statements are shown, and in which order; since when is asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.ops.queries.rules.figures import Seen, Served, Source, Statement

Sort = Literal["total", "avg", "p95", "calls", "max"]

MEASURES: Mapping[str, Callable[[Statement], float]] = {
    "total": lambda statement: statement.figures.total,
    "avg": lambda statement: statement.figures.mean,
    "calls": lambda statement: statement.figures.calls,
    "max": lambda statement: statement.figures.most,
}
"""What is sorted by; `p95` needs the distribution."""

SHAPES_MINUTES = 5
"""Shapes are counted by so many minutes: no window begins within them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which statements are asked for; `least` in milliseconds."""

    limit: int = 20
    least: float = 1000
    sort: Sort = "total"
    source: Source | None = None
    route: str | None = None

    def takes(self, statement: Statement) -> bool:
        """Whether a statement is wanted, as far as its source, its routes and its duration say.

        The bound is compared with the mean of a call, as long as nothing else is sorted by: with the longest for
        `max`, and for `p95`, which cannot be above it, before that is known.
        """
        if self.source is not None and statement.source not in {self.source, "both"}:
            return False
        if self.source == "both" and statement.source != "both":
            return False
        if self.route is not None and not any(_is_route(each, self.route) for each in statement.routes):
            return False
        figures = statement.figures
        return (figures.most if self.sort in {"max", "p95"} else figures.mean) >= self.least


def joined(seen: Iterable[Seen], served: Mapping[str, Served]) -> list[Statement]:
    """Return every shape that the processes or the server know."""
    here = {each.shape: each for each in seen}
    shapes = {**dict.fromkeys(here), **dict.fromkeys(served)}
    return [Statement(shape, here.get(shape), served.get(shape)) for shape in shapes]


def first(statements: Iterable[Statement], by: Callable[[Statement], float], limit: int) -> list[Statement]:
    """Return the so many with the highest measure; of equals always the same ones."""
    return sorted(statements, key=lambda statement: (-by(statement), statement.shape))[:limit]


def floor(instant: datetime, minutes: int) -> datetime:
    """Return the beginning of the period of so many minutes that an instant lies in."""
    length = timedelta(minutes=minutes)
    epoch = datetime(1970, 1, 1, tzinfo=instant.tzinfo)
    return instant - (instant - epoch) % length


def _is_route(route: str, wanted: str) -> bool:
    return wanted in {route, route.partition(" ")[2]}
