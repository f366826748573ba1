"""The view of all processes together, from what they carried to the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch, fetch_first
from app.core.signals import Tally
from app.ops.queries.rules.choosing import SHAPES_MINUTES, floor
from app.ops.queries.rules.figures import Seen
from app.ops.queries.service.views import CRITICAL_MS, SLOW_MS, Summary, Tracked
from app.ops.samples.service import ALIVE, FLUSH_SECONDS, kept_since, spells, tallies

_LATE = timedelta(seconds=2.5 * FLUSH_SECONDS)

_SEEN = """
SELECT key AS shape, calls, failed, total, most, earlier_calls, earlier_total, routes,
       first_seen_at AS first_seen, last_seen_at AS last_seen
FROM (
    SELECT key, sum(count)::int8 AS calls, sum(failed)::int8 AS failed, sum(total) AS total, max(most) AS most,
           coalesce(sum(count) FILTER (WHERE starts_at < $2), 0)::int8 AS earlier_calls,
           coalesce(sum(total) FILTER (WHERE starts_at < $2), 0) AS earlier_total
    FROM samples WHERE kind = 'queries' AND starts_at >= $1 GROUP BY key
) AS counted LEFT JOIN query_shapes ON query_shapes.shape = key
"""
# The figures of all shapes stand in each row, for a second question would add everything up once more.
_SUMMARY = """
SELECT top.*, query_shapes.routes
FROM (
    SELECT key AS shape, calls, failed, total, most,
           count(*) OVER () AS shapes, sum(total) OVER () AS whole,
           count(*) FILTER (WHERE total >= $2 * calls) OVER () AS slow,
           count(*) FILTER (WHERE total >= $3 * calls) OVER () AS critical
    FROM (
        SELECT key, sum(count)::int8 AS calls, sum(failed)::int8 AS failed, sum(total) AS total, max(most) AS most
        FROM samples WHERE kind = 'queries' AND starts_at >= $1 GROUP BY key
    ) AS counted
    ORDER BY total DESC, key LIMIT $4
) AS top LEFT JOIN query_shapes ON query_shapes.shape = top.shape
ORDER BY total DESC, shape
"""
_TEXTS = "SELECT shape, left(text, $2) FROM query_shapes WHERE shape = ANY ($1::text[])"
_PREVIEW = 2_000
_TRACKED = """
SELECT (SELECT min(starts_at) FROM samples WHERE kind = 'queries') AS since,
       coalesce(sum((state->'queries'->>'dropped')::int8), 0)::int8 AS dropped,
       coalesce(bool_or(seen_at < $2), false) AS late
FROM processes WHERE seen_at >= $1
"""


class Everywhere:
    """All processes: this one up to now, the others up to their last flush."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session = session
        self._now = now

    def begin(self, since: datetime) -> datetime:
        """Return the beginning of the period that an instant lies in: five minutes, an hour where it is long ago."""
        return floor(since, 60 if since < kept_since("queries", self._now) else SHAPES_MINUTES)

    def reaches(self, _since: datetime) -> bool:
        """Whatever is asked for, the database has it."""
        return True

    async def tracked(self) -> Tracked:
        """Return since when, how many runs were dropped by the processes that live, and whether one is late."""
        row = await fetch_first(self._session, _TRACKED, self._now - ALIVE, self._now - _LATE)
        assert row is not None
        return Tracked(row["since"], row["dropped"], row["late"])

    async def seen(self, since: datetime) -> list[Seen]:
        """Return every shape that was run."""
        middle = since + (self._now - since) / 2
        rows = await fetch(self._session, _SEEN, since, middle)
        return [Seen(**{**row, "routes": tuple(row["routes"] or ())}) for row in map(dict, rows)]

    async def summary(self, since: datetime, top: int) -> Summary:
        """Return the figures of all shapes that were run, and so many of those that took the most time."""
        rows = await fetch(self._session, _SUMMARY, since, float(SLOW_MS), float(CRITICAL_MS), top)
        if not rows:
            return Summary(0, 0, 0, 0.0, ())
        seen = [
            Seen(
                row["shape"], row["calls"], row["failed"], row["total"], row["most"], routes=tuple(row["routes"] or ())
            )
            for row in rows
        ]
        one = rows[0]
        return Summary(one["shapes"], one["slow"], one["critical"], one["whole"], seen)

    async def tallies(self, kind: str, since: datetime, keys: Sequence[str] | None = None) -> Mapping[str, Tally]:
        """Return a kind of samples by key."""
        return await tallies(self._session, kind, since=since, keys=keys)

    async def spells(self, kind: str, since: Sequence[datetime]) -> Sequence[Mapping[str, Tally]]:
        """Return a kind of samples by key for each of several instants."""
        return await spells(self._session, kind, since=since)

    async def texts(self, shapes: Sequence[str]) -> Mapping[str, str]:
        """Return the beginnings of the statements of shapes, without literals."""
        return {row[0]: row[1] for row in await fetch(self._session, _TEXTS, list(shapes), _PREVIEW)}
