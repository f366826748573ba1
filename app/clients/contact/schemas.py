"""Lines and manners of keeping in touch, on the wire and as services take them."""

from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.clients.schemas import ClientContext
from app.core.clock import Instant
from app.core.schemas import Email, PhoneText, Text, Version, Wire, omitted


@dataclass(frozen=True, slots=True)
class RoutedLine:
    """A number with the client that it belongs to."""

    number: str
    vapi_phone_number_id: str | None
    messaging_service_sid: str | None
    texts: bool
    client: ClientContext


@dataclass(frozen=True, slots=True)
class Terms:
    """How a client keeps in touch; times of rest are in its own zone. The order is that of the columns read."""

    texts: bool = True
    emails: bool = True
    sender_email: str | None = None
    reply_to: str | None = None
    reminder_minutes: tuple[int, ...] = (1440, 120)
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    keep_days: int = 90
    calls_per_day: int = 2
    address: str | None = None
    hand_over_to: str | None = None
    version: int = 1


def _distinct(minutes: list[int]) -> list[int]:
    if len(set(minutes)) != len(minutes):
        raise ValueError("names the same time twice")
    return sorted(minutes, reverse=True)


WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), Field(examples=["21:00"])]
"""A time of the day to the minute."""
Reminders = Annotated[
    list[Annotated[int, Field(strict=True, ge=10, le=20_160)]],
    Field(
        max_length=5, description="So many minutes before the start, by the clock on the wall.", examples=[[1440, 120]]
    ),
    AfterValidator(_distinct),
]
KeepDays = Annotated[
    int, Field(strict=True, ge=1, le=3_650, description="Transcripts, recordings and texts are deleted after so long.")
]
CallsPerDay = Annotated[int, Field(strict=True, ge=0, le=10, description="Most outbound calls to one customer a day.")]
Address = Annotated[Text, Field(max_length=300)]


class ContactChange(Wire):
    """What to change; what is absent stays."""

    texts: bool = Field(default_factory=omitted, strict=True, description="Whether customers are texted.")
    emails: bool = Field(default_factory=omitted, strict=True, description="Whether those with an address get e-mail.")
    sender_email: Email | None = Field(default_factory=omitted)
    reply_to: Email | None = Field(default_factory=omitted)
    reminder_minutes: Reminders = Field(default_factory=omitted)
    quiet_from: WallTime = Field(default_factory=omitted, description="Nobody is reminded or called from then on.")
    quiet_until: WallTime = Field(default_factory=omitted)
    keep_days: KeepDays = Field(default_factory=omitted)
    calls_per_day: CallsPerDay = Field(default_factory=omitted)
    address: Address | None = Field(default_factory=omitted, description="Where customers come to.")
    hand_over_to: PhoneText | None = Field(default_factory=omitted, description="Who takes over from the assistant.")
    version: Version = Field(default_factory=omitted)

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by column, without `version`."""
        sent = self.model_dump(include=self.model_fields_set - {"version"}, by_alias=False)
        return {name: time.fromisoformat(sent[name]) if name in _CLOCKS else sent[name] for name in sent}


_CLOCKS = frozenset({"quiet_from", "quiet_until"})


class ContactOut(Wire):
    """How a client keeps in touch."""

    texts: bool
    emails: bool
    sender_email: str | None
    reply_to: str | None
    reminder_minutes: list[int]
    quiet_from: WallTime
    quiet_until: WallTime
    keep_days: int
    calls_per_day: int
    address: str | None
    hand_over_to: str | None = Field(description="E.164.")
    version: Version


class LineIn(Wire):
    """What a number is for."""

    vapi_phone_number_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")] | None = None
    messaging_service_sid: Annotated[str, StringConstraints(pattern=r"^MG[0-9a-fA-F]{32}$")] | None = None
    texts: bool = Field(default=True, strict=True)


class LineOut(LineIn):
    """A number that is the client's."""

    number: str = Field(description="E.164.")
    created_at: Instant


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A number of a client that is known already."""

    client_id: UUID
    number: str
    vapi_phone_number_id: str | None
    messaging_service_sid: str | None
    texts: bool
