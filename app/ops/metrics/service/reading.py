"""One process' numbers, from where they are counted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.core.log_lines import volumes
from app.core.signals import CARRIED, POOL_WAIT, STATEMENTS, Answered, Signals, Tally
from app.ops.metrics.rules import BY_NAME, Snapshot, added, spread_of
from app.ops.process import Process

COUNTS = {
    "bookings": "bookings",
    "route_queries": "db_route_queries",
    "route_query_us": "db_route_query_seconds",
    "rate_limited": "rate_limit_rejected",
    "messages": "messages",
    "texts_received": "texts_received",
    "voice_tools": "voice_tools",
    "voice_messages": "voice_messages",
    "voice_refused": "voice_refused",
    "voice_unrouted": "voice_unrouted",
    "voice_calls": "voice_calls",
    "voice_untrue": "voice_untrue",
}
"""The families of plain counters, by the name that they are counted under."""


Memory = dict[Answered, tuple[int, list[float]]]
"""Histograms of what is over, by how many it counts: measured, they took 40 of the 45 ms of a snapshot of 500 keys."""


def snapshot_of(process: Process, memory: Memory, *, now: datetime) -> Snapshot:
    """Return all that a process exposes; `memory` is kept from one time to the next."""
    snapshot = Snapshot(now.timestamp())
    _put_process(snapshot, process)
    _put_requests(snapshot, process.signals, memory)
    _put_database(snapshot, process)
    _put_counts(snapshot, process.signals)
    for name, put in _GAUGES.items():
        if name in process.gauges:
            put(snapshot, process.gauges[name]())
    for (logger, level), volume in volumes.items():
        snapshot.put("log_lines", logger, level, value=volume.lines)
        snapshot.put("log_bytes", logger, level, value=volume.bytes)
    return snapshot


def _put_process(snapshot: Snapshot, process: Process) -> None:
    settings = process.settings
    snapshot.put("booking_build_info", settings.commit or "", settings.instance, value=1)
    snapshot.put("server_processes", value=1)
    snapshot.put("http_requests_in_flight", value=process.in_flight)
    snapshot.put("process_start_time_seconds", value=process.started_at.timestamp())


def _put_requests(snapshot: Snapshot, signals: Signals, memory: Memory) -> None:
    past, present = signals.requests.parts()
    durations: dict[tuple[str, str], list[float]] = {}
    for key in {**past, **present}:
        count = sum(part[key].count for part in (past, present) if key in part)
        snapshot.put("http_requests", key.method, key.route, str(key.status), value=count)
        labels = (key.method, key.route)
        if key in past:
            durations[labels] = added(durations.get(labels), _remembered(key, past[key], memory))
        if key in present:
            durations[labels] = added(durations.get(labels), spread_of(present[key].sketch))
    for labels, spread in durations.items():
        snapshot.put("http_request_duration_seconds", *labels, value=spread)
    lag = signals.loop_lag.since_start().get("loop", Tally())
    snapshot.put("event_loop_lag_seconds", value=spread_of(lag.sketch))
    for tool, tally in signals.tools.since_start().items():
        snapshot.put("voice_tool_duration_seconds", tool, value=spread_of(tally.sketch))
    for name in ("requests", "queries", "pool_wait"):
        snapshot.put("signals_dropped", name, value=getattr(signals, name).dropped)


def _remembered(key: Answered, tally: Tally, memory: Memory) -> list[float]:
    known = memory.get(key)
    if known is None or known[0] != tally.count:
        known = memory[key] = (tally.count, spread_of(tally.sketch))
    return known[1]


def _put_database(snapshot: Snapshot, process: Process) -> None:
    counted = process.signals.database.since_start()
    statements, waits = counted.get(STATEMENTS, Tally()), counted.get(POOL_WAIT, Tally())
    snapshot.put("db_query_duration_seconds", value=spread_of(statements.sketch))
    snapshot.put("db_query_failures", value=statements.failed)
    snapshot.put("db_pool_wait_seconds", value=spread_of(waits.sketch))
    snapshot.put("db_pool_wait_failures", value=waits.failed)
    if process.lifeline.last is not None:
        snapshot.put("db_up", value=process.lifeline.last.up)


def _put_counts(snapshot: Snapshot, signals: Signals) -> None:
    for (name, *labels), number in signals.counts.items():
        if name in COUNTS and name not in CARRIED:
            snapshot.put(COUNTS[name], *labels, value=number)


def _put_pool(snapshot: Snapshot, pool: Mapping[str, Any]) -> None:
    for state in ("active", "idle"):
        snapshot.put("db_pool_connections", state, value=pool[state])
    snapshot.put("db_pool_connections_max", value=pool["max"])
    snapshot.put("db_pool_waiting", value=pool["waiting"])


def _put_machine(snapshot: Snapshot, machine: Mapping[str, Any]) -> None:
    snapshot.put("process_cpu_seconds", value=int(machine["cpu_seconds"] * 1_000_000))
    snapshot.put("process_cpu_utilization_ratio", value=machine["cpu_percent"] / 100)
    snapshot.put("process_resident_memory_bytes", value=machine["rss_bytes"])
    snapshot.put("memory_used_bytes", value=machine["used_bytes"])
    snapshot.put("memory_limit_bytes", value=machine["limit_bytes"])


def _put_caches(snapshot: Snapshot, caches: Mapping[str, Mapping[str, Any]]) -> None:
    for name, cache in caches.items():
        snapshot.put("cache_lookups", name, "hit", value=cache["hits"])
        snapshot.put("cache_lookups", name, "miss", value=cache["misses"])
        snapshot.put("cache_removals", name, "evicted", value=cache["evictions"])
        snapshot.put("cache_removals", name, "expired", value=cache["expirations"])
        snapshot.put("cache_entries", name, value=cache["size"])
        snapshot.put("cache_memory_bytes", name, value=cache["memoryBytes"])
        snapshot.put("cache_warm", name, value=cache["state"] == "warm")


def _put_limits(snapshot: Snapshot, limits: Mapping[str, Any]) -> None:
    snapshot.put("rate_limit_counters", value=limits["counters"])
    snapshot.put("rate_limit_fallback", value=not limits["healthy"])


def _put_backups(snapshot: Snapshot, backups: Mapping[str, Any]) -> None:
    for name in ("status", "age_seconds", "level", "drill_age_seconds", "drill_seconds"):
        if backups[name] is not None:
            family = "verified_level" if name == "level" else name
            snapshot.put(f"booking_backup_{family}", value=backups[name])


def _put_queue(snapshot: Snapshot, queue: Mapping[str, Any]) -> None:
    for state, seen in queue.get("states", {}).items():
        snapshot.put("booking_jobs", state, value=seen["count"])
        snapshot.put("booking_jobs_oldest_seconds", state, value=seen["oldest_seconds"])
    if "late_tasks" in queue:
        snapshot.put("booking_periodic_tasks_late", value=queue["late_tasks"])


def _put_cluster(snapshot: Snapshot, counts: Mapping[str, int]) -> None:
    for key, number in counts.items():
        name, *labels = key.split(" ")
        family = BY_NAME.get(COUNTS.get(name, ""))
        if family is not None and len(labels) == len(family.labels):  # else a process of another version counted it
            snapshot.put(family.name, *labels, value=number)


def _put_messages(snapshot: Snapshot, waiting: Mapping[str, Mapping[str, int]]) -> None:
    for channel, codes in waiting.items():
        for code, count in codes.items():
            snapshot.put("booking_messages_waiting", channel, code, value=count)


_GAUGES: dict[str, Callable[[Snapshot, Any], None]] = {
    "pool": _put_pool,
    "machine": _put_machine,
    "caches": _put_caches,
    "limits": _put_limits,
    "backups": _put_backups,
    "queue": _put_queue,
    "messages": _put_messages,
    "counts": _put_cluster,
}
"""How the gauges of the other rooms are exposed, by their names in `Process.gauges`."""
