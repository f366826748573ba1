"""What the limiter says of itself, and what is set about it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.auth import Principal
from app.core.controls import Control, Kind
from app.core.limits.callers import identity_of
from app.core.limits.limiter import Limits
from app.core.limits.policies import WINDOW_SECONDS, policies_for
from app.core.limits.verdicts import Verdict
from app.ops.controls import service as controls
from app.ops.limits.errors import MalformedIdentifier, PolicyNeverCounts, UnknownPolicy
from app.ops.limits.schemas import NewOverride, Override, Standing


def identify(identifier: str) -> str:
    """Return who is counted under an identifier that somebody wrote.

    Raises:
        MalformedIdentifier: nobody can be.
    """
    identity = identity_of(identifier)
    if identity is None:
        raise MalformedIdentifier
    return identity


async def standings(limits: Limits, identity: str) -> dict[str, Standing]:
    """Return where the counters of one identity stand, by policy; nothing is counted."""
    found = {policy: await limits.read(policy, identity) for policy in policies_for(identity)}
    return {policy: _standing(verdict) for policy, verdict in found.items()}


def overrides(held: list[Control]) -> list[Override]:
    """Return what is set, as it is shown."""
    return [override(control) for control in held]


def override(control: Control) -> Override:
    """Return one limit that is set, as it is shown."""
    policy, _, bucket = control.target.partition(" ")
    return Override(
        id=control.id,
        pattern=policy,
        identifier=bucket or None,
        limit=control.value.get("limit"),
        multiplier=control.value.get("multiplier"),
        reason=control.reason,
        actor=control.actor,
        created_at=control.created_at,
        expires_at=control.expires_at,
    )


async def put_override(
    session: AsyncSession, limits: Limits, principal: Principal, wanted: NewOverride, *, now: datetime
) -> Control:
    """Set another limit for a while; it takes the place of an earlier one for the same policy and identity.

    Raises:
        UnknownPolicy, MalformedIdentifier: there is none such.
        PolicyNeverCounts: the policy does not count this kind of identity.
    """
    if wanted.pattern not in limits.bounds.policies:
        raise UnknownPolicy
    identity = None if wanted.identifier is None else identify(wanted.identifier)
    if identity is not None and wanted.pattern not in policies_for(identity):
        raise PolicyNeverCounts
    value: dict[str, Any] = {"limit": wanted.limit} if wanted.limit is not None else {"multiplier": wanted.multiplier}
    if wanted.incident_id is not None:
        value |= {"incidentId": str(wanted.incident_id)}
    return await controls.put(
        session,
        principal,
        Kind.limit,
        limits.bounds.target(wanted.pattern, identity),
        value=value,
        reason=wanted.reason,
        lasts=timedelta(seconds=wanted.expires_in_seconds),
        now=now,
    )


async def put_reset(
    session: AsyncSession, limits: Limits, principal: Principal, identity: str, *, reason: str, now: datetime
) -> Control:
    """Have every process forget what an identity has used."""
    return await controls.put(
        session,
        principal,
        Kind.limit_reset,
        limits.bounds.bucket(identity),
        value={},
        reason=reason,
        lasts=controls.ACTS_LAST,
        now=now,
    )


def _standing(verdict: Verdict) -> Standing:
    return Standing(
        limit=verdict.limit,
        remaining=verdict.remaining,
        reset=verdict.reset_at,
        used=verdict.window.used(),
        window_seconds=WINDOW_SECONDS,
        retry_after_seconds=verdict.retry_after,
        blocked=verdict.remaining == 0,
        override=None if verdict.control is None else override(verdict.control),
    )
