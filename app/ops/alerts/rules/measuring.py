"""From what was read to what rules are held against. What could not be read is not measured: its alerts stay as is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.signals import HANG, Tally
from app.core.sketch import Sketch
from app.ops.alerts.rules.terms import Measure
from app.ops.slo.rules import Traffic, is_valid, traffic

FEWEST_REQUESTS, FEWEST_ERRORS = 20, 5
FEWEST_BURNING = 100
FEWEST_LOOKUPS = 100
FEWEST_RUNS = 5

BURNING = {"burn_rate_fast": ("1h", "5m"), "burn_rate_slow": ("6h", "30m"), "burn_rate_ticket": ("3d", "6h")}
"""The long window and the short one of each; both have to burn, so that it ends soon after the failures do."""


BACKUPS = {
    "begun_seconds": ("backup_missed", 3_600),
    "failed": ("backup_failed", 1),
    "age_seconds": ("backup_stale", 3_600),
    "unproven": ("backup_unproven", 1),
    "drill_age_seconds": ("drill_overdue", 86_400),
    "drill_failed": ("drill_failed", 1),
}
"""Which figure of the backups is held against which rule, and by what it is divided for that rule's unit."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a living process is, as it says itself: `state` is its gauges."""

    instance: str
    pid: int
    state: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Which process of which instance."""
        return f"{self.instance}/{self.pid}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read. None: it could not be."""

    unanswered: int
    """Checks of the database that failed in a row."""
    serving: int | None = None
    """How many web processes live, if somebody asks who is none."""
    requests: Mapping[str, Tally] = field(default_factory=dict)
    """Of the present minute and the four before, by `METHOD /template STATUS`."""
    latest: Traffic = field(default_factory=Traffic)
    """Of the present minute and the one before."""
    lag: Tally = field(default_factory=Tally)
    tools: Mapping[str, Tally] = field(default_factory=dict)
    """Calls of tools by voice assistants, of the present minute and the four before; `hang`: callers kept waiting."""
    misled: Sequence[str] | None = None
    """The keys of clients whose callers were told of what was not done, one for each call that waits for a person."""
    processes: Sequence[Told] = ()
    burning: Mapping[str, Traffic] = field(default_factory=dict)
    """By the name of a window; those that are not known are not in it."""
    slow_queries: Sequence[str] | None = None
    connections: tuple[int, int] | None = None
    """In use, and how many the server takes."""
    held_jobs: int | None = None
    waiting_seconds: float | None = None
    """How long the job has been due that has waited longest; 0 where none is."""
    late_tasks: Sequence[str] | None = None


def measure(facts: Facts) -> dict[str, Measure]:
    """Return each rule's measure."""
    return {
        "database_unavailable": Measure(facts.unanswered),
        **_of_requests(facts),
        **_of_voice(facts.tools),
        **_of_burning(facts.burning),
        **_of_processes(facts.processes),
        **_of_database(facts),
        **_of_backups(facts.processes),
    }


def counted(tallies: Mapping[str, Tally]) -> Traffic:
    """Return the valid requests among tallies by `METHOD /template STATUS`."""
    return traffic((key, tally.count, tally.failed) for key, tally in tallies.items())


def _of_requests(facts: Facts) -> dict[str, Measure]:
    recent = counted(facts.requests)
    told = {"requests": recent.valid, "errors": recent.failed}
    whole = Sketch.merged(tally.sketch for key, tally in facts.requests.items() if is_valid(key))
    enough = recent.valid >= FEWEST_REQUESTS
    lag = facts.lag.sketch.quantile(0.99)
    return {
        "error_rate": Measure(recent.error_percent, enough or recent.failed >= FEWEST_ERRORS, told),
        "system_down": _of_serving(facts),
        "response_time_p95": Measure(whole.quantile(0.95), enough, told),
        "slow_responses": Measure(whole.quantile(0.99), enough, told),
        "event_loop_lag": Measure(lag, facts.lag.count >= FEWEST_REQUESTS),
    }


def _of_voice(tools: Mapping[str, Tally]) -> dict[str, Measure]:
    used = [tally for tool, tally in tools.items() if tool != HANG]
    count, failed = sum(tally.count for tally in used), sum(tally.failed for tally in used)
    hangs = tools[HANG].count if HANG in tools else 0
    told = {"calls": count, "failed": failed}
    return {
        "voice_failing": Measure(100 * failed / count if count else 0.0, count >= FEWEST_RUNS, told),
        "voice_hangs": Measure(hangs),
    }


def _of_serving(facts: Facts) -> Measure:
    if facts.serving == 0:
        return Measure(100.0, facts={"webProcesses": 0})
    latest = facts.latest
    return Measure(latest.error_percent, latest.valid >= FEWEST_ERRORS, {"requests": latest.valid})


