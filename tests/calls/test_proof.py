"""Proof that a message is Vapi's, by its real route: signed, unsigned, old, repeated; and whose it is by which sign."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from tests.bookings.conftest import Desk
from tests.calls.callers import PROOF, Caller, connect, tool_call
from tests.fixtures.live import end, make

NOW = datetime(2026, 3, 18, 10, 20, tzinfo=UTC)
SECRET = "topsecret"
HMAC = {"vapi_webhook_plan": {"type": "hmac"}, "vapi_webhook_secret": SecretStr(SECRET)}
FREE = "Tuesday the 24th of March at nine o'clock is free for Check-up. Shall I keep it for you?"


@pytest.fixture(scope="module")
async def signed_for(settings):
    """An application that asks for signed messages."""
    live = make(settings.model_copy(update=HMAC))
    live.set(NOW)
    yield live
    await end(live)


@pytest.fixture
async def signing(signed_for, make_bookable) -> Caller:
    """Somebody who calls it."""
    return await connect(signed_for.app, Desk(await make_bookable(), signed_for.http))


def question(caller):
    calls = [tool_call("call_1", "find_slots", {"when": "2026-03-24T09:00"})]
    return json.dumps(caller.message("tool-calls", toolCallList=calls)).encode()


def signed(body, *, secret=SECRET, at=NOW):
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-timestamp": stamp, "x-signature": signature}


async def test_a_signed_message_is_answered_and_again_with_the_same(signing):
    body = question(signing)

    answers = [await signing.http.post("/webhooks/vapi", content=body, headers=signed(body)) for _ in range(2)]

    assert [answer.json()["results"][0]["result"] for answer in answers] == [FREE, FREE]
    assert await signing.codes() == ["free"]


@pytest.mark.parametrize(
    "wrong", [{"secret": "another"}, {"at": NOW.replace(minute=14)}, {"at": NOW.replace(minute=26)}]
)
async def test_a_message_that_is_signed_wrongly_or_at_another_time_is_refused(signing, wrong):
    body = question(signing)

    answer = await signing.http.post("/webhooks/vapi", content=body, headers=signed(body, **wrong))

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


async def test_a_body_that_was_changed_on_the_way_is_refused(signing):
    body = question(signing)

    answer = await signing.http.post("/webhooks/vapi", content=body.replace(b"09:00", b"10:00"), headers=signed(body))

    assert answer.status_code == 401


@pytest.mark.parametrize("changed", [{"vapi_webhook_secret": None}, {"vapi_webhook_plan": {"type": "oauth2"}}])
async def test_where_no_proof_can_be_checked_nothing_is_let_in(make_live, caller, changed):
    live = await make_live(**changed)

    answer = await live.http.post("/webhooks/vapi", content=question(caller), headers=PROOF)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


@pytest.mark.parametrize("left", ["phone_number_id", "called_number", "assistant_id"])
async def test_each_sign_of_whose_a_call_is_is_enough(caller, left):
    message = caller.message(
        "tool-calls", toolCallList=[tool_call("call_1", "find_slots", {"when": "2026-03-24T09:00"})]
    )
    call, number = message["message"]["call"], message["message"]["phoneNumber"]
    if left != "phone_number_id":
        del call["phoneNumberId"], number["id"]
    if left != "called_number":
        del number["number"]
    if left != "assistant_id":
        del call["assistantId"]

    answer = await caller.http.post("/webhooks/vapi", json=message, headers=PROOF)

    assert answer.json()["results"][0]["result"] == FREE


async def test_a_line_is_a_clients_though_its_assistant_was_deleted(make_caller):
    caller = await make_caller(assistant=False)

    assert "is free for Check-up" in await caller.use("find_slots", when="2026-03-24T09:00")


async def test_a_call_that_goes_on_stays_with_its_client_though_the_line_moves(make_caller, sql):
    caller, other = await make_caller(), await make_caller()
    await caller.use("find_slots", when="2026-03-24T09:00")
    await sql("UPDATE lines SET client_id = :id WHERE number = :number", id=other.desk.client.id, number=caller.line)

    await caller.use("take_message", message="Hello")

    assert len((await caller.desk.get("/attention")).json()["items"]) == 1
