"""Advice for whoever asks: found at most once a minute, in bounded time, whoever else asks meanwhile."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.handlers import database_problem
from app.core.patience import within
from app.ops.advice.rules.advice import Advice
from app.ops.advice.service.finding import Findings, find
from app.ops.process import Process
from app.ops.queries.service.server import Server

FRESH = timedelta(seconds=60)
DEADLINE_SECONDS = 2.0
"""So long the search may take; what has not been looked at by then is named as skipped."""


@dataclass(frozen=True, slots=True)
class Advised:
    """What was found, when each piece was first given here, and how old it is where it could not be found anew."""

    findings: Findings
    first_seen: dict[str, datetime]
    stale_seconds: float | None = None


class Advisor:
    """The advice of one process, which shares `server` with its lists; a search may take so many seconds."""

    def __init__(self, process: Process, server: Server, *, seconds: float = DEADLINE_SECONDS) -> None:
        self._process = process
        self._seconds = seconds
        self._server = server
        self._known: Findings | None = None
        self._first_seen: dict[str, datetime] = {}
        self._search: asyncio.Task[Findings] | None = None

    async def advise(self, *, now: datetime) -> Advised:
        """Return what is known if it is fresh, else search; all who ask meanwhile wait for the same search.

        Raises:
            DatabaseUnavailable: (or what else its failure means) when nothing was ever found and nothing can be now.
        """
        if self._known is not None and abs(now - self._known.at) < FRESH:
            return Advised(self._known, self._first_seen)
        if self._search is None or self._search.done():
            self._search = asyncio.create_task(self._look(now), name="advice")
            self._search.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            findings = await asyncio.shield(self._search)
        except Exception as failure:
            problem = database_problem(failure)
            if problem is None:
                raise
            if self._known is None:
                raise problem from failure
            return Advised(self._known, self._first_seen, (now - self._known.at).total_seconds())
        return Advised(findings, self._first_seen)

    async def _look(self, now: datetime) -> Findings:
        work = find(self._process, self._server, now=now, seconds=self._seconds)
        findings = await within(self._seconds, work)
        self._remember(findings.items, now)
        self._known = findings
        return findings

    def _remember(self, items: list[Advice], now: datetime) -> None:
        """Keep when each piece was first given; what is not given any more is forgotten."""
        self._first_seen = {each.id: self._first_seen.get(each.id, now) for each in items}
