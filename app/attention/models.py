"""Tables of what waits for a person, and of what came in for nobody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class AttentionItem(Base):
    """One thing that somebody at the client has to look at. While it is open, another of its `about` joins it."""

    __tablename__ = "attention_items"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'done')", name="status"),
        Index("ix_attention_items_open", "client_id", "id", postgresql_where=text("status = 'open'")),
        Index("ix_attention_items_kind", "kind", "updated_at", postgresql_where=text("status = 'open'")),
        Index(
            "ix_attention_items_words_kept",
            "client_id",
            "created_at",
            postgresql_where=text("status = 'done' AND (said IS NOT NULL OR note IS NOT NULL OR phone IS NOT NULL)"),
        ),
        Index("ix_attention_items_customer_id", "client_id", "customer_id"),
        Index(
            "uq_attention_items_about",
            "client_id",
            "kind",
            "about",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40), doc="See `rules.Kind`.")
    about: Mapped[str] = mapped_column(String(80), doc="What makes two the same: an id, or a number.")
    status: Mapped[str] = mapped_column(String(5), server_default="open")
    times: Mapped[int] = mapped_column(server_default="1", doc="How often it came up while open.")
    customer_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    call_id: Mapped[UUID | None]
    phone: Mapped[str | None] = mapped_column(String(16), doc="E.164: whom to call back; None once erased.")
    said: Mapped[str | None] = mapped_column(Text, doc="What the customer wants, in their words; None once erased.")
    code: Mapped[str | None] = mapped_column(String(60), doc="Why, such as a provider's code.")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    done_by: Mapped[str | None] = mapped_column(String(64), doc="The principal's name.")
    note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")


class Unrouted(Base):
    """Something that came in signed, for a line or assistant that no client has. Kept 30 days, then deleted.

    Exempt from the composite primary key: it has no client.
    """

    __tablename__ = "unrouted"
    __table_args__ = (
        Index("uq_unrouted_key", "provider", "key", unique=True),
        Index("ix_unrouted_received_at", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str] = mapped_column(String(10), doc="`vapi` or `twilio`.")
    key: Mapped[str] = mapped_column(String(100), doc="What makes two deliveries the same.")
    kind: Mapped[str] = mapped_column(String(40))
    line: Mapped[str | None] = mapped_column(String(64), doc="The number or assistant that it was for.")
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, doc="Redacted.")
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
