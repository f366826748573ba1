"""Every metric that is exposed, by Prometheus' conventions: base units, `_total` for what only grows."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Together = Literal["sum", "most", "least"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. A counter's name is without the `_total` that it is exposed with.

    `together` is how the processes of one instance make one number.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    together: Together = "sum"

    @property
    def scale(self) -> int:
        """By what a number is divided when it is exposed: counted time is kept in whole microseconds."""
        return 1_000_000 if self.kind == "counter" and self.name.endswith("_seconds") else 1

    @property
    def exposed(self) -> tuple[str, ...]:
        """The names that a query can ask for."""
        if self.kind == "counter":
            return (f"{self.name}_total",)
        if self.kind == "histogram":
            return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")
        return (self.name,)


def _of_all(name: str, labels: tuple[str, ...], says: str) -> Family:
    """Return a counter of `CARRIED`, which every process reads from the database: the same from each instance."""
    return Family(name, "counter", labels, f"{says} Of all processes, workers too.", "most")


FAMILIES = (
    Family("booking_build_info", "gauge", ("commit", "host"), "Always 1; what runs here.", "most"),
    Family("server_processes", "gauge", (), "Processes of this instance that serve."),
    Family("http_requests", "counter", ("method", "route", "status"), "Answered requests by route template."),
    Family("http_request_duration_seconds", "histogram", ("method", "route"), "From the request to its answer."),
    Family("http_requests_in_flight", "gauge", (), "Requests that are being served; probes are none."),
    _of_all("bookings", ("channel", "outcome"), "What became of wishes about bookings; a refusal's code."),
    _of_all("messages", ("channel", "outcome"), "News of texts and e-mails: a status, or why it failed."),
    Family("texts_received", "counter", ("outcome",), "Texts that came in, by what they were taken for."),
    Family("voice_tools", "counter", ("tool", "outcome"), "Calls of tools in calls; a refusal's code."),
    Family("voice_tool_duration_seconds", "histogram", ("tool",), "From a call of a tool to its answer."),
    Family("voice_messages", "counter", ("type",), "Messages of the voice platform that were proven to be its own."),
    Family("voice_refused", "counter", ("reason",), "Requests in the platform's name that were not proven or read."),
    Family("voice_unrouted", "counter", (), "Messages for a line or an assistant that no client has."),
    _of_all("voice_calls", ("outcome",), "Calls that were to be made: `placed`, or why not."),
    _of_all("voice_untrue", ("deed",), "Calls in which was told what was not done: booked, moved, cancelled."),
    Family("db_up", "gauge", (), "Whether the database answered the last check: 1 or 0.", "least"),
    Family("db_pool_connections", "gauge", ("state",), "Connections of the pool: active or idle."),
    Family("db_pool_connections_max", "gauge", (), "So many the pool may open."),
    Family("db_pool_waiting", "gauge", (), "Requests that wait for a connection now."),
    Family("db_pool_wait_failures", "counter", (), "Waits for a connection that got none."),
    Family("db_pool_wait_seconds", "histogram", (), "Waits for a connection, however short."),
    Family(
        "db_query_duration_seconds", "histogram", (), "Statements on their connection; waiting for it is not in it."
    ),
    Family("db_query_failures", "counter", (), "Statements that failed."),
    Family("db_route_queries", "counter", ("method", "route"), "Statements by the route that ran them."),
    Family("db_route_query_seconds", "counter", ("method", "route"), "Time in statements by the route that ran them."),
    Family("cache_lookups", "counter", ("cache", "result"), "Lookups by result: hit or miss."),
    Family("cache_removals", "counter", ("cache", "reason"), "Entries that went: evicted for room, or expired."),
    Family("cache_entries", "gauge", ("cache",), "Entries now."),
    Family("cache_memory_bytes", "gauge", ("cache",), "Size of the entries, estimated."),
    Family(
        "cache_warm", "gauge", ("cache",), "1 once it has served enough for its hit rate to mean something.", "least"
    ),
    Family("rate_limit_rejected", "counter", ("policy",), "Requests answered 429, by the limit that was passed."),
    Family("rate_limit_counters", "gauge", (), "Callers that are being counted in this instance's memory."),
    Family(
        "rate_limit_fallback", "gauge", (), "1 while shared counters are away and each process counts alone.", "most"
    ),
    Family(
        "event_loop_lag_seconds", "histogram", (), "By how much a short sleep overslept: so long nobody was served."
    ),
    Family("process_start_time_seconds", "gauge", (), "When the oldest process began, since the epoch.", "least"),
    Family("process_cpu_seconds", "counter", (), "CPU time."),
    Family("process_cpu_utilization_ratio", "gauge", (), "CPU of what one process can use, the busiest.", "most"),
    Family("process_resident_memory_bytes", "gauge", (), "Resident memory."),
    Family(
        "memory_used_bytes", "gauge", (), "What counts against the limit: the container's, or this process'.", "most"
    ),
    Family("memory_limit_bytes", "gauge", (), "The container's limit, or the machine's memory.", "most"),
    Family("booking_backup_status", "gauge", (), "Of the backups: 0 healthy, 1 info, 2 warning, 3 error.", "least"),
    Family("booking_backup_age_seconds", "gauge", (), "Since the snapshot of the newest backup.", "least"),
    Family("booking_backup_verified_level", "gauge", (), "What was proven of the newest backup: 0 to 4.", "most"),
    Family("booking_backup_drill_age_seconds", "gauge", (), "Since a backup was last restored and tried.", "least"),
    Family("booking_backup_drill_seconds", "gauge", (), "So long the last good drill took.", "most"),
    Family("booking_jobs", "gauge", ("state",), "Jobs: waiting (due), scheduled, paused, running or held.", "most"),
    Family("booking_jobs_oldest_seconds", "gauge", ("state",), "For how long the oldest has been so.", "most"),
    Family("booking_messages_waiting", "gauge", ("channel", "code"), "Messages that are held up, by why.", "most"),
    Family("booking_periodic_tasks_late", "gauge", (), "Periodic tasks that nobody began in time.", "most"),
    Family("log_lines", "counter", ("logger", "level"), "Lines logged."),
    Family("log_bytes", "counter", ("logger", "level"), "Size of the lines logged."),
    Family("signals_dropped", "counter", ("series",), "Events that found no room: more keys than are kept."),
)

BY_NAME = {family.name: family for family in FAMILIES}
