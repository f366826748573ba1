"""Jobs on the wire."""

from pydantic import Field

from app.core.schemas import Wire
from app.jobs.schemas import HeldJob, JobCount
from app.ops.schemas import Reason, Report


class Jobs(Report):
    """The queue at a glance, and a page of the held jobs, those that were made first at the beginning."""

    ok: bool = Field(description="False while a job is held, or one that is due has waited for over 5 minutes.")
    counts: list[JobCount]
    waiting: int = Field(description="Jobs that are due and that no worker has begun.")
    oldest_waiting_seconds: float = Field(description="How long the oldest of them has been due.")
    held_count: int
    held: list[HeldJob]
    next_after: str | None = Field(default=None, description="Pass it as `after` to get the next page of held jobs.")


class JobOrder(Wire):
    """Why something becomes of a held job."""

    reason: Reason


class RetryOrder(JobOrder):
    """Which held jobs are to run again; without a name all of them."""

    name: str | None = Field(
        default=None,
        max_length=100,
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$",
        description="Their kind.",
        examples=["messages.send"],
    )


class JobsChanged(Report):
    """What an order was done to."""

    ok: bool = True
    ids: list[int]
    count: int
    held_count: int = Field(description="Jobs that are still held, of all kinds.")
