"""Every rule, with the numbers of the runbook ("Monitoring & Alerts") and what to do first."""

from app.ops.alerts.rules.terms import Rule, Severity, Step

CRITICAL, WARNING, INFO = Severity.critical, Severity.warning, Severity.info
SLOW_QUERY_MS = 1_000
LATE_SECONDS = 300

_ERRORS, _SLOW, _POOL = "High Error Rates", "Slow Response Times", "High Connection Pool Utilization"
_LOST, _QUERIES = "Database Connection Failures", "Query Performance Issues"


def ask(path: str) -> str:
    """Return the command that asks the service."""
    return f'curl -H "X-API-Key: $API_KEY" "$BOOKING_URL{path}"'


_HEALTH, _CONNECTIONS = ask("/api/health/detailed"), ask("/api/database/connection-limit")
_SLOWEST, _ADVICE = ask("/api/performance/queries/slow"), ask("/api/performance/queries/recommendations")
_WHAT_FAILS, _PROMISE = ask("/api/errors"), ask("/api/slo")
_DOCTOR, _BACKUP_STATUS, _JOBS = "booking ops doctor", ask("/api/backup-status"), ask("/api/jobs")
_BACKUPS, _RESTORING = "Automated Backups", "Restore Procedure"


def _burning(name: str, times: float, severity: Severity, long: str, short: str) -> Rule:
    title = f"The error budget burns {{value}} times too fast, over {long} and over {short}"
    floor = f"100 valid requests and 5 errors in {long}"
    steps = (Step(severity, times),)
    wrong = f"the error budget burns too fast over {long} and over {short}"
    return Rule(name, title, "times", steps, _ERRORS, (_WHAT_FAILS, _PROMISE), floor=floor, wrong=wrong)


