"""The background door to connections: what a process does when the pools are to be replaced."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.controls import Control, Kind
from app.ops.database.service.pool import renew
from app.ops.process import Process

LONGER_SECONDS = 1.0
"""So much longer than a request may take a connection of the old pool may stay out."""


def attend(engine: AsyncEngine, process: Process) -> None:
    """Have a process replace the pool of its engine when an operator says so."""
    patience = process.settings.request_deadline.total_seconds() + LONGER_SECONDS

    def reset(_control: Control) -> None:
        renew(engine, patience=patience)

    process.acts.setdefault(Kind.pool_reset, []).append(reset)
