"""How many rows are left: PgHero's estimate from `pg_stats` (ankane/pghero, MIT), for more kinds of conditions."""

from collections.abc import Iterable

from app.ops.advice.rules.conditions import Condition, Op
from app.ops.advice.rules.tables import Column, Table

FEW_LEFT = 50
"""So few rows are read one by one without regret."""
WORTH = 0.3
"""A column is worth its place in an index where it leaves at most this share of the rows."""
_RANGE_SHARE = 10
"""One in so many rows is taken to lie in a range, or to match a pattern."""


def left_after(column: Column, total: float, left: float, condition: Condition) -> float:
    """Return how many of `left` rows remain, of `total` in the table; columns are taken to be independent."""
    nulls, distinct = column.null_frac or 0.0, column.n_distinct or 0.0
    if condition.op is Op.null:
        return left * nulls
    left *= 1 - nulls
    if condition.op is Op.not_null:
        return left
    values = distinct if distinct >= 0 else -distinct * total
    each = left / values if values else 0.0
    if condition.op is Op.equal:
        return each
    if condition.op is Op.any:
        return min(left, each * condition.elements)
    return min(left, (left + each) / _RANGE_SHARE)


def remaining(table: Table, conditions: Iterable[Condition], *, left: float | None = None) -> float:
    """Return how many rows of a table all these conditions leave; expressions count for nothing."""
    rows = table.rows if left is None else left
    for condition in conditions:
        column = table.columns.get(condition.key)
        if column is not None and not condition.expression and column.analyzed:
            rows = left_after(column, table.rows, rows, condition)
    return rows
