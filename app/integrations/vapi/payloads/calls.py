"""A call, as the API tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.integrations.vapi.payloads.cleaning import Cleaner, identifier, instant
from app.integrations.vapi.payloads.decoding import mapping, within
from app.integrations.vapi.payloads.reports import Report, read_report

_METADATA = Cleaner(longest=1_000, most=50, deepest=3)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls at once Vapi allows, and how many it would still take."""

    at_once: int | None
    left: int | None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call; `report` is there once it has ended, `limits` in the answer to an order alone."""

    id: str
    status: str | None = None
    type: str | None = None
    assistant_id: str | None = None
    phone_number_id: str | None = None
    created_at: datetime | None = None
    ended_reason: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict, repr=False)
    report: Report | None = None
    limits: Limits | None = None


def read_call(value: object) -> Call | None:
    """Return a call, or None where there is none."""
    number = identifier(within(value, "id"))
    if number is None:
        return None
    status = identifier(within(value, "status"))
    return Call(
        id=number,
        status=status,
        type=identifier(within(value, "type")),
        assistant_id=identifier(within(value, "assistantId")),
        phone_number_id=identifier(within(value, "phoneNumberId")),
        created_at=instant(within(value, "createdAt")),
        ended_reason=identifier(within(value, "endedReason")),
        metadata=read_metadata(value),
        report=read_report(value, value) if status == "ended" else None,
        limits=_limits(mapping(value, "subscriptionLimits")),
    )


def read_metadata(call: object) -> dict[str, object]:
    """Return what we gave the call along; Vapi returns it in the call, or in the overrides that we sent."""
    given = {**mapping(call, "assistantOverrides", "metadata"), **mapping(call, "metadata")}
    return _METADATA.members(given)


def _limits(said: Mapping[str, object]) -> Limits | None:
    if not said:
        return None
    return Limits(
        _count(said.get("concurrencyLimit")),
        _count(said.get("remainingConcurrentCalls")),
        said.get("concurrencyBlocked") is True,
    )


def _count(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000
    return value if fits and isinstance(value, int) else None
