"""The schema as it should be against the schema as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.ops.integrity.rules.terms import Example, Found, listed


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A foreign key by what it means, whatever it is called."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]

    @property
    def told(self) -> str:
        """The reference in words."""
        return f"{self.table} ({', '.join(self.columns)}) to {self.target}"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the models and migrations ask for."""

    tables: frozenset[str]
    constraints: Mapping[tuple[str, str], str | None]
    """By table and name, foreign keys aside; the definition as the server writes it, where only that one will do."""
    references: Mapping[Reference, str]
    """The foreign keys, and what they are called."""
    indexes: Mapping[tuple[str, str], bool]
    """By table and name; whether unique."""
    triggers: frozenset[tuple[str, str]]
    checks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What rows have to fulfil: by table and constraint the condition."""


@dataclass(frozen=True, slots=True)
class Present:
    """What the server has."""

    tables: frozenset[str] = frozenset()
    constraints: Mapping[tuple[str, str], str] = field(default_factory=dict)
    references: Mapping[Reference, str] = field(default_factory=dict)
    not_valid: Sequence[tuple[str, str]] = ()
    indexes: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    indexes_not_valid: Sequence[tuple[str, str]] = ()
    triggers: frozenset[tuple[str, str]] = frozenset()
    disabled: Mapping[str, int] = field(default_factory=dict)
    """How many triggers of a table are disabled, the server's own of foreign keys among them."""
    behind: Mapping[str, int] = field(default_factory=dict)
    """Sequences that would give taken numbers, and the highest taken one."""


def compare(expected: Expected, present: Present) -> dict[str, Found]:
    """Return what is found of the structure, by the name of the check. A missing table is told once."""
    there = present.tables
    references = {wanted: name for wanted, name in expected.references.items() if wanted not in present.references}
    return {
        "tables_missing": _named(sorted(expected.tables - there)),
        "constraints_missing": listed(
            [
                *(Example(None, name, table) for table, name in _wrong(expected, present) if table in there),
                *(Example(None, name, wanted.told) for wanted, name in references.items() if wanted.table in there),
            ]
        ),
        "constraints_not_valid": _of_tables(sorted(present.not_valid)),
        "indexes_missing": _of_tables(
            key
            for key, unique in expected.indexes.items()
            if key[0] in there and present.indexes.get(key) is not unique
        ),
        "indexes_not_valid": _of_tables(sorted(present.indexes_not_valid)),
        "triggers_missing": _of_tables(key for key in sorted(expected.triggers - present.triggers) if key[0] in there),
        "triggers_disabled": listed(
            [Example(None, table, f"{count} triggers") for table, count in sorted(present.disabled.items())]
        ),
        "sequences_behind": listed(
            [Example(None, name, f"the highest number is {highest}") for name, highest in present.behind.items()]
        ),
    }


def _wrong(expected: Expected, present: Present) -> Iterable[tuple[str, str]]:
    for key, definition in expected.constraints.items():
        there = present.constraints.get(key)
        if there is None or (definition is not None and definition != there):
            yield key


def _of_tables(keys: Iterable[tuple[str, str]]) -> Found:
    return listed([Example(None, name, table) for table, name in keys])


def _named(names: Iterable[str]) -> Found:
    return listed([Example(None, name) for name in names])
