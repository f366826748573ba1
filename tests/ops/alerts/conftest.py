"""Watches on a database of their own, a clock that the test moves, and somebody who takes messages."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.signals import Answered
from app.ops.alerts.service.delivering import Courier
from app.ops.alerts.service.leading import Leadership
from app.ops.alerts.service.watching import Watch
from app.ops.process import create_process
from tests.races.processes import dsn_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "whsec_" + "c2VjcmV0" * 4
HOME = "GET /api/bookings"


@dataclass
class Time:
    """The instant that turns are taken at."""

    now: datetime = NOW

    def pass_(self, seconds):
        self.now += timedelta(seconds=seconds)


@dataclass
class Receiver:
    """A webhook's receiver on this machine: answers with these statuses, one after the other, the last for ever."""

    statuses: list[int] = field(default_factory=lambda: [204])
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0
    answer: bytes = b""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def bodies(self):
        return [json.loads(body) for _, _, body in self.taken]

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.taken.append((first, headers, body))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status:
            length = f"Content-Length: {len(self.answer)}\r\n" if self.answer or status != 204 else ""
            head = f"HTTP/1.1 {status} So\r\nLocation: {self.url}/elsewhere\r\n{length}Connection: close\r\n\r\n"
            writer.write(head.encode() + self.answer)
        writer.close()


@pytest.fixture
async def receiver():
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()


@pytest.fixture
def time():
    return Time()


@pytest.fixture(scope="module")
def own_database(databases):
    """A migrated database that no other tests write to."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
async def own_url(own_database):
    """The same, with nothing in it."""
    connection = await asyncpg.connect(dsn_of(own_database))
    await connection.execute("TRUNCATE alerts, alert_pages, samples, processes, controls, periodic_runs")
    await connection.close()
    return own_database


@pytest.fixture
async def make_watch(settings, own_url):
    """Make the watch of another process on the test's database: `make_watch(alert_webhook_url=…)`."""
    made = []

    def make(role="web", **changes):
        process = create_process(settings.model_copy(update={"database_url": own_url, **changes}), role=role)
        watch = Watch(process, Courier(process.settings), Leadership(process.lifeline), role == "worker")
        made.append(process)
        return watch

    yield make
    for process in made:
        await process.stop()


@pytest.fixture
def signed(receiver):
    """The settings of a webhook at the receiver."""
    return {"alert_webhook_url": receiver.url, "alert_webhook_secret": SecretStr(SECRET)}


async def answer(watch, now, *, good=0, failed=0, key=HOME, milliseconds=10.0):
    """Have a process answer so many requests, and carry that to the database."""
    watch.process.signals.rotate(now)
    method, route = key.split()
    for count, status in ((good, 200), (failed, 500)):
        for _ in range(count):
            answered = Answered(method, route, status)
            watch.process.signals.requests.add(answered, milliseconds, failed=status >= 500)
    await watch.process.flush(now=now)


async def turns(watches, time, count, *, seconds=10.0):
    """Let all processes take so many turns, and deliver."""
    for _ in range(count):
        for watch in watches:
            await watch.turn(now=time.now)
            await watch.deliver(now=time.now)
        time.pass_(seconds)


async def stored(watch, query, **values):
    async with watch.process.sessions() as session:
        return (await session.execute(text(query), values)).all()
