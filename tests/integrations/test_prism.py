"""What we send to Vapi and Twilio, checked by a server made from their own descriptions."""

import httpx
import pytest
from pydantic import SecretStr

from app.core.clock import utcnow
from app.core.http import create_client
from app.integrations.twilio.api import Twilio
from app.integrations.vapi.api import Vapi
from tests.integrations.vapi import bodies
from tests.prism import prism
from tests.sandbox.descriptions import TWILIO, VAPI, description

pytestmark = pytest.mark.prove

NUMBER = "9c961570-cf62-45a9-983f-358e15c17cb7"
ACCOUNT = "AC" + "0f" * 16
FORM = {"To": bodies.CALLER, "From": "+15005550006", "Body": "Hello."}


@pytest.fixture(scope="module")
def vapi_url():
    """The address of Vapi as it describes itself."""
    with prism(description(VAPI)) as url:
        yield url


@pytest.fixture(scope="module")
def twilio_url():
    """The address of Twilio as it describes itself."""
    with prism(description(TWILIO)) as url:
        yield url


async def test_vapi_takes_everything_that_we_send(vapi_url):
    async with create_client() as client:
        vapi = Vapi(client, vapi_url, SecretStr("a key"))

        assert (await vapi.create_call(bodies.call())).id
        assert (await vapi.call(NUMBER)).id
        assert await vapi.calls_since(utcnow())
        await vapi.delete_call(NUMBER)
        assert (await vapi.create_assistant(bodies.assistant())).id
        assert (await vapi.update_assistant(NUMBER, bodies.assistant())).id
        assert (await vapi.create_tool(bodies.tool())).id
        assert (await vapi.update_tool(NUMBER, bodies.tool())).id
        assert (await vapi.create_phone_number(bodies.phone_number())).id
        assert (await vapi.update_phone_number(NUMBER, bodies.phone_number())).id
        assert await vapi.phone_numbers()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/call", {"customer": {"number": "1"}}),
        ("/call", {"name": "x" * 41}),
        ("/assistant", {"serverMessages": ["everything"]}),
        ("/assistant", {"maxDurationSeconds": 5}),
        ("/tool", {"type": "function", "function": {"name": "two words"}}),
        ("/phone-number", {"provider": "twilio", "number": "+442071838750"}),
    ],
)
def test_the_server_would_tell_what_vapi_does_not_take(vapi_url, path, body):
    answer = httpx.post(vapi_url + path, json=body, headers={"Authorization": "Bearer a key"}, timeout=30)

    assert answer.status_code in {400, 422}
    assert httpx.post(vapi_url + path, json=body, timeout=30).status_code == 401


async def test_twilio_takes_a_text_and_our_question_for_texts(twilio_url):
    async with create_client() as client:
        twilio = Twilio(client, twilio_url, ACCOUNT, ACCOUNT, SecretStr("a token"))
        sent = await twilio.send(
            to=bodies.CALLER,
            sender="MG" + "0f" * 16,
            body="Your appointment is on Tuesday.",
            status_callback="https://booking.example.com/webhooks/twilio/status?id=1",
            token="018f-42",
            validity_seconds=3_600,
        )

        assert sent.sid.startswith(("SM", "MM"))
        assert await twilio.list_sent(to=bodies.CALLER, since=utcnow()) == []


@pytest.mark.parametrize(
    "form",
    [
        {"From": "+15005550006", "Body": "Hello."},
        {**FORM, "MessagingServiceSid": "MG1"},
        {**FORM, "StatusCallback": "not an address"},
        {**FORM, "ValidityPeriod": "soon"},
    ],
)
def test_the_server_would_tell_what_twilio_does_not_take(twilio_url, form):
    path = f"{twilio_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    assert httpx.post(path, data=FORM, auth=(ACCOUNT, "a token"), timeout=30).status_code == 201
    assert httpx.post(path, data=form, auth=(ACCOUNT, "a token"), timeout=30).status_code == 422
    assert httpx.post(path, json=FORM, auth=(ACCOUNT, "a token"), timeout=30).status_code == 415
    assert httpx.post(path, data=FORM, timeout=30).status_code == 401
