"""Tables with statistics, and what the rules make of a statement about them."""

from app.ops.advice.rules.joining import judge_statement
from app.ops.advice.rules.reading import read
from app.ops.advice.rules.tables import Column, Index, Part, Table

MANY = 300_000


def columns(**distinct):
    """Return columns with so many distinct values each."""
    return {name: Column(name, "text", 0.0, value, 16) for name, value in distinct.items()}


def index(name, *parts, **more):
    """Return an index on columns; `a DESC` and expressions in parentheses are understood."""
    keys = [Part(p.removesuffix(" DESC"), not p.startswith("("), p.endswith(" DESC"), "text_ops") for p in parts]
    return Index(hash(name), name, tuple(keys), **more)


def visits(*indexes, rows=MANY, **changes):
    """Return a table of a client's things: 30 clients, and what else is asked for below."""
    known = columns(
        client_id=30, id=-1.0, staff_id=3_000, state=6, day=-0.1, made=-1.0, mail=-0.9, note=-0.5, size=2, room_id=300
    )
    key = index("pk_visits", "client_id", "id", unique=True, constraint=True)
    return Table("public", "visits", rows, "r", {**known, **changes}, [key, *indexes])


def people(*indexes, rows=MANY):
    key = index("pk_people", "client_id", "id", unique=True, constraint=True)
    return Table("public", "people", rows, "r", columns(client_id=30, id=-1.0, mail=-0.9, area=40), [key, *indexes])


def judged(text, *tables, trigrams=False):
    """Return what a statement wants of these tables."""
    known = {table.name: table for table in tables or (visits(),)}
    levels = read(text, lambda schema, name: known.get(name) if schema in (None, "public") else None)
    return judge_statement(levels, trigrams=trigrams)


def wanted(text, *tables, **options):
    """Return the columns of the indexes that a statement wants."""
    found = judged(text, *tables, **options)
    return [
        (
            each.table,
            *(p.text + (" DESC" if p.descending else "") + (f" {p.opclass}" if p.opclass else "") for p in each.parts),
        )
        for each in found.wanted
    ]


def why(text, *tables, **options):
    """Return the reason for no index."""
    verdict = judged(text, *tables, **options).verdict
    assert verdict is not None
    return verdict.why
