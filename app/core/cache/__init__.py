"""What a process remembers, to ask the database less: named caches, bounded, counted, told of changes."""

from app.core.cache.named import Cache, Definition
from app.core.cache.registry import Caches, after_commit, caches_of, forget_after_commit, info_of
from app.core.cache_figures import Figures, State

__all__ = [
    "Cache",
    "Caches",
    "Definition",
    "Figures",
    "State",
    "after_commit",
    "caches_of",
    "forget_after_commit",
    "info_of",
]
