"""How well we do: read from the database for all processes, from memory for this one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.signals import MINUTES_KEPT, Signals, Tally
from app.ops.samples.service import tallies
from app.ops.slo.rules import DAY, MINUTE, WINDOWS, Traffic, is_valid
from app.ops.slo.schemas import Availability, BurnRate, RouteSpeed, Speed
from app.ops.slo.service import windows

MOST_ROUTES = 200
ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read: traffic by window (that of availability under `ASKED`), tallies by route and status."""

    traffic: Mapping[str, Traffic]
    requests: Mapping[str, Tally]


async def of_all(session: AsyncSession, *, minutes: int, days: int, now: datetime) -> Kept:
    """Return what all processes have carried to the database."""
    traffic = await windows.of_all(session, {**WINDOWS, ASKED: days * DAY}, now=now)
    since = windows.begins(now, minutes * MINUTE)
    return Kept(traffic, await tallies(session, "requests", since=since))


def of_process(signals: Signals, *, minutes: int) -> Kept:
    """Return what this process remembers, at most of the last hour."""
    return Kept(windows.of_process(signals, WINDOWS), windows.recent(signals, min(minutes, MINUTES_KEPT)))


def availability(kept: Kept, days: int) -> Availability | None:
    """Return how much of the promise was kept."""
    traffic = kept.traffic.get(ASKED)
    if traffic is None:
        return None
    wrong = traffic.error_percent
    return Availability(
        days=days,
        requests=traffic.valid,
        failed=traffic.failed,
        availability_percent=None if wrong is None else round(100 - wrong, 4),
        error_budget_remaining_percent=_rounded(traffic.budget_left_percent),
    )


def burn_rates(kept: Kept) -> list[BurnRate]:
    """Return how fast the error budget burns, by window."""
    found = [(name, seconds, kept.traffic[name]) for name, seconds in WINDOWS.items() if name in kept.traffic]
    return [
        BurnRate(
            window=name,
            seconds=seconds,
            requests=traffic.valid,
            failed=traffic.failed,
            burn_rate=_rounded(traffic.burn_rate),
        )
        for name, seconds, traffic in found
    ]


def speeds(kept: Kept) -> tuple[Speed, list[RouteSpeed]]:
    """Return how long valid requests took: all of them, and by route."""
    whole, routes = Tally(), dict[str, Tally]()
    for key, tally in kept.requests.items():
        if is_valid(key):
            whole.merge(tally)
            routes.setdefault(key.rsplit(" ", 1)[0], Tally()).merge(tally)
    busiest = sorted(routes.items(), key=lambda item: (-item[1].count, item[0]))[:MOST_ROUTES]
    return Speed(**_speed(whole)), [RouteSpeed(route=route, **_speed(tally)) for route, tally in busiest]


def _speed(tally: Tally) -> dict[str, Any]:
    percentiles = {f"p{share}_ms": _rounded(tally.sketch.quantile(share / 100)) for share in (50, 95, 99)}
    return {
        "requests": tally.count,
        "failed": tally.failed,
        "error_rate_percent": _rounded(Traffic(tally.count, tally.failed).error_percent),
        "max_ms": _rounded(tally.sketch.most) if tally.count else None,
        **percentiles,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)
