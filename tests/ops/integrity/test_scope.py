"""What is looked at: all, one client, what starts since a day, what the database does not vouch for."""

from datetime import timedelta

import pytest

from app.core.clock import utcnow
from app.ops.integrity.errors import SchemaBehind, UnknownClient
from app.ops.integrity.rules.terms import Exit, State, exit_code, findings
from tests.ops.integrity.conftest import PAST_BOOKINGS, look_at

MISCOUNT = "UPDATE bookings SET version = version + 1"
STRANGER = """
INSERT INTO clients (id, client_key, name, timezone, region, currency, locale)
SELECT gen_random_uuid(), 'a-stranger', name, timezone, region, currency, locale FROM clients
"""


async def test_nothing_is_found_after_all_that_can_happen_to_bookings(lived_url):
    found = await look_at(lived_url)

    assert {name: outcome for name, outcome in found.items() if outcome.state != State.not_available} == {}


async def test_looking_leaves_nothing_behind(lived_url, connection):
    question = "SELECT (SELECT count(*) FROM pg_extension), (SELECT count(*) FROM pg_proc)"
    before = await connection.fetchrow(question)

    await look_at(lived_url)

    assert tuple(await connection.fetchrow(question)) == tuple(before)


async def test_one_client_is_looked_at_alone(connection, look_here):
    mine = await connection.fetchval("SELECT client_key FROM clients")
    await connection.execute(STRANGER)
    await connection.execute(MISCOUNT)

    assert "history_miscounted" in await look_here(client_key=mine)
    assert set(await look_here(client_key="a-stranger")) == {"jobs_held"}


async def test_a_client_that_nobody_knows_is_refused(look_here):
    with pytest.raises(UnknownClient):
        await look_here(client_key="nobody")


async def test_what_starts_and_has_changed_before_is_not_looked_at(connection, look_here):
    await connection.execute(MISCOUNT)

    assert set(await look_here(since=utcnow() - timedelta(days=1))) == {"history_miscounted"}
    assert await look_here(since=utcnow() + timedelta(days=60)) == {}


async def test_a_quick_look_believes_a_foreign_key_that_is_in_force(connection, look_here):
    await connection.execute("UPDATE bookings SET customer_id = '00000000-0000-7000-8000-000000000000'")

    assert "orphans" in await look_here()
    assert "orphans" not in await look_here(quick=True)


async def test_a_quick_look_follows_a_foreign_key_that_was_dropped(connection, look_here):
    await connection.execute("UPDATE bookings SET customer_id = '00000000-0000-7000-8000-000000000000'")
    await connection.execute("ALTER TABLE bookings DROP CONSTRAINT fk_bookings_client_id_customer_id_customers")

    found = await look_here(quick=True)

    assert {"orphans", "constraints_missing"} <= set(found)
    assert found["orphans"].found.examples[0].about == "fk_bookings_client_id_customer_id_customers"


async def test_all_are_counted_and_some_are_named(connection, look_here):
    await connection.execute(MISCOUNT)

    [outcome] = (await look_here()).values()

    assert outcome.found.total > PAST_BOOKINGS
    assert len(outcome.found.examples) == 20


async def test_a_check_that_cannot_be_made_takes_no_other_with_it(connection, look_here):
    await connection.execute("DROP TABLE busy_times")
    await connection.execute(MISCOUNT)

    found = await look_here()

    assert {name: outcome.state for name, outcome in found.items()} == {
        "tables_missing": State.found,
        "history_miscounted": State.found,
        "times_reversed": State.failed,
    }
    assert found["times_reversed"].reason == "undefined_table_error"
    assert findings(list(found.values())) == 3
    assert exit_code(list(found.values())) == Exit.findings
    assert exit_code([found["times_reversed"]]) == Exit.could_not_look


async def test_a_database_that_lacks_migrations_is_not_judged_by_this_version(connection, look_here):
    await connection.execute("UPDATE alembic_version SET version_num = '0001'")

    with pytest.raises(SchemaBehind):
        await look_here()
