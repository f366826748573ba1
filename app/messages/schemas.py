"""Messages on the wire."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.messages.rules import Kind, Status

Direction = Literal["in", "out"]
MessageChannel = Literal["sms", "email"]


class MessageFilter(Wire):
    """Which messages are listed; all conditions must hold."""

    model_config = ConfigDict(extra="ignore")  # the page's own parameters stand beside these

    status: Status | None = None
    channel: MessageChannel | None = None
    direction: Direction | None = None
    kind: Kind | None = None
    customer_id: UUID | None = None
    booking_id: UUID | None = None
    since: Instant | None = Field(default=None, description="Made then or later.")


class MessageOut(Wire):
    """A text or an e-mail."""

    id: UUID
    direction: Direction
    channel: MessageChannel
    kind: Kind
    status: Status
    error_code: str | None = Field(description="Why it was not sent, or is not yet; of Twilio its number.")
    customer_id: UUID | None
    booking_id: UUID | None
    address: str | None = Field(description="The customer's; null: not known yet, or erased.")
    line: str | None = Field(description="The client's number or address.")
    subject: str | None
    body: str | None = Field(description="Null: not worded yet, or deleted after the client's `keepDays`.")
    segments: int | None = Field(description="Of a text.")
    media: int = Field(description="Pictures that came along; they are not kept.")
    attempts: int = Field(description="How often it was handed over, or begun to be.")
    due_at: Instant
    sent_at: Instant | None
    created_at: Instant
    updated_at: Instant
