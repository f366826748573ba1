"""What is asked of the database: the shapes that all processes ran, and those of other clients of the server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.shapes import preview_of, shape_of
from app.core.tracking import Recorder
from app.ops.advice.rules.naming import quoted
from app.ops.advice.rules.syntax import NotRead, single
from app.ops.samples.service import totals

LOOKED_BACK = timedelta(hours=24)
_MOST_SHAPES = 500

_TEXTS = text("SELECT shape, text FROM query_shapes WHERE shape = ANY (CAST(:shapes AS text[]))")

_fingerprint = lru_cache(maxsize=1_000)(shape_of)


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement by its shape: how often and how long in the last 24 h, milliseconds of execution.

    `text` is without literals and may be shown; `statement` is for the planner, with those that its author wrote.
    """

    shape: str
    text: str
    statement: str
    calls: int
    total_ms: float
    server_mean_ms: float | None = None
    """As pg_stat_statements has it: without network and driver."""
    source: str = "app"

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


async def joined_with_the_server(
    session: AsyncSession, asked: Mapping[str, Asked], schema: str | None
) -> tuple[dict[str, Asked], bool]:
    """Add what pg_stat_statements (in `schema`) knows; return all, and whether it could be read.

    Of what only others ran, statements that no advice could be about are left out.
    """
    joined = dict(asked)
    if schema is None:
        return joined, False
    query = text(f"""
        SELECT query, calls, total_exec_time AS total, mean_exec_time AS mean FROM {quoted(schema)}.pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY total_exec_time DESC LIMIT 100
    """)  # noqa: S608 - the schema is quoted
    try:
        async with session.begin_nested():
            rows = (await session.execute(query)).all()
    except DBAPIError as refused:  # installed, but not preloaded
        if refused.connection_invalidated:
            raise
        return joined, False
    for row in rows:
        shape, normal = _fingerprint(row.query)
        known = joined.get(shape)
        if known is not None:
            joined[shape] = Asked(*(shape, known.text, known.statement, known.calls, known.total_ms, row.mean, "both"))
        elif _a_query(row.query):
            joined[shape] = Asked(shape, normal, row.query, row.calls, row.total, row.mean, "pg_stat_statements")
    return joined, True


@lru_cache(maxsize=1_000)
def _a_query(statement: str) -> bool:
    try:
        single(statement)
    except NotRead:
        return False
    return True
