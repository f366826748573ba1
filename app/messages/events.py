"""What is to be sent, as those who send hear of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MessageDue:
    """Base of both: which message of which client, and when to look at it."""

    client_id: UUID
    message_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TextDue(MessageDue):
    """A text waits to be sent."""


@dataclass(frozen=True, slots=True)
class EmailDue(MessageDue):
    """An e-mail waits to be sent."""
