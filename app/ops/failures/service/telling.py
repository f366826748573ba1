"""Tell which kinds of failures there were: all processes' from the database, this one's from memory."""

from collections import deque
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.faults import REQUESTS_KEPT, Group
from app.ops.failures.rules import HOURS

_KNOWN = text("""
SELECT fingerprint, kind, place, code, routes, request_ids, count, first_seen_at, last_seen_at, first_commit,
       last_commit,
       (SELECT jsonb_object_agg(EXTRACT(epoch FROM hour)::int8, hours.count) FROM failure_hours AS hours
        WHERE hours.fingerprint = known.fingerprint AND hour >= :day) AS hours
FROM failure_groups AS known
WHERE (last_seen_at >= :since AND (CAST(:route AS text) IS NULL OR :route = ANY (routes)))
   OR fingerprint = ANY (:own)
ORDER BY last_seen_at DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups are asked about: seen at `since` or later, on the route `METHOD /template` (None: any)."""

    since: datetime
    route: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Known:
    """A group and the deployments that it was seen in."""

    fingerprint: str
    group: Group
    first_commit: str | None
    last_commit: str | None


def of_process(groups: Mapping[str, Group], wanted: Wanted, *, commit: str | None) -> list[Known]:
    """Return what one process has counted, the latest first."""
    return _chosen([Known(name, group, commit, commit) for name, group in groups.items()], wanted)


async def of_all(
    session: AsyncSession, uncarried: Mapping[str, Group], wanted: Wanted, *, commit: str | None, now: datetime
) -> list[Known]:
    """Return what all processes have carried, with what this one has not yet, the latest first."""
    arguments: dict[str, Any] = {
        **{"since": wanted.since, "route": wanted.route, "own": list(uncarried)},
        **{"day": now - timedelta(hours=HOURS), "limit": wanted.limit + len(uncarried)},
    }
    found = {row.fingerprint: _known(row) for row in await session.execute(_KNOWN, arguments)}
    for fingerprint, group in uncarried.items():
        known = found.get(fingerprint)
        if known is None:
            found[fingerprint] = Known(fingerprint, deepcopy(group), commit, commit)
        else:
            known.group.merge(group)
            found[fingerprint] = Known(fingerprint, known.group, known.first_commit, commit)
    return _chosen(list(found.values()), wanted)


def _known(row: Any) -> Known:
    hours = {
        datetime.fromtimestamp(int(epoch), row.first_seen_at.tzinfo): count
        for epoch, count in (row.hours or {}).items()
    }
    group = Group(row.kind, row.place, row.code, row.first_seen_at, row.last_seen_at, row.count, row.routes)
    group.request_ids, group.hours = deque(row.request_ids, maxlen=REQUESTS_KEPT), hours
    return Known(row.fingerprint, group, row.first_commit, row.last_commit)


def _chosen(found: list[Known], wanted: Wanted) -> list[Known]:
    chosen = [
        known
        for known in found
        if known.group.last_at >= wanted.since and (wanted.route is None or wanted.route in known.group.routes)
    ]
    chosen.sort(key=lambda known: known.group.last_at, reverse=True)
    return chosen[: wanted.limit]
