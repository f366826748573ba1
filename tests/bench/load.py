"""Callers who each wait for their answer before they ask again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from tests.races.wire import Caller


@dataclass
class Load:
    """Seconds of each request, and of all of them together."""

    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed


async def load(
    port: int, requests: Iterator[bytes], *, callers: int, seconds: float = float("inf"), most: int | None = None
) -> Load:
    """Send requests until the time is over or so many were sent.

    Raises:
        AssertionError: one was refused; figures of refusals measure nothing.
    """
    connections = [Caller(port) for _ in range(callers)]

    async def ask(number: int) -> None:
        raw = next(requests)
        answer = await connections[number].send(raw)
        assert answer.status in (200, 201), f"{answer.status} {answer.body!r} for {raw!r}"

    try:
        return await repeat(ask, callers=callers, seconds=seconds, most=most)
    finally:
        for connection in connections:
            connection.close()


async def repeat(
    run: Callable[[int], Awaitable[None]], *, callers: int, seconds: float = float("inf"), most: int | None = None
) -> Load:
    """Run something again and again from each caller, who is told its number."""
    seen = Load()
    left = most if most is not None else 1 << 62
    began = perf_counter()

    async def call(number: int) -> None:
        nonlocal left
        while left > 0 and (begun := perf_counter()) - began < seconds:
            left -= 1
            await run(number)
            seen.seconds.append(perf_counter() - begun)

    async with asyncio.TaskGroup() as group:
        for number in range(callers):
            group.create_task(call(number))
    seen.elapsed = perf_counter() - began
    return seen
