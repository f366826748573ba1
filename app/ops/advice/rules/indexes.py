"""Advice on the indexes that there are: broken, twice, never used, and those that a foreign key lacks."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from app.ops.advice.rules.advice import Advice, Estimated
from app.ops.advice.rules.choosing import FEWEST_ROWS, Candidate
from app.ops.advice.rules.conditions import Condition, Implied, Op
from app.ops.advice.rules.covering import helps, predicate_holds
from app.ops.advice.rules.naming import creating, dropping, index_bytes, index_name, place
from app.ops.advice.rules.tables import ForeignKey, Index, Part, Table

FEW_SCANS = 50
LONG_ENOUGH = timedelta(days=30)
"""An index that was hardly used for so long is not needed; PgHero's threshold, with the age of the figures beside."""
_MANY_ROWS = 10_000


def serves(table: Table, index: Index, key: ForeignKey) -> bool:
    """Return whether the check of a foreign key finds its rows by an index: its columns first, in any order."""
    first = index.parts[: len(key.columns)]
    asked = [Condition(column, Op.equal) for column in key.columns]
    found = index.valid and all(part.is_column for part in first) and {part.text for part in first} == set(key.columns)
    return found and index.method in ("btree", "hash") and predicate_holds(table, index, asked) is Implied.yes


def unindexed_foreign_keys(table: Table, keys: Sequence[ForeignKey]) -> Iterator[Advice]:
    """Yield advice for each of some foreign keys whose check looks through many rows when a parent goes."""
    if table.rows < FEWEST_ROWS or table.kind != "r":
        return
    for key in keys:
        if any(serves(table, index, key) for index in table.indexes):
            continue
        columns = sorted(key.columns, key=lambda column: column not in table.primary[:1])
        candidate = Candidate(table.schema, table.name, tuple(Part(column) for column in columns))
        make, undo = creating(candidate, index_name(candidate, {each.name for each in table.indexes}))
        looked_at = _looked_at(table, key)
        widths = [table.columns[column].width for column in columns if column in table.columns]
        yield Advice(
            "unindexed_foreign_key",
            f"{place(table.schema, table.name)}({','.join(columns)})",
            "medium" if key.parent_deletes > 0 and looked_at >= _MANY_ROWS else "low",
            "certain",
            f"Deleting a row of {key.parent} looks at about {looked_at:,} rows of {table.name}: "
            f"{key.name} has no index.",
            make,
            undo,
            {
                **{"table": table.name, "columns": columns, "foreignKey": key.name, "rows": int(table.rows)},
                **{"rowsLookedAt": looked_at, "parent": key.parent, "parentRowsDeleted": key.parent_deletes},
            },
            Estimated(index_bytes=index_bytes(widths, table.rows)),
        )


def _looked_at(table: Table, key: ForeignKey) -> int:
    """Return how many rows the check of a foreign key has to look at, with the best index that there is."""
    asked = [Condition(column, Op.equal) for column in key.columns]
    found = [helps(table, index, asked) for index in table.indexes]
    return int(
        min((each.left for each in found if each and each.left and each.holds is Implied.yes), default=table.rows)
    )


def invalid(table: Table, index: Index) -> Advice:
    """Return advice on an index that a failed CONCURRENTLY left behind: it costs and serves nothing."""
    where = place(table.schema, index.name)
    leftover = "_ccnew" in index.name or "_ccold" in index.name
    undo = f"DROP INDEX CONCURRENTLY IF EXISTS {where}"
    return Advice(
        "invalid_index",
        where,
        "high",
        "certain",
        f"{index.name} on {table.name} is invalid: it is kept up with each write and serves no query.",
        undo if leftover else f"REINDEX INDEX CONCURRENTLY {where}",
        None if leftover else undo,
        {"table": table.name, "index": index.name},
        Estimated(index_bytes=index.bytes),
    )


def unused(table: Table, index: Index, *, age: timedelta) -> bool:
    """Return whether an index was hardly used for long enough, and nothing rests on it."""
    if age < LONG_ENOUGH or index.scans > FEW_SCANS or index.unique or index.constraint or table.rows < FEWEST_ROWS:
        return False
    others = [each for each in table.indexes if each is not index]
    return not any(
        serves(table, index, key) and not any(serves(table, other, key) for other in others)
        for key in table.foreign_keys
    )


def doubled(index: Index, others: Sequence[Index]) -> Index | None:
    """Return an index that does all that this one does: its keys begin with the same, of the same kind."""
    if index.unique or index.constraint:
        return None
    for other in others:
        if other.oid == index.oid or not other.valid or not _same(index, other):
            continue
        longer = len(other.parts) > len(index.parts) or other.unique or other.oid < index.oid
        if longer and {*index.included} <= {*other.included, *(part.text for part in other.parts)}:
            return other
    return None


def _same(index: Index, other: Index) -> bool:
    begins = other.parts[: len(index.parts)] == index.parts
    return begins and other.method == index.method and other.predicate == index.predicate


def on_indexes(table: Table, *, age: timedelta) -> Iterator[Advice]:
    """Yield advice on each index of a table; `age`: for how long its uses have been counted."""
    for index in table.indexes:
        if not index.valid:
            yield invalid(table, index)
            continue
        twin = doubled(index, table.indexes)
        if twin is None and not unused(table, index, age=age):
            continue
        evidence = {"table": table.name, "index": index.name, "scans": index.scans, "countedDays": age.days}
        if twin is not None:
            evidence["coveredBy"] = twin.name
            text = f"{index.name} on {table.name} does nothing that {twin.name} does not do."
        else:
            text = f"{index.name} on {table.name} was used {index.scans} times in {age.days} days."
        make, undo = dropping(table.schema, index)
        yield Advice(
            "unused_index" if twin is None else "duplicate_index",
            place(table.schema, index.name),
            "low" if twin is None else "medium",
            "certain",
            text,
            make,
            undo,
            evidence,
            Estimated(index_bytes=index.bytes),
        )
