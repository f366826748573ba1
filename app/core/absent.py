"""Keep a library from importing another that it would do without."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(name: str) -> Iterator[None]:
    """Have imports of a module fail within, as where it is not installed; one that is imported already stays."""
    hidden = name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment] # this is how the import system is told so
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]
