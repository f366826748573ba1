"""Statements straight to the driver: in the session's transaction, with SQLAlchemy's errors, and heard of."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.db import violated
from app.core.direct import fetch, fetch_first

NEW_KEY = "INSERT INTO periodic_runs (name, due_at, last_started_at, runs) VALUES ($1, now(), now(), 0)"
HOW_MANY = "SELECT count(*) FROM periodic_runs WHERE name LIKE $1 || '%'"


async def test_the_first_statement_begins_the_transaction_that_a_rollback_undoes(session):
    await fetch(session, NEW_KEY, "direct.first")
    await session.rollback()

    assert (await fetch(session, HOW_MANY, "direct.first"))[0][0] == 0


async def test_later_statements_share_the_transaction_of_the_session(session, sql):
    await session.execute(text("SELECT 1"))
    await fetch(session, NEW_KEY, "direct.one")
    await fetch(session, NEW_KEY, "direct.two")
    seen_within = (await fetch(session, HOW_MANY, "direct."))[0][0]
    seen_outside = await sql("SELECT count(*) FROM periodic_runs WHERE name LIKE 'direct.%'")
    await session.rollback()

    assert (seen_within, seen_outside[0][0]) == (2, 0)


async def test_a_transaction_after_a_commit_is_a_new_one(session, sql):
    await fetch(session, "SELECT 1")
    await session.commit()
    await fetch(session, NEW_KEY, "direct.after")
    await session.rollback()

    assert await sql("SELECT FROM periodic_runs WHERE name = 'direct.after'") == []


@pytest.mark.parametrize("begun", [True, False])
async def test_a_broken_constraint_is_told_as_sqlalchemy_tells_it(session, begun):
    if begun:
        await fetch(session, "SELECT 1")
    with pytest.raises(IntegrityError) as refused:
        await fetch(session, "INSERT INTO clients (id, client_key) VALUES (gen_random_uuid(), $1)", "direct-key")

    assert getattr(refused.value.orig, "sqlstate", None) == "23502"
    assert violated(refused.value) is None


async def test_the_name_of_a_broken_constraint_is_known(session):
    with pytest.raises(IntegrityError) as refused:
        await fetch(session, "INSERT INTO opening_hours SELECT gen_random_uuid(), gen_random_uuid(), '[]', 1")

    assert violated(refused.value) == "fk_opening_hours_client_id_resource_id_resources"


@pytest.mark.parametrize("begun", [True, False])
async def test_any_other_refusal_of_the_server_is_a_dbapi_error_with_its_state(session, begun):
    if begun:
        await fetch(session, "SELECT 1")
    with pytest.raises(DBAPIError) as refused:
        await fetch(session, "SELECT 1 / $1::int", 0)

    assert getattr(refused.value.orig, "sqlstate", None) == "22012"


async def test_who_listens_to_the_engine_hears_of_every_statement(session, statements):
    await fetch_first(session, "SELECT 1 WHERE $1", True)
    missing = await fetch_first(session, "SELECT 1 WHERE $1", False)

    assert (missing, statements.texts) == (None, ["SELECT 1 WHERE $1"] * 2)
