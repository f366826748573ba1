"""Whose column that is: the relations of one SELECT, UPDATE or DELETE, and of those around it."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pglast import ast

from app.ops.advice.rules.syntax import bare, canonical, name_of, walk
from app.ops.advice.rules.tables import Table

OUTSIDE = "<outside>"
"""The owner of a column that is known before this level begins: of a statement around it."""
UNKNOWN = "<unknown>"
"""The owner of a column of a subquery, a function, or of nobody we know."""

_TEXT_TYPES = {"text", "varchar", "bpchar"}


class Target(NamedTuple):
    """What of a relation is compared: a column, or an expression over its columns."""

    alias: str
    key: str
    expression: bool


@dataclass(slots=True)
class Scope:
    """The relations of one level by alias; None for what is no table, such as a subquery."""

    around: "Scope | None" = None
    relations: dict[str, Table | None] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
    """Columns that `USING` made one."""

    def owner(self, reference: ast.ColumnRef) -> str:
        """Return the alias of a column's relation, or that it comes from outside, or is unknown."""
        name = name_of(reference)
        if name is None:
            return UNKNOWN
        if len(name) > 1:
            if name[-2] in self.relations:
                return name[-2]
        else:
            having = [alias for alias, table in self.relations.items() if table and name[0] in table.columns]
            if len(having) == 1 or (having and name[0] in self.merged):
                return having[0]
            if having or None in self.relations.values():
                return UNKNOWN
        if self.around is None:
            return UNKNOWN
        return UNKNOWN if self.around.owner(reference) == UNKNOWN else OUTSIDE

    def owners(self, node: Any) -> set[str]:
        """Return the owners of all columns in an expression; inner SELECTs are looked at apart."""
        found = walk(node, into_selects=False)
        return {self.owner(each) for each in found if isinstance(each, ast.ColumnRef)}

    def table(self, alias: str) -> Table | None:
        """Return the table behind an alias."""
        return self.relations.get(alias)

    def target(self, node: Any) -> Target | None:
        """Return what an expression is of one table: its column, or something computed from its columns."""
        owners = self.owners(node)
        if len(owners) != 1:
            return None
        alias = owners.pop()
        table = self.table(alias)
        if table is None or isinstance(node, ast.RowExpr):
            return None
        inner = bare(node)
        if isinstance(inner, ast.ColumnRef):
            name = (name_of(inner) or ("",))[-1]
            column = table.columns.get(name)
            if column is None:
                return None
            if inner is node or column.type in _TEXT_TYPES:
                return Target(alias, name, False)
        if any(isinstance(each, ast.SubLink) for each in walk(node)):
            return None
        return Target(alias, canonical(node), True)
