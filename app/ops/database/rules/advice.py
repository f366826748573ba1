"""What to do about connections: from figures only, each advice with the next command."""

from dataclasses import dataclass

from app.ops.database.rules.budget import Budget

THRESHOLD_PERCENT = 80.0
"""Above it connections, and the pool, are told as too full; exactly 80 % is not."""
IDLE_TOO_LONG_MS = 10_000.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What advice rests on; `pool_percent` and `waiting` are of the process that answers."""

    used_percent: float
    pool_percent: float
    waiting: int
    blocking: int
    """How many sessions others wait for, that wait for nobody themselves."""
    longest_idle_ms: float
    """How long the longest transaction has been open and idle."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do: `code` is stable, `next` a command or a setting."""

    code: str
    text: str
    next: str


def advise(figures: Figures, budget: Budget) -> list[Advice]:
    """Return what to do, the most urgent first; nothing where all is well."""
    advice = []
    if figures.blocking:
        text = "Sessions wait for locks of others; `blocking` shows whose. End the one at the root if it is stuck."
        advice.append(Advice("blocked_sessions", text, "POST /api/database/connections/{pid}/cancel"))
    if figures.longest_idle_ms > IDLE_TOO_LONG_MS:
        text = "A transaction has been open and idle for over 10 s, and keeps its locks."
        advice.append(Advice("idle_in_transaction", text, "POST /api/database/connections/{pid}/terminate"))
    if figures.used_percent > THRESHOLD_PERCENT:
        text = "Over 80 % of the server's connections are taken; `bySource` shows by whom."
        advice.append(Advice("server_nearly_full", text, "GET /api/database/connection-limit"))
    if not budget.fits:
        text = f"The service may need {budget.required} connections, the server has {budget.limit}."
        fitting = max(1, budget.largest_pool)
        advice.append(Advice("budget_exceeded", text, f"DB_POOL_MAX={fitting}, fewer processes, or a larger server"))
    if figures.pool_percent > THRESHOLD_PERCENT or figures.waiting:
        advice.append(_about_the_pool(budget))
    return advice


def _about_the_pool(budget: Budget) -> Advice:
    """Say what helps a full pool: a larger one only where the server has room for it in every process."""
    if budget.largest_pool > budget.pool:
        text = (
            "The pool of this process is nearly full. Look for slow statements first; there is room for a larger one."
        )
        return Advice(
            "pool_nearly_full", text, f"GET /api/performance/queries/slow, then DB_POOL_MAX={budget.largest_pool}"
        )
    text = (
        "The pool of this process is nearly full and the server has no room for a larger one: shorten the statements."
    )
    return Advice("pool_nearly_full", text, "GET /api/performance/queries/slow")
