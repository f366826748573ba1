"""Ask a service again and again, and tell what changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from app.core.http import Client
from app.ops.doctor.service.asking import answer_of
from app.ops.watch.rules import Seen, State, judge

Ask = Callable[[], Awaitable[Seen]]


async def look(client: Client, url: str, key: str | None, *, strict: bool) -> Seen:
    """Return how a service is, within six seconds: what seems down is asked once more, for one packet may be lost."""
    seen = await _look(client, url, key, strict=strict)
    return await _look(client, url, key, strict=strict) if seen.state is State.down else seen


async def _look(client: Client, url: str, key: str | None, *, strict: bool) -> Seen:
    probe = answer_of(client, f"{url}/health/lb", {})
    if key is None:
        return judge(await probe, None, strict=strict)
    detailed = answer_of(client, f"{url}/api/health/detailed", {"X-API-Key": key})
    return judge(*await asyncio.gather(probe, detailed), strict=strict)


async def changes(ask: Ask, *, pause: Callable[[], Awaitable[None]]) -> AsyncIterator[Seen]:
    """Give how a service is, and then each change of it, for ever."""
    last: Seen | None = None
    while True:
        seen = await ask()
        if seen != last:
            last = seen
            yield seen
        await pause()
