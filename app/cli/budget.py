"""Whether the database has as many connections as the service may open: counted before it serves in production.

Told at the start, one line; found out under load, half of the requests fail while a deploy goes on.
"""

import asyncio

import asyncpg
import structlog
from sqlalchemy.engine import make_url

from app.cli.process import BudgetExceeded
from app.core.config import Settings
from app.core.running import run_without_waiting
from app.ops.database.rules.budget import Budget

logger = structlog.get_logger()

SECONDS = 2.0

_LIMIT = """
SELECT CAST(current_setting('max_connections') AS int) - CAST(current_setting('superuser_reserved_connections') AS int)
       - COALESCE(CAST(current_setting('reserved_connections', TRUE) AS int), 0)
"""


def ensure_budget(settings: Settings, *, processes: int) -> None:
    """Refuse to begin where the connections cannot suffice; begin where the database is away and cannot tell.

    Raises:
        BudgetExceeded: with one line that says what to change.
    """
    try:
        limit = run_without_waiting(_limit(str(settings.database_url)))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError) as failure:
        logger.warning("connection_budget_unknown", code=getattr(failure, "sqlstate", None) or type(failure).__name__)
        return
    budget = Budget(instances=settings.instances, processes=processes, pool=settings.db_pool_max, limit=limit)
    if not budget.fits:
        raise BudgetExceeded(_told(budget))


async def _limit(database_url: str) -> int:
    dsn = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncio.timeout(SECONDS):
        connection = await asyncpg.connect(dsn, timeout=SECONDS, server_settings={"application_name": "booking-start"})
        try:
            return int(await connection.fetchval(_LIMIT))
        finally:
            connection.terminate()


def _told(budget: Budget) -> str:
    fitting = budget.largest_pool
    step = f"set DB_POOL_MAX to {fitting} or less" if fitting >= 1 else "no DB_POOL_MAX is small enough"
    return (
        f"connections: {budget.instances} instances of {budget.processes} processes with {budget.per_process} each,"
        f" twice while a deploy goes on, and all beside them need {budget.required}; the database has {budget.limit}."
        f" APP_INSTANCES, WEB_CONCURRENCY and DB_POOL_MAX say how many: {step}, or take a larger database."
    )
