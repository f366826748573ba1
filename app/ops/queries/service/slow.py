"""The list of the slowest shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.shapes import preview_of
from app.core.signals import Tally
from app.core.sketch import Sketch
from app.ops.queries.rules.choosing import MEASURES, Wanted, first, joined
from app.ops.queries.rules.figures import Statement
from app.ops.queries.rules.loops import Looped, loops_of
from app.ops.queries.schemas import Loop, SlowQuery
from app.ops.queries.service.server import ServerStatements
from app.ops.queries.service.views import View


@dataclass(frozen=True, slots=True)
class _Known:
    """What is told of each listed statement beside its own figures."""

    tallies: Mapping[str, Tally]
    waits: Mapping[str, Tally]
    loops: Sequence[Looped]
    texts: Mapping[str, str]
    whole: Mapping[bool, float]
    """The time of all statements, by whether the processes saw them."""


async def slowest(view: View, server: ServerStatements, wanted: Wanted, since: datetime) -> list[SlowQuery]:
    """Return the shapes that are wanted, the first in order first."""
    statements = joined(await view.seen(since), server.by_shape)
    whole = {seen: sum(each.figures.total for each in statements if (each.seen is not None) is seen)
             for seen in (True, False)}  # fmt: skip
    chosen = [statement for statement in statements if wanted.takes(statement)]
    tallies: Mapping[str, Tally] = {}
    if wanted.sort == "p95":
        tallies = await view.tallies("queries", since, [each.shape for each in chosen])
        ranks = {shape: tally.sketch.quantile(0.95) or 0.0 for shape, tally in tallies.items()}
        chosen = [each for each in chosen if ranks.get(each.shape, -1.0) >= wanted.least]
        chosen = first(chosen, lambda statement: ranks[statement.shape], wanted.limit)
    else:
        chosen = first(chosen, MEASURES[wanted.sort], wanted.limit)
        tallies = await view.tallies("queries", since, [each.shape for each in chosen])
    routes = sorted({route for each in chosen for route in each.routes})
    known = _Known(
        tallies,
        await view.tallies("pool_wait", since, routes),
        loops_of(await view.tallies("loops", since)),
        await view.texts([each.shape for each in chosen if each.seen is not None]),
        whole,
    )
    return [_shown(statement, known) for statement in chosen]


def loop_shown(loop: Looped, text: str) -> Loop:
    """Return a loop for the wire."""
    names = {"hash": loop.shape, "preview": preview_of(text)}
    return Loop(**names, route=loop.route, requests=loop.requests, most_times=loop.most_times)


def percentiles(sketch: Sketch) -> dict[str, float | None]:
    """Return the percentiles that every list shows, by field name, in milliseconds."""
    return {f"p{share}_ms": rounded(sketch.quantile(share / 100)) for share in (50, 95, 99)}


def rounded(milliseconds: float | None) -> float | None:
    """Return a duration as it is shown: to the microsecond."""
    return None if milliseconds is None else round(milliseconds, 3)


def _shown(statement: Statement, known: _Known) -> SlowQuery:
    seen, served, figures = statement.seen, statement.served, statement.figures
    text = known.texts.get(statement.shape) or (served.text if served else "")
    tally = known.tallies.get(statement.shape) if seen else None
    waits = Sketch.merged(known.waits[route].sketch for route in statement.routes if route in known.waits)
    whole = known.whole[seen is not None]
    of_server: dict[str, Any] = {}
    if served is not None:
        hits = served.hit_percent
        of_server = {
            "rows": served.rows,
            "mean_exec_ms": rounded(served.mean),
            "server_calls": served.calls,
            "shared_hit_percent": None if hits is None else round(hits, 2),
        }
    return SlowQuery(
        hash=statement.shape,
        preview=preview_of(text),
        avg_duration=round(figures.mean, 3),
        max_duration=round(figures.most, 3),
        call_count=figures.calls,
        total_ms=round(figures.total, 3),
        percent_of_total=round(100 * figures.total / whole, 2) if whole else 0.0,
        last_executed=seen.last_seen if seen else None,
        first_seen=seen.first_seen if seen else None,
        **percentiles(tally.sketch if tally else Sketch()),
        pool_wait_p95_ms=rounded(waits.quantile(0.95)),
        error_count=seen.failed if seen else 0,
        source=statement.source,
        routes=list(statement.routes),
        trend=seen.trend if seen else None,
        loops=[loop_shown(loop, text) for loop in known.loops if loop.shape == statement.shape],
        **{"rows": None, "mean_exec_ms": None, "server_calls": None, "shared_hit_percent": None, **of_server},
    )
