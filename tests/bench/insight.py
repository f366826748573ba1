"""How long the person on call waits for the figures of all statements of all processes."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import create_operations_engine, create_sessions
from app.core.signals import Signals
from app.core.tracking import Recorder
from app.ops.samples.service import Carrier
from tests.bench.load import load
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.bench.wishes import endless
from tests.races.wire import request

SHAPES, PROCESSES, MINUTES, GOAL_MS = 2_000, 2, 60, 100
KEY = "operator-key-of-the-bench"


async def insight(stand: Stand) -> list[Row]:
    """A cluster-wide /stats through HTTP, after an hour in which each of two processes ran 2,000 shapes each minute."""
    minutes = MINUTES if stand.scale.pairs >= 10 else 6
    await _count(stand.database.url, minutes)
    await stand.analyze()
    asked = endless(request("GET", "/api/performance/queries/stats", KEY))
    with stand.web("insight", OPERATOR_API_KEY=KEY) as web:
        await load(web.port, asked, callers=1, most=3)
        seconds = (await load(web.port, asked, callers=1, most=10 * stand.scale.rounds)).seconds
    what = f"/stats of {PROCESSES} processes, {SHAPES:,} shapes each, {minutes} minutes, p95"
    return [Row(what, percentile(seconds, 0.95) * 1000, "ms", None, "", GOAL_MS, False)]


async def _count(url: str, minutes: int) -> None:
    """Let two processes count and carry what they counted, minute for minute up to now."""
    settings, now = Settings(database_url=url, _env_file=None), utcnow()
    engine = create_operations_engine(settings, role="bench")
    sessions, chance = create_sessions(engine), random.Random(5)
    for _ in range(PROCESSES):
        recorder = Recorder(Signals())
        carrier = Carrier(recorder, settings, started_at=now - timedelta(minutes=minutes))
        for minute in _minutes(now, minutes):
            recorder.signals.rotate(minute)
            for number in range(SHAPES):
                recorder.ran(f"SELECT c{number} FROM t WHERE id = $1", chance.lognormvariate(-6, 1))
            async with sessions.begin() as session:
                await carrier.flush(session, state={}, now=minute)
    await engine.dispose()


def _minutes(now: datetime, count: int) -> Iterator[datetime]:
    return (now - timedelta(minutes=count - 1 - number) for number in range(count))
