"""`booking keys`: keys from the shell."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from app.clients.commands import keys


@pytest.fixture
def shell(database_url, monkeypatch, tmp_path):
    """Run `booking keys …` apart from the tests' event loop; returns exit code and output."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)

    async def run(*arguments):
        result = await asyncio.to_thread(CliRunner().invoke, keys, list(arguments))
        return result.exit_code, result.output.strip()

    return run


async def test_a_key_made_in_the_shell_opens_its_client(http, make_client, shell):
    client = await make_client()

    code, key = await shell("create", "--client", client.client_key, "--name", "Till", "--scope", "bookings:read")

    assert code == 0
    answer = await http.get(f"/api/clients/{client.client_key}", headers={"X-API-Key": key})
    assert answer.status_code == 200


async def test_the_shell_lists_keys_as_a_table_and_as_json(make_client, shell):
    client = await make_client()
    _, made = await shell(
        *("create", "--client", client.client_key, "--name", "Till", "--scope", "bookings:read"),
        *("--scope", "bookings:write", "--expires-at", "2090-01-31T00:00:00Z", "--json"),
    )
    made = json.loads(made)

    _, table = await shell("list", "--client", client.client_key)
    _, listed = await shell("list", "--client", client.client_key, "--json")

    assert [line.split()[0] for line in table.splitlines()] == ["ID", str(client.key_id), made["id"]]
    assert "Till" in table
    assert "2090-01-31T00:00:00Z" in table
    assert json.loads(listed)[1] == {name: value for name, value in made.items() if name != "key"}
    assert made["key"] not in table + listed


async def test_the_shell_revokes_any_key_by_its_id(http, make_client, make_key_row, shell, sql):
    client = await make_client()
    operators, _ = await make_key_row()

    assert await shell("revoke", str(client.key_id)) == (0, f"{client.key_id} revoked")
    assert await shell("revoke", str(operators)) == (0, f"{operators} revoked")

    refused = await http.get("/api/keys", headers=client.headers)
    assert refused.json()["code"] == "revoked_key"
    written = await sql("SELECT actor, action FROM audit_log WHERE subject_id = :id", id=client.key_id)
    assert written == [("shell", "key_revoked")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("list", "--client", "no-such-client"), "There is no such client."),
        (("revoke", "0190b5a2-0000-7000-8000-000000000000"), "There is no such key here."),
        (("create", "--name", "x", "--scope", "ops:read", "--expires-at", "2020-01-01T00:00:00Z"), "in the future"),
        (("create", "--name", "", "--scope", "ops:read"), "name: "),
        (("create", "--name", "x", "--scope", "everything"), "everything"),
    ],
)
async def test_the_shell_refuses_in_plain_words(shell, arguments, says):
    code, output = await shell(*arguments)

    assert code in {1, 2}
    assert says in output
    assert "Traceback" not in output


async def test_the_shell_gives_no_client_what_is_for_operators(make_client, shell):
    client = await make_client()

    code, output = await shell("create", "--client", client.client_key, "--name", "x", "--scope", "ops:read")

    assert code == 1
    assert "ops scopes are for operators" in output
