"""What amcheck finds, and servers that do not let us ask it."""

import pytest

from app.core.progress import unheard
from app.ops.integrity.rules.catalogue import CHECKS
from app.ops.integrity.rules.terms import Exit, Outcome, State, exit_code
from app.ops.integrity.service.indexes import NotAvailable, damaged

SHAPE = """
CREATE OR REPLACE FUNCTION shape(text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = public
AS $$ SELECT {} || coalesce($1, '') $$
"""


async def test_an_index_that_lacks_what_its_table_holds_is_found(connection):
    await connection.execute(SHAPE.format("'a'"))
    await connection.execute("CREATE INDEX ix_wrong ON customers (shape(phone))")
    await connection.execute(SHAPE.format("'b'"))

    found = await damaged(connection, unheard)

    assert found.total == 1
    assert [(example.id, example.about) for example in found.examples] == [
        ("ix_wrong", "customers: index_corrupted_error")
    ] or found.examples[0].about == "customers: data_corrupted_error"


async def test_sound_indexes_are_all_looked_at(connection):
    told = []

    found = await damaged(connection, lambda stage, done=0, total=None: told.append((stage, done, total)))

    assert found.total == 0
    assert told[-1][1] == told[-1][2] > 40


@pytest.mark.parametrize("installed", [False, True])
async def test_a_server_that_does_not_let_us_look_is_told_apart_from_a_sound_one(connection, installed):
    if installed:
        await connection.execute("CREATE EXTENSION amcheck")
    await connection.execute("CREATE ROLE integrity_nobody")
    await connection.execute("SET LOCAL ROLE integrity_nobody")

    with pytest.raises(NotAvailable):
        await damaged(connection, unheard)


def test_what_is_not_available_is_no_finding():
    outcome = Outcome(CHECKS["indexes_damaged"], State.not_available, reason="insufficient_privilege_error")

    assert (outcome.is_finding, exit_code([outcome])) == (False, Exit.clean)
