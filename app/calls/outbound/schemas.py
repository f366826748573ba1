"""Orders of calls on the wire."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from app.calls.outbound.rules import Purpose
from app.core.clock import Instant
from app.core.schemas import PhoneText, Wire


class CallRequest(Wire):
    """Call a customer; it is placed when the client is open and nobody is disturbed."""

    customer_id: UUID | None = Field(default=None, description="Whom; or `phone`.")
    phone: PhoneText | None = Field(default=None, description="As people write it, or E.164; or `customerId`.")
    purpose: Purpose
    booking_id: UUID | None = Field(default=None, description="What it is about; a reminder has one.")
    attention_id: UUID | None = Field(default=None, description="What of /api/attention it answers.")
    not_before: Instant | None = Field(default=None, description="Not sooner than then.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.customer_id is None) == (self.phone is None):
            raise ValueError("send customerId or phone, and not both")
        if self.purpose is Purpose.reminder and self.booking_id is None:
            raise ValueError("a reminder needs bookingId")
        return self


class DoNotCallOut(Wire):
    """Whether a customer may be called."""

    customer_id: UUID
    do_not_call: bool
