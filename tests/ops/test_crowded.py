"""A server that takes no more connections: the few that a process keeps serve all who ask, in turn."""

import asyncio
import secrets

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.core.db import OPERATIONS_POOL_SECONDS
from app.ops import process as processes
from app.ops.process import create_process

ASKING = 20
PATIENCE = 30  # seconds


@pytest.fixture
async def crowded(settings, sql):
    """Return a process to whose role the server gives two connections: the lifeline, and one of the pool."""
    role = f"crowded_{secrets.token_hex(4)}"
    await sql(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 2 IN ROLE pg_read_all_data")
    url = make_url(str(settings.database_url)).set(username=role).render_as_string(hide_password=False)
    process = create_process(settings.model_copy(update={"database_url": url}), role="web")
    yield process
    await process.stop()
    await sql(f"DROP ROLE {role}")


async def test_one_connection_that_is_kept_answers_all_who_ask_at_once(crowded, monkeypatch):
    """Each may wait for long: on a busy machine all twenty take longer than a person on call would."""
    monkeypatch.setattr(processes, "ANSWER_SECONDS", PATIENCE)
    crowded.engine.sync_engine.pool._timeout = PATIENCE
    answered = []

    async def ask(number):
        await crowded.ask(lambda session: session.execute(text("SELECT pg_sleep(0.01)")))
        answered.append(number)

    await crowded.ask(lambda session: session.execute(text("SELECT 1")))
    outcomes = await asyncio.gather(*(ask(number) for number in range(ASKING)), return_exceptions=True)

    assert [outcome for outcome in outcomes if outcome is not None] == []
    assert sorted(answered) == list(range(ASKING))


async def test_where_none_is_kept_the_refusal_itself_is_told_at_once(crowded):
    url = make_url(str(crowded.settings.database_url)).set(drivername="postgresql")
    holder = await asyncpg.connect(url.render_as_string(hide_password=False))
    await crowded.lifeline.check()

    async with asyncio.timeout(OPERATIONS_POOL_SECONDS):
        with pytest.raises(DBAPIError, match="too many connections"):
            await crowded.ask(lambda session: session.execute(text("SELECT 1")))
    await holder.close()
