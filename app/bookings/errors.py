"""What can go wrong in the life of a booking; each is an answer that a customer may hear."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.clock import iso
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.schedule.rules import Reason

_WHY = {
    Reason.past: "That time has passed.",
    Reason.horizon: "That is further ahead than bookings are taken.",
    Reason.notice: "That is too soon; more notice is needed.",
    Reason.resource_cannot: "Whoever was asked for does not do this.",
    Reason.off_grid: "Appointments do not start at that time.",
    Reason.closed: "It is closed then.",
    Reason.limit: "No more of these are taken that day.",
    Reason.capacity: "There are not enough seats left.",
    Reason.held: "Someone else is holding that time at the moment.",
    Reason.busy: "That time is taken.",
    Reason.buffer: "That is too close to another appointment.",
}


class Refused(Conflict):
    """A start that is not on offer; `code` is its reason, and the nearest that are on offer come with it."""

    detail = "That time is not on offer."
    code = "busy"

    def __init__(
        self,
        reason: Reason = Reason.busy,
        *,
        held_until: datetime | None = None,
        alternatives: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(
            _WHY[reason], held_until=iso(held_until) if held_until else None, alternatives=list(alternatives)
        )
        self.code = reason.value

    @classmethod
    def examples(cls) -> Sequence[AppError]:
        """Return a refusal for each reason."""
        until = datetime(2026, 3, 24, 14, 5, tzinfo=UTC)
        nearest = {"startsAt": "2026-03-24T15:00:00Z", "resourceIds": ["019b4c2e-5f1a-7c3d-8e9f-0a1b2c3d4e5f"]}
        return [
            cls(reason, held_until=until if reason is Reason.held else None, alternatives=[nearest])
            for reason in Reason
        ]


class SlotTaken(Conflict):
    """The start was on offer when looked at, and the database found it taken a moment later."""

    detail = "That time has just been taken."


class HoldExpired(Conflict):
    """The hold ran out, or was released; the time may be on offer again."""

    detail = "That hold has run out. Look for the time again."


class HoldMismatch(Conflict):
    """The hold is for another service or another time than the booking asks for."""

    detail = "That hold is for another service or time."


class HoldTokenInvalid(Conflict):
    """The token does not belong to the hold."""

    detail = "holdToken does not belong to that hold."


class HoldTooLong(Conflict):
    """Holds end an hour after they were made, however often they are extended."""

    detail = "A hold cannot be kept for more than an hour. Confirm it, or let it go."


class CustomerRequired(Invalid):
    """A booking needs a customer; only a hold may come before its customer is known."""

    detail = "Say who the booking is for: customer.phone."


class TransitionInvalid(Conflict):
    """The booking's status does not allow that step."""

    detail = "That cannot be done with a booking in its present status."


class CancelWindowPassed(Conflict):
    """It is too late to cancel or move: the client's cancel window before the start has begun."""

    detail = "It is too late to cancel or move this; please call."


class BookingNotFound(NotFound):
    """The client has no such booking."""

    detail = "This client has no such booking."
