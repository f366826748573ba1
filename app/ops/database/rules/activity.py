"""The sessions of the server: how many, whose, which run long, and who waits for whom."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.shapes import shape_of

PREVIEW = 200
MOST_LISTED = 50
_MAY_BE_A_VALUE = re.compile(r"['\"]|\$(?!\d)|/\*|--")


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a client, as `pg_stat_activity` shows it; a foreign role's has no state for ordinary roles."""

    pid: int
    application_name: str
    client_addr: str | None
    user: str | None
    state: str | None
    backend_start: datetime
    duration_ms: float | None
    transaction_ms: float | None
    wait_event: str | None
    query: str | None
    blocked_by: tuple[int, ...] = ()
    asks: bool = False
    """Whether it is the session that asks all this."""

    @property
    def works(self) -> bool:
        """Whether it does something, or holds what it got by doing something."""
        return self.state not in {None, "idle"} and not self.asks


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that others wait for, and who they are."""

    pid: int
    blocks: tuple["Blocker", ...]


def by_state(sessions: Iterable[Session]) -> list[tuple[str, int]]:
    """Return how many sessions are in each state, the most first."""
    return Counter(session.state or "unknown" for session in sessions).most_common()


def by_source(sessions: Iterable[Session]) -> list[tuple[tuple[str, str | None, str | None], int]]:
    """Return how many sessions each application has, by its name, its address and its role."""
    return Counter((each.application_name, each.client_addr, each.user) for each in sessions).most_common()


def long_running(sessions: Sequence[Session], *, least_ms: float) -> list[Session]:
    """Return who has been at it for so long, and whoever waits for another or is waited for; the longest first."""
    waited_for = {pid for session in sessions for pid in session.blocked_by}
    found = [
        session
        for session in sessions
        if session.works and ((session.duration_ms or 0) >= least_ms or session.blocked_by or session.pid in waited_for)
    ]
    return sorted(found, key=lambda session: session.duration_ms or 0, reverse=True)[:MOST_LISTED]


def idle_in_transaction(sessions: Iterable[Session]) -> list[Session]:
    """Return who holds a transaction open and does nothing in it, the longest first."""
    found = [session for session in sessions if (session.state or "").startswith("idle in transaction")]
    return sorted(found, key=lambda session: session.duration_ms or 0, reverse=True)[:MOST_LISTED]


def blockers(sessions: Iterable[Session]) -> tuple[Blocker, ...]:
    """Return who waits for whom, as trees: at each root one who waits for nobody, so the one to look at."""
    waiting: dict[int, list[int]] = {}
    for session in sessions:
        for pid in session.blocked_by:
            waiting.setdefault(pid, []).append(session.pid)
    waiters = {pid for pids in waiting.values() for pid in pids}
    return tuple(_tree(pid, waiting, frozenset()) for pid in waiting if pid not in waiters)


def _tree(pid: int, waiting: Mapping[int, list[int]], above: frozenset[int]) -> Blocker:
    below = above | {pid}
    return Blocker(pid, tuple(_tree(each, waiting, below) for each in waiting.get(pid, ()) if each not in below))


def preview(query: str | None) -> str | None:
    """Return the beginning of a statement on one line, with `$n` for every value in it.

    What may hold one all the same, a name in quotes or what a masked literal was, ends the preview.
    """
    if query is None:
        return None
    text = " ".join(shape_of(query)[1].split())
    doubtful = _MAY_BE_A_VALUE.search(text)
    if doubtful is not None:
        text = f"{text[: doubtful.start()]}…"
    return text[:PREVIEW]
