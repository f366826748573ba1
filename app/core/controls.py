"""What an operator has set: limits and lifetimes that differ, rules that are mute, messages that wait.

A snapshot in every process. `ops/controls` writes it, from the database, within 5 s of a change; whoever is controlled
reads it without waiting. While the database is away the last snapshot stays in force, and expiries with it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Kind(StrEnum):
    """What can be controlled."""

    limit = "limit"
    """Target: a policy's name, or policy and identity; value: `{"limit": n}` or `{"multiplier": x}`."""
    limit_reset = "limit_reset"
    """Target: an identity as `limit` knows it. An act: its counters begin anew in each process."""
    cache_lifetime = "cache_lifetime"
    """Target: a cache's name; value: `{"seconds": n}` or `{"multiplier": x}`."""
    cache_clear = "cache_clear"
    """Target: a cache's name. An act: it happens once in each process, when it is first seen."""
    pool_reset = "pool_reset"
    """Target: `pool`. An act, as above."""
    mute = "mute"
    """Target: an alert rule's name."""
    outbound = "outbound"
    """Target: `messages`. While it is in force, jobs with `outbound=True` wait; each asks the database itself."""


ACTS = frozenset({Kind.limit_reset, Kind.cache_clear, Kind.pool_reset})
"""These happen once, rather than being in force for a while."""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that was set: by whom, why, and until when."""

    id: UUID
    kind: Kind
    target: str
    value: dict[str, Any]
    reason: str
    actor: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(slots=True)
class Controls:
    """The present snapshot; replaced as a whole."""

    _controls: tuple[Control, ...] = ()
    seen: set[UUID] = field(default_factory=set)
    """Acts that this process has carried out, or that were there before it."""

    def replace(self, controls: tuple[Control, ...]) -> None:
        """Put another snapshot into force."""
        self._controls = controls

    def in_force(self, kind: Kind, *, now: datetime) -> list[Control]:
        """Return the controls of a kind that have not expired, the latest first: for one target it wins."""
        held = [each for each in self._controls if each.kind == kind and _lasts(each, now)]
        return sorted(held, key=lambda control: control.created_at, reverse=True)


def _lasts(control: Control, now: datetime) -> bool:
    return control.expires_at is None or control.expires_at > now
