"""Advice on what wears out: statistics and sequences."""

from typing import NamedTuple

from app.ops.advice.rules.advice import Advice
from app.ops.advice.rules.choosing import FEWEST_ROWS
from app.ops.advice.rules.naming import place
from app.ops.advice.rules.tables import Table

_SHARE, _ROWS = 0.2, 1_000
"""Twice as much change as autovacuum waits for before it analyzes."""
NEARLY_USED_UP, ALMOST_GONE = 75.0, 90.0
"""Percent of a sequence."""


def stale_statistics(table: Table) -> Advice | None:
    """Return advice where the planner works from figures that are no longer true, or has none."""
    never = table.rows < 0 and table.live >= FEWEST_ROWS
    if table.kind not in ("r", "m") or not (never or table.changed > _ROWS + _SHARE * max(table.rows, table.live)):
        return None
    where = place(table.schema, table.name)
    return Advice(
        "stale_statistics",
        where,
        "medium",
        "certain",
        f"{table.changed:,} rows of {table.name} have changed since it was last analyzed.",
        f"ANALYZE {where}",
        evidence={"table": table.name, "rows": int(table.rows), "changed": table.changed},
    )


class Sequence(NamedTuple):
    """A sequence and how far it has come; `most` is the least of its own end and its column's type."""

    schema: str
    name: str
    column: str | None
    last: int
    most: int


def used_up(sequence: Sequence) -> Advice | None:
    """Return advice where a sequence nears its end, after which every insert fails."""
    percent = 100 * sequence.last / sequence.most
    if percent <= NEARLY_USED_UP:
        return None
    owner = sequence.column or "no column"
    return Advice(
        "sequence_exhaustion",
        place(sequence.schema, sequence.name),
        "high" if percent >= ALMOST_GONE else "medium",
        "certain",
        f"{sequence.name} of {owner} is used up to {percent:.1f} %: copy the column to a bigint in good time.",
        evidence={"sequence": sequence.name, "column": sequence.column, "usedPercent": round(percent, 1)},
    )
