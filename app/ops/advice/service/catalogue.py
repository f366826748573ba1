"""The catalogue and the statistics, read as the rules want them: tables, columns, indexes, foreign keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ops.advice.rules.tables import Column, ForeignKey, Index, Part, Table
from app.ops.advice.rules.upkeep import Sequence
from app.ops.advice.service import questions


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All tables that are not the server's own, by schema and name, and what else the rules ask about."""

    tables: Mapping[tuple[str, str], Table]
    visible: Mapping[str, Table]
    sequences: list[Sequence]
    counted_since: datetime
    extensions: Mapping[str, str]
    """Their schemas by name."""

    def find(self, schema: str | None, name: str) -> Table | None:
        """Return a table by name; without a schema, the one that the search path finds."""
        return self.visible.get(name) if schema is None else self.tables.get((schema, name))

    @property
    def analyzed(self) -> bool:
        """Whether the planner's statistics can be read."""
        return any(column.analyzed for table in self.tables.values() for column in table.columns.values())

    def age(self, now: datetime) -> timedelta:
        """Return for how long uses of indexes have been counted, at least."""
        return now - self.counted_since


async def read(session: AsyncSession) -> Catalogue:
    """Return the catalogue as it is now."""
    by_oid: dict[int, Table] = {}
    visible: dict[str, Table] = {}
    for row in await session.execute(questions.TABLES):
        table = Table(row.nspname, row.relname, row.reltuples, row.relkind, {}, changed=row.changed, live=row.live)
        by_oid[row.oid] = table
        if row.visible:
            visible[row.relname] = table
    tables = {"tables": list(by_oid)}
    for row in await session.execute(questions.COLUMNS, tables):
        figures = (row.null_frac, row.n_distinct, row.width, row.bytewise)
        columns: Any = by_oid[row.oid].columns
        columns[row.attname] = Column(row.attname, row.typname, *figures)
    for row in await session.execute(questions.INDEXES, tables):
        by_oid[row.oid].indexes.append(_index(row))
    for row in await session.execute(questions.FOREIGN_KEYS, tables):
        by_oid[row.oid].foreign_keys.append(ForeignKey(row.conname, tuple(row.columns), row.parent, row.deletes))
    sequences = [Sequence(*row) for row in await session.execute(questions.SEQUENCES)]
    counted_since, extensions = (await session.execute(questions.FACTS)).one()
    named = {(table.schema, table.name): table for table in by_oid.values()}
    return Catalogue(named, visible, sequences, counted_since, extensions or {})


def _index(row: Any) -> Index:
    keys = row.indnkeyatts
    each = zip(row.parts[:keys], row.plain, row.descending, row.opclasses, row.collations, strict=False)
    return Index(
        row.index,
        row.relname,
        tuple(Part(*part) for part in each),
        row.amname,
        tuple(row.parts[keys:]),
        row.predicate,
        row.indisunique,
        row.resting,
        row.valid,
        row.scans,
        row.bytes,
        row.definition,
    )
