"""Carry one process' numbers to the database, and read those of all."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.signals import Answered, Series, Tally
from app.core.sketch import Sketch
from app.core.tracking import Recorder

FLUSH_SECONDS = 10.0
"""So often a process carries its numbers to the database: answers about the cluster are at most so old."""

ALIVE = timedelta(seconds=45)
"""A process that was not seen for so long counts as gone."""

KINDS = ("requests", "queries", "pool_wait", "loop_lag")
"""Kinds of samples: the series of `Signals` by name."""

# One statement a flush, however many keys. A minute's row is replaced as a whole, so a repeated flush changes nothing.
_WRITE = text("""
INSERT INTO samples (kind, starts_at, seconds, key, process_id, count, failed, total, most, bins)
SELECT kind, starts_at, 60, key, :process_id, count, failed, total, most, bins
FROM unnest(CAST(:kinds AS text[]), CAST(:starts AS timestamptz[]), CAST(:keys AS text[]), CAST(:counts AS int8[]),
            CAST(:failed AS int8[]), CAST(:totals AS float8[]), CAST(:most AS float8[]), CAST(:bins AS bytea[]))
     AS flushed (kind, starts_at, key, count, failed, total, most, bins)
ON CONFLICT (kind, starts_at, seconds, key, process_id) DO UPDATE
SET count = EXCLUDED.count, failed = EXCLUDED.failed, total = EXCLUDED.total, most = EXCLUDED.most,
    bins = EXCLUDED.bins
""")

_SEEN = text("""
INSERT INTO processes (id, role, instance, commit, pid, started_at, seen_at, state)
VALUES (:id, :role, :instance, :commit, :pid, :started_at, :now, CAST(:state AS jsonb))
ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at, state = EXCLUDED.state
""")

_SHAPES = text("""
INSERT INTO query_shapes (shape, text, routes, first_seen_at, last_seen_at)
SELECT shape, text, string_to_array(routes, E'\\n'), :now, :now
FROM unnest(CAST(:shapes AS text[]), CAST(:texts AS text[]), CAST(:routes AS text[])) AS seen (shape, text, routes)
ON CONFLICT (shape) DO UPDATE SET
    last_seen_at = EXCLUDED.last_seen_at,
    routes = ARRAY(SELECT DISTINCT unnest(query_shapes.routes || EXCLUDED.routes) ORDER BY 1)
