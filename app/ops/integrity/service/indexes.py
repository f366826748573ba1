"""Whether indexes say what their tables hold, by `amcheck`, where the server has it and lets us.

It is never installed for good: where it is not there but could be, it is for the length of a transaction that is
rolled back. Each index is looked at apart from the snapshot, for what it holds is not of one moment.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from app.core.progress import Progress
from app.jobs.errors import failure_code
from app.ops.integrity.rules.terms import Example, Found, listed

INSTALLED = """
SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'amcheck'
"""
TREES = """
SELECT c.oid, c.relname AS name, t.relname AS "table"
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam
WHERE n.nspname = 'public' AND m.amname = 'btree' AND i.indisvalid AND i.indisready
  AND c.relpersistence = 'p' AND c.relkind = 'i'
ORDER BY 2
"""
NOT_SAID = (asyncpg.InsufficientPrivilegeError, asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)
"""What says nothing of an index."""


class NotAvailable(Exception):
    """This server has no `amcheck`, or not for us."""


async def damaged(connection: "asyncpg.Connection", report: Progress) -> Found:
    """Return the B-trees that are damaged, or lack rows of their tables.

    Raises:
        NotAvailable: the server does not let us look.
    """
    async with _amcheck(connection) as schema:
        trees = await connection.fetch(TREES)
        found = []
        for done, tree in enumerate(trees):
            report("indexes", done, len(trees))
            code = await _look(connection, schema, tree["oid"])
            if code is not None:
                found.append(Example(None, tree["name"], f"{tree['table']}: {code}"))
        report("indexes", len(trees), len(trees))
        return listed(found)


@asynccontextmanager
async def _amcheck(connection: "asyncpg.Connection") -> AsyncIterator[str]:
    """Give the schema that the functions are in."""
    schema = await connection.fetchval(INSTALLED)
    if schema is not None:
        yield schema
        return
    transaction = connection.transaction()
    await transaction.start()
    try:
        try:
            await connection.execute("CREATE EXTENSION amcheck SCHEMA public")
        except asyncpg.PostgresError as refusal:
            raise NotAvailable from refusal
        yield "public"
    finally:
        if not connection.is_closed():
            await transaction.rollback()


async def _look(connection: "asyncpg.Connection", schema: str, index: int) -> str | None:
    """Return how an index is damaged, as a code; the server's own words could hold values of rows.

    Raises:
        NotAvailable: it may not be looked at.
    """
    try:
        async with connection.transaction():
            await connection.fetchval(f"SELECT {schema}.bt_index_check($1::oid::regclass, true)", index)
    except NOT_SAID as refusal:
        raise NotAvailable from refusal
    except asyncpg.PostgresError as damage:
        if connection.is_closed():
            raise
        return failure_code(damage)
    return None
