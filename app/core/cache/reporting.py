"""What a cache says of itself."""

from dataclasses import dataclass

from app.core.cache.counting import State


@dataclass(frozen=True, slots=True)
class Figures:
    """One cache of one process. Counts are since the process began, bytes are estimated."""

    size: int
    most: int
    hits: int
    misses: int
    sets: int
    deletes: int
    evictions: int
    expirations: int
    stampedes: int
    stale: int
    bypasses: int
    hits_5m: int
    lookups_5m: int
    memory_bytes: int
    state: State
