"""The wire's building blocks: camelCase models and bounded types. Nothing unbounded gets past them."""

import unicodedata
from collections.abc import Iterator
from math import isfinite
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    JsonValue,
    StringConstraints,
)
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """Base of every request and answer: camelCase outside, snake_case inside, unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, serialize_by_alias=True
    )


def _printable(text: str) -> str:
    """Refuse NUL, control and format characters: PostgreSQL cannot store the first, people cannot see the rest."""
    for character in text:
        if character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}:
            if character in "\u200c\u200d":  # joiners belong to correct spelling in Persian, Hindi and emoji
                continue
            raise ValueError("holds a control or direction character")
    return text


def _single_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("must be one line")
    return text


def _zone(name: str) -> str:
    if name not in available_timezones() or name in {"localtime", "Factory"}:
        raise ValueError("is not an IANA time zone, such as Europe/London")
    ZoneInfo(name)
    return name


def _parts(value: JsonValue, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Yield every text in a JSON value with its depth, an empty one for each value that is none.

    Raises:
        ValueError: a number is none; Python's parser takes `NaN` and `1e999`, PostgreSQL does not.
    """
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("holds a number that is not finite")
    yield depth, value if isinstance(value, str) else ""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield depth, key
            yield from _parts(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner, depth + 1)


def _shallow(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse what is nested too deep, too long, or holds text that cannot be stored."""
    for depth, part in _parts(value):
        if depth > 4:
            raise ValueError("is nested deeper than 4 levels")
        _printable(part)
    if len(str(value)) > 4_000:
        raise ValueError("is longer than 4,000 characters")
    return value


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(_printable),
    AfterValidator(_single_line),
]
"""A name of a person or thing: 1 to 120 characters on one line."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000), AfterValidator(_printable)]
"""Free text: up to 2,000 characters."""

Email = Annotated[EmailStr, Field(max_length=254)]
"""An e-mail address; whether it exists is not asked."""

PhoneText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40), AfterValidator(_printable)
]
"""A phone number as people write it; `core.phone` makes it E.164."""

ZoneName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    AfterValidator(_zone),
    Field(examples=["Europe/London"]),
]
"""The IANA name of a time zone."""

Metadata = Annotated[dict[str, JsonValue], Field(max_length=32), AfterValidator(_shallow)]
"""The caller's own data beside a booking: at most 32 members, 4 levels, 4,000 characters."""

Version = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647, description="Grows by one with every change.")]


def omitted() -> Any:
    """Stand in for what a PATCH did not send: `Field(default_factory=omitted)`.

    Read `model_fields_set`, never the value. Unlike `= None` this keeps null out of the field's type and schema.
    """
    return None
