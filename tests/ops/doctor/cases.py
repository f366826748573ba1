"""What may be seen, and what the doctor is to find: code, severity and certainty."""

from dataclasses import replace

from app.ops.doctor.rules.facts import Answer, DatabaseSeen, Facts, Failure
from app.ops.doctor.rules.findings import Certainty, Severity
from app.ops.probes.rules import Schema

URL = "http://127.0.0.1:8000"
WELL = Answer(200, {"status": "healthy"})
UP = {"/health/live": WELL, "/health/ready": WELL, "/health/lb": WELL}
DATABASE_GONE = {
    "/health/live": WELL,
    "/health/ready": Answer(200, {"status": "degraded"}),
    "/health/lb": Answer(503, {"status": "unhealthy", "reason": "database_unavailable"}),
}
DATABASE = DatabaseSeen(
    place="db:5432/booking",
    version=170_000,
    connections=10,
    usable_connections=97,
    revision="0010",
    schema=Schema.at_head,
    held_jobs=0,
    worked_seconds=20,
)
LIMIT = "/api/database/connection-limit"


def dead(failure):
    return {path: Answer(failure=failure) for path in UP}


def refused(**why):
    return DatabaseSeen(place="db:5432/booking", **why)


def seen(answers=UP, database=DATABASE, **more):
    return Facts(URL, answers=answers, database=database, **more)


def said(path, status=200, /, **members):
    return {**UP, path: Answer(status, members)}


down, degraded, note = Severity.down, Severity.degraded, Severity.note
certain, likely, possible = Certainty.certain, Certainty.likely, Certainty.possible
BACKUPLESS = said("/api/backup-status", status="error", problems=[{"hint": "Make one."}])
UNPROVEN = {"backup": {"status": "error", "reasons": ["none_yet"]}}

