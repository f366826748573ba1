"""Tables of failures, of all processes together. They belong to the service itself, to no client."""

from datetime import datetime

from sqlalchemy import TIMESTAMP, BigInteger, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class FailureGroup(Base):
    """All failures of one fingerprint."""

    __tablename__ = "failure_groups"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(300), doc="Types of the exception and of its causes; never a message.")
    place: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(100))
    routes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    request_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), doc="The last five.")
    count: Mapped[int] = mapped_column(BigInteger)
    first_seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    last_seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), index=True)
    first_commit: Mapped[str | None] = mapped_column(String(64))
    last_commit: Mapped[str | None] = mapped_column(String(64))


class FailureHour(Base):
    """How many failures of a fingerprint there were in an hour."""

    __tablename__ = "failure_hours"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    hour: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
