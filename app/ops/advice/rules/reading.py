"""A statement's levels, and what each demands of its tables: by its structure, never by its text."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pglast import ast
from pglast.enums import BoolExprType, SetOperation

from app.ops.advice.rules.comparing import compared
from app.ops.advice.rules.conditions import Condition, Op
from app.ops.advice.rules.relations import Join, relations
from app.ops.advice.rules.scope import Scope
from app.ops.advice.rules.sorting import SortKey, sorted_by
from app.ops.advice.rules.syntax import NotRead, conjuncts, single, walk
from app.ops.advice.rules.tables import Find, Table

Branch = tuple[Condition, ...]
"""One side of an OR: conditions that all hold."""


@dataclass(slots=True)
class Use:
    """What one level demands of one table; `branches` are the ORs, each the list of its sides."""

    table: Table
    alias: str
    conditions: list[Condition] = field(default_factory=list)
    branches: list[list[Branch]] = field(default_factory=list)
    order: tuple[SortKey, ...] = ()
    limited: bool = False
    """Whether only the first rows in that order are wanted."""
    or_elsewhere: bool = False
    """Whether an OR goes over several tables, or has a side that no index can help with."""


def read(text: str, find: Find) -> list[list[Use]]:
    """Return the levels of a statement (itself, its subqueries and its WITH queries), each as the uses of its tables.

    Raises:
        NotRead: there can be no advice on such a statement.
    """
    try:
        return [uses for uses in _levels(single(text), find, None, frozenset()) if uses]
    except RecursionError:
        raise NotRead("too_long", "The statement is nested too deep.") from None


def _levels(node: Any, find: Find, around: Scope | None, named: frozenset[str]) -> Iterator[list[Use]]:
    clause = getattr(node, "withClause", None)
    if clause is not None:
        for query in clause.ctes:
            named |= {query.ctename}
            yield from _levels(query.ctequery, find, around, named)
    if isinstance(node, ast.SelectStmt) and node.op != SetOperation.SETOP_NONE:
        for side in (node.larg, node.rarg):
            yield from _levels(side, find, around, named)
        return
    scope = Scope(around)
    joins = relations(
        node, scope, lambda schema, name: None if schema is None and name in named else find(schema, name)
    )
    yield list(_uses(node, scope, joins))
    for inner in _inner(node):
        yield from _levels(inner, find, scope, named)


def _inner(node: Any) -> Iterator[ast.SelectStmt]:
    """Yield the SELECTs directly below a level, its WITH queries apart."""
    for name in node:
        below = getattr(node, name)
        if name in ("withClause", "larg", "rarg"):
            continue
        for each in walk(below, into_selects=False):
            select = getattr(each, "subselect", None) or getattr(each, "subquery", None)
            if isinstance(select, ast.SelectStmt):
                yield select


def _uses(node: Any, scope: Scope, joins: list[Join]) -> Iterator[Use]:
    uses = {alias: Use(table, alias) for alias, table in scope.relations.items() if table is not None}
    demands: list[tuple[frozenset[str] | None, Any]] = []
    demands += [(None, each) for each in conjuncts(getattr(node, "whereClause", None))]
    demands += [(join.filtered, each) for join in joins for each in conjuncts(join.condition)]
    for filtered, demand in demands:
        _demand(demand, scope, uses if filtered is None else {each: uses[each] for each in filtered & set(uses)})
    for join in joins:
        for alias, condition in join.using(scope):
            if alias in uses:
                uses[alias].conditions.append(condition)
    _spread(uses)
    order, limited = sorted_by(node, scope)
    for alias, keys in order.items():
        uses[alias].order, uses[alias].limited = keys, limited
    yield from uses.values()


def _demand(demand: Any, scope: Scope, uses: dict[str, Use]) -> None:
    """Take down one conjunct with the tables whose rows it can leave out."""
    if isinstance(demand, ast.BoolExpr) and demand.boolop == BoolExprType.OR_EXPR:
        _either(demand, scope, uses)
        return
    for alias, condition in compared(demand, scope):
        if alias in uses and condition not in uses[alias].conditions:
            uses[alias].conditions.append(condition)


def _either(demand: ast.BoolExpr, scope: Scope, uses: dict[str, Use]) -> None:
    """Take down an OR where each of its sides can be looked up in one and the same table."""
    found = [[each for part in conjuncts(side) for each in compared(part, scope)] for side in demand.args or ()]
    aliases = {alias for side in found for alias, _ in side}
    if len(aliases) != 1 or not all(found) or not aliases <= set(uses):
        for alias in aliases & set(uses) or set(uses):
            uses[alias].or_elsewhere = True
        return
    use = uses[aliases.pop()]
    branches = [tuple(condition for _, condition in side) for side in found]
    keys = {branch[0].key for branch in branches}
    if len(keys) == 1 and all(len(branch) == 1 and branch[0].op is Op.equal for branch in branches):
        values = [branch[0].values for branch in branches]
        known = None if None in values else frozenset().union(*(each or () for each in values))
        use.conditions.append(replace(branches[0][0], op=Op.any, values=known, elements=len(branches)))
    else:
        use.branches.append(branches)


def _spread(uses: dict[str, Use]) -> None:
    """Give a column the value of the one that it is joined with: `a.x = b.x AND b.x = $1` fixes both."""
    changed = True
    while changed:
        changed = False
        for use in uses.values():
            fixed = {each.key: each for each in use.conditions if each.op is Op.equal and each.joined is None}
            for link in use.conditions:
                if link.op is not Op.equal or link.joined is None or link.key not in fixed:
                    continue
                other, column = uses.get(link.joined[0]), link.joined[1]
                value = replace(fixed[link.key], key=column)
                if other is not None and column and not _fixes(other, column):
                    other.conditions.append(value)
                    changed = True


def _fixes(use: Use, column: str) -> bool:
    return any(each.key == column and each.op is Op.equal and each.joined is None for each in use.conditions)
