"""The wire form of resources."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.schemas import Name, Version, Wire, ZoneName, omitted

Kind = Literal["staff", "room", "equipment"]
Status = Literal["active", "archived"]


class ResourceIn(Wire):
    """A new resource."""

    name: Name
    kind: Kind = "staff"
    timezone: ZoneName | None = Field(default=None, description="IANA name; null: the client's.")


class ResourceChange(Wire):
    """What shall be different about a resource."""

    name: Name = Field(default_factory=omitted)
    kind: Kind = Field(default_factory=omitted)
    timezone: ZoneName | None = Field(default_factory=omitted, description="IANA name; null: the client's.")
    version: Version = Field(default_factory=omitted)

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by column, without `version`."""
        return self.model_dump(include=self.model_fields_set - {"version"}, by_alias=False)


class ResourceOut(Wire):
    """A resource."""

    id: UUID
    name: str
    kind: Kind
    timezone: str | None
    status: Status
    version: Version


class ResourceArchivedOut(ResourceOut):
    """A resource after its archiving."""

    future_bookings: int = Field(ge=0, description="Bookings and holds still to come; they stay.")
