"""The drill of a database that freezes and thaws while orders are given."""

import asyncio

from tests.ops.faults.scene import ANSWERS_SECONDS, REASON, RECOVERS_SECONDS

LEFT_OPEN = """
    SELECT application_name, state, query FROM pg_stat_activity
    WHERE application_name LIKE 'booking-%-ops' AND xact_start < clock_timestamp() - interval '3 seconds'
"""
MUTE = {"expiresInSeconds": 60, **REASON}


async def drill(scene, *, freezes, seconds):
    """Freeze and thaw under orders and flushes, then see that nothing is left of them and that orders succeed."""
    givers = [
        asyncio.create_task(give(scene, rule))
        for rule in ("error_rate", "slow_queries", "pool_exhausted")
        for _ in "12"
    ]
    for _ in range(freezes):
        await asyncio.sleep(0.3)  # for some orders to be under way
        async with scene.frozen():
            await asyncio.sleep(seconds)
    for giver in givers:
        giver.cancel()
    ended = await asyncio.gather(*givers, return_exceptions=True)
    recovery = await scene.recovered()
    mute = await scene.send("POST", "/api/alerts/error_rate/mute", MUTE)
    flush = await scene.ask("/api/performance/queries/slow")
    observer = await scene.connect()
    async with asyncio.timeout(ANSWERS_SECONDS):
        while await observer.fetch(LEFT_OPEN):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await observer.close()

    assert [each for each in ended if not isinstance(each, asyncio.CancelledError)] == []
    assert recovery < RECOVERS_SECONDS
    assert (mute.status, flush.status, flush.told["degraded"]) == (200, 200, [])
    assert max(mute.seconds, flush.seconds) < ANSWERS_SECONDS


async def give(scene, rule):
    """Mute a rule again and again, and ask what writes down the process' numbers first."""
    while True:
        seen = await scene.send("POST", f"/api/alerts/{rule}/mute", MUTE)
        assert seen.status in {200, 503}, seen.told
        assert seen.seconds < ANSWERS_SECONDS, seen
        await scene.ask("/api/performance/queries/stats")
