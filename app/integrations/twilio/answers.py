"""What Twilio's API answers, as far as we use it. Other fields are ignored: Twilio adds some at any time."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated
from unicodedata import normalize

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

TRIAL = "Sent from your Twilio trial account - "
"""What Twilio puts before every text of an account that nobody has paid for yet."""


def _instant(said: object) -> object:
    """Read a date of RFC 2822, which is in UTC."""
    if not isinstance(said, str):
        return said
    read = parsedate_to_datetime(said)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


Text = Annotated[str, Field(max_length=2_000)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


class Answer(BaseModel):
    """Base of what Twilio answers: unknown fields ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class Sent(Answer):
    """A message that Twilio has taken, or one that came in: then `direction` is `inbound`.

    `status` and `error_code` are as in `statuses`; `segments` 0: not known yet.
    """

    sid: Annotated[str, Field(pattern=r"^(SM|MM)[0-9a-fA-F]{32}$")]
    status: Text
    segments: Annotated[int, BeforeValidator(lambda said: said or 0)] = Field(default=0, alias="num_segments", ge=0)
    error_code: int | None = None
    recipient: Text = Field(default="", alias="to", repr=False)
    sender: Text | None = Field(default=None, alias="from")
    messaging_service: Text | None = Field(default=None, alias="messaging_service_sid")
    body: Annotated[str, Field(max_length=20_000)] | None = Field(default=None, repr=False)
    direction: Text = ""
    media: Annotated[int, BeforeValidator(lambda said: said or 0)] = Field(default=0, alias="num_media", ge=0)
    created_at: Instant | None = Field(default=None, alias="date_created")
    sent_at: Instant | None = Field(default=None, alias="date_sent")

    def says(self, body: str) -> bool:
        """Return whether it has that text: the same letters and digits, but for what Twilio puts before them.

        A messaging service may put plainer signs in place of quotes, dashes and blanks (`SmartEncoded`).
        """
        listed = self.body or ""
        return _essence(body) in {_essence(listed), _essence(listed.removeprefix(TRIAL))}

    def is_from(self, sender: str) -> bool:
        """Return whether a number or a messaging service has sent it."""
        return sender in {self.sender, self.messaging_service}


def _essence(text: str) -> str:
    """Return the letters and digits of a text, without accents; of one that has none, all that is visible."""
    return "".join(sign for sign in normalize("NFKD", text) if sign.isalnum()) or "".join(text.split())


class Page(Answer):
    """Part of a list of messages, the newest first."""

    messages: Annotated[list[Sent], Field(max_length=1_000)]
    next_page_uri: Annotated[str, Field(max_length=2_000)] | None = None


class Complaint(Answer):
    """Why Twilio refuses: only its code, for its words may hold a phone number."""

    code: int | None = None


SENT = TypeAdapter(Sent)
PAGE = TypeAdapter(Page)
