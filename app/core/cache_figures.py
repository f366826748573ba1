"""What a cache says of itself. It stands alone, so that pure rules can judge it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["cold", "warming", "warm"]


@dataclass(frozen=True, slots=True)
class Figures:
    """One cache of one process, or of several together. Counts are since they began, bytes are estimated."""

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
