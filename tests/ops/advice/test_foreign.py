"""Statements that only the server has seen: whoever wrote them, nothing of theirs is run with our rights."""

import secrets

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.ops.advice.rules.choosing import Candidate
from app.ops.advice.rules.judging import Judgement
from app.ops.advice.rules.tables import Part
from app.ops.advice.service import planner
from app.ops.advice.service.planner import Plan
from app.ops.advice.service.proposals import propose
from app.ops.advice.service.statements import Asked

LOCK = 447_400
BAIT = """
CREATE TABLE {role}.baits AS SELECT g AS a, g % 7 AS b FROM generate_series(1, 20000) g;
CREATE FUNCTION {role}.lure() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN PERFORM pg_advisory_lock({lock}); RETURN 5; END';
ANALYZE {role}.baits;
"""
STATEMENT = "SELECT b FROM {role}.baits WHERE a = {role}.lure() AND a = 5"
HELD = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.objid = $1 AND d.datname = current_database()
"""


@pytest.fixture
async def stranger(databases):
    """A role with a schema of its own, in which a function lies that the planner would run; `(url, role)`."""
    url, role = databases.create(), f"stranger_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        try:
            await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            await connection.execute("SELECT count(*) FROM pg_stat_statements")
            await connection.execute(f"CREATE ROLE {role}")
        except asyncpg.PostgresError as refusal:
            pytest.skip(f"this server keeps no statistics of statements, or makes no roles: {refusal}")
        await connection.execute(f"CREATE SCHEMA {role} AUTHORIZATION {role}; SET ROLE {role}")
        await connection.execute(BAIT.format(role=role, lock=LOCK))
        await connection.fetch(STATEMENT.format(role=role))
        await connection.execute("SELECT pg_advisory_unlock_all(); RESET ROLE")
        yield url, role
        await connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    finally:
        await connection.close()
        databases.drop(url)


async def test_a_strangers_function_is_not_run_for_advice_on_the_strangers_statement(stranger, make_scene):
    url, role = stranger
    scene = await make_scene(url)
    told = await scene.advise()
    held = await scene.connection.fetchval(HELD, LOCK)
    advised = [item for item in told["items"] if role in str(item["sql"]) and item["kind"] == "missing_index"]

    assert held == 0
    assert told["engines"]["pgStatStatements"] is True
    assert [(item["confidence"], item["estimated"]["costBefore"]) for item in advised] == [("estimated", None)]


@pytest.mark.parametrize(("source", "times"), [("pg_stat_statements", 0), ("app", 1), ("both", 1)])
async def test_the_planner_is_asked_only_about_what_our_processes_ran(monkeypatch, source, times):
    explained = []

    async def explain(_, statement):
        explained.append(statement)
        return Plan(5_000, frozenset())

    monkeypatch.setattr(planner, "explain", explain)
    judgement = Judgement([Candidate("public", "t", (Part("a"),))], [])
    asked = Asked("0" * 16, "SELECT $1", "SELECT 1", 1, 1.0, source=source)
    proposal = await propose(AsyncConnection(create_async_engine("postgresql+asyncpg://")), asked, judgement, None)

    assert explained == ["SELECT 1"] * times
    assert [each.columns for each, _ in proposal.candidates] == [("a",)]
    assert proposal.confirmed is False
