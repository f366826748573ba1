"""The schema as the models and migrations ask for it."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from sqlalchemy import CheckConstraint, Constraint, ForeignKeyConstraint, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import AddConstraint

import app
import app.core.idempotency
from app.core.db import Base
from app.ops.integrity.rules.structure import Expected, Reference

TRIGGERS = frozenset(
    {
        ("booking_events", "booking_events_append_only"),
        ("api_keys", "notice_of_row"),
        ("api_keys", "notice_of_all"),
        ("clients", "notice_of_row"),
        ("clients", "notice_of_all"),
        ("pgqueuer", "tg_pgqueuer_changed"),
    }
)
"""Models do not know of triggers: these are made by migrations."""

ASKED_BY_NAME = {"ck_claims_owner", "ck_claims_blocked", "ck_sessions_seats"}
"""Conditions that checks of their own look after, as they do after all spans."""


@cache
def expected() -> Expected:
    """Return what this version's models ask for, of every room."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)
    tables = Base.metadata.sorted_tables
    return Expected(
        tables=frozenset({table.name for table in tables} | {table for table, _ in TRIGGERS}),
        constraints={(each.name, str(rule.name)): _definition(rule) for each in tables for rule in _constraints(each)},
        references={_reference(table, key): str(key.name) for table in tables for key in table.foreign_key_constraints},
        indexes={(table.name, str(index.name)): bool(index.unique) for table in tables for index in table.indexes},
        triggers=TRIGGERS,
        checks={table.name: found for table in tables if (found := dict(_conditions(table)))},
    )


def _constraints(table: Table) -> Iterator[Constraint]:
    return (each for each in table.constraints if not isinstance(each, ForeignKeyConstraint))


def _definition(constraint: Constraint) -> str | None:
    """Return how the server writes an exclusion, which promises nothing if a part of it is missing."""
    if not isinstance(constraint, ExcludeConstraint):
        return None
    statement = str(AddConstraint(constraint).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    return statement[statement.index("EXCLUDE") :]


def _reference(table: Table, key: ForeignKeyConstraint) -> Reference:
    columns = tuple(element.parent.name for element in key.elements)
    return Reference(
        table.name, columns, key.referred_table.name, tuple(element.column.name for element in key.elements)
    )


def _conditions(table: Table) -> Iterator[tuple[str, str]]:
    for rule in table.constraints:
        name = str(rule.name)
        if isinstance(rule, CheckConstraint) and not name.endswith("_span") and name not in ASKED_BY_NAME:
            yield name, str(rule.sqltext)
