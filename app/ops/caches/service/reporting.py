"""The figures of caches as they are shown."""

from datetime import datetime
from typing import Any

from app.core.cache import Figures
from app.core.controls import Control
from app.core.handlers import database_problem
from app.core.patience import within
from app.ops.caches.rules import THRESHOLD_PERCENT, Judgement, judge, judge_all, percent, together
from app.ops.caches.schemas import Alert, CacheStats, Counts, Override
from app.ops.caches.service.acting import obey, overrides
from app.ops.caches.service.gathering import gauge, told, told_by_others
from app.ops.process import Process
from app.ops.schemas import Scope, about

ANSWER_SECONDS = 1.5
"""So long the database has to say how the other processes do; then this one speaks for itself alone."""


async def stats(process: Process, *, scope: Scope, now: datetime) -> CacheStats:
    """Return how well the caches serve: in all processes, in this one alone where the database does not answer."""
    obey(process.caches, process.controls, now=now)
    said, failed = [told(gauge(process.caches))], False
    if scope == "cluster":
        try:
            said += await within(ANSWER_SECONDS, _others(process, now))
        except Exception as failure:
            if database_problem(failure) is None:
                raise
            scope, failed = "instance", True
    held = overrides(process.controls, now=now)
    names = {cache.definition.name: cache.lifetime for cache in process.caches}
    each = {name: together([caches[name] for caches in said if name in caches]) for name in names}
    latest = max(held.values(), key=lambda control: control.created_at, default=None)
    whole = _counts(together(each.values()), judge_all(each.values()), min(names.values()), latest)
    shown = {name: _counts(each[name], judge(each[name]), names[name], held.get(name)) for name in names}
    return CacheStats(
        **whole,
        caches={name: Counts(**counts) for name, counts in shown.items()},
        listening=process.caches.trusted,
        processes=len(said),
        degraded=["database_unavailable"] if failed else [],
        **about(process, now=now, scope=scope),
    )


async def _others(process: Process, now: datetime) -> list[dict[str, Figures]]:
    async with process.sessions() as session:
        return await told_by_others(session, process, now=now)


def _counts(one: Figures, verdict: Judgement, lifetime: float, held: Control | None) -> dict[str, Any]:
    """Return the fields of `Counts`."""
    lookups = one.hits + one.misses
    rate = percent(one.hits, lookups)
    same = (
        "size",
        "hits",
        "misses",
        "sets",
        "deletes",
        "evictions",
        "expirations",
        "bypasses",
        "memory_bytes",
        "state",
    )
    return {
        **{name: getattr(one, name) for name in same},
        "max_size": one.most,
        "lookups": lookups,
        "stampedes_prevented": one.stampedes,
        "stale_served": one.stale,
        "hit_rate": "0%" if rate is None else f"{rate:.2f}%",
        "hit_rate_percent": rate,
        "hit_rate5m_percent": percent(one.hits_5m, one.lookups_5m),
        "lookups5m": one.lookups_5m,
        "memory_usage": f"{one.memory_bytes / 1024:.2f}KB",
        "ttl_seconds": lifetime,
        "ttl_override": None if held is None else override(held),
        "alert": Alert(
            threshold=THRESHOLD_PERCENT, firing=verdict.firing, suppressed_because=verdict.suppressed_because
        ),
    }


def override(control: Control) -> Override:
    """Return a lifetime that is set, as it is shown."""
    return Override(
        id=control.id,
        seconds=control.value.get("seconds"),
        multiplier=control.value.get("multiplier"),
        reason=control.reason,
        actor=control.actor,
        created_at=control.created_at,
        expires_at=control.expires_at,
    )
