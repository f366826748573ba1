"""What a person on call is shown of the queue."""

from app.core.clock import Instant
from app.core.schemas import Wire


class JobCount(Wire):
    """How many jobs of a kind are in a state: `waiting`, `running` or `held`."""

    name: str
    state: str
    count: int
    oldest_at: Instant


class HeldJob(Wire):
    """A job that gave up and waits for a human."""

    id: int
    name: str
    attempts: int
    created_at: Instant
    held_at: Instant
    error_code: str
    error: str | None


class QueueState(Wire):
    """The queue at a glance; the held jobs that have waited longest come first."""

    counts: list[JobCount]
    held: list[HeldJob]
