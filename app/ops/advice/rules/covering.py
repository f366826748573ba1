"""What an index that exists does for a statement: how many rows it leaves to look at, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ops.advice.rules.comparing import compared
from app.ops.advice.rules.conditions import POINTS, Condition, Implied, Op, implied
from app.ops.advice.rules.estimates import remaining
from app.ops.advice.rules.scope import Scope
from app.ops.advice.rules.sorting import SortKey
from app.ops.advice.rules.syntax import canonical, conjuncts, parsed_expression
from app.ops.advice.rules.tables import Index, Part, Table

_KINDS = {
    "btree": {*POINTS, Op.range, Op.prefix, Op.not_null},
    "hash": {Op.equal},
    "brin": {*POINTS, Op.range},
    "gist": {*POINTS, Op.range, Op.other, Op.like},
    "gin": {Op.other, Op.like, *POINTS},
    "spgist": {Op.other, Op.equal, Op.prefix},
}
"""What a condition must be for an index of a method; its operator class has the last word."""


@dataclass(frozen=True, slots=True)
class Help:
    """How far an index helps: rows left after it (None: nobody can tell), and whether in the wanted order."""

    index: Index
    left: float | None
    ordered: bool
    holds: Implied = Implied.yes
    """Whether its predicate does."""


def helps(table: Table, index: Index, conditions: Sequence[Condition], order: Sequence[SortKey] = ()) -> Help | None:
    """Return what an index does for conditions that all hold; None where it does nothing."""
    holds = predicate_holds(table, index, conditions)
    if not index.valid or holds is Implied.no:
        return None
    used, blind = [], False
    for part in index.parts:
        fitting = [each for each in conditions if _fits(table, index, part, each)]
        if not fitting:
            break
        used.append(min(fitting, key=lambda each: (each.op not in POINTS, remaining(table, [each]))))
        blind |= used[-1].op in (Op.other, Op.like) or used[-1].expression
        if index.method == "btree" and used[-1].op not in POINTS:
            break
    ordered = index.method == "btree" and gives_order(index.parts, conditions, order)
    if not used and not ordered and (index.predicate is None or not conditions):
        return None
    left = None if blind else remaining(table, used)
    if index.unique and index.predicate is None and len(used) == len(index.parts):
        left = 1.0 if all(each.op is Op.equal for each in used) else left
    return Help(index, left, ordered, holds) if used or ordered else None


def gives_order(parts: Sequence[Part], conditions: Sequence[Condition], order: Sequence[SortKey]) -> bool:
    """Return whether keys, after those that are fixed, come in the wanted order or its exact reverse."""
    fixed = {each.key for each in conditions if each.op in (Op.equal, Op.null) and not each.expression}
    wanted = [key for key in order if key.column not in fixed]
    keys = [part for part in parts if not (part.is_column and part.text in fixed)]
    if not wanted or len(keys) < len(wanted):
        return False
    pairs = list(zip(keys, wanted, strict=False))
    turned = {part.descending != key.descending for part, key in pairs}
    return all(part.is_column and part.text == key.column for part, key in pairs) and len(turned) == 1


def predicate_holds(table: Table, index: Index, conditions: Sequence[Condition]) -> Implied:
    """Return whether a partial index has all rows that are asked for."""
    if index.predicate is None:
        return Implied.yes
    scope = Scope(relations={table.name: table})
    verdicts = []
    for each in conjuncts(parsed_expression(index.predicate)):
        found = [condition for _, condition in compared(each, scope)]
        verdicts.append(implied(found[0], conditions) if len(found) == 1 else Implied.no)
    for verdict in (Implied.no, Implied.depends):
        if verdict in verdicts or not verdicts:
            return verdict
    return Implied.yes


def _fits(table: Table, index: Index, part: Part, condition: Condition) -> bool:
    if condition.op not in _KINDS.get(index.method, set()):
        return False
    key = part.text if part.is_column else canonical(parsed_expression(part.text))
    if condition.expression == part.is_column or condition.key != key:
        return False
    if condition.op is Op.prefix and index.method == "btree":
        column = table.columns.get(part.text)
        return part.opclass.endswith("_pattern_ops") or (column is not None and column.bytewise)
    if condition.op is Op.like:
        return part.opclass.endswith("_trgm_ops")
    return True
