"""What came in by text, as who answers it hears of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A customer has written to a client."""

    client_id: UUID
    message_id: UUID


@dataclass(frozen=True, slots=True)
class TextsSought:
    """A client's line may have got texts between two instants of which no webhook told."""

    client_id: UUID
    line: str
    since: datetime
    until: datetime
