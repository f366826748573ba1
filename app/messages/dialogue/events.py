"""What came in by text, as who answers it hears of it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A customer has written to a client."""

    client_id: UUID
    message_id: UUID
