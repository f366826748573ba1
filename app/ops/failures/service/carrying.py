"""Carry what one process has counted to the table of all."""

from datetime import datetime, timedelta

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.faults import MOST_ROUTES, REQUESTS_KEPT, Failures, Group

KEPT = timedelta(days=35)

# In one order, for several processes write the same rows at the same time.
_GROUPS = text(f"""
INSERT INTO failure_groups AS known (fingerprint, kind, place, code, routes, request_ids, count, first_seen_at,
                                     last_seen_at, first_commit, last_commit)
SELECT fingerprint, kind, place, code, routes, request_ids, count, first_at, last_at, :commit, :commit
FROM jsonb_to_recordset(CAST(:groups AS jsonb)) AS told (fingerprint text, kind text, place text, code text,
     routes text[], request_ids text[], count int8, first_at timestamptz, last_at timestamptz)
ORDER BY fingerprint
ON CONFLICT (fingerprint) DO UPDATE SET
    place = EXCLUDED.place, last_commit = EXCLUDED.last_commit, count = known.count + EXCLUDED.count,
    last_seen_at = GREATEST(known.last_seen_at, EXCLUDED.last_seen_at),
    routes = ARRAY(SELECT DISTINCT unnest(known.routes || EXCLUDED.routes) ORDER BY 1 LIMIT {MOST_ROUTES}),
    request_ids = (known.request_ids || EXCLUDED.request_ids)
                  [GREATEST(1, cardinality(known.request_ids || EXCLUDED.request_ids) - {REQUESTS_KEPT - 1}):]
""")  # noqa: S608 - made of constants
_HOURS = text("""
INSERT INTO failure_hours AS known (fingerprint, hour, count)
SELECT fingerprint, hour, count
FROM jsonb_to_recordset(CAST(:hours AS jsonb)) AS told (fingerprint text, hour timestamptz, count int8)
ORDER BY fingerprint, hour
ON CONFLICT (fingerprint, hour) DO UPDATE SET count = known.count + EXCLUDED.count
""")
_FORGET_HOURS = text("DELETE FROM failure_hours WHERE hour < :before")
_FORGET_GROUPS = text("DELETE FROM failure_groups WHERE last_seen_at < :before")


async def carry(sessions: Sessions, failures: Failures, *, commit: str | None) -> None:
    """Write what was counted since the last time, if anything was, in a transaction of its own.

    Raises:
        SQLAlchemyError, OSError: the database did not take it; then it is kept for the next time.
    """
    taken, failures.uncarried = failures.uncarried, {}
    if not taken:
        return
    try:
        async with sessions.begin() as session:
            await session.execute(_GROUPS, {"groups": orjson.dumps(_rows(taken)).decode(), "commit": commit})
            await session.execute(_HOURS, {"hours": orjson.dumps(_hours(taken)).decode()})
    except BaseException:
        failures.put_back(taken)
        raise


async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Forget what was not seen for 35 days."""
    await session.execute(_FORGET_HOURS, {"before": now - KEPT})
    await session.execute(_FORGET_GROUPS, {"before": now - KEPT})


def _rows(groups: dict[str, Group]) -> list[dict[str, object]]:
    return [
        {
            **{"fingerprint": fingerprint, "kind": group.kind, "place": group.place, "code": group.code},
            **{"routes": group.routes, "request_ids": list(group.request_ids), "count": group.count},
            **{"first_at": group.first_at, "last_at": group.last_at},
        }
        for fingerprint, group in groups.items()
    ]


def _hours(groups: dict[str, Group]) -> list[dict[str, object]]:
    return [
        {"fingerprint": fingerprint, "hour": hour, "count": count}
        for fingerprint, group in groups.items()
        for hour, count in group.hours.items()
    ]
