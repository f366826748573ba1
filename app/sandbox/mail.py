"""The stand-in for a mail server: takes letters over SMTP and keeps the last of them. It needs aiosmtpd."""

import asyncio
import logging
import socket
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from importlib.util import find_spec
from typing import Any

from app.sandbox.faults import HEADER, Faults, FaultUnknown, Wishes, read, status_of

MOST_KEPT = 1_000
LARGEST_LETTER_BYTES = 2_000_000
SILENT_SECONDS = 120.0
SLOW_SECONDS = 2.0


class MailMissing(Exception):
    """aiosmtpd is not installed; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "the stand-in for a mail server needs aiosmtpd: `make install` brings it, or leave out --mail."
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it came: envelope and content."""

    sender: str
    receivers: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The letter, read."""
        return message_from_bytes(self.content, policy=policy.default)

    def shown(self) -> dict[str, Any]:
        """Return what people want to see of it."""
        message = self.message
        texts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
        return {
            "from": self.sender,
            "to": list(self.receivers),
            "subject": str(message["subject"] or ""),
            "messageId": str(message["message-id"] or ""),
            "text": _text(texts.get("text/plain")),
            "calendar": _text(texts.get("text/calendar")),
        }


def _text(part: Any) -> str | None:
    return None if part is None else str(part.get_content())


class Mailbox:
    """Every letter that came, and how the server answers: what aiosmtpd asks of a handler."""

    def __init__(self, faults: Faults) -> None:
        self.kept: deque[Letter] = deque(maxlen=MOST_KEPT)
        self._faults = faults

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take a receiver, or refuse with the status that was ordered."""
        wishes = self._faults.take("mail", making=False)
        if "slow" in wishes:
            await asyncio.sleep(SLOW_SECONDS)
        if "cut" in wishes:
            server.transport.abort()
        status = status_of(wishes)
        if status is not None:
            return f"{status} Refused on demand"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        """Keep a letter, and answer as was ordered."""
        wishes = _asked_by(bytes(envelope.content)) or self._faults.take("mail", making=True)
        status = status_of(wishes)
        if status is not None:
            return f"{status} Refused on demand"
        self.kept.append(Letter(envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.content)))
        if "unanswered" in wishes:
            await asyncio.sleep(SILENT_SECONDS)
        if wishes & {"unanswered", "cut-after"}:
            server.transport.abort()
        return "451 Refused on demand" if "500-after" in wishes else "250 OK: kept"


def _asked_by(content: bytes) -> Wishes:
    """Return the faults that a letter's own header names; of one that is none, nothing."""
    header = BytesHeaderParser(policy=policy.default).parsebytes(content)[HEADER]
    try:
        return read(str(header or ""))
    except FaultUnknown:
        return frozenset()


def ensure_installed() -> None:
    """Return if mail can be taken here.

    Raises:
        MailMissing: aiosmtpd is not installed; it is a requirement of development alone.
    """
    if find_spec("aiosmtpd") is None:
        raise MailMissing


async def serve_mail(mailbox: Mailbox, listener: socket.socket) -> asyncio.Server:
    """Take mail on a socket, in this event loop."""
    from aiosmtpd.smtp import SMTP

    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it would tell every address
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(mailbox, data_size_limit=LARGEST_LETTER_BYTES, enable_SMTPUTF8=True, hostname="sandbox", loop=loop)

    return await loop.create_server(session, sock=listener)
