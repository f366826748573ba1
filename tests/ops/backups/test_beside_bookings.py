"""A backup beside bookings: it holds one moment, whatever is booked while it is taken."""

import asyncio

import httpx
import pytest

from app.core.clock import iso, utcnow
from app.core.config import Settings
from app.core.progress import unheard
from app.main import create_app
from app.ops.backups.drills.service.drilling import drill
from tests.bench.wishes import MINUTES, STAFF, offers
from tests.generous import GENEROUS
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import beside, locked, run, waiting_dump
from tests.races.practice import found

BEFORE, MEANWHILE, PACE = 5, 20, 20
BOOKED = ("public.bookings", "public.claims", "public.customers", "public.booking_events", "public.pgqueuer")


@pytest.fixture
async def desk(databases):
    """A database of this test, and how to book the nth appointment in it: `await book(3)`."""
    url = databases.create()
    practice = await found(url, resources=STAFF, offers=offers(), now=utcnow())
    app = create_app(Settings(env="test", database_url=url, secret_key="0" * 32, rate_limits=GENEROUS, _env_file=None))
    app.state.process.lifeline.on_found.clear()

    async def nth(number):
        body = {
            "serviceId": str(practice.offers[0].id),
            "startsAt": iso(practice.start(0, number // STAFF * MINUTES)),
            "resourceId": str(practice.resources[number % STAFF]),
            "customer": {"phone": f"+447400{number:06d}", "name": "Sam Taylor"},
        }
        answer = await http.post("/api/bookings", json=body, headers={"X-API-Key": practice.key})
        assert answer.status_code == 201, answer.text

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        yield url, nth
    await app.state.process.stop()
    await app.state.engine.dispose()
    databases.drop(url)


async def counts(url):
    async with beside(url) as observer:
        return {name: await observer.fetchval(f"SELECT count(*) FROM {name}") for name in BOOKED}


async def test_a_backup_holds_one_moment_while_twenty_bookings_a_second_go_on(desk, make_context):
    url, book = desk
    context = make_context(database_url=url)
    for number in range(BEFORE):
        await book(number)
    before = await counts(url)

    async with locked(url, "integrity_checks"), beside(url) as observer:
        running = asyncio.create_task(run(context))
        await waiting_dump(observer)  # the snapshot is taken, and no row has been read
        began = asyncio.get_running_loop().time()
        for number in range(BEFORE, BEFORE + MEANWHILE):
            await book(number)
            await asyncio.sleep(max(0.0, began + (number - BEFORE) / PACE - asyncio.get_running_loop().time()))
    manifest = await running

    kept = look(context).backups[-1]
    proof = await drill(context, kept, unheard, now=utcnow())
    assert (await counts(url))["public.bookings"] == BEFORE + MEANWHILE
    assert {name: manifest.tables[name].rows for name in BOOKED} == before
    assert (proof.passed, proof.level, proof.mismatches) == (True, 4, []), proof
