"""Asking one question of a snapshot: all of what it finds is counted, some of it is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.ops.integrity.rules.structure import Expected, Present
from app.ops.integrity.rules.terms import MOST_EXAMPLES, Example, Found

# What is given is named before it is used, for a question may do without some of it.
ASK = """
WITH given AS (SELECT $1::uuid AS client_id, $2::timestamptz AS since, $3::timestamptz AS now),
wrong (client_id, id, about) AS ({question})
SELECT count(*) OVER () AS total, client_id, id::text, about::text FROM wrong ORDER BY 2, 3, 4 LIMIT {most}
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: one client or all, what starts or changed since an instant or all; `now` tells what is due."""

    now: datetime
    client_id: UUID | None = None
    since: datetime | None = None
    quick: bool = False


class Columns:
    """Which columns each table has, and which of them are its key."""

    def __init__(self, rows: Sequence[tuple[str, str, bool]]) -> None:
        self.keys: dict[str, list[str]] = {}
        self.all: dict[str, list[str]] = {}
        for table, column, is_key in rows:
            self.all.setdefault(table, []).append(column)
            if is_key:
                self.keys.setdefault(table, []).append(column)

    def client(self, table: str) -> str:
        """Return the expression for whose a row `x` is."""
        return "x.client_id" if "client_id" in self.all[table] else "x.id" if table == "clients" else "NULL::uuid"

    def id(self, table: str) -> str:
        """Return the expression for which row it is: its key without the client, or where it lies in its table."""
        keys = [key for key in self.keys.get(table, ()) if key != "client_id"]
        return "concat_ws('/', {})".format(", ".join(f'x."{key}"' for key in keys)) if keys else "x.ctid"

    def mine(self, table: str) -> str:
        """Return the condition that a row is of the client that is asked for, if one is."""
        return f"($1::uuid IS NULL OR {self.client(table)} = $1)"


@dataclass(frozen=True, slots=True)
class Ground:
    """What questions are asked on: a connection in a snapshot, and what is known of the schema there."""

    connection: "asyncpg.Connection"
    scope: Scope
    expected: Expected
    present: Present
    columns: Columns


async def ask(ground: Ground, question: str) -> Found:
    """Return what a question finds: a query of client, id and a word about it, with `$1` to `$3` as in `Scope`."""
    statement = ASK.format(question=question, most=MOST_EXAMPLES)
    scope = ground.scope
    rows = await ground.connection.fetch(statement, scope.client_id, scope.since, scope.now)
    examples = tuple(Example(row["client_id"], row["id"], row["about"]) for row in rows)
    return Found(rows[0]["total"] if rows else 0, examples)
