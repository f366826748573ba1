"""A look at the data as it is told and kept: ids and codes, no personal data."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.integrity.rules.terms import Example, Outcome, Severity, State, findings
from app.ops.schemas import Report


class ExampleShown(Wire):
    """A wrong row, or a missing part of the schema."""

    client_id: UUID | None
    id: str
    about: str | None


class CheckShown(Wire):
    """What a check came to; `wrong` and `toDo` where it found something."""

    name: str
    severity: Severity
    state: State
    total: int
    examples: list[ExampleShown]
    wrong: str | None
    to_do: str | None
    reason: str | None
    seconds: float


class Looked(Wire):
    """A whole look."""

    started_at: Instant
    finished_at: Instant
    duration_seconds: float
    client_key: str | None
    since: Instant | None
    quick: bool
    findings: int
    """How many checks found something that somebody has to act upon."""
    checks: list[CheckShown]


class Integrity(Report):
    """`GET /api/integrity`: the last look at all of the data, and whether the next one is overdue."""

    ok: bool
    """Looked at in time, and nothing found."""
    age_seconds: float | None
    overdue: bool
    findings: int | None
    last: Looked | None


class CheckQueued(Report):
    """`POST /api/integrity/check`: a worker looks as soon as one is free."""

    queued: bool = True


def looked(
    outcomes: Sequence[Outcome],
    *,
    started_at: datetime,
    finished_at: datetime,
    client_key: str | None = None,
    since: datetime | None = None,
    quick: bool = False,
) -> Looked:
    """Return a look as it is told."""
    return Looked(
        started_at=started_at,
        finished_at=finished_at,
        duration_seconds=round((finished_at - started_at).total_seconds(), 3),
        client_key=client_key,
        since=since,
        quick=quick,
        findings=findings(outcomes),
        checks=[_shown(outcome) for outcome in outcomes],
    )


def _shown(outcome: Outcome) -> CheckShown:
    check, told = outcome.check, outcome.state in (State.found, State.failed)
    return CheckShown(
        name=check.name,
        severity=check.severity,
        state=outcome.state,
        total=outcome.found.total,
        examples=[_example(example) for example in outcome.found.examples],
        wrong=check.wrong if told else None,
        to_do=check.to_do if told else None,
        reason=outcome.reason,
        seconds=round(outcome.seconds, 3),
    )


def _example(example: Example) -> ExampleShown:
    return ExampleShown(client_id=example.client_id, id=example.id, about=example.about)