RULES = (
    Rule(
        "error_rate",
        "{value} % of requests fail",
        "percent",
        (Step(CRITICAL, 10), Step(WARNING, 5, reaches=True), Step(INFO, 1, reaches=True)),
        _ERRORS,
        (_WHAT_FAILS, _HEALTH),
        floor="20 valid requests or 5 errors in 5 minutes",
        wrong="many requests fail",
    ),
    Rule(
        "system_down",
        "Nobody is served: every request of the last minutes failed, or no web process lives",
        "percent",
        (Step(CRITICAL, 100, reaches=True),),
        "Complete System Failure",
        (_DOCTOR, _WHAT_FAILS),
        floor="5 valid requests in 2 minutes",
        release=1.0,
        wrong="nobody is served",
    ),
    Rule(
        "database_unavailable",
        "The database did not answer, {value} times in a row",
        "checks",
        (Step(CRITICAL, 1),),
        _LOST,
        (_DOCTOR, _HEALTH),
        release=0.0,
        calm_seconds=30,
        wrong="the database does not answer",
        single="The database did not answer, once",
    ),
    Rule(
        "pool_utilization",
        "{value} % of a process' database connections are in use",
        "percent",
        (Step(WARNING, 80),),
        _POOL,
        (_CONNECTIONS, _SLOWEST),
        wrong="most of a process' database connections are in use",
    ),
    Rule(
        "pool_exhausted",
        "{value} requests wait for a database connection",
        "requests",
        (Step(CRITICAL, 0),),
        _POOL,
        (_CONNECTIONS, _SLOWEST),
        wrong="requests wait for a database connection",
        single="A request waits for a database connection",
    ),
    Rule(
        "connections",
        "{value} % of the connections that the server takes are in use",
        "percent",
        (Step(WARNING, 80),),
        _LOST,
        (_CONNECTIONS,),
        wrong="most of the connections that the server takes are in use",
    ),
    Rule(
        "response_time_p95",
        "One request in 20 takes over {value} ms",
        "milliseconds",
        (Step(INFO, 500),),
        _SLOW,
        (ask("/api/performance/queries/stats"), _PROMISE),
        floor="20 valid requests in 5 minutes",
        wrong="one request in 20 takes long",
    ),
    Rule(
        "slow_responses",
        "One request in 100 takes over {value} ms",
        "milliseconds",
        (Step(WARNING, 2_000),),
        _SLOW,
        (ask("/api/performance/queries/stats"), ask("/api/cache/stats")),
        floor="20 valid requests in 5 minutes",
        wrong="one request in 100 takes very long",
    ),
    Rule(
        "slow_queries",
        "{value} kinds of statements take over a second",
        "statements",
        (Step(WARNING, 0),),
        _QUERIES,
        (_SLOWEST, _ADVICE),
        floor="5 runs of a statement in the last 5 to 10 minutes",
        wrong="statements take over a second",
        single="A kind of statement takes over a second",
    ),
    Rule(
        "cache_hit_rate",
        "A warm cache answers only {value} % of what it is asked",
        "percent",
        (Step(INFO, 70),),
        _SLOW,
        (ask("/api/cache/stats"),),
        floor="a warm cache, 100 lookups in 5 minutes",
        falls=True,
        release=1.05,
        wrong="a warm cache answers little of what it is asked",
    ),
    Rule("cpu", "A process uses {value} % of its CPU", "percent", (Step(WARNING, 80),), "CPU Spikes",
         (ask("/api/diagnostics/profile?seconds=5"), _SLOWEST),
         wrong="a process uses most of its CPU"),
    Rule("memory", "{value} % of the memory that it may have is in use", "percent", (Step(WARNING, 80),),
         "Memory Leaks", (ask("/api/diagnostics/memory"), _HEALTH),
         wrong="most of the memory that it may have is in use"),
    Rule("event_loop_lag", "A process serves nobody for {value} ms at a time", "milliseconds", (Step(WARNING, 200),),
         "CPU Spikes", (ask("/api/diagnostics/tasks"), ask("/api/diagnostics/profile?seconds=5")),
         wrong="a process serves nobody for long at a time"),
    Rule("limiter_fallback", "{value} processes count rate limits for themselves alone", "processes",
         (Step(WARNING, 0),), _ERRORS, (ask("/api/rate-limit/status"), _DOCTOR),
         wrong="processes count rate limits for themselves alone",
         single="A process counts rate limits for itself alone"),
    Rule("voice_failing", "{value} % of what callers want done by voice fails", "percent", (Step(WARNING, 10),),
         _ERRORS, (_WHAT_FAILS, _DOCTOR), floor="5 calls of tools in 5 minutes",
         wrong="much of what callers want done by voice fails"),
    Rule("voice_hangs", "Voice assistants kept callers waiting {value} times in 5 minutes", "times",
         (Step(WARNING, 2),), _SLOW, (_SLOWEST, _HEALTH), wrong="voice assistants keep callers waiting"),
    Rule("told_without_booking", "{value} callers were told of what was not booked, moved or cancelled", "calls",
         (Step(WARNING, 0),), _ERRORS, (ask("/api/alerts"),),
         wrong="callers were told of what was not booked, moved or cancelled",
         single="A caller was told of what was not booked, moved or cancelled"),
    Rule("jobs_held", "{value} jobs have given up and wait for a person", "jobs", (Step(WARNING, 0),), _ERRORS,
         ("booking jobs list", _JOBS, "booking jobs retry --all"),
         wrong="jobs have given up and wait for a person", single="A job has given up and waits for a person"),
    Rule("jobs_late", "A job has been due for {value} seconds", "seconds", (Step(WARNING, LATE_SECONDS),), _ERRORS,
         (_JOBS, _DOCTOR), wrong="jobs that are due wait for long", single="A job has been due for a second"),
    Rule("periodic_late", "{value} periodic tasks are late", "tasks", (Step(WARNING, 0),), _ERRORS,
         (_HEALTH, _DOCTOR),
         wrong="periodic tasks are late", single="A periodic task is late"),
    Rule("integrity_findings", "{value} checks of the data found something wrong", "checks", (Step(CRITICAL, 0),),
         "Data Corruption", ("booking integrity check", ask("/api/integrity")),
         wrong="checks of the data found something wrong", single="A check of the data found something wrong"),
    Rule("backup_missed", "No backup has begun for {value} hours", "hours", (Step(WARNING, 26),), _BACKUPS,
         (_BACKUP_STATUS, "booking backup run"), wrong="no backup was begun when one was due",
         single="No backup has begun for an hour"),
    Rule("backup_failed", "{value} backups in a row have failed", "backups", (Step(CRITICAL, 2), Step(WARNING, 0)),
         _BACKUPS, (_BACKUP_STATUS, "booking backup run"), release=0.0,
         wrong="the last backup failed", single="The last backup has failed"),
    Rule("backup_stale", "The newest backup is {value} hours old", "hours", (Step(CRITICAL, 48),), _BACKUPS,
         ("booking backup run", _BACKUP_STATUS), wrong="the newest backup is old",
         single="The newest backup is an hour old"),
    Rule("backup_unproven", "No backup was read to its end in the last 35 days, or none is kept at all", "services",
         (Step(CRITICAL, 0),), _BACKUPS, (_BACKUP_STATUS, "booking backup drill"), wrong="no backup is proven"),
    Rule("drill_overdue", "The last drill was {value} days ago", "days", (Step(WARNING, 35),), _RESTORING,
         ("booking backup drill", _BACKUP_STATUS), wrong="no backup was restored and tried when it was time",
         single="The last drill was a day ago"),
    Rule("drill_failed", "The last drill has failed: that backup could not be brought back", "drills",
         (Step(CRITICAL, 0),), _RESTORING, (_BACKUP_STATUS, "booking backup drill"), wrong="the last drill failed"),
    _burning("burn_rate_fast", 14.4, CRITICAL, "1h", "5m"),
    _burning("burn_rate_slow", 6, CRITICAL, "6h", "30m"),
    _burning("burn_rate_ticket", 1, INFO, "3d", "6h"),
)  # fmt: skip
"""The burn rates use up 2, 5 and 10 % of the error budget before they tell (SRE workbook, "Alerting on SLOs")."""

BY_NAME = {rule.name: rule for rule in RULES}
