"""The figures of all statements together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.shapes import preview_of
from app.core.signals import POOL_WAIT, STATEMENTS, Tally
from app.ops.queries.rules.choosing import floor
from app.ops.queries.rules.figures import Seen
from app.ops.queries.rules.loops import loops_of
from app.ops.queries.schemas import Spell, Stats, Thresholds, TopQuery
from app.ops.queries.service.slow import loop_shown, percentiles, rounded
from app.ops.queries.service.views import CRITICAL_MS, SLOW_MS, Summary, View

THRESHOLDS = Thresholds(slow=SLOW_MS, critical=CRITICAL_MS)

WINDOWS: Mapping[str, timedelta] = {
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
}
TOP = 5


@dataclass(frozen=True, slots=True)
class Known:
    """The stretch of time of which anything is known."""

    since: datetime
    until: datetime

    def seconds(self, since: datetime) -> float:
        """Return how much of it lies after an instant, at least a second."""
        return max(1.0, (self.until - max(since, self.since)).total_seconds())


async def figures(view: View, since: datetime, tracked: datetime | None, *, now: datetime) -> dict[str, Any]:
    """Return the members of the answer that are figures, by field name.

    A rate is of the time that is known: from `tracked` on, where that is later than the window's beginning.
    """
    known = Known(tracked or now, now)
    begins = {name: floor(now - length, 1) for name, length in WINDOWS.items()}
    tallies, *spells = await view.spells("database", [since, *begins.values()])
    summary = await view.summary(since, TOP)
    loops = loops_of(await view.tallies("loops", since))[:TOP]
    texts = await view.texts([*(each.shape for each in summary.top), *(loop.shape for loop in loops)])
    of_top = await view.tallies("queries", since, [each.shape for each in summary.top])
    return {
        "stats": _stats(summary, tallies, known.seconds(since)),
        "thresholds": THRESHOLDS,
        "windows": {
            name: Spell(**_spell(spell, known.seconds(begin))) if view.reaches(begin) else None
            for (name, begin), spell in zip(begins.items(), spells, strict=True)
        },
        "top_by_total_time": [
            _top(each, of_top.get(each.shape), texts.get(each.shape, ""), summary.total) for each in summary.top
        ],
        "loops": [loop_shown(loop, texts.get(loop.shape, "")) for loop in loops],
    }


def _stats(summary: Summary, tallies: Mapping[str, Tally], seconds: float) -> Stats:
    sketch = tallies.get(STATEMENTS, Tally()).sketch
    return Stats(
        **_spell(tallies, seconds),
        total_queries=summary.shapes,
        slow_queries=summary.slow,
        critical_queries=summary.critical,
        slow_calls=sketch.count - sketch.at_most(THRESHOLDS.slow),
        critical_calls=sketch.count - sketch.at_most(THRESHOLDS.critical),
    )


def _spell(tallies: Mapping[str, Tally], seconds: float) -> dict[str, Any]:
    statements, waits = (tallies.get(key, Tally()) for key in (STATEMENTS, POOL_WAIT))
    calls = statements.count
    return {
        "total_calls": calls,
        "avg_duration": rounded(statements.sketch.mean),
        "max_duration": rounded(statements.sketch.most) if calls else None,
        **percentiles(statements.sketch),
        "error_rate_percent": round(100 * statements.failed / calls, 3) if calls else None,
        "pool_wait_p95_ms": rounded(waits.sketch.quantile(0.95)),
        "queries_per_second": round(calls / seconds, 3),
    }


def _top(seen: Seen, tally: Tally | None, text: str, whole: float) -> TopQuery:
    return TopQuery(
        hash=seen.shape,
        preview=preview_of(text),
        call_count=seen.calls,
        total_ms=round(seen.total, 3),
        percent_of_total=round(100 * seen.total / whole, 2) if whole else 0.0,
        avg_duration=round(seen.mean, 3),
        max_duration=round(seen.most, 3),
        p95_ms=rounded(tally.sketch.quantile(0.95)) if tally else None,
        routes=list(seen.routes),
    )
