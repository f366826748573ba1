"""What is asked of the database: the shapes that all processes ran, and those of other clients of the server."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.shapes import preview_of
from app.core.tracking import Recorder
from app.ops.queries.rules.figures import Served, Source
from app.ops.samples.service import totals

LOOKED_BACK = timedelta(hours=24)
_MOST_SHAPES = 500

_TEXTS = text("SELECT shape, text FROM query_shapes WHERE shape = ANY (CAST(:shapes AS text[]))")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement by its shape: how often and how long in the last 24 h, milliseconds of execution.

    What only the server has seen (`source`) it has seen since its statistics were last reset.

    `text` is without literals and may be shown; `statement` is for the planner, with those that its author wrote. What
    is `ours` comes from the memory of our processes, never from the server's texts: these any role can write.
    """

    shape: str
    text: str
    statement: str
    calls: int
    total_ms: float
    server_mean_ms: float | None = None
    """As pg_stat_statements has it: without network and driver."""
    source: Source = "app"
    share: float = 0.0
    """Of the time that all statements took of which the same source knows."""

    @property
    def ours(self) -> bool:
        """Whether a process of ours ran it: what only the server has seen may be anybody's."""
        return self.source != "pg_stat_statements"

    @property
    def mean_ms(self) -> float:
        """Milliseconds a call."""
        return self.total_ms / self.calls if self.calls else 0.0

    @property
    def preview(self) -> str:
        """Its beginning on one line."""
        return preview_of(self.text)


async def measured(session: AsyncSession, recorder: Recorder, *, now: datetime) -> dict[str, Asked]:
    """Return the shapes that our processes ran, by fingerprint: as flushed, and of this process what is not yet."""
    figures = {
        shape: (tally.count, tally.sketch.total) for shape, tally in recorder.signals.queries.since_start().items()
    }
    rows = await totals(session, "queries", since=now - LOOKED_BACK)
    figures |= {row.key: (row.count, row.total) for row in rows}
    busiest = sorted(figures, key=lambda shape: -figures[shape][1])[:_MOST_SHAPES]
    texts = {row.shape: row.text for row in await session.execute(_TEXTS, {"shapes": busiest})}
    found = {}
    for shape in busiest:
        known = recorder.shapes.text(shape) or texts.get(shape)
        if known is not None:
            statement = recorder.shapes.statement(shape) or known
            found[shape] = Asked(shape, known, statement, *figures[shape])
    return found


async def looped(session: AsyncSession, recorder: Recorder, *, now: datetime) -> dict[tuple[str, str], int]:
    """Return how many requests of all processes asked row by row, by route and shape."""
    found = dict(recorder.loops)
    for row in await totals(session, "loops", since=now - LOOKED_BACK):
        shape, _, route = row.key.partition(" ")
        found[route, shape] = row.count
    return found


def joined(asked: Mapping[str, Asked], served: Mapping[str, Served]) -> list[Asked]:
    """Add what the server knows of the same shapes and of those that only others ran; the largest share first."""
    ours = sum(each.total_ms for each in asked.values()) or 1.0
    theirs = sum(each.total for each in served.values()) or 1.0
    whole = {shape: replace(each, share=each.total_ms / ours) for shape, each in asked.items()}
    for shape, each in served.items():
        known = whole.get(shape)
        if known is None:
            figures = (each.calls, each.total, each.mean)
            share = each.total / theirs
            whole[shape] = Asked(shape, each.text, each.text, *figures, source="pg_stat_statements", share=share)
        else:
            whole[shape] = replace(known, server_mean_ms=each.mean, source="both")
    return sorted(whole.values(), key=lambda one: (-one.share, one.shape))
