"""What a person on call is shown of the queue."""

from typing import Literal

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire

JobState = Literal["waiting", "scheduled", "paused", "running", "held"]


class JobCount(Wire):
    """How many jobs of a kind are in a state."""

    name: str = Field(description="The kind: `room.verb`.")
    state: JobState = Field(
        description="`waiting`: due, and no worker has begun it. `scheduled`: not due yet, or to be tried again later."
        " `paused`: waits until messages are resumed. `held`: has given up."
    )
    count: int
    oldest_at: Instant = Field(
        description="When the oldest was due, was begun, was paused or was held; when it was made if it is `scheduled`."
    )
    oldest_age_seconds: float = Field(ge=0, description="How long ago that was.")


class HeldJob(Wire):
    """A job that gave up and waits for a person."""

    id: int
    name: str
    attempts: int = Field(description="That it used up.")
    created_at: Instant
    held_at: Instant
    error_code: str
    error: str | None = Field(description="Types of the exception and of its causes, and where it left our code.")


class QueueState(Wire):
    """The queue at a glance; the held jobs that have waited longest come first."""

    counts: list[JobCount]
    held: list[HeldJob]
