"""Tables of alerts and of the messages about them. They belong to the service itself, to no client."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, Float, Index, Integer, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class StoredAlert(Base):
    """A rule's alert from the first evaluation beyond its bound until it is resolved; one of a rule at a time."""

    __tablename__ = "alerts"
    __table_args__ = (Index("uq_alerts_rule", "rule", unique=True, postgresql_where=text("resolved_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(String(50))
    status: Mapped[str] = mapped_column(String(10))
    severity: Mapped[str] = mapped_column(String(10))
    told: Mapped[str | None] = mapped_column(String(10), doc="The severity that people were told of last.")
    value: Mapped[float] = mapped_column(Float)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    streaks: Mapped[list[int]] = mapped_column(ARRAY(Integer), doc="Evaluations in a row beyond each step's bound.")
    began_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), doc="When it was last evaluated.")
    fired_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    calm_since: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    resolved_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), index=True)


class AlertPage(Base):
    """One message about an alert, to be delivered once."""

    __tablename__ = "alert_pages"

    id: Mapped[UUID] = mapped_column(primary_key=True, doc="The `webhook-id`: by it receivers know a repetition.")
    alert_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(10))
    body: Mapped[str] = mapped_column(Text, doc="As it is sent, byte by byte, whoever sends it.")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), index=True)
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    error: Mapped[str | None] = mapped_column(String(100), doc="Why the last attempt failed.")
