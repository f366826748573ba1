"""From a condition as it is written to what an index could do for it."""

from collections.abc import Iterator
from typing import Any

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType, BoolTestType, NullTestType, SubLinkType

from app.ops.advice.rules.conditions import Condition, Op
from app.ops.advice.rules.scope import OUTSIDE, Scope, Target
from app.ops.advice.rules.syntax import constant

_FLIPPED = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<=", "&&": "&&", "@>": "<@", "<@": "@>"}
_RANGES = {"<", ">", "<=", ">="}
_LIKES = {A_Expr_Kind.AEXPR_LIKE, A_Expr_Kind.AEXPR_ILIKE}
_BETWEEN = {A_Expr_Kind.AEXPR_BETWEEN, A_Expr_Kind.AEXPR_BETWEEN_SYM}
_LISTS = {A_Expr_Kind.AEXPR_IN, A_Expr_Kind.AEXPR_OP_ANY}
LIST = 10
"""So many elements a list is taken to have whose length is not in the statement."""

Found = Iterator[tuple[str, Condition]]
"""Conditions by the alias of their relation."""

Joined = tuple[str, str] | None


def compared(node: Any, scope: Scope) -> Found:
    """Yield what one conjunct demands of columns; nothing for what no index can help with."""
    if isinstance(node, ast.A_Expr):
        yield from _expression(node, scope)
    elif isinstance(node, ast.NullTest):
        op = Op.null if node.nulltesttype == NullTestType.IS_NULL else Op.not_null
        yield from _on(scope.target(node.arg), op, op.value)
    elif isinstance(node, ast.SubLink) and node.subLinkType == SubLinkType.ANY_SUBLINK:
        equal = not node.operName or node.operName[-1].sval == "="
        for each in _members(node.testexpr) if equal else ():
            yield from _on(scope.target(each), Op.any, "=", joined=("", ""), elements=LIST)
    else:
        column, value = _flag(node)
        yield from _on(scope.target(column) if value else None, Op.equal, "=", frozenset({value}))


def _members(node: Any) -> tuple[Any, ...]:
    """Return what a row consists of; anything else is alone."""
    return node.args or () if isinstance(node, ast.RowExpr) else (node,)


def _flag(node: Any) -> tuple[Any, str]:
    """Return which boolean column must be true or false; an empty text where it is nothing of the kind."""
    if isinstance(node, ast.ColumnRef):
        return node, "true"
    if isinstance(node, ast.BooleanTest):
        values: dict[Any, str] = {BoolTestType.IS_TRUE: "true", BoolTestType.IS_FALSE: "false"}
        return node.arg, values.get(node.booltesttype, "")
    if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.NOT_EXPR and node.args:
        return node.args[0], "false" if isinstance(node.args[0], ast.ColumnRef) else ""
    return node, ""


def _on(
    target: Target | None,
    op: Op,
    operator: str,
    values: frozenset[str] | None = None,
    *,
    joined: Joined = None,
    elements: int = 1,
) -> Found:
    if target is not None:
        yield (
            target.alias,
            Condition(target.key, op, operator, values, joined, expression=target.expression, elements=elements),
        )


def _expression(node: ast.A_Expr, scope: Scope) -> Found:
    operator = node.name[-1].sval if node.name else ""
    if node.kind == A_Expr_Kind.AEXPR_OP:
        yield from _sides(node.lexpr, operator, node.rexpr, scope)
        if operator in _FLIPPED:
            yield from _sides(node.rexpr, _FLIPPED[operator], node.lexpr, scope)
    elif node.kind in _BETWEEN:
        target, ok, joined = _free(node.lexpr, node.rexpr, scope)
        yield from _on(target if ok else None, Op.range, "between", _values(node.rexpr), joined=joined)
    elif node.kind in _LISTS and operator == "=":
        for each in _members(node.lexpr):
            yield from _listed(each, node, scope)
    elif node.kind in _LIKES:
        target, ok, joined = _free(node.lexpr, node.rexpr, scope)
        yield from _like(target if ok else None, node, joined)


def _listed(left: Any, node: ast.A_Expr, scope: Scope) -> Found:
    """Yield that a column, or one of a row, has one of several values."""
    target, ok, joined = _free(left, node.rexpr, scope)
    items = _items(node.rexpr)
    values = _values(items) if items is not None and left is node.lexpr else None
    op = Op.equal if items is not None and len(items) == 1 else Op.any
    elements = LIST if items is None else len(items)
    yield from _on(target if ok else None, op, "=", values, joined=joined, elements=elements)


def _sides(left: Any, operator: str, right: Any, scope: Scope) -> Found:
    """Yield the condition on what stands on the left."""
    if isinstance(left, ast.RowExpr) and isinstance(right, ast.RowExpr):
        pairs = list(zip(left.args or (), right.args or (), strict=False))
        for one, other in pairs if operator == "=" else pairs[: operator in _RANGES]:
            yield from _sides(one, operator, other, scope)  # an index with a range on the first goes on from there
        return
    target, ok, joined = _free(left, right, scope)
    if ok and operator in _FLIPPED:
        op = Op.equal if operator == "=" else Op.range if operator in _RANGES else Op.other
        yield from _on(target, op, operator, _values((right,)), joined=joined)


def _free(left: Any, right: Any, scope: Scope) -> tuple[Target | None, bool, Joined]:
    """Return what is compared, whether the other side is known without it, and whose column that comes from."""
    target, owners = scope.target(left), scope.owners(right)
    if target is None or target.alias in owners:
        return None, False, None
    within = sorted(owners - {OUTSIDE})
    if not within:
        return target, True, None
    other = scope.target(right)
    return target, True, (within[0], other.key if other and not other.expression else "")


def _items(node: Any) -> tuple[Any, ...] | None:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    if isinstance(node, ast.A_ArrayExpr):
        return tuple(node.elements or ())
    return node if isinstance(node, tuple) else None


def _values(nodes: Any) -> frozenset[str] | None:
    found = [constant(each) for each in nodes]
    return None if None in found or not found else frozenset(each for each in found if each is not None)


def _like(target: Target | None, node: ast.A_Expr, joined: Joined) -> Found:
    """Tell a pattern that begins with what is looked for from all others; one in a parameter is not known."""
    if not node.name or node.name[-1].sval not in ("~~", "~~*"):
        return
    pattern = constant(node.rexpr)
    if node.kind == A_Expr_Kind.AEXPR_LIKE and pattern and pattern[0] not in "%_":
        yield from _on(target, Op.prefix, "like", frozenset({pattern}), joined=joined)
    else:
        values = None if pattern is None else frozenset({pattern})
        yield from _on(target, Op.like, "like", values, joined=joined)
