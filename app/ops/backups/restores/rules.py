"""What of a dump an older server takes; what databases are called on their way back; what is left to do then."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

_SET = re.compile(rb"SET (\w+) = ")
_OF_THE_HEAD = (b"SET ", b"SELECT pg_catalog.set_config(", b"--", b"\\")
_STAMPED = "20261123t114500z"
_STAMP = re.compile(r"\d{8}t\d{6}z")


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored database, ready to be switched to."""

    backup_id: UUID
    snapshot_at: datetime
    database: str
    url: str
    """Its address, without the password."""
    in_use: bool
    """Whether it took the place of the database of the settings."""
    replaced_name: str | None
    """What the database is called now that had this name; None: there was none."""
    tables: int
    rows: int
    migrated_from: str | None
    migrated_to: str
    erased_again: int
    left_out: tuple[str, ...]
    """Extensions that the server refuses, and the data does not need."""
    duration_seconds: float


def without_unknown_settings(lines: Iterable[bytes], known: frozenset[str]) -> Iterator[bytes]:
    """Yield the lines of a plain dump without those settings in its head that the server does not know.

    The head ends with the first line that sets nothing: rows may look like settings, and stay.
    """
    head = True
    for line in lines:
        head = head and (not line.strip() or line.startswith(_OF_THE_HEAD))
        setting = _SET.match(line) if head else None
        if setting is None or setting[1].decode() in known:
            yield line


LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL."""
RESTORING, RESTORED, BEFORE, FAILED = "restoring", "restore", "before", "failed"
"""What a database is: being made, ready to be switched to, replaced by one, or kept after a failure."""


NEEDED_BY_THE_SERVER = frozenset({"postgres", "template0", "template1"})


def may_be_named(name: str) -> bool:
    """Return whether a restored database may be called so: the server would cut a longer name."""
    return 0 < len(name.encode()) <= LONGEST_NAME and name not in NEEDED_BY_THE_SERVER


def database_name(database: str, what: str, now: datetime) -> str:
    """Return the name of a database beside another; a long one is cut to make room."""
    suffix = f"_{what}_{now:%Y%m%dt%H%M%Sz}"
    return _stem(database, LONGEST_NAME - len(suffix)) + suffix


def is_half_made(name: str, database: str) -> bool:
    """Return whether a database is what a restore of this one left that was killed."""
    stem, stamp = name[: -len(_STAMPED)], name[-len(_STAMPED) :]
    longest = LONGEST_NAME - len(f"_{RESTORING}_{_STAMPED}")
    return stem == f"{_stem(database, longest)}_{RESTORING}_" and _STAMP.fullmatch(stamp) is not None


def _stem(database: str, longest: int) -> str:
    """Return how a name begins that is of a database: of a long one a part and its digest, so that no two share it."""
    if len(database.encode()) <= longest:
        return database
    digest = f"_{sha256(database.encode()).hexdigest()[:8]}"
    return database.encode()[: longest - len(digest)].decode(errors="ignore") + digest


def next_steps(done: Restored) -> list[str]:
    """Return what is left for a person to do, as lines to read and commands to run."""
    if done.in_use:
        switch = ["# It has the old name: whoever was connected connects to it now."]
    else:
        address = done.url.replace("+asyncpg", "", 1)  # as psql takes it, too
        switch = [
            f"# Nothing uses it yet. Switch the API and the worker to {done.database}:",
            f"export DATABASE_URL='{address}'" + ("  # with the password in place of ***" if "***" in address else ""),
        ]
    if done.replaced_name is not None:
        switch += [
            "# What had this name is kept; when all is well:",
            f'# DROP DATABASE "{done.replaced_name}";',
        ]
    return [
        *switch,
        "booking db check",
        "booking integrity check",
        "booking backup run",
        "# Messages to customers wait in it. When bookings are right (INSTANT: when the earlier system sent its last):",
        "booking outbound resume --sent-until INSTANT",
    ]
