"""Which indexes a whole statement wants: its tables in the order in which a join would read them, its ORs by sides."""

from collections.abc import Sequence

from app.ops.advice.rules.choosing import FEWEST_ROWS, Candidate
from app.ops.advice.rules.conditions import Condition
from app.ops.advice.rules.judging import Judgement, Verdict, judge, rows_left
from app.ops.advice.rules.reading import Use

_FEW = 0.1
"""Looking rows up one by one is worth it for at most this share of a table; beyond, it is read whole and hashed."""
_UNFIT = ("too_few_rows", "statistics_missing", "not_an_ordinary_table")
_MILD = ("covered", "too_few_rows", "no_condition")


def judge_statement(levels: Sequence[Sequence[Use]], *, trigrams: bool) -> Judgement:
    """Judge all levels of a statement; the reason for no advice is the most telling one of its tables."""
    whole, verdicts = Judgement(), []
    for uses in levels:
        driver = min(uses, key=lambda use: (rows_left(use.table, _own(use)), use.alias))
        outer = rows_left(driver.table, _own(driver))
        for use in uses:
            found = _judge_use(use, driver=use is driver, outer=outer, alone=len(uses) == 1, trigrams=trigrams)
            whole.wanted += [each for each in found.wanted if each not in whole.wanted]
            whole.alternatives += [each for each in found.alternatives if each not in whole.alternatives]
            if found.verdict is not None:
                verdicts.append(found.verdict)
    if not whole.wanted:
        verdicts.sort(key=lambda verdict: _MILD.index(verdict.why) if verdict.why in _MILD else -1)
        whole.verdict = verdicts[0] if verdicts else Verdict("no_table", "It reads no table of ours.")
    return whole


def _own(use: Use) -> list[Condition]:
    """Return the conditions that hold before any other table is read."""
    return [each for each in use.conditions if each.joined is None or not each.joined[0]]


def _judge_use(use: Use, *, driver: bool, outer: float, alone: bool, trigrams: bool) -> Judgement:
    conditions = use.conditions if alone or not driver else _own(use)
    joined = len(conditions) > len(_own(use))
    if not alone and joined and use.table.rows >= FEWEST_ROWS and outer > _FEW * use.table.rows:
        conditions, joined = _own(use), False
        if not conditions and not use.branches:
            return Judgement(
                verdict=Verdict("joins_most_rows", f"Most of {use.table.name} is joined; it is read whole.")
            )
    order, limited = (use.order, use.limited) if driver else ((), False)
    found = judge(use.table, conditions, order, limited=limited, trigrams=trigrams)
    unfit = found.verdict is not None and found.verdict.why in _UNFIT
    if use.branches and not (found.wanted or found.served or unfit):
        return _sides(use, conditions, trigrams=trigrams)
    if use.or_elsewhere and not found.wanted:
        return Judgement(verdict=Verdict("or", "Its OR goes over several tables, or has a side that no index serves."))
    return found


def _sides(use: Use, conditions: Sequence[Condition], *, trigrams: bool) -> Judgement:
    """Judge the sides of an OR: each must be served, or an index for the others changes nothing."""
    wanted: list[Candidate] = []
    for branch in use.branches[0]:
        side = judge(use.table, [*conditions, *branch], (), limited=False, trigrams=trigrams)
        if side.verdict is not None and side.verdict.why != "covered":
            return Judgement(verdict=Verdict("or", f"One side of its OR wants no index: {side.verdict.detail}"))
        wanted += [each for each in side.wanted if each not in wanted]
    if wanted:
        return Judgement(wanted)
    return Judgement(verdict=Verdict("covered", f"Each side of its OR on {use.table.name} is served by an index."))
