"""What happened to customers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class CustomerForgotten:
    """A customer was forgotten, here. What was copied before, others have to forget."""

    client_id: UUID
    customer_id: UUID
    at: datetime
