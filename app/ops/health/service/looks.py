"""What this room itself looks at: the database, the jobs, the event loop, memory, disk."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.handlers import DatabaseUnavailable
from app.core.migrations import revisions
from app.ops.database.service import pool
from app.ops.health.rules import (
    DISK_PERCENT,
    LAG_MS,
    LATE_SECONDS,
    MEMORY_PERCENT,
    PENDING_SECONDS,
    Status,
    heartbeat,
)
from app.ops.probes.rules import Schema, schema
from app.ops.process import Process

_SERVER = """
SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS replica,
       (SELECT max(extract(epoch FROM replay_lag))::float8 FROM pg_stat_replication) AS lag
"""
_JOBS = """
SELECT count(*) FILTER (WHERE status = 'queued') AS pending, count(*) FILTER (WHERE status = 'failed') AS held,
       greatest(0, max(extract(epoch FROM now() - execute_after)) FILTER (WHERE status = 'queued'))::float8 AS oldest
FROM pgqueuer
"""
_HEARTBEATS = """
SELECT name, last_succeeded_at, last_error_code, extract(epoch FROM now() - due_at)::float8 AS overdue
FROM periodic_runs ORDER BY name LIMIT 100
"""


class Looks:
    """Looks of one process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def database(self, _now: datetime) -> dict[str, Any]:
        """Tell whether the database answers and which migration it has seen."""
        check = await self._process.lifeline.check()
        known = revisions()
        current = check.answer if check.up else None
        at_head = check.up and schema(current, known) is not Schema.behind
        seen: dict[str, Any] = {
            "status": Status.operational,
            "reasons": [],
            "latencyMs": round(check.latency_ms, 2) if check.up else None,
            "migration": {"current": current, "head": known[-1], "atHead": at_head},
        }
        if not check.up:
            return {**seen, "status": Status.down, "reasons": ["database_unavailable"]}
        (server,) = await self._process.lifeline.fetch(_SERVER)
        seen |= {"serverVersion": server["version"].split()[0], "replicationLagSeconds": server["lag"]}
        reasons = [] if at_head else ["migrations_pending"]
        return {**seen, "status": Status.degraded if reasons else Status.operational, "reasons": reasons}

    async def jobs(self, _now: datetime) -> dict[str, Any]:
        """Tell how long the oldest job waits, how many are held for a person, and whether periodic tasks begin."""
        if not (await self._process.lifeline.check()).up:
            raise DatabaseUnavailable
        (queue,) = await self._process.lifeline.fetch(_JOBS)
        beats = [_beat(dict(row)) for row in await self._process.lifeline.fetch(_HEARTBEATS)]
        reasons = [
            *(["jobs_pending"] if queue["oldest"] > PENDING_SECONDS else []),
            *(["jobs_held"] if queue["held"] else []),
            *(f"task_{beat['state']}:{beat['name']}" for beat in beats if beat["state"] != "up"),
        ]
        return {
            "status": Status.degraded if reasons else Status.operational,
            "reasons": reasons,
            "pending": queue["pending"],
            "held": queue["held"],
            "oldestPendingSeconds": round(queue["oldest"], 1),
            "heartbeats": beats,
        }

    async def event_loop(self, _now: datetime) -> dict[str, Any]:
        """Tell by how much the event loop was late in the last five minutes."""
        tally = self._process.signals.loop_lag.window(pool.MINUTES).get("loop")
        slow = None if tally is None else tally.sketch.quantile(0.99)
        late = slow is not None and slow >= LAG_MS
        return {
            "status": Status.degraded if late else Status.operational,
            "lagMsP99": None if slow is None else round(slow, 1),
            "lagMsMax": None if tally is None else round(tally.sketch.most, 1),
        }

    async def memory(self, _now: datetime) -> dict[str, Any]:
        """Tell how much memory is used of how much there may be; without a limit nothing is too much."""
        figures = self._process.machine.figures()
        percent = 100 * figures["used_bytes"] / max(1, figures["limit_bytes"])
        full = figures["limited"] and percent > MEMORY_PERCENT
        return {
            "status": Status.degraded if full else Status.operational,
            "rssBytes": figures["rss_bytes"],
            "usedBytes": figures["used_bytes"],
            "limitBytes": figures["limit_bytes"],
            "limited": figures["limited"],
            "usedPercent": round(percent, 1),
        }

    async def disk(self, _now: datetime) -> dict[str, Any]:
        """Tell how much of the disk is free where this process works."""
        usage = shutil.disk_usage(Path.cwd())
        percent = 100 * usage.free / max(1, usage.total)
        return {
            "status": Status.degraded if percent < DISK_PERCENT else Status.operational,
            "freeBytes": usage.free,
            "totalBytes": usage.total,
            "freePercent": round(percent, 1),
        }


def _beat(row: dict[str, Any]) -> dict[str, Any]:
    succeeded = row["last_succeeded_at"]
    return {
        "name": row["name"],
        "state": heartbeat(overdue_seconds=row["overdue"], error_code=row["last_error_code"]),
        "lastPingAt": succeeded,
        "overdueSeconds": round(max(0.0, row["overdue"]), 1),
        "graceSeconds": LATE_SECONDS,
        "lastError": row["last_error_code"],
    }
