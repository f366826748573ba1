"""The HTTP door to availability."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import gmtime, strftime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from app.catalog.errors import ResourceNotFound, ServiceArchived, ServiceNotFound
from app.clients.auth import CurrentClient
from app.core.auth import Scope, require
from app.core.clock import Now, iso
from app.core.db import Session
from app.core.errors import problems
from app.schedule import service
from app.schedule.errors import RangeInvalid
from app.schedule.rules import Ask, refusal
from app.schedule.rules.walltime import as_datetime
from app.schedule.schemas import AvailabilityOut, AvailabilityQuery, ExplainOut, ExplainQuery, SlotOut
from app.schedule.service import MAX_DAYS, Found

router = APIRouter(tags=["availability"], dependencies=[Depends(require(Scope.bookings_read))])


@router.get(
    "/availability",
    response_model=AvailabilityOut,
    responses=problems(ServiceNotFound, ResourceNotFound, RangeInvalid),
)
async def read_availability(
    asked: Annotated[AvailabilityQuery, Query()], client: CurrentClient, session: Session, now: Now
) -> Response:
    """Return the starts on offer in [from, to); what is shown is bookable in the same second."""
    if not timedelta(0) < asked.to - asked.from_ <= timedelta(days=MAX_DAYS):
        raise RangeInvalid
    plan = await service.load_plan(session, client, asked.service_id, now=now)
    plan = await service.narrowed(session, client, plan, asked.resource_id)
    ask = Ask(_ceil(asked.from_), _ceil(asked.to), now.timestamp(), asked.seats)
    found = await service.available(
        session, client, plan, ask, now=now, exclude_booking_id=asked.exclude_booking_id, enough=asked.limit + 1
    )
    starts = list(found.offers)
    following = starts[asked.limit] if len(starts) > asked.limit else None
    answer = {
        "serviceId": str(asked.service_id),
        "timezone": found.plan.timezone,
        "from": iso(asked.from_),
        "to": iso(asked.to),
        "slots": _slots(found, starts[: asked.limit], now),
        "nextFrom": None if following is None else iso(as_datetime(following)),
    }
    # Thousands of slots: written as JSON directly, for a model a slot would cost more than finding it.
    return Response(json.dumps(answer, separators=(",", ":")), media_type="application/json")


def _slots(found: Found, starts: Sequence[int], now: datetime) -> list[dict[str, Any]]:
    length = found.plan.terms.duration
    names = {resource: str(resource) for resource in found.plan.resources}
    slots: list[dict[str, Any]] = [
        {
            "startsAt": strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(start)),
            "endsAt": strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(start + length)),
            "resourceIds": [names[resource] for resource in found.offers[start]],
        }
        for start in starts
    ]
    if found.plan.terms.capacity > 1:
        for slot, left in zip(slots, found.seats_left(starts, now=now.timestamp()), strict=True):
            slot["seatsLeft"] = left
    return slots


@router.get(
    "/availability/explain",
    responses=problems(ServiceNotFound, ResourceNotFound, ServiceArchived),
)
async def explain_availability(
    asked: Annotated[ExplainQuery, Query()], client: CurrentClient, session: Session, now: Now
) -> ExplainOut:
    """Say why an instant is not on offer, and which start from then on is the next that is."""
    plan = await service.load_plan(session, client, asked.service_id, now=now)
    service.refuse_archived(plan)
    plan = await service.narrowed(session, client, plan, asked.resource_id)
    at, moment = int(asked.at.timestamp()), now.timestamp()
    ask = Ask(at, at + 1, moment, asked.seats)
    plan, agendas = await service.look(session, client, plan, ask, now=now, exclude_booking_id=asked.exclude_booking_id)
    service.refuse_archived(plan)
    why = refusal(plan.terms, agendas, at, now=moment, seats=asked.seats, only=plan.only, zone=plan.timezone)
    found = await service.following(
        session, client, plan, at, now=now, seats=asked.seats, exclude_booking_id=asked.exclude_booking_id
    )
    first = next(iter(found.offers), None)
    return ExplainOut(
        service_id=asked.service_id,
        timezone=plan.timezone,
        at=asked.at,
        offered=why is None,
        reason=why.reason if why else None,
        held_until=datetime.fromtimestamp(why.held_until, UTC) if why and why.held_until else None,
        next=None if first is None else SlotOut.model_validate(_slots(found, [first], now)[0]),
    )


def _ceil(instant: datetime) -> int:
    """Return the first whole second at or after an instant."""
    return int(instant.timestamp()) + (1 if instant.microsecond else 0)
