"""The database gone, frozen, cut off and back again: an honest 503 in time, and the next request works."""

import asyncio
import struct
import time
from datetime import UTC, datetime, timedelta
from enum import Enum

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.core.config import Settings
from app.main import create_app
from tests.fixtures.api import PATIENT

TEN = "2026-03-24T10:00:00Z"
NOW = datetime(2026, 3, 23, 8, tzinfo=UTC)
PORT = 5432
SOON = 7
"""Seconds: the usual deadline, and what a busy machine takes; without it the driver would give up after nine."""
USUAL = {name: Settings.model_fields[name].default for name in PATIENT}
HURRIED = {
    "request_deadline": timedelta(seconds=1.5),
    "pool_timeout": timedelta(seconds=0.5),
    "connect_timeout": timedelta(seconds=0.5),
}


class State(Enum):
    """How the database is."""

    well = "well"
    frozen = "frozen"
    starting = "starting"


def startup_refused():
    """Return what PostgreSQL says while it starts (57P03)."""
    fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


class Line:
    """The way to the database, in this process: it can be cut, frozen, and mended."""

    def __init__(self, directory, target):
        self.path = directory / f".s.PGSQL.{PORT}"
        self.state = State.well
        self.freezes_at = None
        self._target = target
        self._thawed = asyncio.Event()
        self._server = None
        self._tasks = set()

    async def mend(self):
        """Let everything through, what waited included."""
        self.state, self.freezes_at = State.well, None
        self._thawed.set()
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def cut(self):
        """Close every connection and take no new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.path.unlink(missing_ok=True)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def freeze(self, *, at=None):
        """Answer nothing from now on, or from the first message on that holds these bytes."""
        self._thawed.clear()
        if at is None:
            self.state = State.frozen
        self.freezes_at = at

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        upstream = None
        try:
            if self.state is State.starting:
                await reader.read(65536)
                writer.write(startup_refused())
                await writer.drain()
                return
            back, upstream = await self._connect()
            await asyncio.gather(self._carry(reader, upstream), self._carry(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.close()
            self._tasks.discard(task)

    async def _carry(self, source, destination):
        while data := await source.read(65536):
            if self.freezes_at is not None and self.freezes_at in data:
                self.state = State.frozen
            if self.state is State.frozen:
                await self._thawed.wait()
            destination.write(data)
            await destination.drain()
        destination.close()

    async def _connect(self):
        host = self._target.query.get("host", self._target.host)
        if str(host).startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{self._target.port or PORT}")
        return await asyncio.open_connection(host, self._target.port or PORT)


@pytest.fixture
async def line(tmp_path_factory, database_url):
    """A way to the database of this run."""
    line = Line(tmp_path_factory.mktemp("line"), make_url(database_url))
    await line.mend()
    yield line
    await line.mend()
    await line.cut()


@pytest.fixture
async def serve(line, settings, database_url):
    """Serve the application behind the line: `await serve(**settings)` returns an HTTP client."""
    apps, clients = [], []

    async def begin(**changes):
        url = make_url(database_url).set(host=None, port=None, query={"host": str(line.path.parent)})
        changes["database_url"] = url.render_as_string(hide_password=False)
        app = create_app(settings.model_copy(update=USUAL | changes))
        app.state.clock = lambda: NOW
        apps.append(app)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        clients.append(client)
        return client

    yield begin
    await line.mend()
    for client in clients:
        await client.aclose()
    for app in apps:
        await app.state.process.stop()
        await app.state.engine.dispose()


async def ask(http, place, method="GET", path="/bookings", **options):
    """Return an answer and how many seconds it took."""
    headers = {**place.headers, **options.pop("headers", {})}
    started = time.perf_counter()
    answer = await http.request(method, f"/api{path}", headers=headers, **options)
    return answer, time.perf_counter() - started


def assert_unavailable(answer, seconds, code="database_unavailable"):
    assert (answer.status_code, answer.json()["code"]) == (503, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["requestId"] == answer.headers["X-Request-ID"]
    assert seconds < SOON


async def test_without_its_database_it_says_so_and_works_again_when_it_is_back(line, serve, make_bookable):
    place = await make_bookable()
    http = await serve()
    await line.cut()

    gone = [await ask(http, place) for _ in range(3)]
    gone.append(await ask(http, place, "POST", json=place.wanted(TEN)))
    gone.append(await ask(http, place, "POST", json=place.wanted(TEN), headers={"Idempotency-Key": "k"}))
    await line.mend()
    back, _ = await ask(http, place, "POST", json=place.wanted(TEN), headers={"Idempotency-Key": "k"})

    for answer, seconds in gone:
        assert_unavailable(answer, seconds)
    assert back.status_code == 201


async def test_connections_that_were_idle_while_it_restarted_are_replaced(line, serve, make_bookable):
    place = await make_bookable()
    http = await serve()
    await asyncio.gather(*(ask(http, place) for _ in range(8)))

    await line.cut()
    await line.mend()
    back = await asyncio.gather(*(ask(http, place) for _ in range(8)))

    assert {answer.status_code for answer, _ in back} == {200}


async def test_while_it_starts_up_it_is_unavailable(line, serve, make_bookable):
    place = await make_bookable()
    http = await serve()
    line.state = State.starting

    answer, seconds = await ask(http, place)
    await line.mend()
    back, _ = await ask(http, place)

    assert_unavailable(answer, seconds)
    assert back.status_code == 200


@pytest.mark.parametrize(
    "warm", [True, pytest.param(False, marks=pytest.mark.prove)], ids=["with_connections", "without_connections"]
)
async def test_a_frozen_database_holds_nobody_for_long(line, serve, make_bookable, warm):
    place = await make_bookable()
    http = await serve()
    if warm:
        await asyncio.gather(*(ask(http, place) for _ in range(4)))
    line.freeze()

    frozen = await asyncio.gather(
        *(ask(http, place) for _ in range(10)),
        *(ask(http, place, "POST", json=place.wanted(TEN)) for _ in range(10)),
    )
    await line.mend()
    back, seconds = await ask(http, place)

    for answer, took in frozen:
        assert_unavailable(answer, took, answer.json()["code"])
    codes = {answer.json()["code"] for answer, _ in frozen}
    assert codes <= {"deadline_exceeded", "database_unavailable", "database_busy"}
    assert (back.status_code, seconds < 3) == (200, True)


LOCK, INSERT, COMMIT = b"pg_advisory_xact_lock", b"INSERT INTO bookings", b"COMMIT"
FREEZES = [(LOCK, "cut"), (INSERT, "mend"), (COMMIT, "cut")]
MORE_FREEZES = [(LOCK, "mend"), (INSERT, "cut"), (COMMIT, "mend")]


@pytest.mark.parametrize(
    ("at", "then"), [*FREEZES, *(pytest.param(*each, marks=pytest.mark.prove) for each in MORE_FREEZES)]
)
async def test_frozen_in_the_middle_of_a_booking_it_leaves_a_whole_one_or_none(line, serve, make_bookable, at, then):
    place = await make_bookable()
    http = await serve(**HURRIED)
    keyed = {"json": place.wanted(TEN), "headers": {"Idempotency-Key": "once"}}
    await ask(http, place)
    line.freeze(at=at)

    lost, seconds = await ask(http, place, "POST", **keyed)
    if then == "cut":
        await line.cut()
    await line.mend()
    again, _ = await ask(http, place, "POST", **keyed)
    listed, _ = await ask(http, place)

    assert_unavailable(lost, seconds, "deadline_exceeded")
    assert seconds < 2.9  # then the driver would give up
    assert again.status_code == 201, again.text
    assert [item["id"] for item in listed.json()["items"]] == [again.json()["id"]]


async def test_cut_in_the_middle_of_a_request_it_answers_at_once(line, serve, make_bookable):
    place = await make_bookable()
    http = await serve()
    await ask(http, place)
    line.freeze(at=b"INSERT INTO bookings")

    asked = asyncio.create_task(ask(http, place, "POST", json=place.wanted(TEN)))
    async with asyncio.timeout(30):
        while line.state is not State.frozen:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await line.cut()
    answer, seconds = await asked
    await line.mend()
    back, _ = await ask(http, place, "POST", json=place.wanted(TEN))

    assert_unavailable(answer, seconds)
    assert seconds < 4  # before its deadline
    assert back.status_code == 201


async def test_more_callers_than_connections_are_told_that_it_is_busy(line, serve, make_bookable):
    place = await make_bookable()
    http = await serve(db_pool_max=2, **HURRIED)
    await ask(http, place)
    line.freeze()

    answers = await asyncio.gather(*(ask(http, place) for _ in range(6)))
    await line.mend()

    assert {answer.status_code for answer, _ in answers} == {503}
    assert "database_busy" in {answer.json()["code"] for answer, _ in answers}
