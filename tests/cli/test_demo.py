"""The demo's businesses can be called and texted, whatever was made of them meanwhile."""

import secrets

import pytest

from app.cli.demo.contact import give_voices, reach
from app.clients.contact import service as contact
from app.core.clock import utcnow
from tests.fixtures.api import OPERATOR_KEY
from tests.sandbox import sandbox

OPERATOR = {"X-API-Key": OPERATOR_KEY}


@pytest.fixture
async def business(make_client):
    """A business with a phone of its own."""
    return await make_client(phone=f"+447400{secrets.randbelow(10**6):06d}")


async def test_a_business_gets_its_number_and_an_address_once(session, business):
    found = [await reach(session, business.context, address="8 Parkway", now=utcnow()) for _ in range(2)]
    [line] = await contact.lines_of(session, business.id)
    terms = await contact.terms_of(session, business.id)

    assert found == [business.context.phone] * 2
    assert line.number == business.context.phone
    assert (terms.address, terms.version) == ("8 Parkway", 2)


async def test_what_was_set_by_hand_stays(session, http, business):
    path, number = f"/api/clients/{business.client_key}", business.context.phone
    theirs = {"messagingServiceSid": "MG" + "a" * 32, "texts": False}
    await http.put(f"{path}/lines/{number.replace('+', '%2B')}", json=theirs, headers=OPERATOR)
    await http.patch(f"{path}/contact", json={"address": "Elsewhere", "version": 1}, headers=OPERATOR)
    await reach(session, business.context, address="8 Parkway", now=utcnow())
    [line] = await contact.lines_of(session, business.id)

    assert (line.messaging_service_sid, line.texts) == (theirs["messagingServiceSid"], False)
    assert (await contact.terms_of(session, business.id)).address == "Elsewhere"


async def test_a_number_that_is_anothers_is_left_to_them(session, http, business, make_client):
    other = await make_client()
    await http.put(
        f"/api/clients/{other.client_key}/lines/{business.context.phone.replace('+', '%2B')}", json={}, headers=OPERATOR
    )

    assert await reach(session, business.context, address="8 Parkway", now=utcnow()) is None
    assert await contact.lines_of(session, business.id) == []


async def test_a_business_without_a_phone_has_no_line(session, make_client):
    nobody = await make_client(phone=None)

    assert await reach(session, nobody.context, address="8 Parkway", now=utcnow()) is None


@pytest.mark.parametrize("real_twilio", [False, True])
async def test_a_business_gets_a_voice_at_the_stand_in_each_time_it_begins_anew(
    session, settings, business, real_twilio
):
    number = await reach(session, business.context, address="8 Parkway", now=utcnow())
    await session.commit()
    demo = {"clients": [{"clientKey": business.client_key}]}
    for _ in range(2):
        with sandbox() as outside:
            real = {"twilio_api_url": "https://api.twilio.com"} if real_twilio else {}
            changed = settings.model_copy(update={**outside.settings, **real})
            await give_voices(changed, demo, "http://127.0.0.1:8000")
            [assistant] = outside.organisation.things["assistant"].values()
            numbers = [each["number"] for each in outside.organisation.things["phone-number"].values()]

    assert assistant["server"]["url"] == "http://127.0.0.1:8000/webhooks/vapi"
    assert len(assistant["model"]["toolIds"]) == len(outside.organisation.things["tool"])
    assert numbers == ([] if real_twilio else [number])
