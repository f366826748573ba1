"""What several queries want is one piece of advice; and an index that begins with another makes that one needless."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.ops.advice.rules.advice import Advice, Estimated, Severity
from app.ops.advice.rules.choosing import Candidate
from app.ops.advice.rules.naming import creating, index_bytes, index_name, place
from app.ops.advice.rules.tables import Find, ForeignKey

_MUCH, _SOME = 0.1, 0.01
"""Shares of all time that statements took."""
_SLOW_MS = 100.0


@dataclass(slots=True)
class Wanted:
    """An index, and the statements that want it: their fingerprints, calls and milliseconds."""

    candidate: Candidate
    estimated: Estimated
    confirmed: bool
    queries: list[str] = field(default_factory=list)
    calls: int = 0
    total_ms: float = 0.0
    share: float = 0.0
    """Of the time that all statements took."""

    def take_over(self, other: "Wanted") -> None:
        """Serve another's statements too."""
        self.queries += [each for each in other.queries if each not in self.queries]
        self.calls += other.calls
        self.total_ms += other.total_ms
        self.share += other.share


def merged(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return each index once, and none whose columns another begins with."""
    kept: list[Wanted] = []
    for each in sorted(wanted, key=lambda one: -len(one.candidate.parts)):
        longer = next((one for one in kept if _begins(one.candidate, each.candidate)), None)
        if longer is None:
            kept.append(each)
        else:
            longer.take_over(each)
    return kept


def _begins(longer: Candidate, shorter: Candidate) -> bool:
    same = (longer.schema, longer.table, longer.method) == (shorter.schema, shorter.table, shorter.method)
    return same and longer.parts[: len(shorter.parts)] == shorter.parts


def missing_index(wanted: Wanted, find: Find) -> Advice:
    """Return the advice to make an index."""
    candidate = wanted.candidate
    table = find(candidate.schema, candidate.table)
    indexes = table.indexes if table else []
    make, undo = creating(candidate, index_name(candidate, {each.name for each in indexes}))
    columns = list(candidate.columns)
    estimated = wanted.estimated
    if estimated.index_bytes is None and table is not None and candidate.method == "btree":
        size = index_bytes([table.columns[column].width for column in columns], table.rows)
        estimated = Estimated(estimated.cost_before, estimated.cost_after, size)
    where = f"{candidate.table} ({', '.join(columns)})"
    return Advice(
        "missing_index",
        f"{place(candidate.schema, candidate.table)} {candidate.method} {columns}",
        _severity(wanted.share, wanted.total_ms / max(1, wanted.calls)),
        "confirmed" if wanted.confirmed else "estimated",
        f"An index on {where} would serve this" + (", says the planner." if wanted.confirmed else "."),
        make,
        undo,
        {
            **{"table": candidate.table, "columns": columns, "method": candidate.method},
            **{"rows": int(table.rows) if table else None, "calls": wanted.calls},
            **{"totalMs": round(wanted.total_ms, 1), "shareOfTimePercent": round(100 * wanted.share, 1)},
        },
        estimated,
        tuple(wanted.queries),
    )


def _severity(share: float, mean_ms: float) -> Severity:
    if share >= _MUCH or mean_ms >= _SLOW_MS:
        return "high"
    return "medium" if share >= _SOME else "low"


def answers(candidate: Candidate, table: str, key: ForeignKey) -> bool:
    """Return whether an index that is advised anyway also serves the check of a foreign key."""
    return (
        candidate.method == "btree"
        and candidate.table == table
        and set(candidate.columns[: len(key.columns)]) == set(key.columns)
    )
