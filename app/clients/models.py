"""Tables of clients and their keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, func
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class Client(Base):
    """A business that takes bookings."""

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("client_key ~ '^[a-z0-9](-?[a-z0-9])*$' AND length(client_key) >= 3", name="client_key"),
        CheckConstraint("status IN ('active', 'inactive')", name="status"),
        CheckConstraint("hold_seconds BETWEEN 30 AND 3600", name="hold_seconds"),
        CheckConstraint("cancel_window_minutes BETWEEN 0 AND 43200", name="cancel_window_minutes"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    client_key: Mapped[str] = mapped_column(String(63), unique=True, doc="Public slug; never changes.")
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64), doc="IANA name.")
    region: Mapped[str] = mapped_column(String(2), doc="ISO 3166-1; phones without a country code are read in it.")
    currency: Mapped[str] = mapped_column(String(3), doc="ISO 4217.")
    locale: Mapped[str] = mapped_column(String(35), doc="BCP 47, such as en-GB.")
    phone: Mapped[str | None] = mapped_column(String(16), doc="E.164.")
    cancel_window_minutes: Mapped[int] = mapped_column(
        server_default="0", doc="No cancelling or moving later than this before the start."
    )
    hold_seconds: Mapped[int] = mapped_column(server_default="300", doc="How long a hold lasts.")
    status: Mapped[str] = mapped_column(String(10), server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    configuration_version: Mapped[int] = mapped_column(
        BigInteger,
        server_default="1",
        doc="Grows with every change that availability depends on; cached plans carry it.",
    )
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class ApiKey(Base):
    """A key; only its SHA-256 is kept. Without a client it is an operator's.

    Exempt from the composite primary key: an operator's key has no client, and a key is looked up
    before its client is known.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        Index("ix_api_keys_client_id_id", "client_id", "id"),
        CheckConstraint(
            "scopes <@ ARRAY['bookings:read','bookings:write','clients:admin','ops:read','ops:write']::varchar[]",
            name="scopes",
        ),
        CheckConstraint(
            "client_id IS NULL OR NOT scopes && ARRAY['ops:read','ops:write']::varchar[]", name="operator_scopes"
        ),
        CheckConstraint("requests_per_minute BETWEEN 1 AND 100000", name="requests_per_minute"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    name: Mapped[str] = mapped_column(String(120))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, doc="SHA-256 of the whole key.")
    last4: Mapped[str] = mapped_column(String(4), doc="The key's last four characters, to recognise it by.")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), doc="To the minute.")
    rotated_from: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id"), doc="The key that this one replaces.")
    requests_per_minute: Mapped[int | None] = mapped_column(doc="Its own limit; None: the one for all keys.")
    version: Mapped[int] = mapped_column(server_default="1")
