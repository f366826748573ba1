"""Carries the stand-ins' webhooks to the service, in the background, and keeps what came of them."""

import asyncio
import ipaddress
from collections import deque
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.background import BackgroundTask

from app.core.http import Client, Reply, Unanswered, create_client, send

PATIENCE_SECONDS = 15.0
"""How long Twilio waits for an answer, and about what Vapi does."""
MOST_KEPT = 1_000
ANSWER_SECONDS = 5.0
MOST_AT_ONCE = 20
"""Webhooks under way: with hundreds of them the client looks more for a connection than it sends."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook as it was sent, and the status that it was answered with; None: nobody answered."""

    kind: str
    url: str
    status: int | None
    milliseconds: float


def on_this_machine(url: str) -> bool:
    """Return whether an address is of this machine: the stand-ins call no other."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Courier:
    """Sends webhooks and remembers the last of them."""

    def __init__(self) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=MOST_KEPT)
        self._client: Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(MOST_AT_ONCE)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def after_answer(self, work: Coroutine[Any, Any, None]) -> BackgroundTask:
        """Return what begins some work once the answer has left; `settled` waits for it from now on."""
        gate = asyncio.Event()

        async def open_gate() -> None:
            gate.set()

        self.begin(_behind(gate, work))
        return BackgroundTask(open_gate)

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def post(self, kind: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """Send a webhook and return the answer; None where nobody answered, or the address is elsewhere."""
        if not on_this_machine(url):
            self.deliveries.append(Delivery(kind, url, None, 0.0))
            return None
        self._client = self._client or create_client()
        clock = asyncio.get_running_loop().time
        reply = None
        async with self._gate:
            began = clock()
            with suppress(Unanswered):
                reply = await send(self._client, "POST", url, seconds=PATIENCE_SECONDS, headers=headers, body=body)
            taken = (clock() - began) * 1_000
        self.deliveries.append(Delivery(kind, url, reply.status if reply else None, round(taken, 1)))
        return reply

    def stop(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """End everything."""
        self.stop()
        await self.settled()
        if self._client is not None:
            await self._client.aclose()


async def _behind(gate: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):  # who does not take the answer does not hold up the world
            await gate.wait()
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        work.close()
        raise
    await work
