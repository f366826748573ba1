"""Which index one table wants for conditions that all hold, after PgHero's documented method (ankane/pghero, MIT).

From there: rank columns by the rows that they leave, take them until few rows are left or two are chosen, end with a
range, and take back what does not leave under 30 %. Ours: the first column of a composite primary key leads and is
not counted (here the client, which nearly every statement names), lists and NULLs find single values too, an order
counts where only its first rows are wanted, and what exists is judged by the rows that it leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ops.advice.rules.conditions import EXACT, POINTS, Condition, Op
from app.ops.advice.rules.estimates import FEW_LEFT, WORTH, left_after, remaining
from app.ops.advice.rules.sorting import SortKey
from app.ops.advice.rules.tables import Part, Table

MOST_COLUMNS = 2
FEWEST_ROWS = 500
"""Below this a table is read whole as fast as by an index."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that could help."""

    schema: str
    table: str
    parts: tuple[Part, ...]
    method: str = "btree"

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns, in order."""
        return tuple(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Wish:
    """A candidate with the rows that it leaves, and whether it is there for the order."""

    candidate: Candidate
    left: float
    for_order: bool = False


def wishes(table: Table, conditions: Sequence[Condition], order: Sequence[SortKey], *, limited: bool) -> list[Wish]:
    """Return the candidates for a table, the likeliest first; none where no column is worth it."""
    plain = [each for each in conditions if not each.expression]
    points, left = _points(table, [each for each in plain if each.op in POINTS])
    ranges = sorted(
        (each for each in plain if each.op in (Op.range, Op.prefix)),
        key=lambda each: (remaining(table, [each]), each.key),
    )
    bound = ranges[0] if ranges and left >= FEW_LEFT else None
    found = []
    if bound is not None:
        narrowed = left_after(table.columns[bound.key], table.rows, left, bound)
        found.append(Wish(_index(table, [*points, bound]), narrowed))
    elif points:
        found.append(Wish(_index(table, points), left))
    if limited and order and left >= FEW_LEFT:
        in_order = _in_order(table, [each for each in points if each.op in EXACT], order)
        alone = bound is None or bound.key == order[0].column
        found.insert(0 if alone else 1, Wish(in_order, found[0].left if found else left, for_order=True))
    return found


def _points(table: Table, points: Sequence[Condition]) -> tuple[list[Condition], float]:
    """Return the conditions on single values that are worth a column, and the rows that they leave."""
    ranked = sorted(points, key=lambda each: (remaining(table, [each]), each.op is Op.any, each.key))
    leads = table.primary[0] if len(table.primary) > 1 else None
    ranked.sort(key=lambda each: each.key != leads or each.op is Op.null)
    leading = bool(ranked) and ranked[0].key == leads and ranked[0].op is not Op.null
    taken: list[Condition] = []
    steps = [table.rows]
    for each in ranked:
        if any(each.key == known.key for known in taken):
            continue
        if len(taken) - leading >= MOST_COLUMNS or steps[-1] < FEW_LEFT:
            break
        taken.append(each)
        steps.append(left_after(table.columns[each.key], table.rows, steps[-1], each))
    while taken and steps[-1] > WORTH * steps[-2]:
        taken.pop()
        steps.pop()
    return sorted(taken, key=lambda each: each.op is Op.any), steps[-1]


def _index(table: Table, conditions: Sequence[Condition]) -> Candidate:
    return Candidate(table.schema, table.name, tuple(_part(table, each) for each in conditions))


def _part(table: Table, condition: Condition) -> Part:
    column = table.columns[condition.key]
    if condition.op is Op.prefix and not column.bytewise:
        return Part(column.name, opclass=f"{column.type}_pattern_ops")
    return Part(column.name)


def _in_order(table: Table, points: Sequence[Condition], order: Sequence[SortKey]) -> Candidate:
    """Return the index whose keys come in the wanted order once the points are fixed; read backwards if need be."""
    fixed = {each.key for each in points}
    wanted = [key for key in order if key.column not in fixed]
    turned = bool(wanted) and wanted[0].descending
    parts = [Part(key.column, descending=key.descending != turned) for key in wanted]
    return Candidate(table.schema, table.name, (*(Part(each.key) for each in points), *parts))
