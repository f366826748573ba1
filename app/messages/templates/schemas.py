"""Templates on the wire."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.core.schemas import Name, Text, Wire, omitted
from app.messages.rules import Kind

Channel = Literal["sms", "email"]
TemplateKind = Literal["confirmation", "change", "cancellation", "reminder"]


def _filled(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


Body = Annotated[Text, StringConstraints(min_length=1), AfterValidator(_filled), Field(examples=["{client}: {time}"])]
TemplateVersion = Annotated[
    int, Field(strict=True, ge=0, le=2_147_483_647, description="Grows by one with every change; 0: these are ours.")
]


class TemplateIn(Wire):
    """A client's own words. `{service}` stands for a value; `[ with {staff}]` goes where a value in it is missing."""

    subject: Name | None = Field(default=None, description="Of an e-mail.")
    body: Body
    version: TemplateVersion = Field(default_factory=omitted, description="The one that was read.")


class Preview(Wire):
    """What a template would say of an invented appointment, and what a text of it would cost."""

    subject: str | None
    body: str
    characters: int
    alphabet: Literal["GSM-7", "UCS-2"] | None = Field(description="Of a text; UCS-2 holds less than half as much.")
    segments: int | None = Field(description="Texts are charged by segment.")


class TemplateOut(Wire):
    """How a kind of message is worded."""

    channel: Channel
    kind: Kind
    own: bool = Field(description="Whether these are the client's words, and not ours.")
    subject: str | None
    body: str
    placeholders: dict[str, str] = Field(description="What may be named, and what it stands for.")
    preview: Preview
    version: TemplateVersion


class TemplateList(Wire):
    """Every kind of message on every channel."""

    items: list[TemplateOut]
