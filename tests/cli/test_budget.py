"""In production, `booking serve` counts its connections before it serves."""

import pytest

from app.core import embedded
from tests.cli.inside import run
from tests.cli.processes import finish, free_port, start, status, wait_until_served
from tests.races.processes import Database, dsn_of

PRODUCTION = {
    "APP_ENV": "production",
    "OPERATOR_API_KEY": "operator-key-of-the-tests",
    "APP_SECRET_KEY": "0" * 32,
    "APP_RATE_LIMITS": "{}",
}
FEW = 48


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server with few connections: 45 are for ordinary roles."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(embedded.SETTINGS, "max_connections", str(FEW))
        with Database(tmp_path_factory.mktemp("small"), fast=True) as database:
            yield dsn_of(database.url)


def test_more_connections_than_the_database_has_are_refused_in_one_line(small, tmp_path):
    code, _, said = run("serve", f"--port={free_port()}", directory=tmp_path, DATABASE_URL=small, **PRODUCTION)

    assert code == 1
    assert said.startswith("booking: connections: 1 instances of 1 processes with 15 each")
    assert "the database has 45" in said
    assert len(said.splitlines()) == 1


def test_processes_and_instances_count(small, tmp_path):
    few = {**PRODUCTION, "DB_POOL_MAX": "1", "APP_INSTANCES": "2"}

    code, _, said = run("serve", f"--port={free_port()}", "--workers=3", directory=tmp_path, DATABASE_URL=small, **few)

    assert (code, "2 instances of 3 processes with 4 each" in said) == (1, True)
    assert "no DB_POOL_MAX is small enough" in said


def test_what_fits_is_served_and_ends_in_good_order(small, tmp_path, stop_at_the_end):
    port = free_port()
    process = start("serve", f"--port={port}", directory=tmp_path, DATABASE_URL=small, DB_POOL_MAX="1", **PRODUCTION)
    stop_at_the_end(process)

    wait_until_served(process, port)
    answered = status(port)
    process.terminate()

    assert answered == 401
    assert finish(process) == (0, "", "")
    assert status(port) is None


def test_while_the_database_is_away_it_serves_and_readiness_tells(tmp_path, stop_at_the_end):
    port = free_port()
    nowhere = f"postgresql://postgres@127.0.0.1:{free_port()}/booking"
    process = start("serve", f"--port={port}", directory=tmp_path, DATABASE_URL=nowhere, **PRODUCTION)
    stop_at_the_end(process)

    wait_until_served(process, port)
    process.terminate()

    assert "connection_budget_unknown" in finish(process)[2]
