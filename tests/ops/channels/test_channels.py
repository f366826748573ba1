"""Whether messages can leave, as health and metrics tell it."""

import pytest
from pydantic import SecretStr

from app.core.clock import utcnow
from app.ops.channels.jobs import attend
from app.ops.channels.rules import provider
from app.ops.process import create_process

NOTHING = dict.fromkeys(("twilio_account_sid", "smtp_url", "vapi_api_key", "vapi_webhook_secret"))
TWILIO = {"twilio_account_sid": f"AC{'0' * 32}", "twilio_auth_token": SecretStr("of the tests")}


@pytest.fixture
def look(settings):
    """Return how a provider is with these settings: `await look("twilio", **changes)`."""

    async def act(name, **changes):
        process = create_process(settings.model_copy(update={**NOTHING, **changes}), role="web")
        attend(process)
        try:
            return await process.health[name](utcnow())
        finally:
            await process.stop()

    return act


@pytest.mark.parametrize("name", ["twilio", "email", "vapi"])
async def test_what_is_not_set_up_says_so(look, name):
    assert await look(name) == {"status": "not_configured", "configured": False}


async def test_an_account_without_a_public_address_sends_nothing(look):
    told = await look("twilio", **TWILIO)

    assert (told["status"], told["reasons"][0]) == ("degraded", "public_url_missing")  # others' messages may wait


async def test_vapi_without_its_secret_answers_nobody(look):
    told = await look("vapi", vapi_api_key=SecretStr("of the tests"))

    assert (told["status"], told["reasons"][0]) == ("degraded", "vapi_webhook_secret_missing")


def test_what_is_missing_is_trouble_enough():
    told = provider("vapi", configured=True, missing="vapi_webhook_secret_missing", waiting={})

    assert (told["status"], told["reasons"]) == ("degraded", ["vapi_webhook_secret_missing"])


def test_what_waits_for_its_turn_is_no_trouble_and_what_waits_for_a_provider_is():
    busy = provider("twilio", configured=True, missing=None, waiting={"overdue": 7, "twilio_busy": 2})
    away = provider("twilio", configured=True, missing=None, waiting={"twilio_key_refused": 3, "overdue": 1})

    assert (busy["status"], busy["waiting"], busy["reasons"]) == ("operational", 9, [])
    assert (away["status"], away["reasons"]) == ("degraded", ["twilio_failing:twilio_key_refused"])


async def test_a_message_that_twilio_does_not_take_is_seen(look, sql, make_client):
    client = await make_client()
    await sql(
        "INSERT INTO messages (client_id, id, direction, channel, kind, status, error_code, due_at, created_at,"
        " updated_at) VALUES (:id, gen_random_uuid(), 'out', 'sms', 'reply', 'queued', 'twilio_key_refused',"
        " NOW() + INTERVAL '1 minute', NOW(), NOW())",
        id=client.id,
    )

    told = await look("twilio", **TWILIO, public_url="https://booking.example.com")
    await sql("DELETE FROM messages WHERE client_id = :id", id=client.id)

    assert told["status"] == "degraded"
    assert "twilio_failing:twilio_key_refused" in told["reasons"]
    assert told["waitingByCode"]["twilio_key_refused"] >= 1
