"""FROM, UPDATE and DELETE: which tables a level has, and how they are joined."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pglast import ast
from pglast.enums import JoinType

from app.ops.advice.rules.conditions import Condition, Op
from app.ops.advice.rules.scope import Scope
from app.ops.advice.rules.tables import Find

_FILTERED = {JoinType.JOIN_LEFT: "right", JoinType.JOIN_RIGHT: "left", JoinType.JOIN_FULL: "neither"}


@dataclass(frozen=True, slots=True)
class Join:
    """A join: its condition or columns, and the aliases whose rows it can leave out (None: of both sides)."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    condition: Any
    columns: tuple[str, ...]
    filtered: frozenset[str] | None

    def using(self, scope: Scope) -> Iterator[tuple[str, Condition]]:
        """Yield what `USING` demands of each side."""
        for column in self.columns:
            sides = [_having(side, column, scope) for side in (self.left, self.right)]
            for mine, others in (sides, sides[::-1]):
                if mine is not None and others is not None and (self.filtered is None or mine in self.filtered):
                    yield mine, Condition(column, Op.equal, joined=(others, column))


def relations(node: Any, scope: Scope, find: Find) -> list[Join]:
    """Put the relations of a level into its scope; return their joins."""
    joins: list[Join] = []
    items = [getattr(node, "relation", None)]
    for clause in ("fromClause", "usingClause"):
        items.extend(getattr(node, clause, None) or ())
    for item in items:
        if item is not None:
            _add(item, scope, find, joins)
    return joins


def _add(item: Any, scope: Scope, find: Find, joins: list[Join]) -> tuple[str, ...]:
    """Put one item of FROM into the scope; return the aliases that it brings."""
    if isinstance(item, ast.JoinExpr):
        left, right = _add(item.larg, scope, find, joins), _add(item.rarg, scope, find, joins)
        side = _FILTERED.get(item.jointype or JoinType.JOIN_INNER)
        filtered = None if side is None else frozenset({"left": left, "right": right}.get(side, ()))
        columns = tuple(each.sval for each in item.usingClause or ())
        scope.merged.update(columns)
        joins.append(Join(left, right, item.quals, columns, filtered))
        return left + right
    name = item.alias.aliasname if getattr(item, "alias", None) is not None else getattr(item, "relname", "")
    scope.relations[name] = find(item.schemaname, item.relname or "") if isinstance(item, ast.RangeVar) else None
    return (name,)


def _having(aliases: tuple[str, ...], column: str, scope: Scope) -> str | None:
    """Return which relation brings a column."""
    for alias in aliases:
        table = scope.table(alias)
        if table is not None and column in table.columns:
            return alias
    return None
