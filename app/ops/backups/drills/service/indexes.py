"""Whether indexes agree with their tables, asked of PostgreSQL's own `amcheck`."""

import asyncpg

from app.core.progress import Progress
from app.ops.backups.errors import IndexesDamaged
from app.ops.backups.restores.service.comparing import named
from app.ops.backups.service.snapshots import connected

WHERE = """
SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'amcheck'
"""
INDEXES = """
SELECT i.indexrelid::regclass::text AS name
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE m.amname = 'btree' AND i.indisvalid AND i.indisready AND n.nspname = 'public'
ORDER BY c.relpages DESC
"""
ABSENT = (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedFileError, asyncpg.FeatureNotSupportedError)
DAMAGED = (asyncpg.IndexCorruptedError, asyncpg.DataCorruptedError)


async def check_indexes(database_url: str, report: Progress) -> bool:
    """Check every B-tree, also that each row is in it; return False where `amcheck` may not be had.

    Raises:
        IndexesDamaged: some are damaged; `mismatches` has the names.
    """
    report("checking indexes")
    async with connected(database_url) as connection:
        try:
            await connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        except ABSENT:
            return False
        schema = await connection.fetchval(WHERE)
        names = [row["name"] for row in await connection.fetch(INDEXES)]
        damaged = []
        for done, name in enumerate(names, 1):
            try:
                await connection.execute(f"SELECT {schema}.bt_index_check($1::regclass, true)", name)
            except DAMAGED:
                damaged.append(f"index {name}: damaged")
            report("checking indexes", done, len(names))
    if damaged:
        raise named(IndexesDamaged, tuple(damaged), damaged)
    return True
