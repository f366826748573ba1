"""The server's own view: `pg_stat_statements`, where it is there and as far as this role may see."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.direct import fetch, fetch_first
from app.core.shapes import LONGEST, shape_of
from app.ops.queries.rules.figures import Served

_WHERE = "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = $1"

# Without texts: they lie in a file, and are read once for each statement. A row that another role owns has no id.
_FIGURES = """
SELECT queryid, sum(calls)::int8 AS calls, sum(total_exec_time) AS total, max(max_exec_time) AS most,
       sum(rows)::int8 AS rows, sum(shared_blks_hit)::int8 AS hits, sum(shared_blks_read)::int8 AS reads,
       count(*)::int8 AS entries
FROM {schema}.pg_stat_statements(false)
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY queryid
"""
_TEXTS = """
SELECT DISTINCT ON (queryid) queryid, left(query, $2) AS text FROM {schema}.pg_stat_statements(true)
WHERE queryid = ANY ($1::int8[])
  AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_RESET = "SELECT stats_reset FROM {schema}.pg_stat_statements_info"
_MOST_KNOWN = 20_000
MOST_NEW = 300
"""So many texts are read and parsed for one answer, about 0.1 s of work; the rest is for the next."""
_ORDER = itemgetter("queryid", "calls", "total", "most", "rows", "hits", "reads", "entries")
_REASONS: Mapping[str | None, str] = {
    "55000": "not_preloaded",
    "42501": "not_permitted",
    "57014": "too_slow",
    **dict.fromkeys(("42703", "42P01", "42883"), "too_old"),
}
"""Why the statistics cannot be read, by the server's SQLSTATE. Where the server itself is gone, the rest fails, too."""


@dataclass(frozen=True, slots=True)
class ServerStatements:
    """What the server knows by shape; empty with a reason where it tells nothing."""

    by_shape: Mapping[str, Served] = field(default_factory=dict)
    since: datetime | None = None
    hidden: int = 0
    unread: int = 0
    """Statements whose text is still to be read."""
    reason: str | None = None


@dataclass(slots=True)
class Server:
    """Reads the server's statistics, and remembers which statement is of which shape; one for a whole process."""

    _known: dict[int, tuple[str, str]] = field(default_factory=dict)

    async def read(self, sessions: Sessions) -> ServerStatements:
        """Return what the server knows of this database; never a failure for want of the extension or of rights."""
        try:
            async with sessions() as session:
                schema = await fetch_first(session, _WHERE, "pg_stat_statements")
                if schema is None:
                    return ServerStatements(reason="not_installed")
                return await self._read(session, schema[0])
        except DBAPIError as refusal:
            state = getattr(refusal.orig, "sqlstate", None)
            return ServerStatements(reason=_REASONS.get(state, "unreadable"))

    async def _read(self, session: AsyncSession, schema: str) -> ServerStatements:
        figures = await fetch(session, _FIGURES.format(schema=schema))
        reset = await fetch_first(session, _RESET.format(schema=schema))
        await self._learn(session, schema, figures)
        by_shape: dict[str, Served] = {}
        hidden = unread = 0
        for queryid, calls, total, most, rows, hits, reads, entries in map(_ORDER, figures):
            known = self._known.get(queryid)
            if known is None:
                hidden += 0 if queryid else entries
                unread += 1 if queryid else 0
                continue
            served = Served(*known, calls, total, most, rows, hits, reads)
            earlier = by_shape.get(served.shape)
            by_shape[served.shape] = served if earlier is None else earlier.plus(served)
        return ServerStatements(by_shape, reset["stats_reset"] if reset else None, hidden, unread)

    async def _learn(self, session: AsyncSession, schema: str, figures: Sequence[Mapping[str, Any]]) -> None:
        """Read some of the texts that are not known yet, those first that took the most time."""
        totals = {row["queryid"]: row["total"] for row in figures if row["queryid"]}
        new = sorted((each for each in totals if each not in self._known), key=lambda each: -totals[each])[:MOST_NEW]
        if len(self._known) + len(new) > _MOST_KNOWN:
            for gone in self._known.keys() - totals.keys():
                del self._known[gone]
            del new[max(0, _MOST_KNOWN - len(self._known)) :]
        if not new:
            return
        for queryid, text in await fetch(session, _TEXTS.format(schema=schema), new, LONGEST):
            if queryid not in self._known:  # another answer may have learned it meanwhile
                self._known[queryid] = shape_of(text or "")
                await asyncio.sleep(0)  # a long text takes milliseconds that others may want
