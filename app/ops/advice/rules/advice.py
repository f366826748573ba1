"""One piece of advice, whatever it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

Kind = Literal[
    "missing_index",
    "unindexed_foreign_key",
    "duplicate_index",
    "unused_index",
    "invalid_index",
    "stale_statistics",
    "sequence_exhaustion",
    "n_plus_one",
    "pool_wait",
]
Severity = Literal["high", "medium", "low"]
Confidence = Literal["confirmed", "estimated", "certain"]
"""Confirmed by the planner, estimated from statistics, or plainly so in the catalogue."""

_WEIGHT = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class Estimated:
    """What it would change: planner costs (of no unit) before and after, and the size of an index in bytes."""

    cost_before: float | None = None
    cost_after: float | None = None
    index_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, why, and how to undo it; `text` says it in a sentence. `subject` tells it from others of its kind."""

    kind: Kind
    subject: str
    severity: Severity
    confidence: Confidence
    text: str
    sql: str | None = None
    rollback_sql: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    estimated: Estimated = Estimated()
    queries: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same advice, in every process."""
        return blake2b(f"{self.kind}|{self.subject}".encode(), digest_size=6).hexdigest()


def ranked(advice: Sequence[Advice]) -> list[Advice]:
    """Return the most pressing first."""
    return sorted(advice, key=lambda each: (_WEIGHT[each.severity], each.kind, each.subject))
