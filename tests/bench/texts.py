"""How soon a text leaves: from a booking to the request at Twilio, through a worker process of its own."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs
from uuid import uuid4

from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.bench.wishes import booking
from tests.races.practice import Practice
from tests.races.processes import Web
from tests.races.wire import Caller

ACCOUNT = f"AC{'0' * 32}"
SENDER = f"MG{'0' * 32}"
BETWEEN, PATIENCE = 0.1, 30.0
LINE = "INSERT INTO lines (number, client_id, messaging_service_sid) VALUES ('+447400999999', $1, $2)"
# The instant that the booking's request was taken up: before its transaction, so more than was asked for.
BEGUN = """
SELECT c.phone, extract(epoch FROM b.created_at)::float8 AS at
FROM bookings b JOIN customers c ON c.client_id = b.client_id AND c.id = b.customer_id WHERE b.client_id = $1
"""


@dataclass
class Twilio:
    """Takes texts, answers at once, and notes when each came, by its recipient."""

    port: int = 0
    came: dict[str, float] = field(default_factory=dict)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                at = time.time()
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                form = parse_qs((await reader.readexactly(length)).decode())
                self.came.setdefault(form["To"][0], at)
                body = json.dumps({"sid": f"SM{uuid4().hex}", "status": "queued", "num_segments": "1"}).encode()
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        except asyncio.IncompleteReadError:
            writer.close()

    async def wait_for(self, count: int) -> None:
        """Wait until so many recipients have been texted.

        Raises:
            TimeoutError: that takes too long.
        """
        async with asyncio.timeout(PATIENCE):
            while len(self.came) < count:  # noqa: ASYNC110 - this is looked at between measurements
                await asyncio.sleep(0.02)


class Worker(Web):
    """`booking worker`."""

    def __init__(self, database_url: str, log: Path, environment: dict[str, str]) -> None:
        super().__init__(database_url, log, environment=environment)
        self._command = [sys.executable, "-m", "app.cli", "worker"]

    def wait_until_ready(self) -> None:
        """Return at once: it listens on no port, and the first text shows that it works."""


@asynccontextmanager
async def _twilio() -> AsyncIterator[Twilio]:
    twilio = Twilio()
    server = await asyncio.start_server(twilio.take, "127.0.0.1", 0)
    twilio.port = server.sockets[0].getsockname()[1]
    try:
        yield twilio
    finally:
        server.close()


async def texts(stand: Stand) -> list[Row]:
    """Bookings at ten a second, each for a new customer; how long until its confirmation is at Twilio."""
    practice = await stand.practice()
    count = 15 if stand.scale.pairs < 10 else 300
    connection = await stand.connect()
    await connection.execute(LINE, practice.client_id, SENDER)
    async with _twilio() as twilio:
        account = {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": "of the benchmarks",
            "APP_TWILIO_API_URL": f"http://127.0.0.1:{twilio.port}",
            "APP_PUBLIC_URL": "https://booking.example.com",
        }
        worker = Worker(stand.database.url, stand.directory / "worker.log", account)
        with stand.web("texts", None, tracked=True, **account) as web, worker:
            await _book(web, practice, range(5))
            await twilio.wait_for(5)
            twilio.came.clear()
            await _book(web, practice, range(5, 5 + count))
            await twilio.wait_for(count)
    begun = {row["phone"]: row["at"] for row in await connection.fetch(BEGUN, practice.client_id)}
    await connection.close()
    waits = [(at - begun[phone]) * 1000 for phone, at in twilio.came.items()]
    of = f"median {percentile(waits, 0.5):.0f} ms; from before the booking's transaction, at 10 bookings a second"
    return [Row("commit to SMS request, p95", percentile(waits, 0.95), "ms", None, of, 250, False)]


async def _book(web: Web, practice: Practice, numbers: range) -> None:
    """Book at a steady pace, however long each takes."""

    async def one(number: int) -> None:
        caller = Caller(web.port)
        answer = await caller.send(booking(practice, number))
        caller.close()
        assert answer.status == 201, answer.body

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            group.create_task(one(number))
            await asyncio.sleep(BETWEEN)