""")


class Carrier:
    """Carries the numbers of one process: what has changed since it last did."""

    def __init__(self, recorder: Recorder, settings: Settings, *, started_at: datetime) -> None:
        self._recorder = recorder
        self._identity = {
            "id": recorder.signals.process_id,
            "role": recorder.signals.role,
            "instance": settings.instance,
            "commit": settings.commit,
            "pid": os.getpid(),
            "started_at": started_at,
        }
        self._carried: set[int] = set()

    async def flush(self, session: AsyncSession, *, state: Mapping[str, Any], now: datetime) -> None:
        """Write the present minute and those before it that were not written at their end, and how the process is."""
        signals = self._recorder.signals
        signals.rotate(now)
        rows = [row for kind in KINDS for row in self._rows(kind, getattr(signals, kind))]
        if rows:
            names = ("kinds", "starts", "keys", "counts", "failed", "totals", "most", "bins")
            columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            await session.execute(_WRITE, {"process_id": signals.process_id, **columns})
        await self._write_shapes(session, now)
        await session.execute(_SEEN, {**self._identity, "state": orjson.dumps(state).decode(), "now": now})
        minute = int(now.timestamp() // 60)
        present = {each for each, _ in signals.requests.minutes(60)}
        self._carried = present - {minute}

    def _rows(self, kind: str, series: Series[Any]) -> Iterable[tuple[Any, ...]]:
        for minute, tallies in series.minutes(60):
            if minute in self._carried:
                continue
            starts_at = datetime.fromtimestamp(minute * 60, UTC)
            for key, tally in tallies.items():
                sketch = tally.sketch
                yield (
                    *(kind, starts_at, as_text(key), tally.count, tally.failed),
                    *(sketch.total, sketch.most, sketch.to_bytes()),
                )

    async def _write_shapes(self, session: AsyncSession, now: datetime) -> None:
        recorder = self._recorder
        shapes = [shape for shape in recorder.signals.queries.window(2) if recorder.shapes.text(shape) is not None]
        if shapes:
            texts = [recorder.shapes.text(shape) for shape in shapes]
            routes = ["\n".join(sorted(recorder.routes.get(shape, ()))) for shape in shapes]
            await session.execute(_SHAPES, {"shapes": shapes, "texts": texts, "routes": routes, "now": now})


def as_text(key: Answered | str) -> str:
    """Return the key of a sample: that of a request is `METHOD /template status`."""
    return key[:200] if isinstance(key, str) else f"{key.method} {key.route} {key.status}"[:200]


_TALLIES = text("""
SELECT key, count, failed, total, most, bins FROM samples
WHERE kind = :kind AND starts_at >= :since AND (CAST(:keys AS text[]) IS NULL OR key = ANY (CAST(:keys AS text[])))
""")

_TOTALS = text("""
SELECT key, sum(count)::int8 AS count, sum(failed)::int8 AS failed, sum(total) AS total, max(most) AS most
FROM samples WHERE kind = :kind AND starts_at >= :since GROUP BY key
""")


async def tallies(
    session: AsyncSession, kind: str, *, since: datetime, keys: Sequence[str] | None = None
) -> dict[str, Tally]:
    """Return what all processes have counted in the periods that begin at `since` or later, put together by key."""
    found: dict[str, Tally] = {}
    arguments = {"kind": kind, "since": since, "keys": None if keys is None else list(keys)}
    for key, count, failed, total, most, bins in await session.execute(_TALLIES, arguments):
        tally = found.setdefault(key, Tally())
        tally.failed += failed
        if count:
            tally.sketch.merge(Sketch.of(bins, total=total, most=most))
    return found


async def totals(session: AsyncSession, kind: str, *, since: datetime) -> Sequence[Row[Any]]:
    """Return `(key, count, failed, total, most)` of all processes together: cheaper, without percentiles."""
    return (await session.execute(_TOTALS, {"kind": kind, "since": since})).all()


_ROLL_UP = text("""
SELECT kind, date_trunc('hour', starts_at, 'UTC') AS hour, key, failed, total, most, bins FROM samples
WHERE seconds = 60 AND starts_at < :before
""")
_FORGET_MINUTES = text("DELETE FROM samples WHERE seconds = 60 AND starts_at < :before")
_FORGET = text("DELETE FROM samples WHERE starts_at < :before")
_FORGET_PROCESSES = text("DELETE FROM processes WHERE seen_at < :before")
_HOURS = text("""
INSERT INTO samples (kind, starts_at, seconds, key, process_id, count, failed, total, most, bins)
VALUES (:kind, :hour, 3600, :key, :nobody, :count, :failed, :total, :most, :bins)
ON CONFLICT DO NOTHING
""")
NOBODY = UUID(int=0)
MINUTES_KEPT, KEPT = timedelta(hours=7), timedelta(days=35)
"""Minutes for the burn rate over 6 h, hours for the objectives over 30 days."""


async def roll_up(session: AsyncSession, *, now: datetime) -> int:
    """Put the minutes of whole hours that are over for long into one sample an hour, and forget what is old.

    Returns how many samples of an hour were written.
    """
    before = (now - MINUTES_KEPT).replace(minute=0, second=0, microsecond=0)
    hours: dict[tuple[str, datetime, str], Tally] = {}
    for kind, hour, key, failed, total, most, bins in await session.execute(_ROLL_UP, {"before": before}):
        tally = hours.setdefault((kind, hour, key), Tally())
        tally.failed += failed
        tally.sketch.merge(Sketch.of(bins, total=total, most=most))
    rows = [
        {
            **{"kind": kind, "hour": hour, "key": key, "nobody": NOBODY, "count": tally.count, "failed": tally.failed},
            **{"total": tally.sketch.total, "most": tally.sketch.most, "bins": tally.sketch.to_bytes()},
        }
        for (kind, hour, key), tally in hours.items()
    ]
    if rows:
        await session.execute(_HOURS, rows)
    await session.execute(_FORGET_MINUTES, {"before": before})
    await session.execute(_FORGET, {"before": now - KEPT})
    await session.execute(_FORGET_PROCESSES, {"before": now - timedelta(hours=1)})
    return len(rows)
