"""Questions that follow from the schema: rows whose reference leads nowhere, rows that a condition forbids."""

from collections.abc import Iterator

from app.ops.integrity.rules.structure import Reference
from app.ops.integrity.rules.terms import Found, added
from app.ops.integrity.service.asking import Columns, Ground, ask

ASKED_BY_NAME = {("claims", "bookings"), ("claims", "sessions")}
"""Whoever looks for claims without an owner finds these."""


def references(ground: Ground) -> Iterator[tuple[Reference, str]]:
    """Return the foreign keys to follow and their names: those there are, and those there should be.

    Quickly: only those that the database does not vouch for.
    """
    expected, present = ground.expected, ground.present
    not_valid = set(present.not_valid)
    for reference, name in sorted({**expected.references, **present.references}.items()):
        sure = (
            reference in present.references
            and (reference.table, name) not in not_valid
            and not {reference.table, reference.target} & set(present.disabled)
        )
        asked = (reference.table, reference.target) in ASKED_BY_NAME
        if not asked and not (ground.scope.quick and sure) and {reference.table, reference.target} <= present.tables:
            yield reference, name


def lost(reference: Reference, name: str, known: Columns) -> str:
    """Return the question for rows that refer to nothing; one with an empty column refers to nothing on purpose."""
    pairs = zip(reference.columns, reference.target_columns, strict=True)
    same = " AND ".join(f'y."{target}" = x."{column}"' for column, target in pairs)
    filled = " AND ".join(f'x."{column}" IS NOT NULL' for column in reference.columns)
    unmet = f'{filled} AND NOT EXISTS (SELECT FROM "{reference.target}" y WHERE {same})'
    return rows_of(reference.table, name, unmet, known)


def rows_of(table: str, name: str, condition: str, known: Columns) -> str:
    """Return the question for the rows of a table that fulfil a condition; `name` is said of them."""
    wanted = f"({condition}) AND {known.mine(table)}"
    return f"SELECT {known.client(table)}, {known.id(table)}, '{name}' FROM \"{table}\" x WHERE {wanted}"


async def orphans(ground: Ground) -> Found:
    """Return the rows whose references lead nowhere, one question for each foreign key."""
    return added([await ask(ground, lost(*each, ground.columns)) for each in references(ground)])


async def forbidden(ground: Ground) -> Found:
    """Return the rows that break a condition, whether the database still keeps it or not: one pass over each table."""
    found, known = list[Found](), ground.columns
    for table, conditions in ground.expected.checks.items():
        if table in ground.present.tables:
            broken = ", ".join(f"count(*) FILTER (WHERE NOT ({each}))" for each in conditions.values())
            question = f'SELECT {broken} FROM "{table}" x WHERE {known.mine(table)}'
            counts = await ground.connection.fetchrow(question, ground.scope.client_id)
            for (name, condition), count in zip(conditions.items(), counts, strict=True):
                if count:
                    found.append(await ask(ground, rows_of(table, name, f"NOT ({condition})", known)))
    return added(found)
