"""Tables of a client's lines and of how it keeps in touch."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Time, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Line(Base):
    """A phone number that belongs to a client: who calls or texts it talks to that client.

    Exempt from the composite primary key: it routes, and is looked up before its client is known.
    """

    __tablename__ = "lines"
    __table_args__ = (
        CheckConstraint("number ~ '^[+][1-9][0-9]{6,14}$'", name="number"),
        Index("ix_lines_client_id", "client_id"),
        Index("uq_lines_vapi_phone_number_id", "vapi_phone_number_id", unique=True),
    )

    number: Mapped[str] = mapped_column(String(16), primary_key=True, doc="E.164.")
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    vapi_phone_number_id: Mapped[str | None] = mapped_column(String(64), doc="Its id at Vapi; None: not for voice.")
    messaging_service_sid: Mapped[str | None] = mapped_column(String(34), doc="Sends in its name at Twilio.")
    texts: Mapped[bool] = mapped_column(server_default=text("true"), doc="Whether texts go out from it.")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class ContactSettings(Base):
    """How a client keeps in touch; one without a row has the defaults."""

    __tablename__ = "contact_settings"
    __table_args__ = (
        CheckConstraint("cardinality(reminder_minutes) <= 5", name="reminder_minutes"),
        CheckConstraint("keep_days BETWEEN 1 AND 3650", name="keep_days"),
        CheckConstraint("calls_per_day BETWEEN 0 AND 10", name="calls_per_day"),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    texts: Mapped[bool] = mapped_column(server_default=text("true"), doc="Whether customers are texted.")
    emails: Mapped[bool] = mapped_column(server_default=text("true"), doc="Whether those with an address get e-mail.")
    sender_email: Mapped[str | None] = mapped_column(String(254))
    reply_to: Mapped[str | None] = mapped_column(String(254))
    reminder_minutes: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), server_default=text("'{1440,120}'"), doc="So long before the start by the clock on the wall."
    )
    quiet_from: Mapped[time] = mapped_column(Time, server_default=text("'21:00'"), doc="In the client's zone.")
    quiet_until: Mapped[time] = mapped_column(Time, server_default=text("'08:00'"))
    keep_days: Mapped[int] = mapped_column(SmallInteger, server_default="90", doc="Of transcripts and recordings.")
    calls_per_day: Mapped[int] = mapped_column(SmallInteger, server_default="2", doc="Most to one customer.")
    address: Mapped[str | None] = mapped_column(String(300), doc="Where customers come to, as it is spoken.")
    hand_over_to: Mapped[str | None] = mapped_column(String(16), doc="E.164: who takes over from the assistant.")
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
