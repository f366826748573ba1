"""The table of checks: when the data was looked at, and what was found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class IntegrityCheck(Base):
    """One look at all of the data; `report` holds ids and codes, no personal data."""

    __tablename__ = "integrity_checks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), index=True)
    finished_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    findings: Mapped[int]
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)
