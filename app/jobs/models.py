"""Tables of the periodic tasks. The queue's tables belong to pgqueuer and have no model."""

from datetime import datetime

from sqlalchemy import TIMESTAMP, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class PeriodicRun(Base):
    """When a periodic task last ran, for all workers together. It belongs to no client: it sweeps them all."""

    __tablename__ = "periodic_runs"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), doc="No worker begins a run before this.")
    last_started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    last_succeeded_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_error_code: Mapped[str | None] = mapped_column(String(100), doc="Null once a later run succeeded.")
    runs: Mapped[int] = mapped_column(BigInteger, doc="Begun, whether they succeeded or not.")
