"""What a real catalogue says reaches the rules as it is."""

from datetime import UTC, datetime, timedelta

import pytest

from app.ops.advice.service import catalogue

THINGS = ("elsewhere", "things")

MAKE = """
CREATE SCHEMA elsewhere;
CREATE TABLE parents (id bigint PRIMARY KEY);
CREATE TABLE elsewhere.things (
    id serial PRIMARY KEY, owner bigint NOT NULL REFERENCES parents, "Group" text, note varchar(20), day date);
CREATE INDEX plain ON elsewhere.things (owner, "Group" DESC) INCLUDE (note);
CREATE INDEX part ON elsewhere.things (lower(note)) WHERE day IS NOT NULL;
CREATE INDEX patterns ON elsewhere.things (note varchar_pattern_ops);
CREATE INDEX broken ON elsewhere.things (day);
ALTER TABLE elsewhere.things SET (autovacuum_enabled = false);
CREATE VIEW looks AS SELECT * FROM elsewhere.things;
INSERT INTO parents VALUES (1);
INSERT INTO elsewhere.things (owner, "Group", note) SELECT 1, n % 3, n FROM generate_series(1, 4000) n;
SELECT setval('elsewhere.things_id_seq', 1900000000);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'elsewhere.broken'::regclass;
SELECT pg_stat_force_next_flush();
ANALYZE elsewhere.things;
INSERT INTO elsewhere.things (owner) SELECT 1 FROM generate_series(1, 2000);
SELECT pg_stat_force_next_flush();
"""


@pytest.fixture
async def scene(databases, make_scene):
    """A database with a bit of everything in it."""
    url = databases.create()
    scene = await make_scene(url)
    await scene.connection.execute(MAKE)
    yield scene
    await scene.connection.close()
    await scene.app.state.process.engine.dispose()
    databases.drop(url)


async def test_tables_columns_indexes_and_foreign_keys_are_read_as_they_are(scene):
    async with scene.app.state.process.sessions() as session:
        known = await catalogue.read(session)

    things, parents, looks = (known.tables[place] for place in (THINGS, ("public", "parents"), ("public", "looks")))
    indexes = {index.name: index for index in things.indexes}
    assert (known.find(None, "things"), known.find(None, "parents")) == (None, parents)
    assert (things.rows, looks.kind) == (4000.0, "v")
    assert (things.columns["Group"].n_distinct, things.columns["Group"].null_frac) == (3.0, 0.0)
    assert (things.columns["note"].type, things.columns["day"].null_frac) == ("varchar", 1.0)
    assert [(p.text, p.is_column, p.descending) for p in indexes["plain"].parts] == [
        ("owner", True, False),
        ("Group", True, True),
    ]
    assert (indexes["plain"].included, indexes["plain"].predicate) == (("note",), None)
    assert [(p.text, p.is_column) for p in indexes["part"].parts] == [("lower((note)::text)", False)]
    assert indexes["part"].predicate == "(day IS NOT NULL)"
    assert indexes["patterns"].parts[0].opclass == "varchar_pattern_ops"
    assert (indexes["broken"].valid, indexes["plain"].valid) == (False, True)
    assert (indexes["things_pkey"].unique, indexes["things_pkey"].constraint) == (True, True)
    assert [(key.columns, key.parent) for key in things.foreign_keys] == [(("owner",), "parents")]
    assert things.primary == ("id",)


async def test_what_wears_out_is_found_in_a_real_catalogue(scene):
    scene.at(datetime.now(UTC) + timedelta(days=31))

    items = (await scene.advise())["items"]

    found = {(item["kind"], item["sql"]) for item in items}
    assert found == {
        ("invalid_index", "REINDEX INDEX CONCURRENTLY elsewhere.broken"),
        ("sequence_exhaustion", None),
        ("stale_statistics", "ANALYZE elsewhere.things"),
        ("unused_index", "DROP INDEX CONCURRENTLY IF EXISTS elsewhere.part"),
        ("unused_index", "DROP INDEX CONCURRENTLY IF EXISTS elsewhere.patterns"),
    }
    for item in items:
        for statement in filter(None, (item["sql"], item["rollbackSql"])):
            await scene.connection.execute(statement)
    assert {index.name for index in (await again(scene)).indexes} == {"things_pkey", "plain", "part", "patterns"}


async def again(scene):
    """Return the table of things as it is now."""
    async with scene.app.state.process.sessions() as session:
        return (await catalogue.read(session)).tables[THINGS]
