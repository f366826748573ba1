"""`booking voice provision`: what we define is made so at Vapi, once, whatever breaks off in between."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.calls.provisioning.commands import voice
from app.calls.tools.service import TOOLS
from app.core.config import Settings
from app.sandbox.places import Places, written_down
from app.sandbox.wiring import written_accounts
from tests.fixtures.bookable import new_line
from tests.integrations.vapi.test_objects import takes

URL = "https://booking.example.com"
OF_VAPI = {"id", "orgId", "createdAt", "updatedAt", "status"}
"""What Vapi adds."""


@pytest.fixture
def shell(database_url, monkeypatch, tmp_path, outside):
    """Run `booking voice …` apart from the tests' event loop; returns exit code and output."""
    accounts = outside.accounts
    known = {
        "DATABASE_URL": database_url,
        "APP_PUBLIC_URL": URL,
        "APP_VAPI_API_URL": outside.vapi_url,
        "VAPI_API_KEY": accounts.vapi_key,
        "VAPI_WEBHOOK_SECRET": accounts.vapi_secret,
        "APP_VAPI_CREDENTIAL_ID": "cred-1",
        "TWILIO_ACCOUNT_SID": accounts.twilio_sid,
        "TWILIO_AUTH_TOKEN": accounts.twilio_token,
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    async def run(*arguments):
        result = await asyncio.to_thread(CliRunner().invoke, voice, ["provision", *arguments])
        return result.exit_code, result.output

    return run


@pytest.fixture
async def client(make_bookable, sql):
    """A client with a line, and somebody who takes over."""
    client = (await make_bookable(client={"name": "Smile {{ now }}", "timezone": "Europe/London"})).client
    number = new_line()
    await sql("INSERT INTO lines (number, client_id) VALUES (:number, :id)", number=number, id=client.id)
    await sql(
        "INSERT INTO contact_settings (client_id, hand_over_to) VALUES (:id, :to)", id=client.id, to="+442071838751"
    )
    return client


@pytest.fixture
def kept(sql, client):
    """Read what is known of the client's voice here."""

    async def read():
        assistants = await sql("SELECT * FROM assistants WHERE client_id = :id", id=client.id)
        [line] = await sql("SELECT * FROM lines WHERE client_id = :id", id=client.id)
        return assistants[0] if assistants else None, line

    return read


@pytest.fixture
def beside(shell, outside, monkeypatch):
    """No account is set; who serves stand-ins has written down by which settings they are used."""
    for name in ("APP_PUBLIC_URL", "APP_VAPI_API_URL", "VAPI_API_KEY", "VAPI_WEBHOOK_SECRET", "APP_VAPI_CREDENTIAL_ID"):
        monkeypatch.delenv(name)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name)
    accounts = written_accounts(outside.accounts, outside.vapi_url, Settings(_env_file=None))
    return Places("http://127.0.0.1:8461", outside.vapi_url, "key", accounts)


async def test_where_no_account_is_set_the_stand_ins_beside_are_used_and_told(shell, beside, client, kept, outside):
    with written_down(beside):
        code, said = await shell(client.client_key)
        again = json.loads((await shell(client.client_key, "--json"))[1])

    assert code == 0, said
    assert f"note: No account at Vapi is set: this is the stand-in at {outside.vapi_url} (stand_in)" in said
    row, line = await kept()
    assert outside.organisation.things["assistant"][row.vapi_id]["server"]["url"].startswith("http://127.0.0.1:8461/")
    assert line.vapi_phone_number_id in outside.organisation.things["phone-number"]
    assert {step["action"] for step in again["steps"]} == {"keep"}
    assert "stand_in" in [note["code"] for note in again["notes"]]


@pytest.mark.parametrize("wrong", ["gone", "elsewhere", "production", "named"])
async def test_stand_ins_that_are_not_of_here_and_now_are_no_account(
    shell, beside, client, monkeypatch, wrong, outside
):
    with written_down(beside):
        path = Path("var") / "running.json"
        content = json.loads(path.read_text())
        if wrong == "gone":
            with subprocess.Popen(["true"]) as ended:
                ended.wait()
            content["process"] = ended.pid
        if wrong == "elsewhere":
            content["accounts"]["vapi"]["vapi_api_url"] = "https://127.0.0.1.example.com"
        path.write_text(json.dumps(content))
        if wrong == "production":
            monkeypatch.setenv("APP_ENV", "production")
            for name in ("APP_SECRET_KEY", "OPERATOR_API_KEY"):
                monkeypatch.setenv(name, "x" * 40)
        if wrong == "named":
            monkeypatch.setenv("VAPI_WEBHOOK_SECRET", "a real one")
        code, said = await shell(client.client_key)

    assert code == 1
    assert "VAPI_API_KEY is not set" in said
    assert outside.organisation.things["assistant"] == {}


