"""What is known of one statement's shape; milliseconds throughout."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Trend = Literal["up", "flat", "down"]
Source = Literal["app", "pg_stat_statements", "both"]

FEW = 5
"""With fewer calls in either half of the window there is no trend."""
CHANGED = 1.25
"""By this factor the later half's mean has to differ from the earlier's."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A shape as the processes saw it in a window."""

    shape: str
    calls: int
    failed: int
    total: float
    most: float
    earlier_calls: int = 0
    """Calls in the first half of the window; `earlier_total` is how long they took."""
    earlier_total: float = 0.0
    routes: tuple[str, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None

    @property
    def mean(self) -> float:
        """The mean of a call."""
        return self.total / self.calls if self.calls else 0.0

    @property
    def trend(self) -> Trend | None:
        """Whether a call takes longer in the later half of the window than in the earlier; None: too few calls."""
        later = self.calls - self.earlier_calls
        if min(later, self.earlier_calls) < FEW or self.earlier_total <= 0:
            return None
        ratio = (self.total - self.earlier_total) / later / (self.earlier_total / self.earlier_calls)
        if ratio >= CHANGED:
            return "up"
        return "down" if ratio <= 1 / CHANGED else "flat"


@dataclass(frozen=True, slots=True)
class Served:
    """A shape as the server saw it, since its statistics were last reset: execution alone, whoever asked."""

    shape: str
    text: str
    calls: int
    total: float
    most: float
    rows: int
    hits: int
    """Blocks found in the server's memory; `reads` had to be read."""
    reads: int

    @property
    def mean(self) -> float:
        """The mean of a call."""
        return self.total / self.calls if self.calls else 0.0

    @property
    def hit_percent(self) -> float | None:
        """How many of the blocks were in memory; None where none was asked for."""
        blocks = self.hits + self.reads
        return 100 * self.hits / blocks if blocks else None

    def plus(self, other: "Served") -> "Served":
        """Return both together: the same shape run by two roles, or within a function."""
        return Served(
            self.shape,
            self.text,
            *(self.calls + other.calls, self.total + other.total, max(self.most, other.most)),
            *(self.rows + other.rows, self.hits + other.hits, self.reads + other.reads),
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """A shape as it is known: by the processes, the server, or both."""

    shape: str
    seen: Seen | None
    served: Served | None

    @property
    def source(self) -> Source:
        """Who knows it."""
        if self.seen is None:
            return "pg_stat_statements"
        return "app" if self.served is None else "both"

    @property
    def figures(self) -> Seen | Served:
        """What it is sorted and judged by: the processes' view where there is one."""
        figures = self.seen or self.served
        assert figures is not None
        return figures

    @property
    def routes(self) -> tuple[str, ...]:
        """Which routes ran it."""
        return self.seen.routes if self.seen else ()
