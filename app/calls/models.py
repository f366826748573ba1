"""Tables of calls, of what tools answered in them, and of the assistants that take them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class Assistant(Base):
    """A client's voice assistant at Vapi, as we provisioned it.

    Exempt from composite routing by its unique `vapi_id`, which is looked up before the client is known.
    """

    __tablename__ = "assistants"
    __table_args__ = (Index("uq_assistants_vapi_id", "vapi_id", unique=True),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    vapi_id: Mapped[str] = mapped_column(String(64))
    tool_ids: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"), doc="Vapi's id by tool name.")
    fingerprint: Mapped[str] = mapped_column(
        String(64), server_default="", doc="SHA-256 of the secrets sent last, for Vapi does not show them."
    )
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Call(Base):
    """A phone call, in or out. Its words are kept as long as the client says; ids, times and cost stay."""

    __tablename__ = "calls"
    __table_args__ = (
        ForeignKeyConstraint(["client_id", "customer_id"], ["customers.client_id", "customers.id"]),
        ForeignKeyConstraint(["client_id", "booking_id"], ["bookings.client_id", "bookings.id"]),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint(
            "status IN ('queued', 'dispatching', 'unknown', 'not_placed', 'withdrawn', 'ringing', 'in_progress',"
            " 'forwarding', 'ended', 'failed')",
            name="status",
        ),
        Index("uq_calls_vapi_id", "vapi_id", unique=True),
        Index("ix_calls_created_at", "client_id", "created_at", "id"),
        Index("ix_calls_customer_id", "client_id", "customer_id"),
        Index("ix_calls_booking_id", "client_id", "booking_id"),
        Index("ix_calls_due_at", "due_at", postgresql_where=text("status IN ('queued', 'dispatching', 'unknown')")),
        Index("ix_calls_unreported", "ended_at", postgresql_where=text("reported_at IS NULL AND vapi_id IS NOT NULL")),
        Index("ix_calls_phone", "client_id", "phone", "created_at"),
        Index("ix_calls_words_kept", "client_id", "created_at", postgresql_where=text("words_deleted_at IS NULL")),
        Index(
            "ix_calls_to_delete",
            "words_deleted_at",
            postgresql_where=text("words_deleted_at IS NOT NULL AND deletion_asked_at IS NULL AND vapi_id IS NOT NULL"),
        ),
        Index(
            "ix_calls_under_way",
            "tried_at",
            postgresql_where=text(
                "direction = 'out'"
                " AND status IN ('queued', 'dispatching', 'unknown', 'ringing', 'in_progress', 'forwarding')"
            ),
        ),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    vapi_id: Mapped[str | None] = mapped_column(String(64), doc="None: an outbound call that was not placed yet.")
    direction: Mapped[str] = mapped_column(String(3))
    purpose: Mapped[str | None] = mapped_column(String(10), doc="Of an outbound call: `callback` or `reminder`.")
    status: Mapped[str] = mapped_column(String(12))
    phone: Mapped[str | None] = mapped_column(String(16), doc="E.164 by signalling; None: anonymous, or erased.")
    customer_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]
    attention_id: Mapped[UUID | None] = mapped_column(doc="What an outbound call answers.")
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), doc="When to place it.")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0", doc="How often it was begun to be placed.")
    tried_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), doc="When it was last begun to be placed, after which it may have been."
    )
    follows_id: Mapped[UUID | None] = mapped_column(doc="The call that was not answered, and is tried again by this.")
    tries_before: Mapped[int] = mapped_column(SmallInteger, server_default="0", doc="How many calls it follows in all.")
    followed_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), doc="When was done what its end calls for: another try, or a person."
    )
    error_code: Mapped[str | None] = mapped_column(String(60))
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_reason: Mapped[str | None] = mapped_column(String(120), doc="Vapi's, as it came.")
    ended_kind: Mapped[str | None] = mapped_column(String(30), doc="Ours: a closed list.")
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(12, 5))
    transcript: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[str | None] = mapped_column(Text)
    recording_url: Mapped[str | None] = mapped_column(String(2_000))
    reported_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), doc="When the report came.")
    looks: Mapped[int] = mapped_column(
        SmallInteger, server_default="0", doc="How often a missing report was asked for."
    )
    looked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    compared_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), doc="When what was said was compared with what was booked."
    )
    words_deleted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    deletion_asked_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), doc="When a job was left that deletes it at Vapi."
    )
    provider_deleted_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), doc="When Vapi had nothing more of it."
    )
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class ToolAnswer(Base):
    """What a tool answered in a call: the same id, or the same wish under a new one, gets it again."""

    __tablename__ = "tool_answers"
    __table_args__ = (
        ForeignKeyConstraint(["client_id", "call_id"], ["calls.client_id", "calls.id"]),
        Index("uq_tool_answers_tool_call_id", "client_id", "call_id", "tool_call_id", unique=True),
        Index(
            "uq_tool_answers_wish",
            "client_id",
            "call_id",
            "wish",
            unique=True,
            postgresql_where=text("wish IS NOT NULL"),
        ),
    )

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    call_id: Mapped[UUID]
    tool_call_id: Mapped[str] = mapped_column(String(100))
    tool: Mapped[str] = mapped_column(String(64))
    wish: Mapped[str | None] = mapped_column(String(64), doc="SHA-256 of what was to change; None: nothing.")
    succeeded: Mapped[bool]
    answer: Mapped[str | None] = mapped_column(String(600), doc="None once its words are deleted.")
    code: Mapped[str] = mapped_column(
        String(60), doc="What came of it: `held`, `booked`, a refusal's code, a question's."
    )
    booking_id: Mapped[UUID | None]
    starts_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), doc="The start that it was about.")
    resource_id: Mapped[UUID | None] = mapped_column(doc="With whom it was read back; None: with whoever serves.")
    named: Mapped[str | None] = mapped_column(String(120), doc="For whom, as the caller said; None: nobody named.")
    run_ms: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
