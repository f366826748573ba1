"""Small questions to PostgreSQL's own syntax tree."""

from collections.abc import Iterator
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import BoolExprType
from pglast.parser import ParseError

LONGEST = 10_000
_TEXTS = {"text", "varchar", "bpchar"}


class NotRead(Exception):
    """No advice on this statement; `why` is a code, `detail` a sentence without a value of anybody's."""

    def __init__(self, why: str, detail: str) -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail


def single(text: str) -> Any:
    """Return the tree of one statement that reads, updates or deletes.

    Raises:
        NotRead: it is too long, does not parse, is several, or does something else.
    """
    if len(text) > LONGEST:
        raise NotRead("too_long", f"The statement is longer than {LONGEST:,} characters.")
    try:
        trees = parse_sql(text)
    except ParseError:
        raise NotRead("not_parsed", "The statement does not parse.") from None
    if len(trees) != 1:
        raise NotRead("not_one_statement", "There is not exactly one statement in this text.")
    statement = trees[0].stmt
    kinds = ast.SelectStmt | ast.UpdateStmt | ast.DeleteStmt
    if not isinstance(statement, kinds) or getattr(statement, "intoClause", None) is not None:
        raise NotRead("not_a_query", "It neither reads, updates nor deletes rows.")
    if any(isinstance(node, ast.InsertStmt | ast.MergeStmt) for node in walk(statement)):
        raise NotRead("inserts", "It inserts rows on its way; indexes make that slower, not faster.")
    return statement


def walk(node: Any, *, into_selects: bool = True) -> Iterator[Any]:
    """Yield a node and all below it; without `into_selects`, stop before each inner SELECT."""
    if isinstance(node, tuple):
        for each in node:
            yield from walk(each, into_selects=into_selects)
    elif isinstance(node, ast.Node):
        yield node
        for name in node:
            below = getattr(node, name)
            if not into_selects and isinstance(below, ast.SelectStmt):
                continue
            yield from walk(below, into_selects=into_selects)


def conjuncts(node: Any) -> Iterator[Any]:
    """Yield the conditions that must all hold."""
    if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.AND_EXPR:
        for each in node.args or ():
            yield from conjuncts(each)
    elif node is not None:
        yield node


def name_of(reference: ast.ColumnRef) -> tuple[str, ...] | None:
    """Return a column's name with its qualifiers; None for `*`."""
    fields = reference.fields or ()
    return tuple(each.sval for each in fields) if all(isinstance(each, ast.String) for each in fields) else None


def bare(node: Any) -> Any:
    """Return what a cast to a kind of text is of: for an index, such a cast is none."""
    while isinstance(node, ast.TypeCast) and _of_text(node.typeName):
        node = node.arg
    return node


def _of_text(kind: Any) -> bool:
    return kind.names[-1].sval in _TEXTS and not kind.arrayBounds


def constant(node: Any) -> str | None:
    """Return a constant's value as text; None for everything else, NULL among it."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    if not isinstance(node, ast.A_Const) or node.isnull:
        return None
    value = node.val
    for attribute in ("sval", "ival", "fval", "bsval", "boolval"):
        if hasattr(value, attribute):
            found = getattr(value, attribute)
            return str(found).lower() if isinstance(found, bool) else str(found)
    return None


def canonical(node: Any) -> str:
    """Return a form that is equal for equal expressions, whoever wrote them: without qualifiers and places."""
    node = bare(node)
    if isinstance(node, tuple):
        return "(" + ",".join(canonical(each) for each in node) + ")"
    if isinstance(node, ast.ColumnRef):
        return (name_of(node) or ("*",))[-1]
    if isinstance(node, ast.Node):
        members = (name for name in node if name not in ("location", "list_start", "list_end", "funcformat"))
        return f"{type(node).__name__}{{{','.join(f'{name}:{canonical(getattr(node, name))}' for name in members)}}}"
    return str(node)


def parsed_expression(text: str) -> Any:
    """Return the tree of an expression as the catalogue writes it; None where it does not parse."""
    try:
        select: Any = parse_sql(f"SELECT {text}")[0].stmt
    except ParseError:
        return None
    return select.targetList[0].val


def parameters(text: str) -> int:
    """Return the highest `$n` of a statement that parses."""
    return max((node.number or 0 for node in walk(parse_sql(text)) if isinstance(node, ast.ParamRef)), default=0)
