"""Who is told how far long work has come."""

from typing import Protocol


class Progress(Protocol):
    """Takes word of progress; may be called from any thread, and often."""

    def __call__(self, stage: str, done: int = 0, total: int | None = None, /) -> None:
        """Take down that a stage has come so far; `total` None: nobody knows how far it is."""


def unheard(_stage: str, _done: int = 0, _total: int | None = None, /) -> None:
    """Nobody is told."""
