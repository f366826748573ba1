"""The table of customers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class Customer(Base):
    """A person who books. After an erasure only the id is left, so that bookings stay countable."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("uq_customers_client_id_phone", "client_id", "phone", unique=True),
        CheckConstraint("(erased_at IS NULL) = (phone IS NOT NULL)", name="erased"),
        CheckConstraint("erased_at IS NULL OR (name IS NULL AND email IS NULL)", name="erased_whole"),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone: Mapped[str | None] = mapped_column(String(16), doc="E.164; None once erased.")
    name: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    erased_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
