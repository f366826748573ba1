"""Whether a table needs an index for a statement, which, or the reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.ops.advice.rules.choosing import FEWEST_ROWS, Candidate, Wish, wishes
from app.ops.advice.rules.conditions import Condition, Implied, Op
from app.ops.advice.rules.covering import Help, helps
from app.ops.advice.rules.estimates import FEW_LEFT, WORTH, remaining
from app.ops.advice.rules.sorting import SortKey
from app.ops.advice.rules.tables import Part, Table

_STILL_MANY = 500
"""So many rows left are worth an index of another kind."""
_HITS = 0.05
"""Read in order, an index that leaves out the rest later is good while one row in twenty is a hit."""


class Verdict(NamedTuple):
    """Why there is no advice: a code, and a sentence."""

    why: str
    detail: str


@dataclass(slots=True)
class Judgement:
    """What a table wants: candidates to apply together, others to try in their stead, or the reason for none."""

    wanted: list[Candidate] = field(default_factory=list)
    alternatives: list[Candidate] = field(default_factory=list)
    verdict: Verdict | None = None
    served: bool = False
    """Whether an index leaves so few rows that nothing else matters."""


def judge(
    table: Table, conditions: Sequence[Condition], order: Sequence[SortKey], *, limited: bool, trigrams: bool
) -> Judgement:
    """Judge conditions on one table that all hold; `trigrams`: whether pg_trgm is installed."""
    refusal = _unfit(table, conditions, order if limited else ())
    if refusal is not None:
        return Judgement(verdict=refusal)
    known = [found for index in table.indexes if (found := helps(table, index, conditions, order))]
    wished = wishes(table, conditions, order, limited=limited)
    serving = _served(wished[0], known, limited=limited) if wished else None
    if wished and serving is None:
        return Judgement([wished[0].candidate], [each.candidate for each in wished[1:]])
    if serving is None:
        serving = min((each for each in known if each.left is not None), key=lambda each: each.left or 0, default=None)
        serving = next((each for each in known if each.left is None), serving)
    left = table.rows if serving is None else (serving.left or 0)
    return _otherwise(table, conditions, serving, left, trigrams=trigrams)


def _unfit(table: Table, conditions: Sequence[Condition], order: Sequence[SortKey]) -> Verdict | None:
    name, keys = table.name, [*conditions, *order]
    if table.kind not in ("r", "m"):
        return Verdict("not_an_ordinary_table", f"{name} is a view, a foreign or a partitioned table.")
    if 0 <= table.rows < FEWEST_ROWS:
        return Verdict("too_few_rows", f"{name} has about {table.rows:,.0f} rows; reading them all is as fast.")
    if not keys:
        return Verdict("no_condition", f"No condition that an index could serve narrows {name} down.")
    used = {each.key for each in conditions if not each.expression} | {each.column for each in order}
    unknown = [each for each in sorted(used) if each not in table.columns or not table.columns[each].analyzed]
    if table.rows < 0 or unknown:
        return Verdict("statistics_missing", f"There are no statistics of {name}: run ANALYZE on it.")
    return None


def _served(wish: Wish, known: Sequence[Help], *, limited: bool) -> Help | None:
    """Return an index that does about what the wished one would."""
    for each in known:
        few = each.left is None or each.left < FEW_LEFT
        near = few or (each.left or 0) * WORTH <= wish.left
        if few or (near and not wish.for_order):
            return each
        if each.ordered and limited and (near or wish.left >= _HITS * (each.left or 0)):
            return each
    return None


def _otherwise(
    table: Table, conditions: Sequence[Condition], serving: Help | None, left: float, *, trigrams: bool
) -> Judgement:
    """Judge what no ordinary index serves better than what there is."""
    name = table.name
    patterns = [each for each in conditions if each.op is Op.like and not each.expression]
    if patterns and left >= _STILL_MANY:
        return _pattern(table, patterns[0], trigrams=trigrams)
    if serving is not None and serving.holds is Implied.depends:
        detail = f"{serving.index.name} serves it only while a parameter has the value of its WHERE."
        return Judgement(verdict=Verdict("depends_on_a_value", detail))
    if left >= _STILL_MANY and any(each.op is Op.other for each in conditions):
        return Judgement(verdict=Verdict("needs_another_method", f"An operator on {name} wants a GiST or GIN index."))
    if serving is None and any(each.expression for each in conditions):
        detail = f"It compares an expression over {name}; only an index on that expression would serve it."
        return Judgement(verdict=Verdict("expression", detail))
    if serving is not None:
        rows = "the rows" if serving.left is None else f"about {serving.left:,.0f} of {table.rows:,.0f} rows"
        few = serving.left is not None and serving.left < FEW_LEFT
        return Judgement(verdict=Verdict("covered", f"{serving.index.name} on {name} finds {rows}."), served=few)
    return Judgement(verdict=Verdict("not_selective", f"Its conditions leave too much of {name} for an index."))


def _pattern(table: Table, condition: Condition, *, trigrams: bool) -> Judgement:
    if trigrams:
        part = Part(condition.key, opclass="gin_trgm_ops")
        return Judgement([Candidate(table.schema, table.name, (part,), "gin")])
    where = f"{table.name}.{condition.key}"
    if condition.values is None:
        detail = f"The pattern for {where} is a parameter: 'x%' wants text_pattern_ops, any other pg_trgm."
        return Judgement(verdict=Verdict("pattern_unknown", detail))
    detail = f"A pattern for {where} that begins with a wildcard wants a trigram index; pg_trgm is not installed."
    return Judgement(verdict=Verdict("trigrams_not_installed", detail))


def rows_left(table: Table, conditions: Sequence[Condition]) -> float:
    """Return how many rows the best of these conditions' columns would leave."""
    return remaining(table, [each for each in conditions if each.op is not Op.other])
