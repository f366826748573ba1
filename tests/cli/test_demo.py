"""The demo's businesses can be called and texted, whatever was made of them meanwhile."""

import secrets

import pytest

from app.cli.demo.contact import identifier, reach
from app.clients.contact import service as contact
from app.core.clock import utcnow
from tests.fixtures.api import OPERATOR_KEY

OPERATOR = {"X-API-Key": OPERATOR_KEY}


@pytest.fixture
async def business(make_client):
    """A business with a phone of its own."""
    return await make_client(phone=f"+447400{secrets.randbelow(10**6):06d}")


async def test_a_business_gets_its_number_an_address_and_an_assistant_once(session, business):
    found = [await reach(session, business.context, address="8 Parkway", voice=True, now=utcnow()) for _ in range(2)]
    [line] = await contact.lines_of(session, business.id)
    terms = await contact.terms_of(session, business.id)

    assert found == [business.context.phone] * 2
    assert line.vapi_phone_number_id == identifier(business.client_key, "phone-number")
    assert (terms.address, terms.version) == ("8 Parkway", 2)


async def test_what_was_set_by_hand_stays(session, http, business):
    path, number = f"/api/clients/{business.client_key}", business.context.phone
    theirs = {"messagingServiceSid": "MG" + "a" * 32, "texts": False}
    await http.put(f"{path}/lines/{number.replace('+', '%2B')}", json=theirs, headers=OPERATOR)
    await http.patch(f"{path}/contact", json={"address": "Elsewhere", "version": 1}, headers=OPERATOR)
    await reach(session, business.context, address="8 Parkway", voice=True, now=utcnow())
    [line] = await contact.lines_of(session, business.id)

    assert (line.messaging_service_sid, line.texts) == (theirs["messagingServiceSid"], False)
    assert line.vapi_phone_number_id is not None
    assert (await contact.terms_of(session, business.id)).address == "Elsewhere"


async def test_a_number_that_is_anothers_is_left_to_them(session, http, business, make_client):
    other = await make_client()
    await http.put(
        f"/api/clients/{other.client_key}/lines/{business.context.phone.replace('+', '%2B')}", json={}, headers=OPERATOR
    )

    assert await reach(session, business.context, address=None, voice=False, now=utcnow()) is None
    assert await contact.lines_of(session, business.id) == []


async def test_a_business_without_a_phone_has_no_line(session, make_client):
    nobody = await make_client(phone=None)

    assert await reach(session, nobody.context, address=None, voice=False, now=utcnow()) is None
