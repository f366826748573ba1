"""The schema as the server has it, from its catalogue: a handful of questions, however large the tables are."""

from typing import Any

import asyncpg

from app.ops.integrity.rules.structure import Present, Reference
from app.ops.integrity.service.asking import Columns

OURS = "n.nspname = 'public'"

TABLES = f"""
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND c.relkind IN ('r', 'p')
"""
# A constraint that is not enforced (PostgreSQL 18) is not valid either. Only there NOT NULL has rows of its own.
CONSTRAINTS = f"""
SELECT t.relname AS "table", k.conname AS name, k.contype::text AS kind, k.convalidated AS valid,
       pg_get_constraintdef(k.oid) AS definition, p.relname AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (number, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY place) AS target_columns
FROM pg_constraint k
JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_class p ON p.oid = k.confrelid
WHERE {OURS} AND k.contype IN ('p', 'u', 'c', 'f', 'x')
"""
INDEXES = f"""
SELECT t.relname AS "table", c.relname AS name, i.indisunique AS is_unique, i.indisvalid AND i.indisready AS valid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND t.relkind = 'r'
"""
TRIGGERS = f"""
SELECT t.relname AS "table", g.tgname AS name, g.tgenabled IN ('D', 'R') AS disabled, g.tgisinternal AS internal
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE {OURS}
"""
SEQUENCES = f"""
SELECT quote_ident(t.relname) AS "table", quote_ident(a.attname) AS "column", quote_ident(s.relname) AS name
FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND {OURS}
ORDER BY 1
"""
COLUMNS = """
SELECT c.relname AS "table", a.attname AS "column", a.attnum = ANY (k.conkey) IS TRUE AS is_key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY a.attnum
"""
BEHIND = """
SELECT highest FROM (SELECT max({column}) AS highest FROM {table}) taken, {name} s
WHERE highest > s.last_value OR highest = s.last_value AND NOT s.is_called
"""


async def present(connection: "asyncpg.Connection") -> Present:
    """Return what the server has; sequences are compared with the highest number of their columns."""
    rows = await connection.fetch(CONSTRAINTS)
    indexes, triggers = await connection.fetch(INDEXES), await connection.fetch(TRIGGERS)
    disabled = [row["table"] for row in triggers if row["disabled"]]
    return Present(
        tables=frozenset(row["name"] for row in await connection.fetch(TABLES)),
        constraints={(row["table"], row["name"]): row["definition"] for row in rows if row["kind"] != "f"},
        references={_reference(row): row["name"] for row in rows if row["kind"] == "f"},
        not_valid=[(row["table"], row["name"]) for row in rows if not row["valid"]],
        indexes={(row["table"], row["name"]): row["is_unique"] for row in indexes},
        indexes_not_valid=[(row["table"], row["name"]) for row in indexes if not row["valid"]],
        triggers=frozenset((row["table"], row["name"]) for row in triggers if not row["internal"]),
        disabled={table: disabled.count(table) for table in disabled},
        behind=await _behind(connection),
    )


def _reference(row: Any) -> Reference:
    return Reference(row["table"], tuple(row["columns"]), row["target"], tuple(row["target_columns"]))


async def _behind(connection: "asyncpg.Connection") -> dict[str, int]:
    found = {}
    for row in await connection.fetch(SEQUENCES):
        highest = await connection.fetchval(BEHIND.format(**row))
        if highest is not None:
            found[row["name"]] = highest
    return found


async def columns(connection: "asyncpg.Connection") -> Columns:
    """Return the columns of all tables."""
    return Columns([(row["table"], row["column"], row["is_key"]) for row in await connection.fetch(COLUMNS)])
