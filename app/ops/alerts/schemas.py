"""Alerts and their rules on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.schemas import Reason, Report

SeverityName = Literal["info", "warning", "critical"]


class Mute(Wire):
    """Nobody is told of a rule for a while."""

    reason: str
    actor: str
    since: Instant
    expires_at: Instant | None


class MuteSet(Report, Mute):
    """The mute, in force in every process within 5 s."""

    ok: bool = True


class NewMute(Wire):
    """For how long nobody is to be told of a rule, and why."""

    reason: Annotated[Reason, Field(examples=["known, mended tomorrow"])]
    expires_in_seconds: int = Field(ge=60, le=86_400, description="At most a day.")


class PageOut(Wire):
    """A message about an alert, and how its delivery went."""

    id: UUID = Field(description="The `webhook-id`.")
    kind: Literal["fired", "raised", "resolved"]
    status: Literal["pending", "delivered", "failed", "logged"]
    attempts: int
    created_at: Instant
    ended_at: Instant | None
    error: str | None = Field(description="Why the last attempt failed: a status, or a kind of failure.")


class AlertOut(Wire):
    """A rule that is, or was, broken."""

    id: UUID
    rule: str
    severity: SeverityName
    status: Literal["pending", "firing", "resolved"]
    summary: str
    value: float
    unit: str
    facts: dict[str, Any] = Field(description="What the value was made of.")
    since: Instant = Field(description="The first evaluation beyond the bound.")
    fired_at: Instant | None
    calm_since: Instant | None = Field(description="Since when it is back within its bounds, while it still fires.")
    resolved_at: Instant | None
    seen_at: Instant = Field(description="The last evaluation.")
    muted: Mute | None
    runbook_section: str
    runbook_url: str
    next: list[str] = Field(description="Commands to run, the first first.")
    pages: list[PageOut]


class Delivery(Wire):
    """Whether people are told."""

    webhook: bool = Field(description="Whether there is one; if not, alerts are log lines alone.")
    pending: int
    failed_last_day: int = Field(description="Messages that were given up in the last 24 hours.")
    delivered_last_day: int
    heartbeat: bool = Field(description="Whether an outside monitor is called.")
    heartbeat_sent_at: Instant | None = Field(description="By this process; only the one that leads sends any.")
    heartbeat_error: str | None


class Evaluation(Wire):
    """Who evaluates the rules, and when it last did, as far as is known."""

    standing: Literal["leads", "follows", "alone"] = Field(description="What the process that answers is.")
    instance: str | None
    pid: int | None
    evaluated_at: Instant | None


class Alerts(Report):
    """What is wrong now, and what was in the last 24 hours."""

    ok: bool = True
    firing: list[AlertOut]
    pending: list[AlertOut]
    resolved: list[AlertOut]
    delivery: Delivery
    evaluation: Evaluation
    complete: bool = Field(description="False while the database is away: then it is what this process knows.")
    degraded: list[str]


class StepOut(Wire):
    """From which value on a severity holds."""

    severity: SeverityName
    comparison: Literal["above", "at_or_above", "below", "at_or_below"]
    bound: float
    release: float = Field(description="Once it holds, it does until the value was back beyond this.")


class RuleOut(Wire):
    """A rule, its numbers, and what it is held against now."""

    name: str
    title: str
    unit: str
    steps: list[StepOut]
    evaluations: int = Field(description="So many in a row, 10 s apart, before it fires.")
    calm_seconds: int = Field(description="So long it has to be back within its bounds before it is resolved.")
    floor: str = Field(description="How much traffic it needs; empty: none.")
    known: bool = Field(description="Whether it could be measured.")
    value: float | None
    enough: bool = Field(description="Whether there is enough traffic to go by.")
    severity: SeverityName | None = Field(description="What the value is by itself, before it fires.")
    facts: dict[str, Any]
    muted: Mute | None
    runbook_section: str
    runbook_url: str
    next: list[str]


class Rules(Report):
    """Every rule."""

    ok: bool = True
    rules: list[RuleOut]
    count: int
    complete: bool
    degraded: list[str]