def _of_burning(burning: Mapping[str, Traffic]) -> dict[str, Measure]:
    found = {}
    for name, (long, short) in BURNING.items():
        if long in burning and short in burning:
            slow, fast = burning[long], burning[short]
            enough = slow.valid >= FEWEST_BURNING and slow.failed >= FEWEST_ERRORS
            rates = {long: slow.burn_rate or 0.0, short: fast.burn_rate or 0.0}
            found[name] = Measure(min(rates.values()), enough, rates)
    return found


def _of_processes(processes: Sequence[Told]) -> dict[str, Measure]:
    pools = _saying(processes, "pool", "utilization", "active", "max", "waiting")
    machines = _saying(processes, "machine", "cpu_percent", "used_bytes", "limit_bytes")
    limiters = _saying(processes, "limits", "healthy")
    sound = _saying(processes, "integrity", "findings", "age_seconds")
    alone = [name for limits, name in limiters if not limits["healthy"]]
    found = {
        "pool_utilization": _worst([(pool["utilization"], name) for pool, name in pools]),
        "pool_exhausted": _worst([(_waiting(pool), name) for pool, name in pools]),
        "cpu": _worst([(machine["cpu_percent"], name) for machine, name in machines]),
        "memory": _worst([(100 * each["used_bytes"] / each["limit_bytes"], name) for each, name in machines]),
        "limiter_fallback": Measure(len(alone), facts={"processes": alone}) if limiters else None,
        "integrity_findings": _latest([(each["age_seconds"], each["findings"]) for each, _ in sound]),
        "cache_hit_rate": _of_caches([each.state["caches"] for each in processes if "caches" in each.state]),
    }
    return {name: value for name, value in found.items() if value is not None}


def _of_backups(processes: Sequence[Told]) -> dict[str, Measure]:
    """Return the measures of backups, by the process that has looked at their store last."""
    told = [gauge for gauge, _ in _saying(processes, "backups", "counts", "known_seconds", *BACKUPS) if gauge["counts"]]
    if not told:
        return {}
    best = min(told, key=lambda gauge: float("inf") if gauge["known_seconds"] is None else gauge["known_seconds"])
    return {rule: Measure(best[name] / unit) for name, (rule, unit) in BACKUPS.items() if best[name] is not None}


def _saying(processes: Sequence[Told], name: str, *needed: str) -> list[tuple[Mapping[str, Any], str]]:
    """Return a gauge of each process that has it whole; during a deployment some are of another version."""
    gauges = [(each.state.get(name), each.name) for each in processes]
    return [(gauge, who) for gauge, who in gauges if isinstance(gauge, Mapping) and set(needed) <= set(gauge)]


def _waiting(pool: Mapping[str, Any]) -> float:
    """Return who waits while no connection is free: one that is just being opened is waited for, too."""
    return float(pool["waiting"]) if pool["active"] >= pool["max"] else 0.0


def _worst(found: Sequence[tuple[float, str]]) -> Measure | None:
    if not found:
        return None
    value, name = max(found)
    return Measure(value, facts={"process": name})


def _latest(looks: Sequence[tuple[float, int]]) -> Measure | None:
    """Return what the last look at the data found; a process that has not read it yet tells of the one before."""
    if not looks:
        return None
    age, findings = min(looks)
    return Measure(findings, facts={"ageSeconds": age})


def _of_caches(told: Sequence[Mapping[str, Mapping[str, Any]]]) -> Measure | None:
    """Return the least hit rate of a warm cache, those of one name in all processes together."""
    sums: dict[str, tuple[int, int]] = {}
    for caches in told:
        for name, cache in caches.items():
            if cache.get("state") == "warm" and "hits_5m" in cache and "lookups_5m" in cache:
                hits, lookups = sums.get(name, (0, 0))
                sums[name] = hits + cache["hits_5m"], lookups + cache["lookups_5m"]
    rates = {name: 100 * hits / lookups for name, (hits, lookups) in sums.items() if lookups >= FEWEST_LOOKUPS}
    if not told:
        return None
    least = min(rates, key=lambda name: rates[name], default=None)
    return Measure(None if least is None else rates[least], least is not None, {"cache": least} if least else {})


def _of_database(facts: Facts) -> dict[str, Measure]:
    found = {}
    if facts.connections is not None:
        used, most = facts.connections
        found["connections"] = Measure(100 * used / most, facts={"used": used, "max": most})
    if facts.slow_queries is not None:
        found["slow_queries"] = Measure(len(facts.slow_queries), facts={"shapes": list(facts.slow_queries[:10])})
    if facts.held_jobs is not None:
        found["jobs_held"] = Measure(facts.held_jobs)
    if facts.waiting_seconds is not None:
        found["jobs_late"] = Measure(facts.waiting_seconds)
    if facts.misled is not None:
        clients = sorted(set(facts.misled))[:10]
        found["told_without_booking"] = Measure(len(facts.misled), facts={"clients": clients})
    if facts.late_tasks is not None:
        found["periodic_late"] = Measure(len(facts.late_tasks), facts={"tasks": list(facts.late_tasks[:10])})
    return found
