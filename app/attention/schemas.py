"""What waits for a person, on the wire."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.attention.rules import Kind
from app.core.clock import Instant
from app.core.schemas import Text, Version, Wire


class ActionOut(Wire):
    """One thing that can be done about it."""

    name: str
    method: str
    path: str


class AttentionOut(Wire):
    """One thing that waits for a person."""

    id: UUID
    kind: Kind
    what: str = Field(description="What it means, in a sentence.")
    status: Literal["open", "done"]
    times: int = Field(description="How often it came up while open.")
    customer_id: UUID | None
    booking_id: UUID | None
    message_id: UUID | None
    call_id: UUID | None
    phone: str | None = Field(description="E.164: whom to call back.")
    said: str | None = Field(description="What the customer wants, in their words.")
    code: str | None = Field(description="Why, such as a provider's code.")
    actions: list[ActionOut]
    created_at: Instant
    updated_at: Instant
    done_at: Instant | None
    done_by: str | None
    note: str | None
    version: Version


class DoneRequest(Wire):
    """Tick it off."""

    note: Text | None = None
    version: Version | None = None


class UnroutedOut(Wire):
    """Something that came in for a line or assistant that no client has."""

    id: UUID
    provider: str
    kind: str
    line: str | None
    content: dict[str, Any]
    received_at: Instant
