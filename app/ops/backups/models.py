"""The table of runs: what this database remembers of backups. The manifests are the truth; they outlive it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Boolean, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class BackupRun(Base):
    """A backup, verification, drill or clearing-up: wanted, going on, done or failed."""

    __tablename__ = "backup_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of a backup: the backup's own id."""
    kind: Mapped[str] = mapped_column(String(20))
    """`backup`, `verify`, `drill` or `prune`."""
    status: Mapped[str] = mapped_column(String(20))
    """`queued`, `running`, `succeeded` or `failed`."""
    requested_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), index=True)
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    backup_id: Mapped[UUID | None]
    """Which backup was verified or drilled."""
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    location: Mapped[str | None] = mapped_column(String(700))
    encrypted: Mapped[bool | None] = mapped_column(Boolean)
    level: Mapped[int | None] = mapped_column(SmallInteger)
    """The level that a verification or drill reached, or failed at."""
    error_code: Mapped[str | None] = mapped_column(String(50))
    error: Mapped[str | None] = mapped_column(String(500))
    host: Mapped[str | None] = mapped_column(String(100))
    tool_version: Mapped[str | None] = mapped_column(String(20))
    server_version: Mapped[str | None] = mapped_column(String(20))
    migration: Mapped[str | None] = mapped_column(String(40))
    lsn: Mapped[str | None] = mapped_column(String(30))
