"""Carry the numbers of one process to the database: what has changed since it last did."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.signals import MINUTES_KEPT, Answered
from app.core.tracking import Recorder

FLUSH_SECONDS = 10.0
"""So often a process carries its numbers to the database: answers about the cluster are at most so old."""

ALIVE = timedelta(seconds=45)
"""A process that was not seen for so long counts as gone."""

KINDS = ("requests", "queries", "pool_wait", "loops", "database", "loop_lag", "tools", "carried")
"""Kinds of samples: the series of `Signals` by name."""

_AT_ONCE = 2_000
"""Rows of one statement: after an hour without a database there are many."""

# A period's row is replaced as a whole, so a repeated flush changes nothing.
_WRITE = text("""
INSERT INTO samples (kind, starts_at, seconds, key, process_id, count, failed, total, most, bins)
SELECT kind, starts_at, seconds, key, :process_id, count, failed, total, most, bins
FROM unnest(CAST(:kind AS text[]), CAST(:starts_at AS timestamptz[]), CAST(:seconds AS int4[]), CAST(:key AS text[]),
            CAST(:count AS int8[]), CAST(:failed AS int8[]), CAST(:total AS float8[]), CAST(:most AS float8[]),
            CAST(:bins AS bytea[]))
     AS flushed (kind, starts_at, seconds, key, count, failed, total, most, bins)
ON CONFLICT (kind, starts_at, seconds, key, process_id) DO UPDATE
SET count = EXCLUDED.count, failed = EXCLUDED.failed, total = EXCLUDED.total, most = EXCLUDED.most,
    bins = EXCLUDED.bins
""")

_SEEN = text("""
INSERT INTO processes (id, role, instance, commit, pid, started_at, seen_at, state)
VALUES (:id, :role, :instance, :commit, :pid, :started_at, :now, CAST(:state AS jsonb))
ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at, state = EXCLUDED.state
""")

# In the order of their keys, for two processes write the same rows.
_SHAPES = text("""
INSERT INTO query_shapes (shape, text, routes, first_seen_at, last_seen_at)
SELECT shape, text, string_to_array(routes, E'\\n'), seen_at, seen_at
FROM unnest(CAST(:shapes AS text[]), CAST(:texts AS text[]), CAST(:routes AS text[]), CAST(:seen AS timestamptz[]))
     AS seen (shape, text, routes, seen_at)
ORDER BY shape
ON CONFLICT (shape) DO UPDATE SET
    last_seen_at = greatest(query_shapes.last_seen_at, EXCLUDED.last_seen_at),
    routes = ARRAY(SELECT DISTINCT unnest(query_shapes.routes || EXCLUDED.routes) ORDER BY 1)
""")


_COLUMNS = ("kind", "starts_at", "seconds", "key", "count", "failed", "total", "most", "bins")

Place = tuple[str, int]
"""A kind, and the first minute of a period."""


class Carrier:
    """Carries the numbers of one process. What is carried counts as such when its transaction is committed."""

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
        self._carried: dict[Place, dict[Any, int]] = {}
        self._routes: dict[str, int] = {}
        """How many routes of each shape were carried: which route ran it is known only at the request's end."""
        self._one_at_a_time = asyncio.Lock()

    async def flush(self, session: AsyncSession, *, state: Mapping[str, Any], now: datetime) -> None:
        """Write what has been counted since it was last written, at most an hour back, and how the process is."""
        async with self._one_at_a_time:
            signals = self._recorder.signals
            signals.rotate(now)
            counted: dict[Place, dict[Any, int]] = {}
            rows = self._changed(counted)
            while some := list(islice(rows, _AT_ONCE)):
                columns = dict(zip(_COLUMNS, map(list, zip(*some, strict=True)), strict=True))
                await session.execute(_WRITE, {"process_id": signals.process_id, **columns})
            routes = {shape: len(known) for shape, known in self._recorder.routes.items()}
            await self._write_shapes(session, self._shapes(counted, routes), now)
            await session.execute(_SEEN, {**self._identity, "state": orjson.dumps(state).decode(), "now": now})

        def written(_session: object) -> None:
            self._carried, self._routes = counted, routes

        event.listen(session.sync_session, "after_commit", written, once=True)

    def _changed(self, counted: dict[Place, dict[Any, int]]) -> Iterator[tuple[Any, ...]]:
        """Yield what differs from what was carried, in one order for all, and put down how far each key has come."""
        for kind in KINDS:
            series = getattr(self._recorder.signals, kind)
            for begins, tallies in series.minutes(MINUTES_KEPT):
                before = self._carried.get((kind, begins), {})
                counts = counted[kind, begins] = {key: tally.count for key, tally in tallies.items()}
                starts_at = datetime.fromtimestamp(begins * 60, UTC)
                for key, count in counts.items():
                    if before.get(key) != count:
                        tally, sketch = tallies[key], tallies[key].sketch
                        yield (
                            *(kind, starts_at, series.length * 60, as_text(key), sketch.count, tally.failed),
                            *(sketch.total, sketch.most, sketch.to_bytes()),
                        )

    def _shapes(self, counted: dict[Place, dict[Any, int]], routes: dict[str, int]) -> list[str]:
        """Return the shapes that were run, or whose routes became known, since they were last written."""
        changed = {shape for shape, known in routes.items() if self._routes.get(shape) != known}
        for place, counts in counted.items():
            if place[0] == "queries":
                before = self._carried.get(place, {})
                changed.update(shape for shape, count in counts.items() if before.get(shape) != count)
        return sorted(shape for shape in changed if self._recorder.shapes.text(shape) is not None)

    async def _write_shapes(self, session: AsyncSession, shapes: list[str], now: datetime) -> None:
        if shapes:
            recorder, clock = self._recorder, time.perf_counter()
            seen = [now - timedelta(seconds=clock - recorder.last.get(shape, clock)) for shape in shapes]
            texts = [recorder.shapes.text(shape) for shape in shapes]
            routes = ["\n".join(sorted(recorder.routes.get(shape, ()))) for shape in shapes]
            await session.execute(_SHAPES, {"shapes": shapes, "texts": texts, "routes": routes, "seen": seen})


def as_text(key: Answered | str) -> str:
    """Return the key of a sample: that of a request is `METHOD /template status`."""
    return key[:200] if isinstance(key, str) else f"{key.method} {key.route} {key.status}"[:200]
