"""How what was restored differs from what was backed up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.ops.backups.rules.manifests import Manifest, Table


@dataclass(frozen=True, slots=True)
class Held:
    """What a restored database holds."""

    tables: Mapping[str, Table]
    structure: frozenset[str]
    sequences: Mapping[str, int]
    migration: str | None
    orphans: Mapping[str, int] = field(default_factory=dict)
    """By foreign key: how many rows refer to nothing."""
    unenforced: frozenset[str] = frozenset()
    """Foreign keys that are there and valid, and whose triggers are switched off."""
    highest: Mapping[str, int] = field(default_factory=dict)
    """By sequence: the highest number in the column that it fills."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, and what is not as it was; names of tables and the like, never what is in a row."""

    tables: int
    rows_compared: int
    rows: tuple[str, ...]
    structure: tuple[str, ...]
    sequences: tuple[str, ...]

    @property
    def mismatches(self) -> list[str]:
        """All that differs, the worst first."""
        return [*self.rows, *self.structure, *self.sequences]


def compared(manifest: Manifest, held: Held) -> Comparison:
    """Compare what was restored with what was backed up."""
    return Comparison(
        tables=len(manifest.tables.keys() & held.tables.keys()),
        rows_compared=sum(table.rows for table in held.tables.values()),
        rows=tuple(_rows(manifest.tables, held.tables)),
        structure=tuple(_structure(manifest, held)),
        sequences=tuple(_sequences(manifest.sequences, held)),
    )


def _rows(backed_up: Mapping[str, Table], restored: Mapping[str, Table]) -> Iterable[str]:
    for name in sorted(backed_up.keys() | restored.keys()):
        expected, found = backed_up.get(name), restored.get(name)
        if found is None:
            yield f"{name}: missing"
        elif expected is None:
            yield f"{name}: not in the backup"
        elif found.rows != expected.rows:
            yield f"{name}: {found.rows} rows instead of {expected.rows}"
        elif found.checksum != expected.checksum:
            yield f"{name}: {found.rows} rows, of which some are not as they were"


def _structure(manifest: Manifest, held: Held) -> Iterable[str]:
    backed_up = frozenset(manifest.structure)
    yield from (f"{name}: missing, or not valid" for name in sorted(backed_up - held.structure))
    yield from (f"{name}: not in the backup" for name in sorted(held.structure - backed_up))
    yield from (f"{name}: {count} rows refer to nothing" for name, count in sorted(held.orphans.items()) if count)
    yield from (f"{name}: not enforced" for name in sorted(held.unenforced))
    if held.migration != manifest.source.migration:
        yield f"migration: {held.migration} instead of {manifest.source.migration}"


def _sequences(backed_up: Mapping[str, int], held: Held) -> Iterable[str]:
    for name in sorted(backed_up.keys() | held.highest.keys()):
        found, least = held.sequences.get(name), max(backed_up.get(name, 0), held.highest.get(name, 0))
        if found is None:
            yield f"{name}: missing"
        elif found < least:
            yield f"{name}: stands at {found}, {least} was given already"
