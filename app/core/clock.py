"""The only reader of the clock, and the wire form of instants."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer, WithJsonSchema

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def utcnow() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may


def in_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC; refuse years that no booking can be in."""
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between 2000 and 2100") from None
    if not EARLIEST <= instant < LATEST:
        raise ValueError("must lie between 2000 and 2100")
    return instant


def _not_a_number(value: object) -> object:
    """Refuse seconds since the epoch, which would be read as an instant: 10 and 10000000000 both pass for one."""
    if isinstance(value, datetime) or (isinstance(value, str) and value[4:5] == "-"):
        return value
    raise ValueError("must be an ISO 8601 instant with its offset, such as 2026-03-24T14:30:00Z")


def iso(instant: datetime) -> str:
    """Return the wire form of an instant: UTC with a `Z`, a fraction only where there is one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def get_now(request: Request) -> datetime:
    """Return the instant by the clock of the request's application, `app.state.clock`.

    Async, for FastAPI would send a plain function to a thread.
    """
    now: datetime = request.app.state.clock()
    return now


Now = Annotated[datetime, Depends(get_now)]
"""The request's instant: handlers hand it down, nothing below reads the clock."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_not_a_number),
    AfterValidator(in_utc),
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-24T14:30:00Z"]}),
]
"""An instant on the wire: an offset is demanded, UTC comes out."""


def _whole_second(instant: datetime) -> datetime:
    if instant.microsecond:
        raise ValueError("must be a whole second")
    return instant


Start = Annotated[Instant, AfterValidator(_whole_second)]
"""The start of an appointment: an instant on a whole second."""


def _iso_date(text: object) -> object:
    """Refuse the instants and numbers that would pass for a date, too."""
    if isinstance(text, date) or (isinstance(text, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text)):
        return text
    raise ValueError("must be a date, such as 2026-12-24")


LocalDate = Annotated[
    date, BeforeValidator(_iso_date), Field(ge=EARLIEST.date(), lt=LATEST.date(), examples=["2026-12-24"])
]
"""A date on somebody's calendar, 2000 to 2099."""
