"""What a process answers to its probes, from what it knows; the database is asked once for all who ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.core.lifeline import Check
from app.core.migrations import revisions
from app.ops.probes.rules import PROBES, RETRY_AFTER_SECONDS, Reason, Schema, State, alive, ready, schema
from app.ops.process import Process

logger = structlog.get_logger()


@dataclass(slots=True)
class Spell:
    """For how long, and how many times in a row, a probe has failed for one reason."""

    reason: Reason
    since: datetime
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe answers; `retry_after` is in seconds, None where nothing is wrong."""

    body: dict[str, Any]
    retry_after: int | None = None


class Sentry:
    """Answers the probes of one process, and logs each change of an answer once."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._spells: dict[str, Spell] = {}
        self._identity = {"commit": process.settings.commit, "instance": process.settings.instance}
        self._judged: tuple[object, Schema] = (None, Schema.behind)

    async def answer(self, path: str, *, now: datetime) -> Answer:
        """Answer a probe, at the latest when the database's time to answer is over (1.5 s)."""
        probe = PROBES[path]
        check = await self._look(path)
        reason = probe(self._state(check))
        uptime = round((now - self._process.started_at).total_seconds(), 2)
        about = {"uptime": uptime, "timestamp": now, **self._identity}
        if reason is None:
            if path in self._spells:
                del self._spells[path]
                logger.info("probe_recovered", probe=path)
            if probe is alive:
                return Answer({"status": "healthy", **about})
            status = "healthy" if check is not None and check.up else "degraded"
            return Answer({"status": status, **about, "checks": self._checks(check)})
        return self._failure(path, reason, check, about)

    async def _look(self, path: str) -> Check | None:
        """Return what is known of the database; only who must know it now waits for its answer."""
        lifeline, probe = self._process.lifeline, PROBES[path]
        if probe is alive or (probe is ready and lifeline.reached):
            return lifeline.last
        return await lifeline.check()

    def _state(self, check: Check | None) -> State:
        process = self._process
        current = check.answer if check is not None and check.up else self._judged[0]
        if current != self._judged[0]:
            self._judged = (current, schema(current, revisions()))
        up = check is not None and check.up
        return State(
            process.started, process.draining, process.lag_seconds, process.lifeline.reached, up, self._judged[1]
        )

    def _checks(self, check: Check | None) -> dict[str, Any]:
        if check is None:
            return {}
        age = (self._process.lifeline.clock() - check.at) * 1000
        status = "up" if check.up else "down"
        return {"database": {"status": status, "latencyMs": round(check.latency_ms, 2), "ageMs": round(age)}}

    def _failure(self, path: str, reason: Reason, check: Check | None, about: dict[str, Any]) -> Answer:
        now, spell = about["timestamp"], self._spells.get(path)
        if spell is None or spell.reason is not reason:
            spell = self._spells[path] = Spell(reason, now)
            logger.warning("probe_failing", probe=path, reason=reason)
        spell.failures += 1
        since, failures = spell.since, spell.failures
        if reason is Reason.database_unavailable and check is not None:
            since, failures = now - timedelta(seconds=self._process.lifeline.clock() - check.since), check.failures
        retry_after = RETRY_AFTER_SECONDS[reason]
        told = {"retryAfterSeconds": retry_after, "since": since, "consecutiveFailures": failures}
        return Answer({"status": "unhealthy", "reason": reason, **about, **told}, retry_after)
