"""Our own tables, filled, and an application over them that is told what was asked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.fixtures.api import OPERATOR_KEY

PATH = "/api/performance/queries/recommendations"

FILL = """
SET session_replication_role = replica;
CREATE TEMP TABLE c AS SELECT gen_random_uuid() AS id, n FROM generate_series(0, 29) n;
INSERT INTO clients (id, client_key, name, timezone, region, currency, locale)
SELECT id, 'client-' || n, 'Client', 'UTC', 'GB', 'GBP', 'en-GB' FROM c;
CREATE TEMP TABLE s AS SELECT c.id AS client_id, gen_random_uuid() AS id, c.n AS c, g AS n
FROM c CROSS JOIN generate_series(0, 9) g;
INSERT INTO services (client_id, id, name, duration_minutes) SELECT client_id, id, 'Service ' || n, 30 FROM s;
CREATE TEMP TABLE r AS SELECT c.id AS client_id, gen_random_uuid() AS id, c.n AS c, g AS n
FROM c CROSS JOIN generate_series(0, 9) g;
INSERT INTO resources (client_id, id, name) SELECT client_id, id, 'Resource ' || n FROM r;
CREATE TEMP TABLE u AS SELECT c.id AS client_id, gen_random_uuid() AS id, g AS n
FROM generate_series(1, {rows}) g JOIN c ON c.n = g % 30 ORDER BY g;
INSERT INTO customers (client_id, id, phone, name, email, created_at)
SELECT client_id, id, '+44740' || n, chr(65 + n % 23) || 'nn ' || n, n || '@example.com',
       '2026-01-01Z'::timestamptz + (n::int8 * 7919 % {rows}) * interval '1 second' FROM u;
CREATE TEMP TABLE b AS SELECT u.client_id, gen_random_uuid() AS id, u.id AS customer_id, s.id AS service_id,
    r.id AS resource_id, u.n, '2026-01-01Z'::timestamptz + (u.n / 300) * interval '1 hour' AS at
FROM u JOIN s ON s.c = u.n % 30 AND s.n = u.n / 30 % 10 JOIN r ON r.c = u.n % 30 AND r.n = u.n / 30 % 10 ORDER BY u.n;
INSERT INTO bookings (client_id, id, service_id, customer_id, status, starts_at, ends_at, channel, created_at,
                      hold_token_hash)
SELECT client_id, id, service_id, customer_id, CASE WHEN n % 20 = 0 THEN 'cancelled' ELSE 'confirmed' END, at,
       at + interval '30 minutes', 'api', '2026-01-01Z'::timestamptz + (n::int8 * 7919 % {rows}) * interval '1 minute',
       CASE WHEN n % 10 = 0 THEN sha256(n::text::bytea) END FROM b;
INSERT INTO claims (client_id, id, resource_id, service_id, booking_id, blocked, starts_at, ends_at)
SELECT client_id, gen_random_uuid(), resource_id, service_id, id, tstzrange(at, at + interval '30 minutes'), at,
       at + interval '30 minutes' FROM b;
DROP TABLE c, s, r, u, b;
SELECT pg_stat_force_next_flush();
"""
"""Thirty clients whose rows lie mixed on every page; triggers off, for foreign keys are not what is shown here."""


@dataclass
class Scene:
    """An application, its database, and a way to tell it what was asked of that."""

    app: FastAPI
    http: httpx.AsyncClient
    connection: asyncpg.Connection
    shapes: dict[str, str] = field(default_factory=dict)

    def asked(self, statements: dict[str, str], *, seconds: float = 0.2, times: int = 3) -> None:
        """Have the process believe that it ran these statements."""
        recorder = self.app.state.process.recorder
        for name, statement in statements.items():
            for _ in range(times):
                recorder.ran(statement, seconds)
            self.shapes[name] = recorder.shapes.of(statement)

    async def ask(self) -> httpx.Response:
        """Return the endpoint's answer, whatever it is."""
        return await self.http.get(PATH, headers={"X-API-Key": OPERATOR_KEY})

    async def advise(self) -> dict[str, Any]:
        """Return the advice."""
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def at(self, now: datetime) -> None:
        """Hold the application's clock."""
        self.app.state.clock = lambda: now


async def prepare(url: str, *, hypopg: bool, rows: int = 15_000) -> None:
    """Fill a database, and have its planner believe in indexes."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        if hypopg:
            found = await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'")
            if not found:
                pytest.skip("this server has no hypopg to install")
            await connection.execute("CREATE EXTENSION hypopg")
        await connection.execute(FILL.format(rows=rows), timeout=300)
        await connection.execute("CREATE INDEX ix_twice ON bookings (client_id, starts_at)")
        await connection.execute("ANALYZE", timeout=60)
    finally:
        await connection.close()
