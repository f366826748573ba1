"""What is said about limits, and what may be set."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.core.clock import Instant
from app.core.schemas import Name, Wire
from app.ops.schemas import Reason, Report

Identifier = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""Who is counted: an IP address (with or without `ip:`), `key:<id>`, `account:<id>` or `operator`."""


class Override(Wire):
    """A limit that an operator has set for a while. `identifier` null: for everybody whom the policy counts."""

    id: UUID
    pattern: str = Field(description="The policy.")
    identifier: str | None = Field(description="Of an address only a pseudonym, `ip#…`, is kept.")
    limit: int | None
    multiplier: float | None
    reason: str
    actor: str
    created_at: Instant
    expires_at: Instant | None


class OverrideSet(Report, Override):
    """The limit that was set, in force here at once and in every other process within 5 s."""

    ok: Literal[True] = True


class Standing(Wire):
    """Where one counter stands: numbers of requests."""

    limit: int
    remaining: int
    reset: Instant = Field(description="When the whole limit is there again, if no request comes meanwhile.")
    used: int
    window_seconds: int
    retry_after_seconds: int = Field(description="After so many seconds a request passes; 0: now.")
    strategy: Literal["sliding-window-counter"] = "sliding-window-counter"
    blocked: bool
    override: Override | None


class PolicyShown(Wire):
    """A policy, with the limit that holds unless a key has its own or an override is in force."""

    name: str
    limit: int
    window_seconds: int
    per: Literal["address", "key", "account"]
    covers: str


class RejectedShown(Wire):
    """Who was refused how often under a policy in the last 5 minutes."""

    identifier: str
    policy: str
    rejected: int


class SystemStats(Wire):
    """Of the process that answers, unless the counters are shared."""

    total_entries: int = Field(description="Counters that are kept.")
    active_windows: int = Field(description="Counters that have counted in the present minute.")
    endpoints: dict[str, int] = Field(description="How many routes a verified key asks under each policy.")
    rejected5m: int = Field(alias="rejected5m", description="Requests refused in the last 5 minutes.")
    top_rejected: list[RejectedShown] = Field(max_length=10)
    overrides: list[Override]
    uncounted: int = Field(description="Requests that passed uncounted because there were too many counters.")


class Storage(Wire):
    """Where is counted. `fallback`: what stands in for a Redis that is lost."""

    backend: Literal["memory", "redis"]
    healthy: bool
    fallback: Literal["memory"] | None


class LimitStatus(Report):
    """What is enforced for one identity, and how the limiter does."""

    ok: Literal[True] = True
    identifier: str
    limits: dict[str, Standing]
    policy: list[PolicyShown]
    enforced: Literal[True] = True
    storage: Storage
    system_stats: SystemStats


class NewOverride(Wire):
    """Another limit for a while: `limit` requests a minute, or so many times the usual."""

    pattern: Name = Field(description="The name of a policy.", examples=["keys"])
    identifier: Identifier | None = Field(default=None, description="Null: everybody whom the policy counts.")
    limit: int | None = Field(default=None, strict=True, ge=1, le=100_000)
    multiplier: float | None = Field(default=None, ge=0.01, le=100, allow_inf_nan=False)
    expires_in_seconds: int = Field(strict=True, ge=1, le=86_400)
    reason: Reason
    incident_id: UUID | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.limit is None) == (self.multiplier is None):
            raise ValueError("give either limit or multiplier")
        return self


class ResetWanted(Wire):
    """Whose counters shall begin anew."""

    identifier: Identifier
    reason: Reason


class ResetDone(Report):
    """The counters of all policies begin anew: here at once, in every other process within 5 s."""

    ok: Literal[True] = True
    identifier: str
    reset_at: Instant
