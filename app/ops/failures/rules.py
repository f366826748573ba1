"""Whether failures of a kind grow more or fewer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

HOURS = 24
RECENT = 2
"""So many hours, the present one among them, are held against those before."""


Trend = Literal["new", "up", "flat", "down"]


def hourly(hours: Mapping[datetime, int], *, now: datetime) -> list[int]:
    """Return the counts of the last 24 hours, the present one last."""
    present = now.replace(minute=0, second=0, microsecond=0)
    return [hours.get(present - timedelta(hours=back), 0) for back in reversed(range(HOURS))]


def trend(counts: list[int], *, first_at: datetime, now: datetime) -> Trend:
    """Return `new` within the first hour, else whether the last two hours had twice or half of what came before."""
    if now - first_at < timedelta(hours=1):
        return "new"
    recent = sum(counts[-RECENT:]) / RECENT
    before = sum(counts[:-RECENT]) / (HOURS - RECENT)
    if recent > 2 * before:
        return "up"
    return "down" if recent * 2 < before else "flat"
