"""Whose numbers an answer is made of: a view is of all processes, or of this one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.signals import Tally
from app.ops.queries.rules.figures import Seen


@dataclass(frozen=True, slots=True)
class Tracked:
    """Since when numbers are kept, how many runs found no room, and whether a process is late with its own."""

    since: datetime | None
    dropped: int
    late: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """All shapes together: how many, how many of them slow and critical, their milliseconds; the longest first."""

    shapes: int
    slow: int
    critical: int
    total: float
    top: Sequence[Seen]


SLOW_MS, CRITICAL_MS = 1_000, 5_000
"""From here on a shape counts as slow, or critical, by the mean of its calls."""


class View(Protocol):
    """Answers what has been counted since an instant at which a period begins."""

    def begin(self, since: datetime) -> datetime:
        """Return the beginning of the period that an instant lies in."""

    def reaches(self, since: datetime) -> bool:
        """Whether anything so old is known, if there was anything."""

    async def tracked(self) -> Tracked:
        """Return how far the numbers can be relied on."""

    async def seen(self, since: datetime) -> list[Seen]:
        """Return every shape that was run."""

    async def summary(self, since: datetime, top: int) -> Summary:
        """Return the figures of all shapes that were run, and so many of those that took the most time."""

    async def tallies(self, kind: str, since: datetime, keys: Sequence[str] | None = None) -> Mapping[str, Tally]:
        """Return a kind of samples by key."""

    async def spells(self, kind: str, since: Sequence[datetime]) -> Sequence[Mapping[str, Tally]]:
        """Return a kind of samples by key for each of several instants."""

    async def texts(self, shapes: Sequence[str]) -> Mapping[str, str]:
        """Return the statements of shapes, without literals."""
