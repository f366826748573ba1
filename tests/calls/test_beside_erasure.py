"""What comes while a customer is forgotten: everybody locks the customer, then calls and messages, then attention."""

import asyncio
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from app.calls.models import Call
from app.calls.service.personal import erase_calls
from app.core.clock import utcnow
from app.core.ids import new_id
from app.messages.rules import Status
from app.messages.service.news import hear
from tests.calls.callers import PROOF

WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
CUSTOMER = text("SELECT id FROM customers WHERE id = :id FOR UPDATE")
MESSAGE = """
INSERT INTO messages
    (client_id, id, direction, channel, kind, status, customer_id, address, due_at, created_at, updated_at)
VALUES (:client, :id, 'out', 'sms', 'confirmation', 'sent', :customer, :phone, now(), now(), now())
"""


@pytest.fixture
async def customer(caller):
    """The id of whoever calls, who is a customer."""
    return UUID((await caller.desk.post("/customers", {"phone": caller.phone})).json()["id"])


@pytest.fixture
def waits(sql):
    """Run something beside, and go on when it waits for a lock."""

    @asynccontextmanager
    async def beside(doing):
        task = asyncio.create_task(doing)
        async with asyncio.timeout(5):
            while not await sql(WAITING):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield task

    return beside


async def test_a_call_of_ours_gets_its_id_at_vapi_while_its_customer_is_forgotten(app, caller, customer, waits):
    ours = Call(client_id=caller.desk.client.id, direction="out", status="dispatching", phone=caller.phone)
    ours.created_at = ours.updated_at = utcnow()
    async with app.state.sessions.begin() as session:
        session.add(ours)
    message = caller.message("status-update", status="in-progress")
    message["message"]["call"] |= {"type": "outboundPhoneCall", "metadata": {"call_id": str(ours.id)}}

    async with app.state.sessions() as session, session.begin():
        await session.execute(CUSTOMER, {"id": customer})
        async with waits(caller.http.post("/webhooks/vapi", json=message, headers=PROOF)) as told:
            await erase_calls(session, caller.desk.client.context, customer)
            await session.commit()

    assert (await told).status_code == 200
    [call] = (await caller.desk.get("/calls")).json()["items"]
    assert (call["id"], call["status"], call["phone"]) == (str(ours.id), "in_progress", None)


async def test_news_of_a_message_come_while_its_customer_is_forgotten_and_leave_no_number(
    app, caller, customer, waits, sql
):
    client, message_id = caller.desk.client.id, new_id()
    await sql(MESSAGE, client=client, id=message_id, customer=customer, phone=caller.phone)

    async def news(session):
        return await hear(session, client, message_id, Status.undelivered, code="30003", now=utcnow())

    async with app.state.sessions() as session, session.begin():
        await session.execute(text("SELECT id FROM messages WHERE id = :id FOR UPDATE"), {"id": message_id})
        await sql(
            "INSERT INTO attention_items (client_id, id, kind, about, customer_id, phone, created_at, updated_at)"
            " VALUES (:client, :id, 'confirmation_undelivered', :about, :customer, :phone, now(), now())",
            client=client,
            id=new_id(),
            about=str(message_id),
            customer=customer,
            phone=caller.phone,
        )
        async with waits(caller.desk.post(f"/customers/{customer}/erase")) as erased:
            assert await news(session)
            await session.commit()

    assert (await erased).status_code == 200
    [item] = (await caller.desk.get("/attention")).json()["items"]
    assert (item["kind"], item["phone"], item["code"]) == ("confirmation_undelivered", None, "30003")