async def test_a_client_gets_an_assistant_its_tools_and_its_number(shell, client, kept, outside):
    code, said = await shell(client.client_key)

    assert code == 0, said
    things, (row, line) = outside.organisation.things, await kept()
    assert [tool["function"]["name"] for tool in things["tool"].values()] == list(TOOLS)
    assert row.tool_ids == {tool["function"]["name"]: tool["id"] for tool in things["tool"].values()}
    assistant, number = things["assistant"][row.vapi_id], things["phone-number"][line.vapi_phone_number_id]
    assert assistant["model"]["toolIds"] == [row.tool_ids[name] for name in TOOLS]
    assert assistant["server"]["url"] == f"{URL}/webhooks/vapi"
    assert (number["number"], number["assistantId"], number["smsEnabled"]) == (line.number, row.vapi_id, False)
    assert number["fallbackDestination"]["number"] == "+442071838751"
    assert f"create assistant Smile (( now )) ({row.vapi_id})" in said
    assert outside.accounts.twilio_token not in said


async def test_a_second_run_has_nothing_to_do(shell, client, outside):
    await shell(client.client_key)
    before = json.dumps(outside.organisation.things)
    code, said = await shell(client.client_key)

    assert (code, said) == (0, "nothing to do\n")
    assert json.dumps(outside.organisation.things) == before


async def test_secrets_that_vapi_does_not_show_are_sent_once_and_again_when_they_change(
    shell, client, kept, outside, monkeypatch
):
    await shell(client.client_key)
    _, line = await kept()
    number = outside.organisation.things["phone-number"][line.vapi_phone_number_id]
    del number["twilioAuthToken"]
    unchanged = await shell(client.client_key)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "f" * 32)
    _, changed = await shell(client.client_key)

    assert unchanged == (0, "nothing to do\n")
    assert changed == f"update phone number {line.number} ({line.vapi_phone_number_id})\n"
    assert number["twilioAuthToken"] == "f" * 32


async def test_a_dry_run_shows_the_difference_and_changes_nothing(shell, client, kept, outside):
    code, said = await shell(client.client_key, "--dry-run")

    assert code == 0
    assert "would create tool find_slots\n--- tool find_slots at Vapi\n+++ tool find_slots as defined\n" in said
    assert '+  "twilioAuthToken": "***"' in said
    assert outside.accounts.twilio_token not in said
    assert outside.organisation.things == {"assistant": {}, "tool": {}, "phone-number": {}}
    assert (await kept())[0] is None


async def test_what_was_changed_at_vapi_is_changed_back_and_the_rest_is_left(shell, client, kept, outside):
    await shell(client.client_key)
    row, _ = await kept()
    assistant = outside.organisation.things["assistant"][row.vapi_id]
    assistant.update(firstMessage="Yo.", voice={"provider": "azure", "voiceId": "en-GB-SoniaNeural"})
    _, dry = await shell(client.client_key, "--dry-run")
    _, said = await shell(client.client_key)

    assert '-  "firstMessage": "Yo."' in dry
    assert '+  "firstMessage": "Hello, this is Smile (( now )). How can I help you?"' in dry
    assert said == f"update assistant Smile (( now )) ({row.vapi_id})\n"
    assert assistant["firstMessage"].startswith("Hello")
    assert assistant["voice"]["voiceId"] == "en-GB-SoniaNeural"


async def test_a_number_that_still_hands_over_to_somebody_is_told_of(shell, client, sql, outside):
    await shell(client.client_key)
    await sql("UPDATE contact_settings SET hand_over_to = NULL WHERE client_id = :id", id=client.id)
    code, said = await shell(client.client_key)

    assert (code, said.splitlines()[0]) == (0, "nothing to do")
    assert "(fallback_left)" in said


