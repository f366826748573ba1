"""What Twilio posts to us: a form with a text that came in, or with what became of one that went out.

Fields appear without notice, so only those that are known are read; each is bounded. `Form` is the form as it came.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl

from app.integrations.twilio import statuses
from app.integrations.twilio.errors import FormUnreadable

Form = Mapping[str, Sequence[str]]
"""The values of each field, in the order in which they came."""

SILENCE = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""The answer to a text that came in when nothing is to be said in that answer; it goes as `text/xml`."""
TWIML = "text/xml; charset=utf-8"

LARGEST_FORM_BYTES = 1 << 18
MOST_FIELDS = 500
LONGEST_BODY = 4_000
"""Characters kept of a text; Twilio says that it hands on at most 1,600."""
LONGEST_ADDRESS = 64
LONGEST_MEDIA_URL = 1_000
MOST_MEDIA = 10

SenderKind = Literal["phone", "short_code", "alphanumeric", "channel", "unknown"]
OptOut = Literal["STOP", "START", "HELP"]

_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[0-9]{2,8}")
_CHANNEL = re.compile(r"[a-z]{2,20}:.+")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")
_STATUS = re.compile(r"[a-z][a-z_-]{0,39}")
_CODE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a text. Its address belongs to Twilio and needs our key; None: too long to keep."""

    content_type: str
    url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text that came in. `sender` wrote it to `line`, which is ours."""

    sid: str
    account: str
    sender: str = field(repr=False)
    sender_kind: SenderKind
    line: str
    messaging_service: str | None
    body: str = field(repr=False)
    cut: bool
    """Whether the text was longer than is kept."""
    segments: int
    media_count: int
    media: tuple[Media, ...]
    opt_out: OptOut | None
    """What Twilio has already done and answered by itself (Advanced Opt-Out)."""

    @property
    def of_a_phone(self) -> bool:
        """Whether somebody can be answered there: short codes and names are no customers."""
        return self.sender_kind == "phone"


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What became of a message that we sent; `status` may be one that we do not know (`known`)."""

    sid: str
    account: str
    status: str
    error_code: int | None
    recipient: str = field(repr=False)
    messaging_service: str | None

    @property
    def known(self) -> bool:
        """Whether the status is one of a message that was sent."""
        return statuses.rank(self.status) is not None

    @property
    def verdict(self) -> statuses.Verdict:
        """What the error code says of sending again."""
        return statuses.verdict(self.error_code)


def read_form(body: bytes) -> Form:
    """Return the fields of a form (`application/x-www-form-urlencoded`), blank ones too: they are signed.

    Raises:
        FormUnreadable: it is not UTF-8, larger than 256 KiB or of more than 500 fields.
    """
    if len(body) > LARGEST_FORM_BYTES:
        raise FormUnreadable("The form is larger than any that Twilio sends.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise FormUnreadable("The form is not UTF-8, or has more fields than any that Twilio sends.") from None
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def read_inbound(form: Form) -> Inbound:
    """Return the text that came in.

    Raises:
        FormUnreadable: it has no sid, no sender or no line.
    """
    sender = _required(form, "From")
    body = _value(form, "Body").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    media_count = _count(form, "NumMedia", most=100)
    return Inbound(
        sid=_sid(form),
        account=_value(form, "AccountSid")[:LONGEST_ADDRESS],
        sender=sender,
        sender_kind=kind_of(sender),
        line=_required(form, "To"),
        messaging_service=_value(form, "MessagingServiceSid")[:LONGEST_ADDRESS] or None,
        body=body[:LONGEST_BODY],
        cut=len(body) > LONGEST_BODY,
        segments=_count(form, "NumSegments", most=1_000),
        media_count=media_count,
        media=tuple(_media(form, number) for number in range(min(media_count, MOST_MEDIA))),
        opt_out=_opt_out(form),
    )


def read_status(form: Form) -> StatusUpdate:
    """Return what became of a message.

    Raises:
        FormUnreadable: it has no sid or no status.
    """
    status = (_value(form, "MessageStatus") or _value(form, "SmsStatus")).lower()
    if not _STATUS.fullmatch(status):
        raise FormUnreadable("The form has no MessageStatus.")
    code = _value(form, "ErrorCode")
    return StatusUpdate(
        sid=_sid(form),
        account=_value(form, "AccountSid")[:LONGEST_ADDRESS],
        status=status,
        error_code=int(code) if _CODE.fullmatch(code) else None,
        recipient=_value(form, "To")[:LONGEST_ADDRESS],
        messaging_service=_value(form, "MessagingServiceSid")[:LONGEST_ADDRESS] or None,
    )


def kind_of(sender: str) -> SenderKind:
    """Return what a sender is: a phone in E.164, a short code (2 to 8 digits), a name, or another channel's address."""
    if _PHONE.fullmatch(sender):
        return "phone"
    if _SHORT_CODE.fullmatch(sender):
        return "short_code"
    if _CHANNEL.fullmatch(sender):
        return "channel"
    return "alphanumeric" if _ALPHANUMERIC.fullmatch(sender) else "unknown"


def _value(form: Form, name: str) -> str:
    values = form.get(name) or ("",)
    return values[0]


def _required(form: Form, name: str) -> str:
    value = _value(form, name)
    if not value or len(value) > LONGEST_ADDRESS or not value.isprintable():
        raise FormUnreadable(f"The form has no {name}.")
    return value


def _sid(form: Form) -> str:
    for name in ("MessageSid", "SmsMessageSid", "SmsSid"):
        if _SID.fullmatch(found := _value(form, name)):
            return found
    raise FormUnreadable("The form has no MessageSid.")


def _count(form: Form, name: str, *, most: int) -> int:
    value = _value(form, name)
    return min(int(value), most) if _CODE.fullmatch(value) else 0


def _media(form: Form, number: int) -> Media:
    content_type = _value(form, f"MediaContentType{number}")
    url = _value(form, f"MediaUrl{number}")
    kept = content_type if content_type.isprintable() and 0 < len(content_type) <= LONGEST_ADDRESS else "unknown"
    return Media(kept, url if 0 < len(url) <= LONGEST_MEDIA_URL and url.isprintable() else None)


def _opt_out(form: Form) -> OptOut | None:
    match _value(form, "OptOutType").upper():
        case "STOP":
            return "STOP"
        case "START":
            return "START"
        case "HELP":
            return "HELP"
    return None
