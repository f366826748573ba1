"""What a statement demands of a table's columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Op(StrEnum):
    """How a condition can use an index."""

    equal = "="
    any = "in"
    null = "is null"
    range = "range"
    prefix = "like 'x%'"
    like = "like"
    not_null = "is not null"
    other = "operator"
    """An operator of another kind of index, such as `&&`."""


EXACT = (Op.equal, Op.null)
"""What leaves the columns after it in an index in order."""
POINTS = (*EXACT, Op.any)
"""What finds single values."""
_VALUES = (Op.equal, Op.any)
STRICT = frozenset(Op) - {Op.null}
"""What is never true of NULL."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition that must hold, on a column or (`expression`) on something computed from columns.

    `values` are the constants it compares with, None where any of them is a parameter. `joined`: the value comes from
    another table of the same statement (its alias and column, "" where that is no plain column), so it is known only
    once that one has been read.
    """

    key: str
    op: Op
    operator: str = "="
    values: frozenset[str] | None = None
    joined: tuple[str, str] | None = None
    expression: bool = False
    elements: int = 1


class Implied(StrEnum):
    """Whether an index' predicate holds for all that a statement asks for."""

    yes = "yes"
    no = "no"
    depends = "depends"
    """On the value of a parameter."""


def implied(predicate: Condition, conditions: Iterable[Condition]) -> Implied:
    """Return whether conditions that all hold make a predicate hold."""
    verdicts = {_follows(predicate, each) for each in conditions if each.key == predicate.key}
    return next((each for each in (Implied.yes, Implied.depends) if each in verdicts), Implied.no)


def _follows(predicate: Condition, condition: Condition) -> Implied:
    """Return whether a predicate on a column holds where a condition on the same column does."""
    if predicate.op is Op.not_null and condition.op in STRICT:
        return Implied.yes
    if predicate.op in _VALUES and condition.op in _VALUES and predicate.values is not None:
        if condition.values is None:
            return Implied.depends
        return Implied.yes if condition.values <= predicate.values else Implied.no
    ours, theirs = ((each.op, each.operator, each.values) for each in (predicate, condition))
    return Implied.yes if ours == theirs and (predicate.op is Op.null or predicate.values is not None) else Implied.no
