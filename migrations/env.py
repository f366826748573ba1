"""How migrations run: one transaction, one migrator at a time, every room's tables known."""

import asyncio
import importlib
import pkgutil

import sqlalchemy as sa
from alembic import context
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import app
import app.core.idempotency  # the one table outside a room
from app.core.config import load_settings
from app.core.db import Base, spoken

ONE_MIGRATOR = 7_202_611_230_001  # key of the advisory lock; any constant that nothing else uses


def _load_every_model() -> None:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the tables that the job library defines and migrates itself."""
    return not (kind == "table" and (name or "").startswith("pgqueuer"))


def _database_url() -> str:
    url: str | None = context.config.attributes.get("database_url") or load_settings().database_url
    if url is None:
        raise ValueError("DATABASE_URL is not set; `booking db` also knows the embedded server")
    return url


def _migrate(connection: Connection) -> None:
    connection.execute(sa.text("SET lock_timeout = '60s'"))
    connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ONE_MIGRATOR})
    connection.execute(sa.text("RESET lock_timeout"))
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, include_name=_ours)
    with context.begin_transaction():
        context.run_migrations()


async def _run() -> None:
    url, driver = spoken(_database_url())
    engine = create_async_engine(url, poolclass=NullPool, connect_args={**driver, "timeout": 5})
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


_load_every_model()
asyncio.run(_run())
