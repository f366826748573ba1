"""Names of databases beside another: none is longer than a name may be, and none is taken for another's."""

from datetime import UTC, datetime

import pytest

from app.ops.backups.restores.rules import LONGEST_NAME, RESTORED, RESTORING, database_name, is_half_made, may_be_named

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("database", ["booking", "b" * 36, "b" * 37, "b" * 63, "ä" * 31])
def test_a_name_of_any_length_is_known_again(database):
    name = database_name(database, RESTORING, NOW)

    assert len(name.encode()) <= LONGEST_NAME
    assert is_half_made(name, database)
    assert not is_half_made(database_name(database, RESTORED, NOW), database)


def test_what_a_restore_of_one_long_name_makes_is_not_cleared_away_by_that_of_another():
    one, other = ("the_bookings_of_all_our_practices_in_the_" + where for where in ("east", "west"))

    assert not is_half_made(database_name(one, RESTORING, NOW), other)
    assert database_name(one, RESTORED, NOW) != database_name(other, RESTORED, NOW)


@pytest.mark.parametrize("name", ["booking", "b" * 63, "ä" * 31, "Postgres", "with space"])
def test_a_restored_database_may_have_any_name_that_fits(name):
    assert may_be_named(name)


@pytest.mark.parametrize("name", ["", "b" * 64, "ä" * 32, "postgres", "template0", "template1"])
def test_it_may_have_none_that_the_server_needs_or_would_cut(name):
    assert not may_be_named(name)
