"""A server process and a database of its own, and what can befall them."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from app.catalog.service import resource_lock_keys
from app.core.clock import iso
from tests.races.practice import Practice
from tests.races.processes import Database, Web, children

KEY = "break-glass-key-of-the-drills"
POOL = 3
RECOVERS_SECONDS, ANSWERS_SECONDS = 6.0, 4.4
"""Three seconds are promised, for both; a machine that tests share takes some more of its own. Who waited for the
deadline of users, after 4.5 s, is found out."""
HELD_UP = "SELECT count(*) FROM pg_locks WHERE NOT granted AND $1 = ANY (pg_blocking_pids(pid))"

COLUMNS = {
    "live": "/health/live",
    "ready": "/health/ready",
    "lb": "/health/lb",
    "detailed": "/api/health/detailed",
    "slow": "/api/performance/queries/slow",
    "stats": "/api/performance/queries/stats",
    "recommendations": "/api/performance/queries/recommendations",
    "cache": "/api/cache/stats",
    "rate-limit": "/api/rate-limit/status",
    "connections": "/api/database/connection-limit",
    "backup": "/api/backup-status",
    "runs": "/api/backups",
    "integrity": "/api/integrity",
    "outbound": "/api/outbound",
    "jobs": "/api/jobs",
    "alerts": "/api/alerts",
    "rules": "/api/alerts/rules",
    "slo": "/api/slo",
    "errors": "/api/errors",
    "metrics": "/metrics",
    "tasks": "/api/diagnostics/tasks",
    "memory": "/api/diagnostics/memory",
}

REASON = {"reason": "a drill"}
ORDERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("PUT", "/api/rate-limit/overrides", {"pattern": "keys", "limit": 99999, "expiresInSeconds": 60, **REASON}),
    ("DELETE", "/api/rate-limit/overrides/019f0000-0000-7000-8000-000000000000", {}),
    ("POST", "/api/rate-limit/reset", {"identifier": "ip:192.0.2.1", **REASON}),
    ("DELETE", "/api/cache/keys?reason=a+drill", {}),
    ("POST", "/api/cache/keys/ttl", {"seconds": 60, "expiresInSeconds": 60, **REASON}),
    ("POST", "/api/alerts/error_rate/mute", {"expiresInSeconds": 60, **REASON}),
    ("DELETE", "/api/alerts/error_rate/mute", {}),
    ("POST", "/api/database/pool/reset", REASON),
    ("POST", "/api/backups", REASON),
    ("POST", "/api/integrity/check", {}),
    ("POST", "/api/outbound/pause", REASON),
    ("POST", "/api/outbound/resume", REASON),
    ("POST", "/api/jobs/retry", REASON),
    ("POST", "/api/jobs/1/retry", REASON),
    ("POST", "/api/jobs/1/discard", REASON),
)
"""All that is set through the database: method, path and body."""


@dataclass(frozen=True)
class Seen:
    """An answer, and how many seconds it took."""

    status: int
    told: dict[str, Any]
    seconds: float
    headers: httpx.Headers


class Scene:
    """What a drill may do, and ask."""

    def __init__(self, database: Database, web: Web, practice: Practice) -> None:
        self.database, self.web, self._practice = database, web, practice
        address = f"http://127.0.0.1:{web.port}"
        self._http = httpx.AsyncClient(base_url=address, timeout=20, headers={"X-API-Key": KEY})
        self._user = httpx.AsyncClient(base_url=address, timeout=20, headers={"X-API-Key": practice.key})

    async def close(self) -> None:
        await self._http.aclose()
        await self._user.aclose()

    async def ask(self, path: str, **query: Any) -> Seen:
        """Ask as the person on call does: with the break-glass key."""
        began = time.perf_counter()
        answer = await self._http.get(path, params=query)
        told = answer.json() if "json" in answer.headers["Content-Type"] else {"text": answer.text}
        return Seen(answer.status_code, told, time.perf_counter() - began, answer.headers)

    async def head(self, path: str) -> httpx.Response:
        return await self._http.head(path)

    async def order(self, path: str, **body: Any) -> Seen:
        return await self.send("POST", path, body)

    async def send(self, method: str, path: str, body: dict[str, Any]) -> Seen:
        began = time.perf_counter()
        answer = await self._http.request(method, path, json=body or None)
        told = answer.json() if answer.content else {}
        return Seen(answer.status_code, told, time.perf_counter() - began, answer.headers)

    async def send_all(self) -> dict[str, Seen]:
        """Give all orders at once."""
        seen = await asyncio.gather(*(self.send(*order) for order in ORDERS))
        return {f"{method} {path}": each for (method, path, _), each in zip(ORDERS, seen, strict=True)}

    async def survey(self) -> dict[str, Seen]:
        """Ask all columns of the table at once."""
        seen = await asyncio.gather(*(self.ask(path) for path in COLUMNS.values()))
        return dict(zip(COLUMNS, seen, strict=True))

    async def use(self) -> int:
        """Ask what every user asks; return the status."""
        return (await self._user.get("/api/bookings")).status_code

    async def recovered(self) -> float:
        """Wait until all is well again; return after how many seconds it was.

        Raises:
            TimeoutError: it is not, after 20 s.
        """
        began = time.perf_counter()
        async with asyncio.timeout(20):
            while True:
                lb, detailed = await asyncio.gather(self.ask("/health/lb"), self.ask("/api/health/detailed"))
                if (lb.status, detailed.status, await self.use()) == (200, 200, 200):
                    return time.perf_counter() - began
                await asyncio.sleep(0.05)

    async def connect(self, name: str = "psql") -> asyncpg.Connection:
        return await asyncpg.connect(self.database.dsn, server_settings={"application_name": name})

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """Kill the server; it starts again afterwards."""
        self.database.kill()
        try:
            yield
        finally:
            await asyncio.to_thread(self.database.start_again)

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """Have every process of the server stand still: connections are taken, nothing is answered."""
        file = Path(self.database.server.directory / "data" / "postmaster.pid")
        postmaster = int(file.read_text().split()[0])
        stopped = [postmaster, *children(postmaster)]
        for pid in stopped:
            with suppress(ProcessLookupError):  # a backend may have ended by itself
                os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                with suppress(ProcessLookupError):  # a backend may have ended by itself
                    os.kill(pid, signal.SIGCONT)

    @asynccontextmanager
    async def exhausted(self) -> AsyncIterator[int]:
        """Have users book who is locked, until every connection of the pool waits; yields the pid of who holds it."""
        holder = await self.connect("booking-web")
        (key,) = resource_lock_keys(self._practice.resources)
        await holder.execute(f"BEGIN; SELECT pg_advisory_xact_lock({key})")
        users = [asyncio.create_task(self._book_on()) for _ in range(POOL + 3)]
        try:
            pid = holder.get_server_pid()
            async with asyncio.timeout(20):
                while not await self._full() or await holder.fetchval(HELD_UP, pid) < POOL:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            yield pid
        finally:
            for user in users:
                user.cancel()
            await asyncio.gather(*users, return_exceptions=True)
            holder.terminate()

    async def _book_on(self) -> None:
        practice = self._practice
        wanted = {
            "serviceId": str(practice.offers[0].id),
            "startsAt": iso(practice.start(0, 0)),
            "customer": {"phone": "+447400123456"},
        }
        while True:
            await self._user.post("/api/bookings", json=wanted)

    async def _full(self) -> bool:
        pool = (await self.ask("/api/database/connection-limit")).told["pool"]
        return bool(pool["utilization"] == 100 and pool["waiting"])

    @asynccontextmanager
    async def crowded(self) -> AsyncIterator[list[asyncpg.Connection]]:
        """Take every connection that the server has left."""
        taken: list[asyncpg.Connection] = []
        try:
            await self.crowd(taken)
            yield taken
        finally:
            for connection in taken:
                connection.terminate()

    async def crowd(self, taken: list[asyncpg.Connection]) -> None:
        """Go on until the server refuses."""
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await self.connect())
