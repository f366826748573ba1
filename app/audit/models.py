"""The table of the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class AuditEntry(Base):
    """One administrative act: who did what to what, in ids and codes only, never personal data.

    Exempt from the composite primary key: what an operator does to the service itself has no client.
    No foreign key to the client either, for the floor of clients lies above this one.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_client_id_id", "client_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    actor: Mapped[str] = mapped_column(String(100), doc="A principal's name, such as operator or key:<id>.")
    action: Mapped[str] = mapped_column(String(60), doc="Snake_case, in the past tense, such as key_revoked.")
    subject_id: Mapped[UUID | None] = mapped_column(doc="What it was done to.")
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, doc="Ids and codes.")