async def test_a_run_that_was_cut_off_after_a_creation_makes_no_second_one(shell, client, kept, sql, outside):
    await shell(client.client_key)
    first, _ = await kept()
    await sql("DELETE FROM assistants WHERE client_id = :id", id=client.id)
    await sql("UPDATE lines SET vapi_phone_number_id = NULL WHERE client_id = :id", id=client.id)
    code, _ = await shell(client.client_key)

    again, line = await kept()
    assert (code, again.vapi_id, again.tool_ids) == (0, first.vapi_id, first.tool_ids)
    assert [len(things) for things in outside.organisation.things.values()].count(1) == 2
    assert line.vapi_phone_number_id in outside.organisation.things["phone-number"]


async def test_a_creation_without_an_answer_is_made_up_for_by_the_next_run(shell, client, outside):
    outside.faults.next("cut-after", api="vapi")
    code, said = await shell(client.client_key)
    again, _ = await shell(client.client_key)

    assert (code, "(vapi_outcome_unknown)" in said, again) == (1, True, 0)
    assert len(outside.organisation.things["tool"]) == len(TOOLS)


async def test_two_clients_share_the_tools_and_nothing_else(shell, client, make_bookable, outside):
    other = (await make_bookable()).client
    await shell(client.client_key)
    code, said = await shell(other.client_key, "--json")

    told = json.loads(said)
    assert code == 0
    assert {step["action"] for step in told["steps"] if step["kind"] == "tool"} == {"keep"}
    assert [step["action"] for step in told["steps"] if step["kind"] == "assistant"] == ["create"]
    assert [note["code"] for note in told["notes"]] == ["line_missing"]
    assert len(outside.organisation.things["assistant"]) == 2


async def test_what_is_sent_is_as_vapi_describes_it_with_rules_time_and_who_calls(shell, client, outside):
    await shell(client.client_key)
    things = outside.organisation.things
    [assistant], [tool, *_] = things["assistant"].values(), things["tool"].values()
    prompt = assistant["model"]["messages"][0]["content"]

    assert '{{"now" | date: "%A, %B %d, %Y, %I:%M %p", "Europe/London"}}' in prompt
    assert prompt.count("{{") == 1
    assert ("Check-up" in prompt, "wait for a clear yes" in prompt) == (True, True)
    assert {each["key"]: each["value"] for each in tool["parameters"]} == {
        "caller_number": "{{ customer.number }}",
        "called_number": "{{ phoneNumber.number }}",
        "call_id": "{{ call.id }}",
    }
    assert (tool["messages"][0]["type"], tool["messages"][0]["timingMilliseconds"]) == (
        "request-response-delayed",
        2000,
    )
    assert tool["server"]["timeoutSeconds"] == 10
    for kind, made in things.items():
        for thing in made.values():
            sent = {name: value for name, value in thing.items() if name not in OF_VAPI}
            takes(f"/{kind}").validate(sent)
            takes(f"/{kind}/{{id}}", "patch").validate(sent)


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("VAPI_API_KEY", "", "vapi_not_configured"),
        ("APP_PUBLIC_URL", "", "public_url_missing"),
        ("VAPI_WEBHOOK_SECRET", "", "webhook_secret_missing"),
        ("VAPI_API_KEY", "wrong", "vapi_key_refused"),
    ],
)
async def test_what_is_missing_is_said_with_its_code(shell, client, outside, monkeypatch, setting, value, code):
    monkeypatch.setenv(setting, value)
    exit_code, said = await shell(client.client_key)

    assert (exit_code, f"({code})" in said, said.count("\n")) == (1, True, 1)
    assert outside.organisation.things["assistant"] == {}


async def test_words_of_callers_are_not_sent_unprotected(shell, client, monkeypatch):
    monkeypatch.setenv("APP_PUBLIC_URL", "http://booking.example.com")
    monkeypatch.setenv("APP_VAPI_API_URL", "https://api.vapi.ai")
    code, said = await shell(client.client_key)

    assert (code, "(public_url_not_secure)" in said) == (1, True)


async def test_a_client_that_is_not_known_is_refused(shell, outside):
    code, said = await shell("no-such-client")

    assert (code, "(client_not_found)" in said) == (1, True)
    assert outside.organisation.things["tool"] == {}
