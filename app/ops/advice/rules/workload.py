"""Advice on how the service asks: in loops, and with too few connections."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from app.ops.advice.rules.advice import Advice

LOOP = 10
_WAITS, _WAIT_MS = 100, 10.0
"""Fewer or shorter waits in an hour say nothing."""


class Spent(NamedTuple):
    """How often, and how many milliseconds in all."""

    times: int = 0
    total_ms: float = 0.0


def loops(seen: Mapping[tuple[str, str], int], preview: Callable[[str], str]) -> Iterator[Advice]:
    """Yield advice for each shape that a route runs row by row; `seen` counts the requests by route and shape."""
    for (route, shape), requests in sorted(seen.items()):
        if preview(shape):
            yield Advice(
                "n_plus_one",
                f"{route} {shape}",
                "medium",
                "certain",
                f"{route} ran this {LOOP} times or more within one request: ask once for all of them.",
                evidence={"route": route, "requests": requests, "leastTimesARequest": LOOP},
                queries=(shape,),
            )


def pool_wait(waits: Spent, queries: Spent) -> Advice | None:
    """Return advice where requests waited longer for a connection than their statements ran, in the same time."""
    mean = waits.total_ms / waits.times if waits.times else 0.0
    if waits.times < _WAITS or mean < _WAIT_MS or waits.total_ms <= queries.total_ms:
        return None
    return Advice(
        "pool_wait",
        "pool",
        "high",
        "certain",
        f"Requests waited {mean:,.0f} ms for a connection on average, longer than their statements ran: "
        "shorten transactions, or raise DB_POOL_MAX within the server's limit.",
        evidence={
            **{"waits": waits.times, "waitMs": round(waits.total_ms, 1), "meanWaitMs": round(mean, 1)},
            **{"queryMs": round(queries.total_ms, 1), "windowMinutes": 60},
        },
    )
