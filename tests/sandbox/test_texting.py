"""The terminal's texter: through the stand-in for Twilio, or straight to the webhook."""

import httpx
import pytest
from pydantic import SecretStr

from app.core.ids import new_id
from app.sandbox.places import Places
from app.sandbox.terminal import Desk, Unreached
from app.sandbox.texting import commands
from app.sandbox.texting.commands import _Phone
from app.sandbox.texting.jobs import Straight, ThroughStandIn, way_to
from tests.bookings.conftest import PHONE
from tests.bookings.conftest import Desk as Bookable
from tests.calls.callers import connect
from tests.fixtures.api import OPERATOR_KEY
from tests.sandbox import ACCOUNTS
from tests.sandbox.test_twilio import TEXT, post

NOWHERE = "http://127.0.0.1:1"
PUBLIC = "https://booking.example.com/here"
SENT = """
INSERT INTO messages
  (client_id, id, direction, channel, kind, status, address, line, body, due_at, created_at, updated_at)
VALUES (:client, :id, 'out', 'sms', 'reply', 'not_sent', :phone, '+442071838750', :body, now(), now(), now())
"""


@pytest.fixture
async def through(outside, service):
    """A phone's way through the stand-in, to somebody who listens."""
    async with httpx.AsyncClient() as client:
        yield ThroughStandIn(Desk(client, Places(service.url, outside.url), "demo-dental"), TEXT["To"], TEXT["From"])


async def test_a_text_comes_to_the_webhook_and_what_is_sent_to_the_phone_once(through, outside, service):
    status = await through.send("Tomorrow at 3?")
    post(outside, {**TEXT, "Body": "It is free."})
    post(outside, {**TEXT, "To": "+447400654321", "Body": "For somebody else."})
    looks = [await through.look(), await through.look()]

    assert status == 204
    assert b"Body=Tomorrow+at+3%3F" in service.received[0].body
    assert looks == [["It is free."], []]


@pytest.fixture
def hurried(monkeypatch):
    """Nobody waits for a confirmation that comes after the last answer."""
    monkeypatch.setattr(commands, "LAST_SECONDS", 0.01)


async def test_turns_are_shown_with_their_answers_and_milliseconds(through, service, capsys, hurried):
    service.bodies += [b"<Response><Message>At 3 it is.</Message></Response>"]
    told = await _Phone(through, quietly=False).talk(iter(["At 3", " "]), wait=30)
    [turn] = told["turns"]

    assert [reply["text"] for reply in turn["replies"]] == ["At 3 it is."]
    assert 0 < turn["webhookMs"] <= turn["replies"][0]["ms"]
    assert [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()] == ["you", "they"]


async def test_who_gets_no_answer_is_told_so(through, capsys, hurried):
    told = await _Phone(through, quietly=False).talk(iter(["Anybody?"]), wait=0.1)

    assert told["turns"][0]["replies"] == []
    assert "(no answer within 0.1 s)" in capsys.readouterr().out


async def test_a_webhook_that_refuses_is_told_in_one_line(through, service):
    service.answers += [403]

    with pytest.raises(Unreached, match="answered 403 to /webhooks/twilio/inbound"):
        await _Phone(through, quietly=True).text("hello", wait=0.1)


@pytest.fixture
async def straight(make_live, make_bookable):
    """A phone's way straight to an application that knows Twilio's token, and that application's client."""
    live = await make_live(twilio_auth_token=SecretStr(ACCOUNTS.twilio_token), public_url=PUBLIC)
    called = await connect(live.app, Bookable(await make_bookable(), live.http))
    desk = Desk(live.http, Places("http://test", NOWHERE, OPERATOR_KEY), called.desk.client.client_key)
    return await way_to(desk, ACCOUNTS, PHONE, public_url=PUBLIC), called


async def test_without_a_stand_in_a_text_goes_straight_to_the_webhook_signed_for_the_public_address(straight):
    way, called = straight
    status = await way.send("Tomorrow at 3?")
    [came] = (await called.desk.get("/messages", direction="in")).json()["items"]

    assert isinstance(way, Straight)
    assert (status, came["body"], came["address"]) == (200, "Tomorrow at 3?", PHONE)


async def test_without_a_stand_in_answers_are_read_from_the_api_once(straight, sql):
    way, called = straight
    await sql(SENT, client=called.desk.client.id, id=new_id(), phone=PHONE, body="It is free.")
    await sql(SENT, client=called.desk.client.id, id=new_id(), phone="+447400654321", body="For somebody else.")

    assert [await way.look(), await way.look()] == [["It is free."], []]
