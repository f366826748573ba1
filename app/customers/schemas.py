"""The wire form of customers."""

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.clock import Instant
from app.core.schemas import Email, Name, PhoneText, Version, Wire, omitted


class CustomerIn(Wire):
    """Who is meant: a phone, and what else is known. A phone without country code is read in the client's region."""

    phone: PhoneText = Field(examples=["+447400123456"])
    name: Name | None = None
    email: Email | None = None


class CustomerChange(Wire):
    """What shall be different about a customer."""

    phone: PhoneText = Field(default_factory=omitted)
    name: Name | None = Field(default_factory=omitted)
    email: Email | None = Field(default_factory=omitted)
    version: Version = Field(default_factory=omitted)

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by column, without `version`."""
        return self.model_dump(include=self.model_fields_set - {"version"}, by_alias=False)


class CustomerOut(Wire):
    """A customer; after an erasure nothing but the id and times."""

    id: UUID
    phone: str | None = Field(description="E.164; null once erased.")
    name: str | None
    email: str | None
    created_at: Instant
    updated_at: Instant
    erased_at: Instant | None
    version: Version


class CustomerExport(Wire):
    """All that is held about a customer, each part under the name of the room that holds it."""

    model_config = ConfigDict(extra="allow")

    exported_at: Instant
    customer: CustomerOut
