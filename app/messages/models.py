"""Tables of messages, of dialogues by text, and of a client's own wording."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class Message(Base):
    """A text or an e-mail, in or out; its status only moves forward."""

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(["client_id", "customer_id"], ["customers.client_id", "customers.id"]),
        ForeignKeyConstraint(["client_id", "booking_id"], ["bookings.client_id", "bookings.id"]),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        CheckConstraint(
            "status IN ('queued', 'sending', 'unknown', 'not_sent', 'withdrawn', 'suppressed', 'accepted', 'sent',"
            " 'delivered', 'undelivered', 'failed', 'read', 'received', 'answered')",
            name="status",
        ),
        Index("uq_messages_once", "client_id", "once", unique=True, postgresql_where=text("once IS NOT NULL")),
        Index("uq_messages_sid", "sid", unique=True, postgresql_where=text("sid IS NOT NULL")),
        Index("ix_messages_created_at", "client_id", "created_at", "id"),
        Index("ix_messages_customer_id", "client_id", "customer_id"),
        Index("ix_messages_booking_id", "client_id", "booking_id"),
        Index("ix_messages_due_at", "due_at", postgresql_where=text("status IN ('queued', 'sending', 'unknown')")),
        Index("ix_messages_texts", "client_id", "address", "created_at", postgresql_where=text("direction = 'in'")),
        Index("ix_messages_body_kept", "client_id", "created_at", postgresql_where=text("body IS NOT NULL")),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    direction: Mapped[str] = mapped_column(String(3))
    channel: Mapped[str] = mapped_column(String(5))
    kind: Mapped[str] = mapped_column(String(20), doc="See `rules.Kind`.")
    status: Mapped[str] = mapped_column(String(12))
    customer_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]
    booking_version: Mapped[int | None] = mapped_column(doc="Of the booking that it tells of.")
    address: Mapped[str | None] = mapped_column(String(254), doc="The customer's; None once erased.")
    line: Mapped[str | None] = mapped_column(String(254), doc="The client's number or address.")
    subject: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(Text, doc="None once erased, or past its time.")
    segments: Mapped[int | None] = mapped_column(SmallInteger, doc="Of a text.")
    media: Mapped[int] = mapped_column(SmallInteger, server_default="0", doc="Pictures that came along; not kept.")
    once: Mapped[str | None] = mapped_column(String(120), doc="What makes two the same: none is written twice.")
    sid: Mapped[str | None] = mapped_column(String(40), doc="Twilio's.")
    error_code: Mapped[str | None] = mapped_column(String(60))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), doc="It is not looked at before.")
    woken_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), doc="Up to when a job was made for it; None: the sweep makes one when it is due."
    )
    turn_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), doc="Its turn at its line.")
    tried_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), doc="When it was last handed over.")
    sent_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class LinePace(Base):
    """When a line of a client's has its next turn: carriers take about one text a second from one number."""

    __tablename__ = "line_paces"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    line: Mapped[str] = mapped_column(String(64), primary_key=True, doc="Its number, or its messaging service's sid.")
    next_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Dialogue(Base):
    """Where the talk with one number stands; forgotten a day after its last text."""

    __tablename__ = "dialogues"
    __table_args__ = (Index("ix_dialogues_updated_at", "updated_at"),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    phone: Mapped[str] = mapped_column(String(16), primary_key=True, doc="E.164.")
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, doc="See `rules.dialogue.State`: codes, ids, instants.")
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Template(Base):
    """A client's own wording of one kind of message; without it ours is used."""

    __tablename__ = "templates"
    __table_args__ = (CheckConstraint("channel IN ('sms', 'email')", name="channel"),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(5), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
