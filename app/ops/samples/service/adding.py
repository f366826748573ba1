"""Add up what all processes have carried to the database."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch
from app.core.signals import Tally

_TALLIES = """
SELECT key, count, failed, total, most, bins FROM samples
WHERE kind = $1 AND starts_at >= $2 AND ($3::text[] IS NULL OR key = ANY ($3::text[]))
"""

_SPELLS = "SELECT starts_at, key, failed, total, most, bins FROM samples WHERE kind = $1 AND starts_at >= $2"

_TOTALS = """
SELECT key, sum(count)::int8 AS count, sum(failed)::int8 AS failed, sum(total) AS total, max(most) AS most
FROM samples WHERE kind = $1 AND starts_at >= $2 GROUP BY key
"""


_COUNTS = "SELECT key, sum(total)::int8 AS number FROM samples WHERE kind = 'carried' GROUP BY key"


@dataclass(frozen=True, slots=True)
class Total:
    """What all processes counted of one key together; `total` and `most` in milliseconds unless the kind says else."""

    key: str
    count: int
    failed: int
    total: float
    most: float


async def tallies(
    session: AsyncSession, kind: str, *, since: datetime, keys: Sequence[str] | None = None
) -> dict[str, Tally]:
    """Return what all processes have counted in the periods that begin at `since` or later, put together by key."""
    found: dict[str, Tally] = {}
    wanted = None if keys is None else list(keys)
    for key, count, failed, total, most, bins in await fetch(session, _TALLIES, kind, since, wanted):
        tally = found.get(key)
        if tally is None:
            tally = found[key] = Tally()
        tally.failed += failed
        if count:
            tally.sketch.absorb(bins, total=total, most=most)
    return found


async def spells(session: AsyncSession, kind: str, *, since: Sequence[datetime]) -> list[dict[str, Tally]]:
    """Return the same as `tallies` for several instants, with every sample read and added up once."""
    begins = sorted(set(since))
    apart: list[dict[str, Tally]] = [{} for _ in begins]
    for starts_at, key, failed, total, most, bins in await fetch(session, _SPELLS, kind, begins[0]):
        tally = apart[bisect_right(begins, starts_at) - 1].setdefault(key, Tally())
        tally.failed += failed
        tally.sketch.absorb(bins, total=total, most=most)
    whole: dict[datetime, dict[str, Tally]] = {}
    later: dict[str, Tally] = {}
    for instant, tallies_apart in zip(reversed(begins), reversed(apart), strict=True):
        for key, tally in later.items():
            tallies_apart.setdefault(key, Tally()).merge(tally)
        whole[instant] = later = tallies_apart
    return [whole[instant] for instant in since]


async def totals(session: AsyncSession, kind: str, *, since: datetime) -> Sequence[Total]:
    """Return the same by key without percentiles, which is cheaper."""
    return [Total(*row) for row in await fetch(session, _TOTALS, kind, since)]


async def counts(session: AsyncSession) -> dict[str, int]:
    """Return what all processes ever counted of `CARRIED`, by the keys of `Signals.carried`; no number ever falls."""
    return {row["key"]: row["number"] for row in await fetch(session, _COUNTS)}
