"""Advice on the wire."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.advice.rules import advice as rules
from app.ops.advice.service import Advised
from app.ops.schemas import Report


class Recommendation(Wire):
    """A query and what to do about it, in sentences. Durations in milliseconds."""

    query_hash: str
    query_preview: str = Field(description="Without literals.", max_length=200)
    avg_duration: float = Field(description="Milliseconds of execution a call.")
    call_count: int
    suggestions: list[str]


class Estimated(Wire):
    """What it would change. Costs are the planner's, of no unit; the size of the index in bytes."""

    cost_before: float | None
    cost_after: float | None = Field(description="Only where the planner could be asked (hypopg).")
    index_bytes: int | None


class Item(Wire):
    """One piece of advice. Nothing of it has been applied."""

    id: str = Field(description="The same for the same advice, in every process.")
    kind: rules.Kind
    severity: rules.Severity
    confidence: rules.Confidence
    text: str
    sql: str | None = Field(description="What to run, where SQL helps.")
    rollback_sql: str | None = Field(description="What undoes it.")
    evidence: dict[str, Any]
    estimated: Estimated
    affected_queries: list[str]
    first_seen: Instant = Field(description="When this process first gave it.")
    status: Literal["open", "accepted", "dismissed"] = "open"


class Engines(Wire):
    """What the advice rests on."""

    pg_stat_statements: bool
    hypopg: bool
    pg_stats: bool
    unread: int = Field(description="Statements of pg_stat_statements that were not looked at: for a later search.")


class Skipped(Wire):
    """A query without advice: a code, and a sentence."""

    hash: str
    why: str
    detail: str


class Recommendations(Report):
    """All advice, the most pressing first."""

    ok: Literal[True] = True
    recommendations: list[Recommendation]
    count: int = Field(description="Of `recommendations`.")
    items: list[Item]
    engines: Engines
    skipped: list[Skipped]
    generated_at: Instant
    stale_seconds: float | None = Field(description="Age of all this where the database could not be asked.")

    @classmethod
    def of(cls, advised: Advised, **about: Any) -> Self:
        """Return advice as it goes out."""
        found = advised.findings
        queries = by_query(advised)
        return cls(
            **about,
            recommendations=queries,
            count=len(queries),
            items=[item(each, advised.first_seen[each.id]) for each in found.items],
            engines=Engines(
                pg_stat_statements=found.engines.pg_stat_statements,
                hypopg=found.engines.hypopg,
                pg_stats=found.engines.pg_stats,
                unread=found.engines.unread,
            ),
            skipped=[Skipped(hash=s.shape, why=s.verdict.why, detail=s.verdict.detail) for s in found.skipped],
            generated_at=found.at,
            stale_seconds=advised.stale_seconds,
        )


def item(advice: rules.Advice, first_seen: datetime) -> Item:
    """Return one piece of advice as it goes out."""
    estimated = advice.estimated
    return Item(
        **{name: getattr(advice, name) for name in ("id", "kind", "severity", "confidence", "text", "sql", "evidence")},
        rollback_sql=advice.rollback_sql,
        estimated=Estimated(
            cost_before=estimated.cost_before, cost_after=estimated.cost_after, index_bytes=estimated.index_bytes
        ),
        affected_queries=list(advice.queries),
        first_seen=first_seen,
    )


def by_query(advised: Advised) -> list[Recommendation]:
    """Return what to do about each query, the one that took the most time first."""
    asked, sentences = advised.findings.asked, dict[str, list[str]]()
    for each in advised.findings.items:
        for shape in each.queries:
            sentences.setdefault(shape, []).append(f"{each.text} {each.sql}" if each.sql else each.text)
    return [
        Recommendation(
            query_hash=shape,
            query_preview=asked[shape].preview,
            avg_duration=round(asked[shape].mean_ms, 3),
            call_count=asked[shape].calls,
            suggestions=sentences[shape],
        )
        for shape in sorted(sentences, key=lambda one: -asked[one].total_ms)
    ]
