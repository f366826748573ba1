"""A letter to a customer, and how it becomes a message (RFC 5322): text, and an appointment where there is one.

Nothing of what people write can become a header: names and subjects are made one line, and all but the plainest are
encoded (RFC 2047).
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from app.integrations.email.calendar import Appointment, Person, invitation
from app.integrations.email.errors import AddressUnusable

LONGEST_NAME, LONGEST_LINE, LONGEST_TEXT = 100, 200, 10_000
"""Characters that are kept; the second is of subjects, summaries and places."""
INVITATION_FILE = "invite.ics"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9 '-]*")
_PLAIN_SUBJECT = re.compile(r"[A-Za-z0-9 ,.:;'()!/&+-]{0,66}")
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Invisible, and part of how some languages are written."""
_POLICY = compat32.clone(linesep="\r\n", max_line_length=78)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whom a letter is from or for: an address, and a name as people write it."""

    address: str = field(repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent. `id` is the message's own: however often it is sent, it is the same letter."""

    id: UUID
    sender: Mailbox
    to: Mailbox = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    written_at: datetime
    reply_to: str | None = field(default=None, repr=False)
    appointment: Appointment | None = field(default=None, repr=False)


def compose(letter: Letter) -> bytes:
    """Return the letter as a message: ASCII alone, lines ending in CRLF; the same letter gives the same message's ids.

    Raises:
        AddressUnusable: one of its addresses is none, or has other than ASCII before the @.
    """
    sender, to = _person(letter.sender), _person(letter.to)
    message = _body(letter, sender, to)
    message["From"] = _mailbox(sender)
    message["To"] = _mailbox(to)
    if letter.reply_to is not None:
        message["Reply-To"] = usable(letter.reply_to)
    subject = one_line(letter.subject, LONGEST_LINE)
    message["Subject"] = subject if _PLAIN_SUBJECT.fullmatch(subject) else _encoded(subject, "Subject")
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = message_id(letter)
    message["Auto-Submitted"] = "auto-generated"
    return message.as_bytes(policy=_POLICY)


def message_id(letter: Letter) -> str:
    """Return the letter's `Message-ID`.

    Raises:
        AddressUnusable: the sender's address is none.
    """
    return f"<{letter.id}@{usable(letter.sender.address).rpartition('@')[2]}>"


def usable(address: str) -> str:
    """Return an address as it goes over the wire: ASCII, its domain as the name system has it.

    Raises:
        AddressUnusable: it is none, or has other than ASCII before the @, which few servers take.
    """
    try:
        read = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise AddressUnusable from None
    if read.ascii_email is None:  # other than ASCII before the @
        raise AddressUnusable
    return read.ascii_email


def one_line(text: str, longest: int) -> str:
    """Return a text in one line: what is not visible becomes a blank, blanks become one, and the rest is cut off."""
    visible = "".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in _whole(text))
    return " ".join(visible.split())[:longest].strip()


def _lines(text: str) -> str:
    """Return a text of several lines without what cannot be shown."""
    joined = "\n".join(_whole(text).splitlines())
    return "".join(sign for sign in joined if sign.isprintable() or sign in f"\n\t{_JOINERS}")[:LONGEST_TEXT]


def _whole(text: str) -> str:
    """Return a text without halves of characters, which no message can hold."""
    return text.encode("utf-8", "replace").decode()


def _person(mailbox: Mailbox) -> Person:
    return Person(usable(mailbox.address), one_line(mailbox.name, LONGEST_NAME))


def _mailbox(person: Person) -> str:
    if not person.name:
        return person.address
    name = person.name if _PLAIN_NAME.fullmatch(person.name) else _encoded(person.name, "From")
    return f"{name} <{person.address}>"


def _encoded(text: str, header: str) -> str:
    """Return a text as a header may hold it whatever it is: encoded, it has nothing that means anything there."""
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _body(letter: Letter, sender: Person, to: Person) -> Message:
    quoted = Charset("utf-8")
    quoted.body_encoding = QP
    text = MIMEText(_lines(letter.text).rstrip("\n") + "\n", "plain", quoted)  # type: ignore[arg-type]
    if letter.appointment is None:
        return text
    shown = replace(
        letter.appointment,
        summary=one_line(letter.appointment.summary, LONGEST_LINE),
        location=one_line(letter.appointment.location, LONGEST_LINE),
        description=_lines(letter.appointment.description),
    )
    content = invitation(shown, organizer=sender, attendee=to, made_at=letter.written_at)
    part = MIMEText(content.decode(), "calendar", "utf-8")
    part.set_param("method", shown.method)
    file = MIMEApplication(content, "ics", name=INVITATION_FILE)
    file.add_header("Content-Disposition", "attachment", filename=INVITATION_FILE)
    # No encoded line begins with "=_", so a boundary needs no chance to be one; so the same letter is the same bytes.
    alternative = MIMEMultipart("alternative", f"=_{letter.id.hex}_2", [text, part])
    return MIMEMultipart("mixed", f"=_{letter.id.hex}_1", [alternative, file])
