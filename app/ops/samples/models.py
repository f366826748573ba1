"""Tables of the processes and of what they have counted. They belong to the service itself, to no client."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Float, Integer, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Process(Base):
    """A process that serves or works, and how it was when it last said so."""

    __tablename__ = "processes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    instance: Mapped[str] = mapped_column(String(100), doc="The machine or container that it runs on.")
    commit: Mapped[str | None] = mapped_column(String(64))
    pid: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), index=True)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, doc="Gauges: pool, caches, limits, memory, CPU.")


class Sample(Base):
    """A tally of one key in one period by one process; after the roll-up, of one hour by all processes.

    Written anew every 10 s until its minute is over, so writing it twice changes nothing.
    """

    __tablename__ = "samples"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), primary_key=True)
    seconds: Mapped[int] = mapped_column(Integer, primary_key=True, doc="Length of the period: 60 or 3600.")
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    process_id: Mapped[UUID] = mapped_column(primary_key=True, doc="Nil where all processes are put together.")
    count: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[float] = mapped_column(Float, doc="Sum of the values, milliseconds unless the kind says else.")
    most: Mapped[float] = mapped_column(Float)
    bins: Mapped[bytes] = mapped_column(LargeBinary, doc="core/sketch.py reads them.")


class QueryShape(Base):
    """A statement without its literals, by its fingerprint."""

    __tablename__ = "query_shapes"

    shape: Mapped[str] = mapped_column(String(16), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    routes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    first_seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    last_seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
