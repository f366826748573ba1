"""What the catalogue and the statistics say of a table, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what `ANALYZE` found out about it; None where there are no statistics."""

    name: str
    type: str
    null_frac: float | None = None
    n_distinct: float | None = None
    """Distinct values; negative: minus their share of the rows."""
    width: int = 8
    bytewise: bool = False
    """Whether its collation orders by bytes, so that an ordinary index serves `LIKE 'x%'`."""

    @property
    def analyzed(self) -> bool:
        """Whether there are statistics."""
        return self.n_distinct is not None and self.null_frac is not None


@dataclass(frozen=True, slots=True)
class Part:
    """One key of an index: a column's name, or an expression as the server writes it."""

    text: str
    is_column: bool = True
    descending: bool = False
    opclass: str = ""
    collation: str = ""
    """Its oid, as the catalogue has it."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index; `parts` are its keys, `included` only ride along and find nothing."""

    oid: int
    name: str
    parts: tuple[Part, ...]
    method: str = "btree"
    included: tuple[str, ...] = ()
    predicate: str | None = None
    unique: bool = False
    constraint: bool = False
    """Whether a primary key, unique or exclusion constraint rests on it."""
    valid: bool = True
    scans: int = 0
    bytes: int = 0
    definition: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that refer to another table; `parent_deletes`: rows deleted there since its statistics began."""

    name: str
    columns: tuple[str, ...]
    parent: str
    parent_deletes: int = 0


@dataclass(slots=True)
class Table:
    """A table; `rows` as the last ANALYZE or VACUUM estimated them, -1 before the first."""

    schema: str
    name: str
    rows: float
    kind: str = "r"
    columns: Mapping[str, Column] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    changed: int = 0
    """Rows changed since the last ANALYZE."""
    live: int = 0
    """Rows as the server counts them while they come and go."""

    @property
    def primary(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return next((tuple(p.text for p in i.parts) for i in self.indexes if i.constraint and i.unique), ())


Find = Callable[[str | None, str], Table | None]
"""Finds a table by schema (None: as the search path does) and name."""
