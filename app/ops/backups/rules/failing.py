"""Runs that came to nothing, as the store and the database remember them."""

from collections.abc import Iterator
from datetime import datetime

from app.ops.backups.rules import PROVEN_LEVEL
from app.ops.backups.rules.known import Failed, Known
from app.ops.backups.rules.problems import DRILL, FAILED, PRUNE, RUN, VERIFY, Problem, Severity, problem
from app.ops.backups.rules.scheduling import Past

NO_FAILURE = frozenset({"backup_running"})
"""That another one goes on is no failure of backups."""
COMMANDS = {"backup": RUN, "drill": DRILL, "prune": PRUNE, "verify": VERIFY}


def last_failures(known: Known) -> list[Failed]:
    """Return the runs that failed, the latest last, each once."""
    found = {}
    for told in known.evidence.failures if known.evidence else ():
        found[told.id] = Failed(told.id, told.kind, told.started_at, told.finished_at, told.code, told.detail)
    for run in known.runs or ():
        if run.status == "failed":
            at = run.finished_at or run.created_at
            found[run.id] = Failed(run.id, run.kind, run.started_at, at, run.code or "failed", run.detail or "")
    return sorted((each for each in found.values() if each.code not in NO_FAILURE), key=lambda each: each.at)


def past(kind: str, known: Known, *, now: datetime) -> Past:
    """Return what is known of earlier runs of a kind, from both sides."""
    began = [run.started_at for run in known.runs or () if run.kind == kind and run.status == "succeeded"]
    if kind == "backup" and known.evidence:
        began += [each.manifest.started_at for each in known.evidence.backups if each.manifest]
    if kind == "drill" and known.evidence:
        began += [each.at for kept in known.evidence.backups for each in kept.proofs if each.level == 4 and each.passed]
    if kind == "verify" and known.evidence:
        proofs = [proof for kept in known.evidence.backups for proof in kept.proofs]
        began += [each.at for each in proofs if each.level >= PROVEN_LEVEL and each.passed]
    failed = [each for each in last_failures(known) if each.kind == kind and each.at <= now]
    return Past(
        succeeded_at=max((at for at in began if at and at <= now), default=None),
        failed_at=failed[-1].at if failed else None,
        failure=failed[-1].code if failed else None,
    )


def in_a_row(kind: str, known: Known, *, now: datetime) -> list[Failed]:
    """Return the failures of a kind since one last succeeded."""
    good = past(kind, known, now=now).succeeded_at
    failed = (each for each in last_failures(known) if each.kind == kind)
    return [each for each in failed if good is None or (each.started_at or each.at) > good]


def failures(known: Known, *, now: datetime) -> Iterator[Problem]:
    """Name the last failure of each kind that nothing has made good since."""
    for kind in ("backup", "verify", "drill", "prune"):
        failed = in_a_row(kind, known, now=now)
        if not failed:
            continue
        newest = failed[-1]
        if kind == "prune" and newest.code == "store_refused":
            yield problem("deletes_refused")
            continue
        severity: Severity = "critical" if kind == "drill" else "warning"
        hint = FAILED.format(kind=kind, code=newest.code, detail=newest.detail, command=COMMANDS[kind])
        yield Problem(newest.code, severity, hint)
