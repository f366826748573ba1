"""From a booking through the API to the text at Twilio, by a worker that runs."""

import asyncio

import httpx
import pytest
from sqlalchemy import insert, text

from app.clients.contact.models import Line
from app.core.clock import iso, utcnow
from app.core.db import create_engine
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from app.main import create_app
from tests.jobs.conftest import HURRIED, PATIENCE, eventually
from tests.races.practice import Offer, found


@pytest.fixture
async def practice(databases, configured):
    """A client on a database of its own, whose jobs are nobody else's; with the settings that name it."""
    url = databases.create()
    settings = configured.model_copy(update={"database_url": url})
    made = await found(url, resources=1, offers=(Offer(30, range(1)),), now=utcnow())
    engine = create_engine(settings, role="test")
    async with engine.begin() as connection:
        await connection.execute(insert(Line).values(number="+442079460999", client_id=made.client_id))
    yield made, settings, engine
    await engine.dispose()
    databases.drop(url)


async def test_a_booking_made_by_the_api_is_texted_at_once(practice, outside):
    client, settings, engine = practice
    app, stop = create_app(settings), asyncio.Event()
    worker = asyncio.create_task(run_worker(settings, stop=stop, pace=HURRIED, schedule=Schedule()))
    body = {"serviceId": str(client.offers[0].id), "startsAt": iso(client.start(3, 60))}

    async def settled():
        async with engine.connect() as connection:
            jobs = await connection.scalar(text("SELECT count(*) FROM pgqueuer"))
        return bool(outside.messages) and not jobs

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        customer = {"phone": "+447400123456", "name": "Sam Taylor"}
        headers = {"X-API-Key": client.key}
        booked = await http.post("/api/bookings", json={**body, "customer": customer}, headers=headers)
        await eventually(settled)
        told = (await http.get("/api/messages", headers=headers)).json()["items"]
    stop.set()
    async with asyncio.timeout(PATIENCE):
        await worker
    await app.state.process.stop()
    await app.state.engine.dispose()

    [sent] = outside.messages
    assert booked.status_code == 201, booked.text
    assert [(item["kind"], item["status"]) for item in told if item["kind"] == "confirmation"] == [
        ("confirmation", "accepted")
    ]
    assert {item["body"] for item in told} == {None, sent.body}
    assert (sent.to, sent.sender) == ("+447400123456", "+442079460999")
