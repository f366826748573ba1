"""The wire of query insight. Durations are milliseconds; the names without a unit are those of the documented shape."""

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.queries.rules.figures import Source, Trend
from app.ops.schemas import Report


class Window(Wire):
    """The stretch of time that figures are of: it begins with a whole period, so a little before what was asked."""

    since: Instant
    until: Instant
    seconds: float


class Loop(Wire):
    """Requests of one route that ran one shape at least ten times each: they ask row by row (N+1)."""

    hash: str
    preview: str
    route: str
    requests: int
    most_times: int = Field(description="How often the worst of these requests ran it.")


class SlowQuery(Wire):
    """One shape. Of what only the server saw, figures are since its statistics were reset, not of the window."""

    hash: str
    preview: str
    avg_duration: float
    max_duration: float
    call_count: int
    last_executed: Instant | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    total_ms: float
    percent_of_total: float = Field(description="Share of the time of all statements that its source knows.")
    rows: int | None = Field(description="Rows returned or changed, as the server counted since its reset.")
    pool_wait_p95_ms: float | None = Field(description="Waits for a connection of the requests whose routes run it.")
    error_count: int
    first_seen: Instant | None
    source: Source
    routes: list[str]
    mean_exec_ms: float | None = Field(description="Mean execution on the server, without network or waiting.")
    server_calls: int | None
    shared_hit_percent: float | None = Field(description="Blocks that the server found in its memory.")
    trend: Trend | None = Field(description="Later half of the window beside the earlier; null: under 5 calls in one.")
    loops: list[Loop]


class ServerView(Wire):
    """Whether `pg_stat_statements` could be read, and if not, why."""

    available: bool
    reason: str | None
    since: Instant | None = Field(description="When the server's statistics were last reset.")
    hidden: int = Field(description="Statements of other roles that this role may not see.")
    unread: int = Field(description="Statements whose text is read for a later answer: not listed in this one.")


class QueryReport(Report):
    """What both answers say of themselves."""

    ok: bool
    window: Window
    source: Source = Field(description="`app`: the numbers are those of processes alone.")
    complete: bool = Field(description="Whether nothing is known to be missing.")
    tracking_since: Instant | None
    dropped: int = Field(description="Runs of statements that were one shape too many to keep.")
    degraded: list[str]


class SlowQueries(QueryReport):
    """The slowest shapes."""

    slow_queries: list[SlowQuery]
    count: int
    threshold: float
    server: ServerView


class Spell(Wire):
    """All statements of a stretch of time together; null where nothing ran."""

    total_calls: int
    avg_duration: float | None
    max_duration: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate_percent: float | None
    pool_wait_p95_ms: float | None
    queries_per_second: float


class Stats(Spell):
    """The same of the window, with how many shapes there were and how many of them are slow on average."""

    total_queries: int
    slow_queries: int
    critical_queries: int
    slow_calls: int = Field(description="Calls over the threshold, whatever their shape's average.")
    critical_calls: int


class Thresholds(Wire):
    """From how many milliseconds a shape counts as slow, or critical."""

    slow: int
    critical: int


class TopQuery(Wire):
    """One of the shapes that take the most time in all."""

    hash: str
    preview: str
    call_count: int
    total_ms: float
    percent_of_total: float
    avg_duration: float
    max_duration: float
    p95_ms: float | None
    routes: list[str]


class QueryStats(QueryReport):
    """The figures of all statements."""

    stats: Stats
    thresholds: Thresholds
    windows: dict[str, Spell | None] = Field(description="`5m`, `1h`, `24h`; null: not known so far back.")
    top_by_total_time: list[TopQuery]
    loops: list[Loop] = Field(description="The five that most requests ran into.")
