"""Calls on the wire."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, PlainSerializer

from app.core.clock import Instant
from app.core.schemas import PhoneText, Wire

CallStatus = Literal[
    "queued",
    "dispatching",
    "unknown",
    "not_placed",
    "withdrawn",
    "ringing",
    "in_progress",
    "forwarding",
    "ended",
    "failed",
]

Dollars = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class CallOut(Wire):
    """A phone call; its words are in the call itself, not in the list."""

    id: UUID
    direction: Literal["in", "out"]
    purpose: str | None = Field(description="Of an outbound call: `callback` or `reminder`.")
    status: CallStatus
    phone: str | None = Field(description="E.164 by signalling; null: hidden, or erased.")
    customer_id: UUID | None
    booking_id: UUID | None
    attention_id: UUID | None = Field(description="What an outbound call answers.")
    due_at: Instant | None = Field(description="Of an outbound call: when it is placed, or was to be.")
    follows_id: UUID | None = Field(description="The call that nobody answered, and is tried again by this one.")
    error_code: str | None = Field(description="Why an outbound call waits, or was not placed.")
    started_at: Instant | None
    ended_at: Instant | None
    ended_reason: str | None = Field(description="The provider's, as it came.")
    ended_kind: str | None = Field(description="What kind of end that is.", examples=["completed"])
    cost_usd: Dollars | None = Field(description="US dollars.")
    reported_at: Instant | None
    provider_deleted_at: Instant | None = Field(
        description="When the provider had deleted its recording and words; null: they are kept, or deleted soon."
    )
    created_at: Instant
    updated_at: Instant


class ToolAnswerOut(Wire):
    """What the assistant had done in a call, and what came of it."""

    tool: str
    succeeded: bool
    code: str = Field(description="What came of it; a refusal's is that of the API.", examples=["booked"])
    answer: str | None = Field(description="What was said; null once words are deleted.")
    booking_id: UUID | None
    starts_at: Instant | None
    run_ms: int = Field(description="How long it took, in milliseconds.")
    created_at: Instant


class CallDetails(CallOut):
    """A call with what was said and done in it."""

    transcript: str | None
    summary: str | None
    recording_url: str | None
    tool_answers: list[ToolAnswerOut] = Field(description="In their order; at most 200.")


class CallFilter(Wire):
    """Which calls are listed; all conditions must hold."""

    model_config = ConfigDict(extra="ignore")  # the page's own parameters stand beside these

    status: CallStatus | None = None
    direction: Literal["in", "out"] | None = None
    customer_id: UUID | None = None
    phone: PhoneText | None = Field(default=None, description="As people write it, or E.164.")
