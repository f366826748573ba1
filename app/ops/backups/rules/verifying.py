"""What a verification compares, apart from where it comes from."""

import re
from collections.abc import Iterable
from statistics import median

FEWEST = 3
"""Fewer other backups tell nothing of what is usual."""
_ENTRY = re.compile(r"^\d+; \d+ \d+ TABLE DATA (.+)$", re.MULTILINE)
_NAME = re.compile(r'("(?:[^"]|"")*"|[^".]+)\.("(?:[^"]|"")*"|[^".]+)')


def unusual(size: int, others: Iterable[int]) -> bool:
    """Return whether a size is more than 50 % off the median of the others, where there are three at least."""
    known = sorted(others)
    return len(known) >= FEWEST and abs(size - median(known)) > median(known) / 2


def missing_tables(contents: str, tables: Iterable[str]) -> list[str]:
    """Return which tables (quoted, with their schemas) have no data in the contents that `pg_restore --list` prints."""
    entries = _ENTRY.findall(contents)
    return [table for table in tables if not any(entry.startswith(f"{_as_listed(table)} ") for entry in entries)]


def _as_listed(table: str) -> str:
    """Return `public.bookings` as it is listed: `public bookings`, without quotes or new lines; the owner follows."""
    found = _NAME.fullmatch(table)
    parts = found.groups() if found else (table,)
    listed = " ".join(part[1:-1].replace('""', '"') if part.startswith('"') else part for part in parts)
    return re.sub(r"[\r\n]", " ", listed)
