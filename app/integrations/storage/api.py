"""What every store can do. Blocking: called from threads. Keys are paths of letters, digits, `-`, `_`, `.` and `/`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.integrations.storage.errors import KeyInvalid

PIECE_BYTES = 1 << 20
"""How much is read and written at once."""
KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store says of an object; `version` is another whenever the content is."""

    size: int
    modified_at: datetime
    version: str


class Store(Protocol):
    """A place for objects. An object is there whole or not at all, and nothing is written over another.

    Every method raises StoreUnreachable where the store does not answer in time, StoreRefused where it does not let us,
    KeyInvalid where a key might lead elsewhere.
    """

    location: str
    """Where it is, in words that may be shown."""
    offsite: bool
    """Whether it outlives this machine."""

    def put(self, key: str, pieces: Iterable[bytes]) -> None:
        """Write an object; what `pieces` raises leaves none behind. While they are drawn they may not use a store.

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

    def sweep(self, before: datetime) -> int:
        """Remove what writers that were killed before an instant left and no list shows; return how much it was."""


def checked(key: str) -> str:
    """Return a key.

    Raises:
        KeyInvalid: it is none. `..` and names that begin with a dot are none.
    """
    if len(key) > 500 or not KEY.fullmatch(key):
        raise KeyInvalid
    return key


class Source:
    """Pieces on their way into a store, and what kept them from coming: that is no failure of the store."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except Exception as failure:
            self.failure = failure
            raise
