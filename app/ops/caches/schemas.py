"""What is said about caches, and what may be set."""

from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.cache_figures import State
from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.caches.rules import Why
from app.ops.schemas import Reason, Report


class Override(Wire):
    """A lifetime that an operator has set for a while: `seconds`, or so many times the usual."""

    id: UUID
    seconds: int | None
    multiplier: float | None
    reason: str
    actor: str
    created_at: Instant
    expires_at: Instant | None


class Alert(Wire):
    """Whether the hit rate is cause for alarm: of a warm cache, over 5 minutes with 100 lookups or more."""

    threshold: int = Field(description="Percent.")
    firing: bool
    suppressed_because: Why | None


class Counts(Wire):
    """Counts since the process began, or since all of them did."""

    size: int = Field(description="Entries now.")
    max_size: int
    hits: int
    misses: int
    lookups: int
    sets: int
    deletes: int = Field(description="Entries forgotten because they changed, or at an operator's order.")
    evictions: int = Field(description="Entries that had to make room.")
    expirations: int = Field(description="Entries whose lifetime was over.")
    stampedes_prevented: int = Field(description="Requests that waited for another's loading instead of loading.")
    stale_served: int = Field(description="Answers from expired entries because the database failed.")
    bypasses: int = Field(description="Times the database was asked although it may be known: no notices arrived.")
    hit_rate: str = Field(description="Since the beginning, as text.", examples=["83.33%"])
    hit_rate_percent: float | None = Field(description="The same as a number; null: never looked up.")
    hit_rate5m_percent: float | None = Field(alias="hitRate5mPercent", description="Of the last 5 minutes.")
    lookups5m: int = Field(alias="lookups5m")
    memory_usage: str = Field(description="As text.", examples=["12.00KB"])
    memory_bytes: int
    memory_method: Literal["estimated"] = "estimated"
    state: State = Field(description="cold: < 100 lookups or < 5 minutes since the start or a clearing; then warming.")
    ttl_seconds: float = Field(description="The lifetime in force.")
    ttl_override: Override | None
    alert: Alert


class CacheStats(Report, Counts):
    """All caches together, and each by name. The lifetime is the shortest, the override the latest of them."""

    ok: Literal[True] = True
    success: Literal[True] = True
    listening: bool = Field(description="Whether the answering process hears of changes; else keys are not served.")
    processes: int = Field(description="How many processes are counted.")
    degraded: list[Literal["database_unavailable"]] = Field(max_length=1)
    caches: dict[str, Counts]


class NewLifetime(Wire):
    """Another lifetime for a while: `seconds`, or so many times the usual; never over a day."""

    seconds: int | None = Field(default=None, strict=True, ge=1, le=86_400)
    multiplier: float | None = Field(default=None, ge=0.01, le=100, allow_inf_nan=False)
    expires_in_seconds: int = Field(strict=True, ge=1, le=86_400)
    reason: Reason

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.seconds is None) == (self.multiplier is None):
            raise ValueError("give either seconds or multiplier")
        return self


class LifetimeSet(Report):
    """The lifetime now in force, here at once, in every other process within 5 s; also for what is stored already."""

    ok: Literal[True] = True
    name: str
    ttl_seconds: float
    ttl_override: Override


class Cleared(Report):
    """The cache is empty here at once, in every other process within 5 s."""

    ok: Literal[True] = True
    name: str
    cleared_at: Instant
    entries: int = Field(description="How many the answering process forgot.")
