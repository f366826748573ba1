"""When the next backup and the next drill are due."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BACKUP_EVERY, DRILL_EVERY = timedelta(hours=23, minutes=30), timedelta(days=7)
"""Backups come a little sooner than once a day: until one is there, the last one must not be late."""
AFTER_FAILURE = timedelta(hours=1)
AFTER_INTERRUPTION = timedelta(minutes=10)
"""Whoever was at it died or was stopped, as with every deploy: nothing says that it would fail again."""
AFTER_FAILED_DRILL = timedelta(days=1)
FORGOTTEN = timedelta(hours=3)
"""A run that waits longer than this to begin is waited for no more: its job was given up or discarded."""
INTERRUPTED = "interrupted"
"""The code of a run whose worker died or was stopped."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of earlier runs of one kind: when the last success began, and when the last failure ended."""

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    """The code of the last one's failure."""


def next_backup(past: Past, *, now: datetime) -> datetime:
    """Return when the next backup is due: 23.5 hours after the last one began, sooner where none came of it."""
    retry = AFTER_INTERRUPTION if past.failure == INTERRUPTED else AFTER_FAILURE
    return _due(past, every=BACKUP_EVERY, retry=retry, now=now)


def next_drill(past: Past, *, now: datetime) -> datetime:
    """Return when the next drill is due."""
    retry = AFTER_INTERRUPTION if past.failure == INTERRUPTED else AFTER_FAILED_DRILL
    return _due(past, every=DRILL_EVERY, retry=retry, now=now)


def _due(past: Past, *, every: timedelta, retry: timedelta, now: datetime) -> datetime:
    """Return the instant, `now` where it is past. What is said to lie ahead never happened, and holds up nothing."""
    succeeded = past.succeeded_at if past.succeeded_at and past.succeeded_at <= now else None
    failed = past.failed_at if past.failed_at and past.failed_at <= now else None
    due = succeeded + every if succeeded else now
    if failed and (succeeded is None or failed > succeeded):
        due = max(due, failed + retry)
    return max(due, now)