ALONE = ("limits_alone", degraded, certain)
CASES = {
    "nothing is wrong": (seen(), []),
    "nobody listens": (seen(dead(Failure.refused)), [("service_refuses", down, certain)]),
    "the service is silent": (seen(dead(Failure.silent)), [("service_silent", down, likely)]),
    "its name is unknown": (seen(dead(Failure.name_unknown)), [("service_name_unknown", down, certain)]),
    "no secure connection": (seen(dead(Failure.tls)), [("service_tls", down, certain)]),
    "it is elsewhere": (seen({"/health/live": Answer(301)}), [("service_redirects", down, certain)]),
    "another answers": (seen({"/health/live": Answer(404)}), [("not_the_service", down, likely)]),
    "Render suspended it": (
        seen({"/health/live": Answer(503, routing="suspend-by-user")}),
        [("service_paused", down, certain)],
    ),
    "the process is stuck": (
        seen({**UP, "/health/live": Answer(503, {"status": "unhealthy"})}),
        [("process_stuck", down, certain)],
    ),
    "it is being stopped": (
        seen({**UP, "/health/ready": Answer(503, {"status": "unhealthy", "reason": "shutting_down"})}),
        [("service_not_ready", degraded, certain)],
    ),
    "the database is refused": (
        seen(DATABASE_GONE, refused(failure=Failure.refused)),
        [("database_refused", down, certain)],
    ),
    "only the service does not reach it": (seen(DATABASE_GONE), [("database_unavailable", down, certain)]),
    "nobody asked the database": (seen(DATABASE_GONE, None), [("database_unavailable", down, certain)]),
    "the address here is wrong": (
        seen(UP, refused(failure=Failure.refused)),
        [("database_refused", degraded, certain)],
    ),
    "its name is wrong": (
        seen(DATABASE_GONE, refused(failure=Failure.name_unknown)),
        [("database_name_unknown", down, certain)],
    ),
    "it is frozen": (
        seen(DATABASE_GONE, refused(failure=Failure.silent, port_open=True)),
        [("database_frozen", down, likely)],
    ),
    "a firewall": (
        seen(DATABASE_GONE, refused(failure=Failure.silent, port_open=False)),
        [("database_silent", down, likely)],
    ),
    "not on the allow list": (
        seen(DATABASE_GONE, refused(failure=Failure.closed)),
        [("database_closes", down, likely)],
    ),
    "TLS fails": (seen(DATABASE_GONE, refused(failure=Failure.tls)), [("database_tls", down, certain)]),
    "it wants TLS": (
        seen(DATABASE_GONE, refused(sqlstate="28000", encryption_wanted=True)),
        [("database_wants_tls", down, certain)],
    ),
    "password": (seen(DATABASE_GONE, refused(sqlstate="28P01")), [("database_password_refused", down, certain)]),
    "no such database": (seen(DATABASE_GONE, refused(sqlstate="3D000")), [("database_missing", down, certain)]),
    "too many clients": (seen(DATABASE_GONE, refused(sqlstate="53300")), [("database_full", down, certain)]),
    "full, but served": (seen(UP, refused(sqlstate="53300")), [("database_full", degraded, certain)]),
    "starting or paused": (seen(DATABASE_GONE, refused(sqlstate="57P03")), [("database_not_accepting", down, certain)]),
    "another refusal": (seen(DATABASE_GONE, refused(sqlstate="XX000")), [("database_refuses", down, certain)]),
    "too old": (seen(database=replace(DATABASE, version=140_009)), [("database_too_old", degraded, certain)]),
    "no schema": (
        seen(
            said("/health/ready", 503, status="unhealthy", reason="migrations_pending"),
            replace(DATABASE, revision=None, schema=Schema.behind, held_jobs=None, worked_seconds=None),
        ),
        [("schema_missing", down, certain)],
    ),
    "behind": (
        seen(
            said("/health/ready", 503, status="unhealthy", reason="migrations_pending"),
            replace(DATABASE, revision="0009", schema=Schema.behind),
        ),
        [("schema_behind", down, certain)],
    ),
    "behind, but served": (
        seen(database=replace(DATABASE, revision="0009", schema=Schema.behind)),
        [("schema_behind", degraded, certain)],
    ),
    "ahead": (
        seen(database=replace(DATABASE, revision="9999", schema=Schema.ahead)),
        [("schema_ahead", degraded, certain)],
    ),
    "as the service says": (
        seen(said("/health/ready", 503, status="unhealthy", reason="migrations_pending"), None),
        [("schema_behind", down, certain)],
    ),
    "a service that does not know": (
        seen(
            {
                **DATABASE_GONE,
                "/api/health/detailed": Answer(503, {"database": {"migration": {"current": None, "atHead": False}}}),
            },
            None,
        ),
        [("database_unavailable", down, certain)],
    ),
    "a setting": (
        seen(settings_problems=("DATABASE_URL: must begin with postgresql://",)),
        [("setting_invalid", degraded, certain)],
    ),
    "a setting, and nobody listens": (
        seen(dead(Failure.refused), settings_problems=("PORT: too large",)),
        [("setting_invalid", down, certain), ("service_refuses", down, certain)],
    ),
    "no address of a database": (
        seen(dead(Failure.refused), None),
        [("service_refuses", down, certain), ("database_unknown", note, certain)],
    ),
    "no key": (seen(key_given=False), [("no_key", note, certain)]),
    "wrong key": (seen(said("/api/alerts", 401)), [("key_refused", degraded, certain)]),
    "a key without the scope": (seen(said("/api/alerts", 403)), [("key_lacks_scope", degraded, certain)]),
    "asked too often": (seen(said("/api/alerts", 429)), [("asked_too_often", note, certain)]),
    "an address is broken": (seen(said("/api/alerts", 500)), [("unknown", degraded, certain)]),
    "an address is silent": (
        seen({**UP, "/api/alerts": Answer(failure=Failure.silent)}),
        [("unknown", degraded, certain)],
    ),
    "an older service": (seen(said("/api/alerts", 404)), [("unknown", note, certain)]),
    "the pool at 80 %": (seen(said(LIMIT, pool={"utilization": 80.0, "waiting": 0})), []),
    "the pool over 80 %": (
        seen(said(LIMIT, pool={"utilization": 80.1, "waiting": 0})),
        [("pool_saturated", degraded, certain)],
    ),
    "somebody waits": (
        seen(said(LIMIT, pool={"utilization": 10, "waiting": 1})),
        [("pool_saturated", degraded, certain)],
    ),
    "the pool, as health tells": (
        seen(said("/api/health/detailed", database={"pool": {"utilization": 100, "waiting": 3}})),
        [("pool_saturated", degraded, certain)],
    ),
    "connections": (seen(said(LIMIT, utilizationPercent=80.5)), [("connections_high", degraded, certain)]),
    "connections, seen directly": (
        seen(database=replace(DATABASE, connections=90)),
        [("connections_high", degraded, certain)],
    ),
    "the budget": (
        seen(said(LIMIT, budget={"fits": False, "required": 120, "limit": 97})),
        [("budget_exceeded", degraded, certain)],
    ),
    "somebody is blocked": (
        seen(said(LIMIT, longRunning=[{"pid": 7, "blockedBy": [9], "durationMs": 9000}], blocking=[{"pid": 9}])),
        [("statements_blocked", degraded, certain)],
    ),
    "a long statement": (
        seen(said(LIMIT, longRunning=[{"pid": 7, "blockedBy": [], "durationMs": 9000}])),
        [("statements_long", degraded, certain)],
    ),
    "an open transaction": (
        seen(said(LIMIT, idleInTransaction=[{"pid": 7, "durationMs": 10_001}, {"pid": 8, "durationMs": 10}])),
        [("transactions_idle", degraded, certain)],
    ),
    "slow statements": (
        seen(
            said(
                "/api/performance/queries/slow",
                slowQueries=[{"preview": "SELECT", "avgDuration": 1500.0, "callCount": 10}],
            )
        ),
        [("queries_slow", degraded, likely)],
    ),
    "the event loop": (
        seen(said("/api/health/detailed", components={"eventLoop": {"lagMsP99": 501}})),
        [("event_loop_late", degraded, certain)],
    ),
    "memory": (
        seen(said("/api/health/detailed", components={"memory": {"rssBytes": 90, "limitBytes": 100}})),
        [("memory_high", degraded, certain)],
    ),
    "another component": (
        seen(said("/api/health/detailed", components={"limits": {"status": "degraded"}})),
        [("component_unwell", degraded, certain)],
    ),
    "production lacks something": (
        seen(said("/api/health/detailed", degradedReasons=["twilio_not_configured", "no_backup_configured"])),
        [("not_configured", degraded, certain)],
    ),
    "an alert": (
        seen(
            said("/api/alerts", firing=[{"rule": "error_rate", "summary": "12 %", "next": ["curl x"], "muted": None}])
        ),
        [("alert_firing", degraded, certain)],
    ),
    "a muted alert": (
        seen(said("/api/alerts", firing=[{"rule": "error_rate", "summary": "12 %", "muted": {"reason": "known"}}])),
        [("alert_firing", note, certain)],
    ),
    "messages that nobody got": (
        seen(said("/api/alerts", firing=[], delivery={"failedLastDay": 2})),
        [("pages_lost", degraded, certain)],
    ),
    "no connection for the service": (
        seen(said(LIMIT, 503, code="too_many_connections")),
        [("database_full", degraded, certain)],
    ),
    "one slow statement": (
        seen(said("/api/performance/queries/slow", slowQueries=[{"avgDuration": 1500.0, "callCount": 1}])),
        [],
    ),
    "memory without a limit": (
        seen(said("/api/health/detailed", components={"memory": {"usedBytes": 9, "limitBytes": 10, "limited": False}})),
        [],
    ),
    "no backup": (
        seen(said("/api/backup-status", status="error", backup={"ageSeconds": None}, problems=[{"hint": "Make one."}])),
        [("backup_missing", degraded, certain)],
    ),
    "no backup, in production": (
        seen(BACKUPLESS | said("/api/health/detailed", degradedReasons=["none_yet"], components=UNPROVEN)),
        [("backup_missing", degraded, certain)],
    ),
    "no backup, where it does not count": (
        seen(BACKUPLESS | said("/api/health/detailed", degradedReasons=["disk_degraded"], components=UNPROVEN)),
        [("backup_missing", note, certain)],
    ),
    "a fresh backup that proves nothing": (
        seen(
            said("/api/backup-status", status="error", backup={"ageSeconds": 60}, problems=[{"hint": "Read it."}] * 3)
        ),
        [("backup_unwell", degraded, certain)],
    ),
    "an old backup": (
        seen(said("/api/backup-status", status="warning", message="Old.", backup={"ageSeconds": 200_000})),
        [("backup_stale", degraded, certain)],
    ),
    "held jobs": (seen(database=replace(DATABASE, held_jobs=2)), [("jobs_held", degraded, certain)]),
    "no worker": (seen(database=replace(DATABASE, worked_seconds=None)), [("worker_gone", degraded, likely)]),
    "the worker is gone": (seen(database=replace(DATABASE, worked_seconds=301)), [("worker_gone", degraded, likely)]),
    "the worker is late": (seen(database=replace(DATABASE, waiting_seconds=301)), [("jobs_late", degraded, certain)]),
    "jobs, as health tells": (
        seen(said("/api/health/detailed", components={"jobs": {"status": "degraded"}}), None),
        [("jobs_troubled", degraded, certain)],
    ),
    "a cold cache": (seen(said("/api/cache/stats", state="cold")), [("cache_cold", note, certain)]),
    "a warm cache": (seen(said("/api/cache/stats", state="warm", alert={"firing": False})), []),
    "a warm cache that misses": (
        seen(said("/api/cache/stats", state="warm", hitRate5mPercent=69.9, alert={"firing": True})),
        [("cache_misses", degraded, likely)],
    ),
    "the shared counters": (seen(said("/api/rate-limit/status", storage={"healthy": False})), [ALONE]),
    "refused for their number": (
        seen(said("/api/rate-limit/status", storage={"healthy": True}, systemStats={"rejected5m": 12})),
        [("limits_refuse", note, possible)],
    ),
}
