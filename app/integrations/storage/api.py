"""What every store can do. Blocking: called from threads. Keys are paths of letters, digits, `-`, `_`, `.` and `/`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PIECE_BYTES = 1 << 20
"""How much is read and written at once."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store says of an object; `version` is another whenever the content is."""

    size: int
    modified_at: datetime
    version: str


class Store(Protocol):
    """A place for objects. An object is there whole or not at all, and nothing is written over another.

    Every method raises StoreUnreachable where the store does not answer in time, StoreRefused where it does not let us.
    """

    location: str
    """Where it is, in words that may be shown."""
    offsite: bool
    """Whether it outlives this machine."""

    def put(self, key: str, pieces: Iterable[bytes]) -> None:
        """Write an object; what `pieces` raises leaves none behind.

        Raises:
            ObjectExists: there is one already.
            StoreFull: there is no room.
        """

    def get(self, key: str) -> Iterator[bytes]:
        """Return an object's content, piece by piece.

        Raises:
            ObjectMissing: there is none.
        """

    def list(self, prefix: str = "") -> dict[str, Stored]:
        """Return all objects whose keys begin so."""

    def delete(self, key: str) -> None:
        """Delete an object, if there is one."""
