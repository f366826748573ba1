"""Ask the server for its sessions, over the lifeline: in no pool, and also when it takes no more connections."""

from dataclasses import dataclass
from typing import Any

from app.core.lifeline import Lifeline
from app.ops.database.rules.activity import Session

_ROOM = """
SELECT current_setting('max_connections')::int AS most,
       current_setting('superuser_reserved_connections')::int AS superuser,
       coalesce(current_setting('reserved_connections', true), '0')::int AS other
"""

# Who waits is asked only of those who wait for a lock: the server looks through all of them for each.
_SESSIONS = """
SELECT pid, coalesce(application_name, '') AS application_name, host(client_addr) AS client_addr, usename AS user,
       state, backend_start,
       (extract(epoch FROM clock_timestamp() - CASE state WHEN 'active' THEN query_start ELSE state_change END)
        * 1000)::float8 AS duration_ms,
       (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS transaction_ms,
       wait_event_type || ':' || wait_event AS wait_event,
       CASE WHEN state <> 'idle' THEN query END AS query,
       CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END AS blocked_by,
       pid = pg_backend_pid() AS asks
FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY pid
"""


@dataclass(frozen=True, slots=True)
class Room:
    """How many connections the server takes, and how many of those it keeps back."""

    most: int
    superuser: int
    other: int

    @property
    def ordinary(self) -> int:
        """For ordinary roles."""
        return self.most - self.superuser - self.other


async def room(lifeline: Lifeline) -> Room:
    """Return how many connections the server takes.

    Raises:
        OSError, TimeoutError, PostgresError, InterfaceError: it does not answer.
    """
    (row,) = await lifeline.fetch(_ROOM)
    return Room(*row)


async def sessions(lifeline: Lifeline) -> list[Session]:
    """Return every session of a client that the server has now.

    Raises:
        OSError, TimeoutError, PostgresError, InterfaceError: it does not answer.
    """
    return [_session(dict(row)) for row in await lifeline.fetch(_SESSIONS)]


def _session(row: dict[str, Any]) -> Session:
    return Session(**{**row, "blocked_by": tuple(row["blocked_by"] or ())})
