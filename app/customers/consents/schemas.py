"""The wire form of who does not want to be reached."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire

Channel = Literal["sms", "voice", "email"]
Source = Literal["text", "provider", "call", "staff"]


class OptOutOut(Wire):
    """One way in which a customer does not want to be reached."""

    channel: Channel
    source: Source = Field(
        description="Who said so: `text` they did, by STOP; `provider` Twilio, of a STOP that we did not see; `staff`."
    )
    since: Instant


class ConsentsOut(Wire):
    """In which ways a customer does not want to be reached at their present phone and address; none: in every way."""

    customer_id: UUID
    opt_outs: list[OptOutOut]
