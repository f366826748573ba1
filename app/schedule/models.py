"""Tables of opening hours and of everything that blocks a resource."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


def _owner(column: str, table: str) -> ForeignKeyConstraint:
    """Return a foreign key that cannot cross from one client's data into another's."""
    return ForeignKeyConstraint(["client_id", column], [f"{table}.client_id", f"{table}.id"])


class OpeningHours(Base):
    """A resource's weekly hours: `[{"days": [1..7], "start": "09:00", "end": "17:30"}]` in its own zone."""

    __tablename__ = "opening_hours"
    __table_args__ = (_owner("resource_id", "resources"),)

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(primary_key=True)
    weekly: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")


class DateOverride(Base):
    """Windows that replace a resource's weekly ones on one local date; none: closed."""

    __tablename__ = "date_overrides"
    __table_args__ = (_owner("resource_id", "resources"),)

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    windows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")


class Session(Base):
    """One occurrence of a class on its first resource; it owns the claims, bookings take its seats."""

    __tablename__ = "sessions"
    __table_args__ = (
        _owner("service_id", "services"),
        _owner("resource_id", "resources"),
        Index("uq_sessions_span", "client_id", "service_id", "resource_id", "starts_at", "ends_at", unique=True),
        CheckConstraint("taken BETWEEN 0 AND capacity", name="seats"),
        CheckConstraint("starts_at < ends_at", name="span"),
    )

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    service_id: Mapped[UUID]
    resource_id: Mapped[UUID]
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0", doc="Seats of live bookings, holds among them.")


class Claim(Base):
    """One resource blocked for one buffered span by one booking or session; the database forbids overlaps."""

    __tablename__ = "claims"
    __table_args__ = (
        _owner("resource_id", "resources"),
        _owner("service_id", "services"),
        _owner("session_id", "sessions"),
        ForeignKeyConstraint(
            ["client_id", "booking_id"], ["bookings.client_id", "bookings.id"], use_alter=True,
            name="fk_claims_booking_id_bookings",
        ),
        ExcludeConstraint(
            ("client_id", "="), ("resource_id", "="), ("blocked", "&&"),
            where=text("active"), name="claims_no_overlap", using="gist",
        ),
        CheckConstraint("(booking_id IS NULL) <> (session_id IS NULL)", name="owner"),
        CheckConstraint("NOT isempty(blocked) AND NOT lower_inf(blocked) AND NOT upper_inf(blocked)", name="blocked"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_claims_booking_id", "client_id", "booking_id"),
        Index("ix_claims_session_id", "client_id", "session_id"),
    )  # fmt: skip

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    resource_id: Mapped[UUID]
    service_id: Mapped[UUID]
    booking_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    blocked: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, doc="[start - buffer before, end + buffer after), UTC.")
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), doc="Without the buffer.")
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), doc="Without the buffer.")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    expires_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), doc="Set while nothing but holds is behind it; from then on it blocks no more."
    )


class BusyTime(Base):
    """A span in which an outside calendar says that a resource is taken."""

    __tablename__ = "busy_times"
    __table_args__ = (
        _owner("resource_id", "resources"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_busy_times_resource_id", "client_id", "resource_id", "starts_at"),
        Index("uq_busy_times_source", "client_id", "resource_id", "source", "source_id", unique=True),
    )

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    resource_id: Mapped[UUID]
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    source: Mapped[str] = mapped_column(String(120), doc="Which calendar says so.")
    source_id: Mapped[str] = mapped_column(String(1024), doc="The event's id there.")
