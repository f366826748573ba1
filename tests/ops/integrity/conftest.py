"""A database in which everything has happened to bookings that can; and what is found when it is hurt."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.bookings.service import expire_due_holds
from app.core.clock import iso, utcnow
from app.core.config import Settings
from app.core.progress import unheard
from app.main import create_app
from app.ops.backups.service.snapshots import connected
from app.ops.integrity.rules.terms import Outcome, State
from app.ops.integrity.service.looking import Asked, look, look_within
from tests.bench.filling import fill
from tests.fixtures.api import OPERATOR_KEY
from tests.fixtures.database import Databases, in_a_thread
from tests.generous import GENEROUS
from tests.races.practice import Offer, Practice, found
from tests.races.processes import dsn_of

PAST_BOOKINGS = 300
STAFF, ROOM, STUDIO = 10, 10, 11
PLAIN, BUFFERED, TOGETHER, CLASS, CHANGED = range(5)
OFFERS = (
    Offer(30, range(STAFF)),
    Offer(60, range(3, STAFF), before=10, after=5),
    Offer(30, (0, 1, ROOM), assign="all"),
    Offer(60, (STUDIO,), capacity=12),
    Offer(30, (2,)),
)


class Caller:
    """Who speaks for the practice, each call granted."""

    def __init__(self, http: httpx.AsyncClient, practice: Practice) -> None:
        self._http, self.practice = http, practice
        self._phone = 0

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        answer = await self._http.request(method, f"/api{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told

    def _wanted(self, offer: int, day: int, minute: int, **more: Any) -> dict[str, Any]:
        self._phone += 1
        start = iso(self.practice.start(day, minute))
        customer = {"phone": f"+447400{self._phone:06d}", "name": "Sam Taylor"}
        return {"serviceId": str(self.practice.offers[offer].id), "startsAt": start, "customer": customer, **more}

    async def book(self, offer: int, day: int, minute: int = 0, **more: Any) -> str:
        headers = {"Idempotency-Key": f"{offer}-{day}-{minute}-{self._phone}"}
        made: str = (await self.call("POST", "/bookings", self._wanted(offer, day, minute, **more), **headers))["id"]
        return made

    async def hold(self, offer: int, day: int, minute: int = 0, **more: Any) -> tuple[str, dict[str, Any]]:
        held = await self.call("POST", "/bookings/hold", self._wanted(offer, day, minute, **more))
        return held["id"], {"holdToken": held["holdToken"]}

    async def do(self, step: str, booking: str, **body: Any) -> None:
        await self.call("POST", f"/bookings/{booking}/{step}", body)

    async def move(self, booking: str, day: int, minute: int = 0) -> None:
        await self.do("reschedule", booking, startsAt=iso(self.practice.start(day, minute)))


async def live(caller: Caller) -> None:
    """Have everything happen that can happen to bookings."""
    await appointments(caller)
    await holds(caller)
    await classes(caller)
    await a_service_that_changes(caller)


async def appointments(caller: Caller) -> None:
    await caller.book(PLAIN, 1)
    await caller.do("cancel", await caller.book(PLAIN, 1, 30), reason="ill")
    moved = await caller.book(BUFFERED, 1, 60)
    await caller.move(moved, 2, 60)
    await caller.move(await caller.book(TOGETHER, 1, 120), 2, 120)
    for steps in (["complete"], ["no-show"], ["complete", "no-show"], ["no-show", "complete", "no-show", "complete"]):
        booking = await caller.book(PLAIN, 3, 15 * len(steps))
        for step in steps:
            await caller.do(step, booking)
    erased = await caller.call("GET", f"/bookings/{moved}")
    await caller.call("POST", f"/customers/{erased['customer']['id']}/erase")


async def holds(caller: Caller) -> None:
    held, token = await caller.hold(PLAIN, 4)
    await caller.do("extend", held, seconds=120, **token)
    await caller.do("confirm", held, **token)
    released, token = await caller.hold(BUFFERED, 4, 60)
    await caller.do("release", released, **token)
    moved, _ = await caller.hold(TOGETHER, 4, 120)
    await caller.move(moved, 5, 120)
    await caller.hold(CLASS, 4, 240, seats=2)


async def classes(caller: Caller) -> None:
    seats = [await caller.book(CLASS, 6, seats=number) for number in (1, 2, 3)]
    await caller.do("cancel", seats[0])
    await caller.move(seats[1], 7)
    await caller.do("cancel", await caller.book(CLASS, 8))
    held, token = await caller.hold(CLASS, 8)
    await caller.do("confirm", held, **token)
    alone = await caller.book(CLASS, 9)
    await caller.move(alone, 9, 60)
    await caller.do("complete", alone)


async def a_service_that_changes(caller: Caller) -> None:
    """Bookings keep what they were made with, until they are moved."""
    before = [await caller.book(CHANGED, 10, minute) for minute in (0, 30)]
    service = await caller.call("GET", f"/services/{caller.practice.offers[CHANGED].id}")
    changes = {"bufferAfterMinutes": 15, "durationMinutes": 45, "version": service["version"]}
    await caller.call("PATCH", f"/services/{service['id']}", changes)
    await caller.move(before[1], 11)
    await caller.book(CHANGED, 12)


async def leave_a_hold(app: FastAPI, caller: Caller) -> None:
    """Let the holds that there are run out, and make one more."""
    async with app.state.sessions.begin() as session:
        assert await expire_due_holds(session, now=utcnow() + timedelta(hours=1)) == 2
    await caller.hold(PLAIN, 13)


async def furnish(url: str) -> None:
    practice = await found(url, resources=12, offers=OFFERS, now=utcnow())
    await fill(dsn_of(url), practice, PAST_BOOKINGS, last_day=0, settle=False)
    connection = await asyncpg.connect(dsn_of(url))
    await connection.execute("UPDATE services SET updated_at = now() - interval '1 day'")
    await connection.execute("UPDATE clients SET hold_seconds = 3000")  # the last hold outlives the slowest run
    await connection.close()
    settings = Settings.model_validate(
        {
            "env": "test",
            "database_url": url,
            "operator_api_key": OPERATOR_KEY,
            "secret_key": "0" * 32,
            "rate_limits": GENEROUS,
        }
    )
    app = create_app(settings)
    app.state.process.lifeline.on_found.clear()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"X-API-Key": practice.key}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
        caller = Caller(http, practice)
        await live(caller)
        await leave_a_hold(app, caller)
    await app.state.process.stop()
    await app.state.engine.dispose()


@pytest.fixture(scope="session")
def lived_url(databases: Databases) -> Iterator[str]:
    """A database in which everything has happened that can; tests leave it as it is."""
    url = databases.create()
    in_a_thread(lambda: asyncio.run(furnish(url)))
    yield url
    databases.drop(url)


@pytest.fixture
async def connection(lived_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection in a transaction that is rolled back, in which foreign keys are not checked."""
    async with connected(lived_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SET LOCAL session_replication_role = replica")
        yield connection
        await transaction.rollback()


Findings = dict[str, Outcome]
Look = Callable[..., Awaitable[Findings]]


@pytest.fixture
def look_here(connection: asyncpg.Connection) -> Look:
    """Return what is not clean in the transaction, by name: `look_here(client_key=…)`."""

    async def run(**asked: Any) -> Findings:
        return unsound(await look_within(connection, Asked(**asked), unheard, now=utcnow()))

    return run


async def look_at(url: str, **asked: Any) -> Findings:
    """Return what is not clean in a database, by name."""
    return unsound(await look(url, Asked(**asked), unheard, now=utcnow()))


def unsound(outcomes: list[Outcome]) -> Findings:
    return {outcome.check.name: outcome for outcome in outcomes if outcome.state != State.clean}
