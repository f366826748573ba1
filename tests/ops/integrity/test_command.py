"""`booking integrity check` in a shell: what it prints, and how it ends."""

import json

import asyncpg
import pytest

from app.ops.integrity.rules.catalogue import CHECKS
from tests.cli.inside import run
from tests.fixtures.database import in_a_thread
from tests.ops.backups.conftest import fill_database
from tests.races.processes import dsn_of


@pytest.fixture
def check(tmp_path):
    def call(url, *words):
        given = {"directory": tmp_path, "DATABASE_URL": url}
        return in_a_thread(lambda: run("integrity", "check", *words, **given))

    return call


def test_a_sound_database_ends_with_0_and_every_check_is_told(check, lived_url):
    code, out, _ = check(lived_url, "--json")

    told = json.loads(out)
    assert (code, told["findings"]) == (0, 0)
    assert [each["name"] for each in told["checks"]] == list(CHECKS)
    assert {each["state"] for each in told["checks"]} <= {"clean", "not_available"}


def test_progress_goes_to_standard_error(check, lived_url):
    _, out, err = check(lived_url, "--quick")

    lines = [json.loads(line) for line in err.splitlines()]
    assert {line["stage"] for line in lines} == {"checking"}
    assert "claims_overlap" in out
    assert "left out (quick)" in out


async def test_findings_end_with_1_and_say_what_to_do(check, databases):
    url = databases.create()
    fill_database(url)
    connection = await asyncpg.connect(dsn_of(url))
    await connection.execute("UPDATE claims SET expires_at = now()")
    await connection.close()

    code, out, _ = check(url)
    databases.drop(url)

    assert code == 1
    assert "claims_expire_wrongly: a claim runs out though its booking does not" in out
    assert "What to do: set claims.expires_at" in out
    assert len(out.splitlines()) < 70


@pytest.mark.parametrize("words", [("--client", "nobody"), ("--client", "nobody", "--json")])
def test_a_client_that_nobody_knows_is_one_line_and_ends_with_2(check, lived_url, words):
    code, out, err = check(lived_url, *words)

    assert (code, out) == (2, "")
    assert err.splitlines()[-1].endswith("(unknown_client)")


def test_a_database_that_is_not_there_ends_with_2(check):
    code, out, err = check("postgresql://nobody@127.0.0.1:1/gone")

    assert (code, out, len(err.splitlines())) == (2, "", 1)
