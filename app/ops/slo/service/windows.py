"""Valid requests of several windows: of all processes from the database, or of this one from memory."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch
from app.core.signals import MINUTES_KEPT, Signals, Tally
from app.ops.samples.service import as_text
from app.ops.slo.rules import MINUTE, Traffic, traffic

# One pass over the longest window; a period counts where its beginning does.
_COUNTS = """
SELECT since, key, sum(count)::int8, sum(failed)::int8
FROM (SELECT starts_at, key, sum(count) AS count, sum(failed) AS failed
      FROM samples WHERE kind = 'requests' AND starts_at >= $2 GROUP BY starts_at, key) AS counted
JOIN unnest($1::timestamptz[]) AS since ON starts_at >= since
GROUP BY since, key
"""


def begins(now: datetime, seconds: int) -> datetime:
    """Return the minute with which a window begins that ends with the present one."""
    return now.replace(second=0, microsecond=0) - timedelta(seconds=seconds - MINUTE)


async def of_all(session: AsyncSession, windows: Mapping[str, int], *, now: datetime) -> dict[str, Traffic]:
    """Return the traffic of all processes in windows of so many seconds that end now, to the minute.

    Samples of the past are kept by the hour: of a long window the first hour may be missing in part.
    """
    since = {name: begins(now, seconds) for name, seconds in windows.items()}
    counts: dict[datetime, list[tuple[str, int, int]]] = {}
    for at, key, count, failed in await fetch(session, _COUNTS, sorted(set(since.values())), min(since.values())):
        counts.setdefault(at, []).append((key, count, failed))
    return {name: traffic(counts.get(at, ())) for name, at in since.items()}


def of_process(signals: Signals, windows: Mapping[str, int]) -> dict[str, Traffic]:
    """Return the same of this process; windows longer than it remembers are left out."""
    return {
        name: traffic((key, tally.count, tally.failed) for key, tally in recent(signals, seconds // MINUTE).items())
        for name, seconds in windows.items()
        if seconds // MINUTE <= MINUTES_KEPT
    }


def recent(signals: Signals, minutes: int) -> dict[str, Tally]:
    """Return what this process answered in the last so many minutes, by `METHOD /template STATUS`."""
    return {as_text(key): tally for key, tally in signals.requests.window(minutes).items()}
