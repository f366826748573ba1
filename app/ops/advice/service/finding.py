"""One search for advice, over everything there is to look at."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.ops.advice.rules.advice import Advice, ranked
from app.ops.advice.rules.indexes import on_indexes, unindexed_foreign_keys
from app.ops.advice.rules.joining import judge_statement
from app.ops.advice.rules.judging import Judgement, Verdict
from app.ops.advice.rules.merging import Wanted, answers, merged, missing_index
from app.ops.advice.rules.reading import read
from app.ops.advice.rules.syntax import NotRead
from app.ops.advice.rules.upkeep import stale_statistics, used_up
from app.ops.advice.rules.workload import Spent, loops, pool_wait
from app.ops.advice.service import catalogue, planner, statements
from app.ops.advice.service.catalogue import Catalogue
from app.ops.advice.service.proposals import propose
from app.ops.advice.service.statements import Asked
from app.ops.process import Process
from app.ops.queries.service.server import Server
from app.ops.samples.service import totals

MOST_STATEMENTS = 50
"""The statements that took the most time in all are looked at, and no more."""


_FOREIGN = {"no_table", "not_a_query", "not_parsed", "too_long", "inserts"}
"""What the server has seen of others and nobody could advise on."""


_FOR_STATEMENTS, _FOR_A_PLAN = 2 / 3, 0.075
"""Shares of a search's time."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement without advice, and the reason."""

    shape: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Engines:
    """What the advice could rest on."""

    pg_stat_statements: bool
    hypopg: bool
    pg_stats: bool
    unread: int = 0
    """Statements of the server whose text is read for a later search."""


@dataclass(slots=True)
class Findings:
    """All advice of one search, with the figures of the statements that it is about."""

    at: datetime
    items: list[Advice]
    asked: dict[str, Asked]
    skipped: list[Skipped]
    engines: Engines


@dataclass(slots=True)
class _Search:
    """What one search has come to so far."""

    catalogue: Catalogue
    connection: AsyncConnection
    late: Callable[[], bool]
    wanted: list[Wanted] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    async def look_at(self, asked: Asked) -> bool:
        """Find out which indexes one statement wants; return whether it was one that advice could be about."""
        if self.late():
            return self.skip(asked, Verdict("no_time_left", "The search was over before it came to this statement."))
        try:
            levels = read(asked.statement, self.catalogue.find)
        except NotRead as refusal:
            return self.skip(asked, Verdict(refusal.why, refusal.detail))
        judgement = judge_statement(levels, trigrams="pg_trgm" in self.catalogue.extensions)
        if judgement.verdict is not None:
            return self.skip(asked, judgement.verdict)
        await self._propose(asked, judgement)
        return True

    async def _propose(self, asked: Asked, judgement: Judgement) -> None:
        hypopg = self.catalogue.extensions.get("hypopg")
        proposal = await propose(self.connection, asked, judgement, hypopg)
        if proposal.verdict is not None:
            self.skip(asked, proposal.verdict)
        for candidate, estimated in proposal.candidates:
            figures = (asked.calls, asked.total_ms, asked.share)
            self.wanted.append(Wanted(candidate, estimated, proposal.confirmed, [asked.shape], *figures))

    def skip(self, asked: Asked, verdict: Verdict) -> bool:
        """Take down why a statement gets no advice, unless it is none of ours that could have any."""
        if verdict.why in _FOREIGN and not asked.ours:
            return False
        self.skipped.append(Skipped(asked.shape, verdict))
        return True


async def find(process: Process, server: Server, *, now: datetime, seconds: float) -> Findings:
    """Search once, for about so many seconds: after two thirds of them no further statement is looked at.

    Changes nothing, whatever happens.

    Raises:
        SQLAlchemyError: (or what the driver raises while it connects) the database cannot be asked.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds * _FOR_STATEMENTS
    told = await server.read(process.sessions)
    async with process.sessions() as session:
        await planner.begin(session, seconds=seconds / 2)
        known = await catalogue.read(session)
        measured = await statements.measured(session, process.recorder, now=now)
        asked = statements.joined(measured, told.by_shape)
        search = _Search(known, await session.connection(), lambda: loop.time() > until)
        await planner.hurry(session, seconds=seconds * _FOR_A_PLAN)
        looked_at = 0
        for each in asked:
            looked_at += await search.look_at(each)
            if looked_at == MOST_STATEMENTS:
                break
            await asyncio.sleep(0)  # reading a tree takes a millisecond that others may want
        items = await _waits(session, now)
        looped = await statements.looped(session, process.recorder, now=now)
    wanted = merged(search.wanted)
    items += [missing_index(each, known.find) for each in wanted]
    items += _of_tables(known, wanted, now)
    items += loops(looped, lambda shape: measured[shape].preview if shape in measured else "")
    engines = Engines(told.reason is None, "hypopg" in known.extensions, known.analyzed, told.unread)
    return Findings(now, ranked(items), {each.shape: each for each in asked}, search.skipped, engines)


def _of_tables(known: Catalogue, wanted: list[Wanted], now: datetime) -> list[Advice]:
    """Return the advice that no statement has to be known for."""
    items: list[Advice] = []
    for table in known.tables.values():
        items += on_indexes(table, age=known.age(now))
        items += [stale] if (stale := stale_statistics(table)) else []
        lacking = [key for key in table.foreign_keys if not any(answers(w.candidate, table.name, key) for w in wanted)]
        items += unindexed_foreign_keys(table, lacking)
    return items + [advice for each in known.sequences if (advice := used_up(each))]


async def _waits(session: AsyncSession, now: datetime) -> list[Advice]:
    spent = []
    for kind in ("pool_wait", "queries"):
        rows = await totals(session, kind, since=now - timedelta(hours=1))
        spent.append(Spent(sum(row.count for row in rows), sum(row.total for row in rows)))
    advice = pool_wait(*spent)
    return [advice] if advice else []
