"""Show a judgement: in the documented status, in detailed health, and as figures for alerts and metrics."""

from datetime import datetime
from typing import Any

from app.core.clock import iso
from app.ops.backups import schemas
from app.ops.backups.rules import RPO_SECONDS, RTO_SECONDS
from app.ops.backups.rules.known import Failed, Judgement
from app.ops.backups.rules.manifests import Proof
from app.ops.backups.rules.retention import DAILY, MONTHLY, WEEKLY
from app.ops.backups.service.ledger import Ledger
from app.ops.backups.service.reading import SCHEDULE

STATUSES = ("healthy", "info", "warning", "error")


def evidence(ledger: Ledger, told: Judgement) -> schemas.Evidence:
    """Return the backups that there are."""
    beat, seen = ledger.beat, ledger.evidence
    return schemas.Evidence(
        last_success=_success(ledger, told),
        last_failure=None if told.last_failure is None else _failure(told.last_failure),
        age_seconds=None if told.age_seconds is None else round(told.age_seconds, 1),
        rpo_seconds=RPO_SECONDS,
        rpo_met=told.age_seconds is not None and told.age_seconds <= RPO_SECONDS,
        count=told.count,
        retention=schemas.Retention(daily=DAILY, weekly=WEEKLY, monthly=MONTHLY),
        next_run_at=told.next_run_at,
        heartbeat=None
        if beat is None
        else schemas.Heartbeat(
            name=SCHEDULE, state=beat.state, last_began_at=beat.began_at, last_succeeded_at=beat.succeeded_at
        ),
        known_at=None if seen is None else seen.at,
    )


def _success(ledger: Ledger, told: Judgement) -> schemas.Success | None:
    if told.last is None or told.last.manifest is None or ledger.evidence is None:
        return None
    made = told.last.manifest
    return schemas.Success(
        id=made.id,
        kind=made.kind,
        started_at=made.started_at,
        finished_at=made.finished_at,
        duration_seconds=made.duration_seconds,
        size_bytes=made.artefact.bytes,
        sha256=made.artefact.sha256,
        location=f"{ledger.evidence.location}/{made.artefact.key}",
        encrypted=made.artefact.encrypted,
        verified_level=told.last.proven_level,
        pg_version=made.source.server_version,
        tool_version=made.artefact.tool_version,
    )


def _failure(failed: Failed) -> schemas.FailedRun:
    return schemas.FailedRun(
        id=failed.id,
        kind=failed.kind,
        started_at=failed.started_at,
        finished_at=failed.at,
        code=failed.code,
        detail=failed.detail,
    )


def drill(proof: Proof | None) -> schemas.Drill:
    """Return the last drill."""
    if proof is None:
        return schemas.Drill(rto_seconds=RTO_SECONDS)
    return schemas.Drill(
        last_at=proof.at,
        result="passed" if proof.passed else "failed",
        duration_seconds=proof.duration_seconds,
        rto_seconds=RTO_SECONDS,
        rto_met=proof.passed and proof.duration_seconds <= RTO_SECONDS,
        tables=proof.tables,
        rows_compared=proof.rows_compared,
        checksum_mismatches=len(proof.mismatches),
        mismatches=proof.mismatches,
        code=proof.code,
        backup_id=proof.backup_id,
    )


def component(told: Judgement, ledger: Ledger) -> dict[str, Any]:
    """Return the component of detailed health."""
    beat = ledger.beat
    return {
        "status": told.status,
        "reasons": told.codes("critical", "warning"),
        "countsIn": "production",
        "ageSeconds": None if told.age_seconds is None else round(told.age_seconds, 1),
        "verifiedLevel": told.last.proven_level if told.last else None,
        "lastDrillAt": told.drill and iso(told.drill.at),
        "nextRunAt": told.next_run_at and iso(told.next_run_at),
        "heartbeat": None if beat is None else beat.state,
    }


def figures(ledger: Ledger, *, now: datetime) -> dict[str, Any]:
    """Return what a process says of the backups: members are None where nothing is known of them."""
    told, seen = ledger.judgement(now=now), ledger.evidence
    known = seen is not None or not ledger.setup.configured
    return {
        "counts": ledger.process.settings.env == "production" or ledger.setup.scheduled,
        "known_seconds": None if seen is None else max(0.0, (now - seen.at).total_seconds()),
        "status": STATUSES.index(told.status),
        "age_seconds": told.age_seconds,
        "level": told.last.proven_level if told.last else None,
        "unproven": int(not told.proven) if known else None,
        "begun_seconds": _since(told.began_at, now),
        "failed": told.failed_in_a_row,
        "drill_seconds": told.drill.duration_seconds if told.drill and told.drill.passed else None,
        "drill_age_seconds": _since(_drilled_at(ledger, told), now),
        "drill_failed": int(bool(told.drill and not told.drill.passed)),
    }


def _drilled_at(ledger: Ledger, told: Judgement) -> datetime | None:
    """Return when something was last drilled; where nothing ever was, since when it could have been."""
    if told.drill is not None:
        return told.drill.at
    shown = ledger.evidence.backups if ledger.evidence else ()
    return min((each.manifest.started_at for each in shown if each.manifest), default=None)


def _since(instant: datetime | None, now: datetime) -> float | None:
    return None if instant is None else max(0.0, (now - instant).total_seconds())
