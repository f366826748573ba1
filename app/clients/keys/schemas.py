"""Keys on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.clients.rules import KeyStatus
from app.core.auth import Scope
from app.core.clock import Instant
from app.core.schemas import Name, Version, Wire, omitted

Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), description="What the key may do.")]


RequestsPerMinute = Annotated[
    int, Field(strict=True, ge=1, le=100_000, description="A limit of the key's own; only operators set it.")
]


class KeyIn(Wire):
    """A key to create; without `expiresAt` it lasts until it is revoked."""

    name: Name
    scopes: Scopes
    expires_at: Instant | None = None
    requests_per_minute: RequestsPerMinute | None = None


class KeyChange(Wire):
    """What to change of a key; what is absent stays. `requestsPerMinute` null: the limit of all keys holds."""

    name: Name = Field(default_factory=omitted)
    requests_per_minute: RequestsPerMinute | None = Field(default_factory=omitted)
    version: Version = Field(default_factory=omitted)

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by column, without `version`."""
        return self.model_dump(include=self.model_fields_set - {"version"}, by_alias=False)


class RotationIn(Wire):
    """How to replace a key. The new one ends when the old one would have."""

    overlap_minutes: Annotated[int, Field(strict=True, ge=0, le=10_080, description="How long the old key works.")] = 60


class KeyOut(Wire):
    """A key without its secret."""

    id: UUID
    name: str
    scopes: list[Scope]
    last4: str = Field(description="The key's last four characters.")
    status: KeyStatus
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None
    last_used_at: Instant | None = Field(description="To the minute.")
    rotated_from: UUID | None = Field(description="The key that this one replaces.")
    requests_per_minute: int | None = Field(description="Its own limit; null: the one of all keys.")
    version: Version


class KeyCreated(KeyOut):
    """A new key. `key` is shown this once and kept nowhere."""

    key: str


class KeyRotated(KeyCreated):
    """The key that replaces another."""

    previous_expires_at: Instant = Field(description="Until then the old key works.")
