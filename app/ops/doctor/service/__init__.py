"""Collect what can be seen, from everywhere at once; nothing here hangs, and nothing keeps a secret."""

import asyncio
from datetime import datetime
from typing import NamedTuple

from app.core.http import Client
from app.ops.doctor.rules.facts import Answer, DatabaseSeen, Facts
from app.ops.doctor.service.asking import answer_of
from app.ops.doctor.service.database import look_at

PROBES = ("/health/live", "/health/ready", "/health/lb")
QUESTIONS = (
    "/api/health/detailed",
    "/api/database/connection-limit",
    "/api/performance/queries/slow?limit=5",
    "/api/cache/stats",
    "/api/rate-limit/status",
    "/api/alerts",
    "/api/backup-status",
)


class Patient(NamedTuple):
    """Whom to look at: the service's address, the key to ask with, and the database, as far as they are known."""

    url: str
    key: str | None
    database_url: str | None
    settings_problems: tuple[str, ...] = ()


async def collect(patient: Patient, client: Client, *, now: datetime) -> Facts:
    """Return all that can be seen of a service and its database within about three seconds."""
    asked = [*PROBES, *(QUESTIONS if patient.key else ())]
    headers = {"X-API-Key": patient.key} if patient.key else {}

    async def ask(path: str) -> Answer:
        return await answer_of(client, patient.url + path, headers if path in QUESTIONS else {})

    async def look() -> DatabaseSeen | None:
        return await look_at(patient.database_url, now=now) if patient.database_url else None

    seen, answers = await asyncio.gather(look(), asyncio.gather(*map(ask, asked)))
    return Facts(
        url=patient.url,
        key_given=patient.key is not None,
        answers={path.partition("?")[0]: answer for path, answer in zip(asked, answers, strict=True)},
        settings_problems=patient.settings_problems,
        database=seen,
    )
