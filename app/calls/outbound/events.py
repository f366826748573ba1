"""What is to be done about an outbound call, as those who do it hear of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CallDue:
    """A call waits to be placed; it is looked at then."""

    client_id: UUID
    call_id: UUID
    at: datetime
