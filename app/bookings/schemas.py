"""Bookings on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.bookings.rules import Status
from app.core.clock import Instant, LocalDate, Start
from app.core.schemas import Metadata, Text, Version, Wire
from app.customers.schemas import CustomerIn

Channel = Literal["api", "voice", "sms", "web", "calendar"]


Token = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_\-=]+$")]


class HoldRequest(Wire):
    """A start to keep for a moment; the customer may follow with the booking."""

    service_id: UUID
    starts_at: Start
    resource_id: UUID | None = Field(default=None, description="Who or what; without it the service assigns.")
    customer: CustomerIn | None = None
    seats: int = Field(default=1, strict=True, ge=1, le=1000, description="More than 1 only in a class.")
    notes: Text | None = None
    metadata: Metadata = Field(default_factory=dict)


class BookingRequest(HoldRequest):
    """A start to book, straight or from a hold."""

    hold_id: UUID | None = Field(default=None, description="Confirms this hold, which keeps its id.")
    hold_token: Token | None = Field(default=None, description="What the hold was answered with.")


class ConfirmRequest(Wire):
    """Turn a hold into a booking; the customer where the hold had none."""

    customer: CustomerIn | None = None
    hold_token: Token | None = None
    version: Version | None = None


class ReleaseRequest(Wire):
    """Let a hold go."""

    hold_token: Token | None = None
    version: Version | None = None


class ExtendRequest(Wire):
    """Keep a hold longer, counted from now."""

    seconds: int | None = Field(
        default=None, strict=True, ge=30, le=3600, description="Default: the client's holdSeconds."
    )
    hold_token: Token | None = None
    version: Version | None = None


class RescheduleRequest(Wire):
    """Move a booking; without a resource it prefers the one it has."""

    starts_at: Start
    resource_id: UUID | None = None
    version: Version | None = None


class CancelRequest(Wire):
    """Cancel a booking."""

    reason: Annotated[Text, Field(max_length=500)] | None = None
    version: Version | None = None


class OutcomeRequest(Wire):
    """Say how an appointment went."""

    version: Version | None = None


class CustomerOut(Wire):
    """The customer of a booking; nothing but the id once erased."""

    id: UUID
    phone: str | None
    name: str | None
    email: str | None


class BookingOut(Wire):
    """A booking."""

    id: UUID
    status: Status
    service_id: UUID
    resource_ids: list[UUID]
    starts_at: Instant
    ends_at: Instant
    timezone: str = Field(description="The client's, IANA.")
    customer: CustomerOut | None
    seats: int
    channel: Channel
    price_minor: int | None
    notes: str | None
    cancel_reason: str | None
    metadata: dict[str, Any]
    version: int
    created_at: Instant
    updated_at: Instant
    expires_at: Instant | None = Field(description="When a hold runs out; null for anything else.")


class HoldOut(BookingOut):
    """A hold, with the token that shows who holds it; the token is shown once."""

    hold_token: str


class EventOut(Wire):
    """One step in a booking's history."""

    id: UUID
    type: str
    at: Instant
    actor: str = Field(description="Whose key it was: an id.")
    data: dict[str, Any] = Field(description="Ids and codes only.")


class BookingFilter(Wire):
    """Which bookings are listed; all conditions must hold."""

    model_config = ConfigDict(extra="ignore")  # the page's own parameters stand beside these

    day: LocalDate | None = Field(default=None, description="Starting on this local date of the client.")
    resource_id: UUID | None = None
    customer_id: UUID | None = None
    service_id: UUID | None = None
    status: Status | None = None
    updated_since: Instant | None = Field(default=None, description="Changed then or later; sorts by change.")
