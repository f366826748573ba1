"""Read what rules are held against: of all processes from the database, or of this one from its memory."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch, fetch_first
from app.core.lifeline import Check
from app.core.signals import Tally
from app.ops.alerts.rules.catalogue import LATE_SECONDS, SLOW_QUERY_MS
from app.ops.alerts.rules.measuring import FEWEST_RUNS, Facts, Told, counted
from app.ops.process import Process
from app.ops.samples.service import ALIVE, tallies, totals
from app.ops.slo.rules import MINUTE, WINDOWS, Traffic, traffic
from app.ops.slo.service import windows

RECENT_SECONDS, LATEST_SECONDS = 300, 120
BURNING = {name: seconds for name, seconds in WINDOWS.items() if name != "30d"}
BURNING_EVERY = timedelta(minutes=1)
STATEMENTS_SECONDS = 600
"""Statements are counted by five minutes: in so long there is always a whole period."""

_PROCESSES = "SELECT instance, pid, role, state::text AS state FROM processes WHERE seen_at > $1"
_SERVING = "SELECT count(*) FROM processes WHERE role = 'web' AND seen_at > $1"
_SERVER = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
       current_setting('max_connections')::int AS most,
       (SELECT count(*) FROM pgqueuer WHERE status = 'failed') AS held,
       (SELECT greatest(0, extract(epoch FROM now() - min(execute_after)))::float8
        FROM pgqueuer WHERE status = 'queued') AS waiting,
       ARRAY(SELECT name FROM periodic_runs WHERE due_at < $1 ORDER BY name) AS late,
       ARRAY(SELECT c.client_key FROM attention_items a JOIN clients c ON c.id = a.client_id
             WHERE a.kind = 'told_without_booking' AND a.status = 'open' AND a.updated_at > now() - interval '1 day'
             LIMIT 1000) AS misled
"""


@dataclass(slots=True)
class Burning:
    """The traffic of long windows, which is read anew once a minute."""

    read_at: datetime | None = None
    traffic: Mapping[str, Traffic] = field(default_factory=dict)

    async def read(self, session: AsyncSession, *, now: datetime) -> Mapping[str, Traffic]:
        """Return the traffic by window."""
        if self.read_at is None or abs(now - self.read_at) >= BURNING_EVERY:
            self.traffic = await windows.of_all(session, BURNING, now=now)
            self.read_at = now
        return self.traffic


async def of_all(session: AsyncSession, burning: Burning, *, now: datetime) -> Facts:
    """Return the facts of all processes, as they have carried them to the database."""
    since, latest = windows.begins(now, RECENT_SECONDS), windows.begins(now, LATEST_SECONDS)
    requests = await tallies(session, "requests", since=since)
    seconds = await totals(session, "requests", since=latest)
    lag = await tallies(session, "loop_lag", since=since, keys=["loop"])
    server = await fetch_first(session, _SERVER, now - timedelta(seconds=LATE_SECONDS))
    assert server is not None
    living = await fetch(session, _PROCESSES, now - ALIVE)
    return Facts(
        unanswered=0,
        serving=sum(row["role"] == "web" for row in living),
        requests=requests,
        latest=traffic((each.key, each.count, each.failed) for each in seconds),
        lag=lag.get("loop", Tally()),
        tools=await tallies(session, "tools", since=since),
        misled=server["misled"],
        processes=[Told(row["instance"], row["pid"], orjson.loads(row["state"])) for row in living],
        burning=await burning.read(session, now=now),
        slow_queries=await _slow_queries(session, now),
        connections=(server["used"], server["most"]),
        held_jobs=server["held"],
        waiting_seconds=server["waiting"] or 0.0,
        late_tasks=server["late"],
    )


async def serving(session: AsyncSession, *, now: datetime) -> int:
    """Return how many web processes live."""
    row = await fetch_first(session, _SERVING, now - ALIVE)
    return int(row[0]) if row is not None else 0


async def _slow_queries(session: AsyncSession, now: datetime) -> list[str]:
    """Return the shapes of which one run in 20 takes over a second; only those that were ever so slow are looked at."""
    since = now - timedelta(seconds=STATEMENTS_SECONDS)
    found = await totals(session, "queries", since=since)
    suspects = [each.key for each in found if each.most > SLOW_QUERY_MS and each.count >= FEWEST_RUNS]
    if not suspects:
        return []
    runs = await tallies(session, "queries", since=since, keys=suspects)
    return sorted(shape for shape, tally in runs.items() if (tally.sketch.quantile(0.95) or 0) > SLOW_QUERY_MS)


def of_process(process: Process, check: Check | None) -> Facts:
    """Return what this process knows by itself, while the database is away."""
    signals = process.signals
    state = {name: gauge() for name, gauge in process.gauges.items()}
    down = check is not None and not check.up and not check.full
    return Facts(
        unanswered=check.failures if check is not None and down else 0,
        requests=windows.recent(signals, RECENT_SECONDS // MINUTE),
        latest=counted(windows.recent(signals, LATEST_SECONDS // MINUTE)),
        lag=signals.loop_lag.window(RECENT_SECONDS // MINUTE).get("loop", Tally()),
        tools=signals.tools.window(RECENT_SECONDS // MINUTE),
        processes=[Told(process.settings.instance, os.getpid(), state)],
        burning=windows.of_process(signals, BURNING),
    )
