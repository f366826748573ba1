"""The audit log on the wire."""

from uuid import UUID

from pydantic import Field, JsonValue

from app.core.clock import Instant
from app.core.schemas import Wire


class AuditEntryOut(Wire):
    """One administrative act."""

    id: UUID
    client_id: UUID | None = Field(description="Null for an act on the service itself.")
    at: Instant
    actor: str = Field(examples=["operator"])
    action: str = Field(examples=["key_revoked"])
    subject_id: UUID | None = Field(description="What it was done to.")
    data: dict[str, JsonValue] = Field(description="Ids and codes, never personal data.")
