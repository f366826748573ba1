"""What the planner says: the cost of a statement as it is, and with indexes that do not exist.

Each statement is prepared and explained, never analyzed, in a transaction that reads only and is always rolled back. It
goes to the server by the extended protocol, which takes one statement and no more.

Planning is not harmless: to fold constants the planner runs functions that are marked IMMUTABLE, as whoever asks, and
neither what such a function does nor the transaction's rollback can be relied on. So only statements that our own
processes ran may come here: planned anew, they run nothing that they have not run before.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.ops.advice.rules.choosing import Candidate
from app.ops.advice.rules.naming import keys, quoted
from app.ops.advice.rules.syntax import parameters

_NAME = "booking_advice"

_SAFELY = text(f"""
SELECT set_config('transaction_read_only', 'on', true),
       set_config('lock_timeout', '200', true), set_config('plan_cache_mode', 'force_generic_plan', true),
       EXISTS (SELECT FROM pg_prepared_statements WHERE name = '{_NAME}') AS left_over
""")  # noqa: S608 - a constant of ours


_HURRY = text("SELECT set_config('statement_timeout', :milliseconds, true)")


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan's cost, in the planner's units, and the indexes that it uses."""

    cost: float
    indexes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate as a hypothetical index."""

    candidate: Candidate
    oid: int
    name: str
    bytes: int


async def begin(session: AsyncSession, *, seconds: float) -> None:
    """Make the session's transaction one that changes nothing, waits for little and plans for any value."""
    await hurry(session, seconds=seconds)
    if (await session.execute(_SAFELY)).one().left_over:  # of one that was cut off in between
        await session.execute(text(f"DEALLOCATE {_NAME}"))


async def hurry(session: AsyncSession, *, seconds: float) -> None:
    """Have the server give up each further statement, and each plan, that takes longer."""
    milliseconds = str(max(1, int(seconds * 1000)))
    await session.execute(_HURRY, {"milliseconds": milliseconds})


async def explain(connection: AsyncConnection, statement: str) -> Plan | None:
    """Return the plan of one statement for values that are not known; None where the server refuses it.

    A prepared statement with a forced generic plan does on every version what EXPLAIN (GENERIC_PLAN) does since 16,
    and tells the types of the parameters itself.
    """
    values = ", ".join(["NULL"] * parameters(statement))
    arguments = f"({values})" if values else ""
    prepared, found = False, None
    try:
        async with connection.begin_nested():
            await connection.exec_driver_sql(f"PREPARE {_NAME} AS {statement}")
            prepared = True
            explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE {_NAME}{arguments}")
            found = explained.scalar_one()
    except DBAPIError as refused:
        if refused.connection_invalidated:
            raise
    if prepared:  # the rollback of a savepoint does not undo it
        await connection.exec_driver_sql(f"DEALLOCATE {_NAME}")
    if found is None:
        return None
    plan = (orjson.loads(found) if isinstance(found, str | bytes) else found)[0]["Plan"]
    return Plan(plan["Total Cost"], frozenset(_indexes(plan)))


def _indexes(plan: dict[str, Any]) -> list[str]:
    below = [name for inner in plan.get("Plans", ()) for name in _indexes(inner)]
    return [plan["Index Name"], *below] if "Index Name" in plan else below


@asynccontextmanager
async def hypothetical(
    connection: AsyncConnection, schema: str, candidates: Sequence[Candidate]
) -> AsyncIterator[list[Tried]]:
    """Have the planner of this connection believe in some indexes (the extension hypopg, in `schema`)."""
    hypopg = quoted(schema)
    create = text(f"""
        SELECT h.indexrelid::int8 AS oid, h.indexname, {hypopg}.hypopg_relation_size(h.indexrelid) AS bytes
        FROM {hypopg}.hypopg_create_index(:definition) h
    """)  # noqa: S608 - the schema is quoted
    reset = text(f"SELECT {hypopg}.hypopg_reset()")
    tried = []
    await connection.execute(reset)
    try:
        for candidate in candidates:
            if candidate.method == "btree":
                row = (await connection.execute(create, {"definition": f"CREATE INDEX ON {keys(candidate)}"})).one()
                tried.append(Tried(candidate, row.oid, row.indexname, row.bytes))
        yield tried
    finally:
        await connection.execute(reset)
