"""Tables of bookings and their history."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class Booking(Base):
    """A customer's appointment. Which resources it takes stands in `claims`, its own or its session's."""

    __tablename__ = "bookings"
    __table_args__ = (
        ForeignKeyConstraint(["client_id", "service_id"], ["services.client_id", "services.id"]),
        ForeignKeyConstraint(["client_id", "customer_id"], ["customers.client_id", "customers.id"]),
        ForeignKeyConstraint(["client_id", "session_id"], ["sessions.client_id", "sessions.id"]),
        CheckConstraint(
            "status IN ('held', 'confirmed', 'completed', 'no_show', 'cancelled', 'expired')", name="status"
        ),
        CheckConstraint("channel IN ('api', 'voice', 'sms', 'web', 'calendar')", name="channel"),
        CheckConstraint("status <> 'held' OR expires_at IS NOT NULL", name="held_expires"),
        CheckConstraint(
            "status NOT IN ('confirmed', 'completed', 'no_show') OR customer_id IS NOT NULL", name="customer"
        ),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("seats BETWEEN 1 AND 1000", name="seats"),
        Index("ix_bookings_starts_at", "client_id", "starts_at", "id"),
        Index("ix_bookings_updated_at", "client_id", "updated_at", "id"),
        Index("ix_bookings_customer_id", "client_id", "customer_id", "starts_at"),
        Index("ix_bookings_session_id", "client_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
        Index("ix_bookings_expires_at", "expires_at", postgresql_where=text("status = 'held'")),
    )

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    service_id: Mapped[UUID]
    customer_id: Mapped[UUID | None] = mapped_column(doc="A hold may come before its customer.")
    session_id: Mapped[UUID | None] = mapped_column(doc="Set where the service has a capacity over 1.")
    status: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    seats: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    channel: Mapped[Literal["api", "voice", "sms", "web", "calendar"]] = mapped_column(String(10))
    notes: Mapped[str | None] = mapped_column(Text)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    attributes: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    price_minor: Mapped[int | None] = mapped_column(doc="The service's price when it was booked.")
    expires_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), doc="Of a hold.")
    hold_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, doc="SHA-256.")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class BookingEvent(Base):
    """One step in a booking's life: ids and codes only, so that a customer can be erased and it stays.

    The database refuses UPDATE and DELETE.
    """

    __tablename__ = "booking_events"
    __table_args__ = (
        ForeignKeyConstraint(["client_id", "booking_id"], ["bookings.client_id", "bookings.id"]),
        Index("ix_booking_events_booking_id", "client_id", "booking_id", "id"),
    )

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    actor: Mapped[str] = mapped_column(String(64), doc="The principal's name.")
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
