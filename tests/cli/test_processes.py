"""The commands as processes: they start, say what is wrong in one line, and leave nothing behind."""

import json
import socket
import time

import pytest

from tests.cli.inside import run
from tests.cli.processes import booking, free_port


def test_a_taken_port_is_told_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = run("run", directory=tmp_path, PORT=str(port))

    assert (code, out) == (1, "")
    assert err == f"booking: port {port} is taken: stop what listens there, or set PORT to another.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("run",), ("keys", "list")], ids=["run", "keys"])
def test_an_unreachable_database_is_told_in_one_line_without_its_password(command, tmp_path):
    url = f"postgresql://someone:secret@127.0.0.1:{free_port()}/booking"
    begun = time.monotonic()
    code, out, err = run(*command, directory=tmp_path, DATABASE_URL=url, PORT=str(free_port()))

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("booking: DATABASE_URL: no connection to someone:***@127.0.0.1")
    assert "secret" not in err
    assert time.monotonic() - begun < 10  # alone it takes 2 s; tests share the machine


def test_a_database_that_never_answers_is_given_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/booking"
        code, _, err = run("run", directory=tmp_path, DATABASE_URL=url, PORT=str(free_port()))

    assert code == 1
    assert "no answer in time" in err


def test_invalid_settings_are_told_in_one_line(tmp_path):
    code, _, err = run("serve", directory=tmp_path, PORT="many", DATABASE_URL="mysql://x")

    assert (code, err.count("\n")) == (1, 1)
    assert "PORT: " in err
    assert "DATABASE_URL: must begin with postgresql://" in err


def test_a_plan_that_no_webhook_could_be_proven_by_is_told_before_anything_starts(tmp_path):
    plan = '{"type": "hmac", "algorithm": "md5"}'
    code, _, err = run("serve", directory=tmp_path, APP_VAPI_WEBHOOK_PLAN=plan, VAPI_WEBHOOK_SECRET="s3cret")

    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("booking: APP_VAPI_WEBHOOK_PLAN: algorithm: ")
    assert "s3cret" not in err


def test_production_names_what_is_missing(tmp_path):
    code, _, err = booking("serve", directory=tmp_path, APP_ENV="production")

    assert (code, err) == (1, "booking: APP_ENV=production needs DATABASE_URL, OPERATOR_API_KEY, APP_SECRET_KEY\n")


def test_migrations_run_from_the_command_line(tmp_path, empty_database_url):
    before, _, told = run("db", "check", directory=tmp_path, DATABASE_URL=empty_database_url)
    upgraded, _, _ = run("db", "upgrade", directory=tmp_path, DATABASE_URL=empty_database_url)
    after, said, _ = run("db", "check", directory=tmp_path, DATABASE_URL=empty_database_url)

    assert (before, upgraded, after) == (1, 0, 0)
    assert told.startswith("booking: ")
    assert said == "The database is what the models say.\n"


def test_worked_cases_need_no_database(tmp_path):
    cases = tmp_path / "none.json"
    cases.write_text(json.dumps({"cases": []}))

    assert run("slots", "solve", str(cases), directory=tmp_path) == (0, "", "")
