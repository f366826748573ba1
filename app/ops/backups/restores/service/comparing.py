"""Compare a restored database with the manifest of its backup: every row, constraint, index, trigger and sequence."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import asyncpg

from app.core.errors import AppError
from app.core.progress import Progress
from app.ops.backups.errors import RowsDiffer, SequencesBehind, StructureDiffers
from app.ops.backups.rules.comparing import Comparison, Held, compared
from app.ops.backups.rules.manifests import Manifest, Table
from app.ops.backups.service.snapshots import COUNT, connected, migration, sequences, structure, tables

CONNECTIONS = 2
"""As many tables at once; a drill shares its server with people."""
NAMED = 5
"""So many differences are named in a sentence; the proof has all of them."""

# ALTER TABLE ... VALIDATE CONSTRAINT does nothing where the catalogue says that it was done, so the rows are joined.
# A foreign key holds only for rows that have all of its columns (MATCH SIMPLE, which all of ours are).
FOREIGN_KEYS = """
SELECT format('foreign key %s.%s', k.conrelid::regclass, k.conname) AS name,
       format('SELECT count(*) FROM ONLY %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)',
              k.conrelid::regclass,
              string_agg(format('c.%I IS NOT NULL', a.attname), ' AND '), k.confrelid::regclass,
              string_agg(format('p.%I = c.%I', b.attname, a.attname), ' AND ')) AS orphans
FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (own, other)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own
JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other
WHERE k.contype = 'f' AND n.nspname = 'public'
GROUP BY k.oid, k.conrelid, k.confrelid, k.conname
ORDER BY 1
"""
UNENFORCED = """
SELECT DISTINCT format('foreign key %s.%s', k.conrelid::regclass, k.conname) AS name
FROM pg_trigger t
JOIN pg_constraint k ON k.oid = t.tgconstraint
JOIN pg_namespace n ON n.oid = k.connamespace
WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A') AND k.contype = 'f' AND n.nspname = 'public'
"""
OWNED = """
SELECT format('%I.%I', sn.nspname, s.relname) AS name,
       format('SELECT coalesce(max(%I), 0)::bigint FROM %I.%I', a.attname, tn.nspname, t.relname) AS highest
FROM pg_sequence q
JOIN pg_class s ON s.oid = q.seqrelid
JOIN pg_namespace sn ON sn.oid = s.relnamespace
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE sn.nspname = 'public' AND q.seqincrement > 0
"""


async def compare(database_url: str, manifest: Manifest, report: Progress) -> Comparison:
    """Compare a database that nobody writes to with a manifest.

    Raises:
        DatabaseUnavailable: it does not answer.
        asyncpg.PostgresError: it went away.
    """
    return compared(manifest, await _read(database_url, manifest, report))


def refuse_differences(found: Comparison) -> None:
    """Let only what is as it was pass.

    Raises:
        RowsDiffer, StructureDiffers, SequencesBehind: it is not; `mismatches` has the names.
    """
    for differences, error in (
        (found.rows, RowsDiffer),
        (found.structure, StructureDiffers),
        (found.sequences, SequencesBehind),
    ):
        if differences:
            raise named(error, differences, found.mismatches)


def named(error: type[AppError], names: tuple[str, ...], mismatches: list[str]) -> AppError:
    """Return an error whose sentence names what it is about."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return error(f"{error.detail[:-1]}: {'; '.join(names[:NAMED])}{more}."[:500], mismatches=mismatches)


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and what is still to be read: by whichever connection is free."""

    names: Iterator[str]
    foreign_keys: Iterator[tuple[str, str]]
    total: int
    report: Progress
    done: int = 0
    tables: dict[str, Table] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)

    async def read(self, connection: "asyncpg.Connection") -> None:
        """Read until nothing is left."""
        for name in self.names:
            row = await connection.fetchrow(COUNT.format(table=name))
            self.tables[name] = Table(rows=row["rows"], checksum=row["checksum"])
            self._advance()
        for name, orphans in self.foreign_keys:
            self.orphans[name] = await connection.fetchval(orphans)
            self._advance()

    def _advance(self) -> None:
        self.done += 1
        self.report("comparing", self.done, self.total)


async def _read(database_url: str, manifest: Manifest, report: Progress) -> Held:
    report("comparing")
    async with connected(database_url) as connection:
        names = await tables(connection)
        names.sort(key=lambda name: -manifest.tables[name].rows if name in manifest.tables else 0)
        keys = [(row["name"], row["orphans"]) for row in await connection.fetch(FOREIGN_KEYS)]
        reading = _Reading(iter(names), iter(keys), len(names) + len(keys), report)
        await _at_once(database_url, reading)
        owned = [(row["name"], row["highest"]) for row in await connection.fetch(OWNED)]
        return Held(
            tables=reading.tables,
            structure=frozenset(await structure(connection)),
            sequences=await sequences(connection),
            migration=await migration(connection),
            orphans=reading.orphans,
            unenforced=frozenset(row["name"] for row in await connection.fetch(UNENFORCED)),
            highest={name: await connection.fetchval(highest) for name, highest in owned},
        )


async def _at_once(database_url: str, reading: _Reading) -> None:
    """Read through several connections; the first failure ends all of them."""

    async def read() -> None:
        async with connected(database_url) as connection:
            await reading.read(connection)

    readers = [asyncio.create_task(read()) for _ in range(CONNECTIONS)]
    try:
        await asyncio.gather(*readers)
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.wait(readers)
