"""Put old samples together, and forget what nobody asks about any more."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.signals import Tally
from app.ops.samples.service.carrying import KINDS

NOBODY = UUID(int=0)
"""The process of samples that hold what all have counted."""

ROLLED = tuple(kind for kind in KINDS if kind != "carried")
"""Kinds whose hours become one sample each."""

MINUTES_KEPT: Mapping[str, timedelta] = {**dict.fromkeys(KINDS, timedelta(hours=2)), "requests": timedelta(hours=7)}
"""How long samples stay as they were carried; then those of an hour become one. Requests: for a burn rate over 6 h."""

KEPT = timedelta(days=35)
"""So long hours are kept, and shapes that nobody runs any more: for objectives over 30 days."""

BEFORE_ALL = datetime.fromtimestamp(0, UTC)
"""Where what was only counted is put together for good: such a number may not fall because somebody forgets."""

_AT_ONCE = 500
"""Samples that are put together before others have their turn."""

_DUE = text("SELECT DISTINCT date_trunc('hour', starts_at, 'UTC') FROM samples "
            "WHERE kind = :kind AND starts_at < :before AND seconds < 3600 ORDER BY 1")  # fmt: skip
_TAKE = text("""
DELETE FROM samples WHERE kind = :kind AND starts_at >= :hour AND starts_at < :hour + interval '1 hour'
RETURNING key, failed, total, most, bins
""")
_WRITE = text("""
INSERT INTO samples (kind, starts_at, seconds, key, process_id, count, failed, total, most, bins)
SELECT :kind, :hour, 3600, key, :nobody, count, failed, total, most, bins
FROM unnest(CAST(:keys AS text[]), CAST(:counts AS int8[]), CAST(:failed AS int8[]), CAST(:totals AS float8[]),
            CAST(:most AS float8[]), CAST(:bins AS bytea[])) AS whole (key, count, failed, total, most, bins)
""")
_SETTLE = text("""
WITH old AS (
    DELETE FROM samples WHERE kind = 'carried' AND starts_at > :ever AND starts_at < :before
    RETURNING key, count, failed, total, most
)
INSERT INTO samples (kind, starts_at, seconds, key, process_id, count, failed, total, most, bins)
SELECT 'carried', :ever, 3600, key, :nobody, sum(count), sum(failed), sum(total), max(most), CAST('' AS bytea)
FROM old GROUP BY key
ON CONFLICT (kind, starts_at, seconds, key, process_id) DO UPDATE
SET count = samples.count + EXCLUDED.count, failed = samples.failed + EXCLUDED.failed,
    total = samples.total + EXCLUDED.total, most = greatest(samples.most, EXCLUDED.most)
""")
_FORGET = (
    text("DELETE FROM samples WHERE starts_at < :before AND kind <> 'carried'"),
    text("DELETE FROM query_shapes WHERE last_seen_at < :before"),
)
_FORGET_PROCESSES = text("DELETE FROM processes WHERE seen_at < :before")


async def roll_up(session: AsyncSession, *, now: datetime) -> int:
    """Put the samples of whole hours that are over for long into one an hour and key, and forget what is old.

    Percentiles stay as exact as they were. Returns how many samples of an hour were written.
    """
    written = 0
    settled = {"ever": BEFORE_ALL, "before": kept_since("carried", now), "nobody": NOBODY}
    await session.execute(_SETTLE, settled)
    for kind in ROLLED:
        before = kept_since(kind, now)
        for (hour,) in (await session.execute(_DUE, {"kind": kind, "before": before})).all():
            written += await _roll(session, kind, hour)
    for forget in _FORGET:
        await session.execute(forget, {"before": now - KEPT})
    await session.execute(_FORGET_PROCESSES, {"before": now - timedelta(hours=1)})
    return written


def kept_since(kind: str, now: datetime) -> datetime:
    """Return since when samples of a kind are still as they were carried; what is older is of whole hours."""
    return (now - MINUTES_KEPT[kind]).replace(minute=0, second=0, microsecond=0)


async def _roll(session: AsyncSession, kind: str, hour: datetime) -> int:
    """Put one hour of one kind together, with what an earlier turn made of it, if any."""
    place = {"kind": kind, "hour": hour}
    whole: dict[str, Tally] = {}
    rows = (await session.execute(_TAKE, place)).all()
    for number, (key, failed, total, most, bins) in enumerate(rows, 1):
        tally = whole.setdefault(key, Tally())
        tally.failed += failed
        tally.sketch.absorb(bins, total=total, most=most)
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    tallies = whole.values()
    columns = {
        "keys": list(whole),
        "counts": [tally.count for tally in tallies],
        "failed": [tally.failed for tally in tallies],
        "totals": [tally.sketch.total for tally in tallies],
        "most": [tally.sketch.most for tally in tallies],
        "bins": [tally.sketch.to_bytes() for tally in tallies],
    }
    await session.execute(_WRITE, {**place, "nobody": NOBODY, **columns})
    return len(whole)
