"""From what is known to how the backups are. Nothing counts but evidence: activity is not even looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.ops.backups.rules import (
    CLOCK_SECONDS,
    DRILL_SECONDS,
    GRACE_SECONDS,
    MISSED_SECONDS,
    PROVEN_LEVEL,
    RPO_SECONDS,
    RTO_SECONDS,
    STALE_SECONDS,
)
from app.ops.backups.rules.damages import damages
from app.ops.backups.rules.evidence import Evidence, Kept
from app.ops.backups.rules.failing import failures, in_a_row, last_failures, past
from app.ops.backups.rules.known import Judgement, Known, Setup, Status
from app.ops.backups.rules.manifests import Proof
from app.ops.backups.rules.problems import Problem, damage, length, problem
from app.ops.backups.rules.scheduling import DRILL_EVERY, next_backup
from app.ops.backups.rules.verifying import unusual

RANKS = ("critical", "warning", "info")
STATUSES: dict[str, Status] = {"critical": "error", "warning": "warning", "info": "info"}
CLOCK = timedelta(seconds=CLOCK_SECONDS)


def judge(known: Known, *, now: datetime) -> Judgement:
    """Return how the backups are."""
    if not known.setup.configured:
        return _judged([problem("no_backup_configured")], Judgement("healthy", "", ()))
    shown = known.evidence.backups if known.evidence else ()
    trusted = [each for each in shown if each.manifest and each.manifest.source.snapshot_at <= now + CLOCK]
    last = trusted[-1] if trusted else None
    before = past("backup", known, now=now)
    failed = last_failures(known)
    figures = Judgement(
        "healthy",
        "",
        (),
        last=last,
        age_seconds=None if last is None else age(last, now),
        count=len(shown),
        proven=any(proven_lately(each, now) for each in trusted),
        last_failure=failed[-1] if failed else None,
        failed_in_a_row=len(in_a_row("backup", known, now=now)),
        drill=last_drill(shown, now),
        began_at=max(filter(None, (before.succeeded_at, before.failed_at)), default=None),
        next_run_at=next_backup(before, now=now) if known.setup.scheduled else None,
    )
    found = [*_problems(known, figures, trusted, now=now)]
    told = {each.code for each in found}  # the proof that failed and the run that failed by it are one problem
    return _judged([*found, *(each for each in failures(known, now=now) if each.code not in told)], figures)


def _problems(known: Known, figures: Judgement, trusted: Sequence[Kept], *, now: datetime) -> Iterator[Problem]:
    evidence = known.evidence
    if evidence is not None:
        yield from damages(evidence.backups, now=now)
        yield from _of_newest(figures, now) if figures.last else [problem("no_backup_yet")]
        yield from _of_proof(figures, trusted, now)
        yield from _of_drills(known.setup, figures, now)
        yield from _of_store(evidence, figures)
        yield from _of_strays(known, evidence, now)
        yield from _of_clock(evidence, now)
    yield from _of_reading(known, now)
    yield from _of_schedule(known)


def age(kept: Kept, now: datetime) -> float:
    """Return how old a backup is, in seconds: never less than nothing, whatever the clocks say."""
    assert kept.manifest is not None
    return max(0.0, (now - kept.manifest.source.snapshot_at).total_seconds())


def proven_lately(kept: Kept, now: datetime) -> bool:
    """Return whether a backup was read to its end in the last 35 days, and nothing was found against it since.

    A proof from the future would count for ever; when it was made nobody knows.
    """
    if kept.proven_level is None or kept.proven_level < PROVEN_LEVEL:
        return False
    read = [each.at for each in kept.proofs if each.passed and each.level >= PROVEN_LEVEL]
    return any(at <= now + CLOCK and (now - at).total_seconds() <= DRILL_SECONDS for at in read)


def last_drill(shown: Sequence[Kept], now: datetime) -> Proof | None:
    """Return the latest drill."""
    drills = [proof for kept in shown for proof in kept.proofs if proof.level == 4 and proof.at <= now + CLOCK]
    return max(drills, key=lambda proof: proof.at, default=None)


def _of_newest(figures: Judgement, now: datetime) -> Iterator[Problem]:
    assert figures.last is not None
    assert figures.last.manifest is not None
    assert figures.age_seconds is not None
    if figures.age_seconds > STALE_SECONDS:
        yield problem("backup_stale")
    elif figures.age_seconds > RPO_SECONDS:
        yield problem("backup_late")
    if not figures.last.manifest.artefact.encrypted:
        yield problem("not_encrypted")


def _of_proof(figures: Judgement, trusted: Sequence[Kept], now: datetime) -> Iterator[Problem]:
    if figures.last is None or figures.last.manifest is None:
        return
    if not figures.proven:
        yield problem("backup_unproven")
    level, name = figures.last.proven_level, figures.last.id
    if level is None and not figures.last.proofs:
        waited = (now - figures.last.manifest.finished_at).total_seconds()
        others = any(each.proven_level and age(each, now) <= STALE_SECONDS for each in trusted[:-1])
        code = "backup_being_verified" if waited <= GRACE_SECONDS and others else "backup_unverified"
        yield problem(code, id=name)
    elif level is not None and level < 1:
        yield problem("backup_unverified", id=name)
    elif level is not None and level < PROVEN_LEVEL:
        yield problem("backup_half_proven", id=name)


def _of_drills(setup: Setup, figures: Judgement, now: datetime) -> Iterator[Problem]:
    drill = figures.drill
    if setup.scheduled and not setup.drills and (drill is None or now - drill.at > 2 * DRILL_EVERY):
        yield problem("drill_key_missing")  # with the key elsewhere there would be a drill of the last week
    if drill is None:
        yield problem("drill_missing")
        return
    if not drill.passed:
        code, what = drill.code or "drill_failed", drill.detail or "its drill failed."
        yield damage(code, "critical", backup_id=drill.backup_id, what=what)
    if (now - drill.at).total_seconds() > DRILL_SECONDS:
        yield problem("drill_overdue")
    if drill.passed and drill.duration_seconds > RTO_SECONDS:
        yield problem("recovery_slow")


def _of_store(evidence: Evidence, figures: Judgement) -> Iterator[Problem]:
    if not evidence.offsite:
        yield problem("not_offsite")
    sizes = {each.id: each.manifest.artefact.bytes for each in evidence.backups if each.manifest}
    if figures.last is not None and unusual(sizes.pop(figures.last.id), sizes.values()):
        yield problem("size_unusual")


def _of_strays(known: Known, evidence: Evidence, now: datetime) -> Iterator[Problem]:
    """Tell backups that lost their manifest from runs that never came to it: the next run clears those away."""
    unfinished = 0
    for stray in evidence.strays:
        lost = problem("manifest_missing", id=stray.id)
        if stray.counted:
            yield lost
        elif (now - stray.written_at).total_seconds() > MISSED_SECONDS:
            yield replace(lost, severity="warning")
        else:
            unfinished += 1
    if unfinished and not any(run.status == "running" for run in known.runs or ()):
        yield problem("unfinished_dumps", count=unfinished)


def _of_clock(evidence: Evidence, now: datetime) -> Iterator[Problem]:
    if any(each.manifest and each.manifest.source.snapshot_at > now + CLOCK for each in evidence.backups):
        yield problem("clock_set_back")


def _of_reading(known: Known, now: datetime) -> Iterator[Problem]:
    if known.store_failure is not None:
        old = None if known.evidence is None else max(0.0, (now - known.evidence.at).total_seconds())
        code = "store_refused" if known.store_failure == "store_refused" else "store_unreachable"
        yield problem(code, age="nothing" if old is None else length(old))
        if old is None or old > RPO_SECONDS:
            yield problem("store_unknown")
    if known.runs is None:
        yield problem("database_unknown")


def _of_schedule(known: Known) -> Iterator[Problem]:
    if not known.setup.scheduled:
        yield problem("not_scheduled")
    elif known.beat is not None and known.beat.state == "late":
        yield problem("schedule_late")
    elif known.beat is not None and known.beat.state == "down":
        yield problem("schedule_failing")


def _judged(problems: Sequence[Problem], figures: Judgement) -> Judgement:
    ranked = sorted(problems, key=lambda each: RANKS.index(each.severity))
    once = {(each.code, each.hint): each for each in reversed(ranked)}  # the same found twice is as bad as the worse
    ranked = [each for each in ranked if once[each.code, each.hint] is each]
    status: Status = STATUSES[ranked[0].severity] if ranked else "healthy"
    message = ranked[0].hint if status in {"error", "warning"} else _well(figures)
    return replace(figures, status=status, message=message, problems=tuple(ranked))


def _well(figures: Judgement) -> str:
    level = figures.last.proven_level if figures.last else None
    return f"The newest backup is {length(figures.age_seconds or 0)} old and was verified to level {level} of 4."
