"""The order that a statement wants, as far as an index could give it."""

from typing import Any, NamedTuple

from pglast import ast
from pglast.enums import SortByDir, SortByNulls

from app.ops.advice.rules.scope import Scope


class SortKey(NamedTuple):
    """One column of an order."""

    column: str
    descending: bool = False


def sorted_by(node: Any, scope: Scope) -> tuple[dict[str, tuple[SortKey, ...]], bool]:
    """Return the order by the alias of the one table that could give it, and whether only its first rows are wanted.

    Nothing where any item is no plain column, is of another table, or wants NULLs where an index has none, and where
    rows are put together before they are ordered.
    """
    if not isinstance(node, ast.SelectStmt) or not node.sortClause or node.groupClause or node.distinctClause:
        return {}, False
    keys: list[SortKey] = []
    aliases: set[str] = set()
    for item in node.sortClause:
        target = scope.target(item.node)
        if target is None or target.expression or item.sortby_nulls != SortByNulls.SORTBY_NULLS_DEFAULT:
            return {}, False
        aliases.add(target.alias)
        keys.append(SortKey(target.key, item.sortby_dir == SortByDir.SORTBY_DESC))
    limit = node.limitCount
    limited = limit is not None and not (isinstance(limit, ast.A_Const) and limit.isnull)
    return ({aliases.pop(): tuple(keys)} if len(aliases) == 1 else {}), limited
