"""Indexes as SQL: to make, to undo, to try."""

import re
from collections.abc import Collection
from hashlib import blake2b

from pglast.keywords import COL_NAME_KEYWORDS, RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS

from app.ops.advice.rules.choosing import Candidate
from app.ops.advice.rules.tables import Index, Part

LONGEST_NAME = 63
"""Bytes; PostgreSQL cuts off the rest."""
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_WORDS = {*RESERVED_KEYWORDS, *COL_NAME_KEYWORDS, *TYPE_FUNC_NAME_KEYWORDS}


def quoted(name: str) -> str:
    """Return an identifier as SQL takes it, in quotes where it needs them."""
    if _PLAIN.fullmatch(name) and name not in _WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def place(schema: str, name: str) -> str:
    """Return a name with its schema."""
    return f"{quoted(schema)}.{quoted(name)}"


def index_name(candidate: Candidate, taken: Collection[str]) -> str:
    """Return a name that is free: `IF NOT EXISTS` would otherwise take another index for this one."""
    name = "_".join(("ix", candidate.table, *candidate.columns))
    if len(name.encode()) > LONGEST_NAME or name in taken:
        mark = blake2b(repr(candidate).encode(), digest_size=4).hexdigest()
        name = name.encode()[: LONGEST_NAME - 9].decode(errors="ignore") + "_" + mark
    return name


def keys(candidate: Candidate) -> str:
    """Return where and on what an index is: `schema.table USING btree (a, b DESC)`."""
    parts = ", ".join(_key(part) for part in candidate.parts)
    using = "" if candidate.method == "btree" else f" USING {candidate.method}"
    return f"{place(candidate.schema, candidate.table)}{using} ({parts})"


def _key(part: Part) -> str:
    return quoted(part.text) + (f" {part.opclass}" if part.opclass else "") + (" DESC" if part.descending else "")


def creating(candidate: Candidate, name: str) -> tuple[str, str]:
    """Return the SQL that makes an index without locking writers out, and the SQL that undoes it."""
    make = f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {quoted(name)} ON {keys(candidate)}"
    return make, f"DROP INDEX CONCURRENTLY IF EXISTS {place(candidate.schema, name)}"


def dropping(schema: str, index: Index) -> tuple[str, str]:
    """Return the SQL that drops an index, and the SQL that makes it again as it was."""
    kind = "UNIQUE INDEX" if index.definition.startswith("CREATE UNIQUE INDEX ") else "INDEX"
    rest = index.definition.removeprefix(f"CREATE {kind} ")
    again = f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {rest}"
    return f"DROP INDEX CONCURRENTLY IF EXISTS {place(schema, index.name)}", again


def index_bytes(widths: Collection[int], rows: float) -> int:
    """Return about how large a B-tree over columns of these widths would be: 8 KiB pages, filled to 90 %.

    An entry has a header of 8 bytes and a line pointer of 4; its columns are padded to 8 bytes.
    """
    entry = 8 + 4 + -(-sum(widths) // 8) * 8
    return int(max(1.0, rows) * entry / 0.9 / 8192 + 2) * 8192
