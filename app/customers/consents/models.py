"""The table of those who do not want to be reached."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class OptOut(Base):
    """An address that a client may not use. Only its digest is kept, so it outlasts the erasure of its owner."""

    __tablename__ = "opt_outs"
    __table_args__ = (CheckConstraint("channel IN ('sms', 'voice', 'email')", name="channel"),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(5), primary_key=True)
    address_digest: Mapped[bytes] = mapped_column(
        LargeBinary, primary_key=True, doc="SHA-256 of client, channel and address."
    )
    source: Mapped[str] = mapped_column(String(20), doc="`text`, `provider`, `call`, `staff`.")
    since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
