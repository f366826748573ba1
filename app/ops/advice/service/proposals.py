"""From what is asked to indexes that help: proposed by the rules, confirmed by the planner where it can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from app.ops.advice.rules.advice import Estimated
from app.ops.advice.rules.choosing import Candidate
from app.ops.advice.rules.judging import Judgement, Verdict
from app.ops.advice.service import planner
from app.ops.advice.service.planner import Plan, Tried
from app.ops.advice.service.statements import Asked

CHEAP = 100.0
"""What costs less, in the planner's units, is not worth an index."""
ENOUGH = 0.5
"""An index is worth it where the cost falls under this share; Dexter's threshold (ankane/dexter, MIT)."""
_AS_GOOD = 1.1


@dataclass(slots=True)
class Proposal:
    """Indexes that one statement wants, or the reason for none."""

    candidates: list[tuple[Candidate, Estimated]] = field(default_factory=list)
    confirmed: bool = False
    verdict: Verdict | None = None


async def propose(connection: AsyncConnection, asked: Asked, judgement: Judgement, hypopg: str | None) -> Proposal:
    """Ask the planner about a statement's candidates; `hypopg` is the schema of that extension, None without it.

    It is asked about nothing that only others ran: it would run their functions with the rights of this service.
    """
    if not asked.ours:
        return Proposal([(each, Estimated()) for each in judgement.wanted])
    statement = asked.statement
    before = await planner.explain(connection, statement)
    if before is not None and before.cost < CHEAP:
        return Proposal(verdict=Verdict("cheap_already", f"The planner expects it to cost {before.cost:,.0f}."))
    if before is None or hypopg is None or any(each.method != "btree" for each in judgement.wanted):
        cost = before.cost if before else None
        return Proposal([(each, Estimated(cost_before=cost)) for each in judgement.wanted])
    found = await _best(connection, statement, [*judgement.wanted, *judgement.alternatives], hypopg)
    if found is None:
        return Proposal([(each, Estimated(cost_before=before.cost)) for each in judgement.wanted])
    after, used = found
    if not used or after.cost > ENOUGH * before.cost:
        detail = f"With an index it would still cost {after.cost:,.0f} of {before.cost:,.0f}."
        return Proposal(verdict=Verdict("planner_gains_little", detail))
    return Proposal([(each.candidate, Estimated(before.cost, after.cost, each.bytes)) for each in used], True)


async def _best(
    connection: AsyncConnection, statement: str, candidates: Sequence[Candidate], hypopg: str
) -> tuple[Plan, list[Tried]] | None:
    """Return the plan with the fewest of the candidates that are as good as all together."""
    async with planner.hypothetical(connection, hypopg, candidates) as tried:
        together = await planner.explain(connection, statement)
    if together is None:
        return None
    used = [each for each in tried if each.name in together.indexes]
    for one in used if len(used) > 1 else ():
        async with planner.hypothetical(connection, hypopg, [one.candidate]) as alone:
            plan = await planner.explain(connection, statement)
        if plan is not None and plan.cost <= _AS_GOOD * together.cost:
            return plan, alone
    return together, used
