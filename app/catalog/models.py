"""Tables of services and resources."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, func
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class Service(Base):
    """What can be booked. Lengths in minutes, prices in the client currency's minor unit."""

    __tablename__ = "services"
    __table_args__ = (
        CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration_minutes"),
        CheckConstraint("buffer_before_minutes BETWEEN 0 AND 1440", name="buffer_before_minutes"),
        CheckConstraint("buffer_after_minutes BETWEEN 0 AND 1440", name="buffer_after_minutes"),
        CheckConstraint("interval_minutes BETWEEN 1 AND 1440", name="interval_minutes"),
        CheckConstraint("grid IN ('window', 'clock', 'free_start')", name="grid"),
        CheckConstraint("min_notice_minutes BETWEEN 0 AND 525600", name="min_notice_minutes"),
        CheckConstraint("max_advance_days BETWEEN 0 AND 730", name="max_advance_days"),
        CheckConstraint("max_per_day BETWEEN 1 AND 1000", name="max_per_day"),
        CheckConstraint("capacity BETWEEN 1 AND 1000", name="capacity"),
        CheckConstraint("price_minor BETWEEN 0 AND 1000000000", name="price_minor"),
        CheckConstraint("assign IN ('any', 'all')", name="assign"),
        CheckConstraint("status IN ('active', 'archived')", name="status"),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    duration_minutes: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(server_default="0")
    buffer_after_minutes: Mapped[int] = mapped_column(server_default="0")
    interval_minutes: Mapped[int | None] = mapped_column(doc="Between starts on offer; None: the duration.")
    grid: Mapped[str] = mapped_column(String(10), server_default="window")
    min_notice_minutes: Mapped[int] = mapped_column(server_default="0")
    max_advance_days: Mapped[int] = mapped_column(server_default="90")
    max_per_day: Mapped[int | None] = mapped_column(doc="Bookings of this service a resource and local day.")
    capacity: Mapped[int] = mapped_column(server_default="1", doc="More than 1: a class, its bookings share a session.")
    price_minor: Mapped[int | None]
    assign: Mapped[str] = mapped_column(String(3), server_default="any", doc="Takes any one of its resources, or all.")
    status: Mapped[str] = mapped_column(String(10), server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class Resource(Base):
    """Who or what is booked exclusively."""

    __tablename__ = "resources"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'room', 'equipment')", name="kind"),
        CheckConstraint("status IN ('active', 'archived')", name="status"),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10), server_default="staff")
    timezone: Mapped[str | None] = mapped_column(String(64), doc="IANA name; None: the client's.")
    status: Mapped[str] = mapped_column(String(10), server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class ServiceResource(Base):
    """A resource that serves a service."""

    __tablename__ = "service_resources"
    __table_args__ = (
        ForeignKeyConstraint(["client_id", "service_id"], ["services.client_id", "services.id"]),
        ForeignKeyConstraint(["client_id", "resource_id"], ["resources.client_id", "resources.id"]),
        Index("ix_service_resources_resource_id", "client_id", "resource_id"),
    )

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(primary_key=True)
