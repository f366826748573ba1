"""What is exposed, and how the numbers of several processes are put together. Pure."""

from app.ops.metrics.rules.families import BY_NAME, FAMILIES, Family
from app.ops.metrics.rules.snapshots import STALE_SECONDS, Numbers, Snapshot, put_together
from app.ops.metrics.rules.spreading import BOUNDS, added, duration, spread_of

__all__ = [
    "BOUNDS",
    "BY_NAME",
    "FAMILIES",
    "STALE_SECONDS",
    "Family",
    "Numbers",
    "Snapshot",
    "added",
    "duration",
    "put_together",
    "spread_of",
]
