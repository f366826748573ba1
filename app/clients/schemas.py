"""Clients on the wire, and the client as every service function takes it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import phonenumbers
from pydantic import AfterValidator, Field, StringConstraints

from app.clients.rules import CLIENT_KEY, is_currency
from app.core.schemas import Name, PhoneText, Version, Wire, ZoneName, omitted


@dataclass(frozen=True, slots=True)
class ClientContext:
    """The client that a request is about, read with its key in one query.

    `configuration_version` grows with every change that availability depends on. The order of the
    fields is that of the columns in `auth`'s queries.
    """

    id: UUID
    client_key: str
    name: str
    timezone: str
    region: str
    currency: str
    locale: str
    phone: str | None
    cancel_window_minutes: int
    hold_seconds: int
    status: str
    version: int
    configuration_version: int


def _region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("is not an ISO 3166 country code, such as GB")
    return code


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("is not an ISO 4217 currency code, such as GBP")
    return code


ClientKey = Annotated[
    str,
    StringConstraints(min_length=3, max_length=63, pattern=CLIENT_KEY),
    Field(examples=["demo-dental"]),
]
"""A client's public slug: lower-case letters and digits, single hyphens within."""

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_region), Field(examples=["GB"])]
"""ISO 3166-1 alpha-2; phone numbers without a country code are read in it."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency), Field(examples=["GBP"])]
"""ISO 4217, circulating."""

Locale = Annotated[
    str,
    StringConstraints(
        max_length=35, pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-[a-z0-9]{5,8}){0,2}$"
    ),
    Field(examples=["en-GB"]),
]
"""A BCP 47 language tag in its canonical case."""

CancelWindow = Annotated[
    int, Field(strict=True, ge=0, le=43_200, description="Changes end this long before the start.")
]
HoldSeconds = Annotated[int, Field(strict=True, ge=30, le=3_600, description="How long a hold lasts.")]
Status = Literal["active", "inactive"]


class ClientIn(Wire):
    """A client to create."""

    client_key: ClientKey
    name: Name
    timezone: ZoneName
    region: Region
    currency: Currency
    locale: Locale = "en"
    phone: PhoneText | None = None
    cancel_window_minutes: CancelWindow = 0
    hold_seconds: HoldSeconds = 300


class ClientChange(Wire):
    """Settings to change; what is absent stays. Only operators may change the status."""

    name: Name = Field(default_factory=omitted)
    timezone: ZoneName = Field(default_factory=omitted)
    region: Region = Field(default_factory=omitted)
    currency: Currency = Field(default_factory=omitted)
    locale: Locale = Field(default_factory=omitted)
    phone: PhoneText | None = Field(default_factory=omitted)
    cancel_window_minutes: CancelWindow = Field(default_factory=omitted)
    hold_seconds: HoldSeconds = Field(default_factory=omitted)
    status: Status = Field(default_factory=omitted)
    version: Version = Field(default_factory=omitted)

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by column, without `version`."""
        return self.model_dump(include=self.model_fields_set - {"version"}, by_alias=False)


class ClientOut(Wire):
    """A client's settings."""

    client_key: str
    name: str
    timezone: str
    region: str
    currency: str
    locale: str
    phone: str | None = Field(description="E.164.")
    cancel_window_minutes: int
    hold_seconds: int
    status: Status
    version: Version
