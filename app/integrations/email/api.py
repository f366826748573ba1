"""Hand letters to a mail server over SMTP (RFC 5321), and say truly whether it took them."""

import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP
from pydantic import SecretStr

from app.core.errors import AppError
from app.core.http import trust
from app.integrations.email.errors import (
    MailInsecure,
    MailKeyRefused,
    MailLater,
    MailOutcomeUnknown,
    MailRefused,
    MailUnreachable,
    MailUrlInvalid,
    Stage,
)
from app.integrations.email.letters import Letter, compose, message_id, usable

ANSWER_SECONDS = 20.0
"""Longest wait for each answer of the server, and for a connection."""
GOODBYE_SECONDS = 2.0
PORT, PORT_WITH_TLS = 587, 465
KEY_REFUSED = {530, 534, 535, 538}
"""The login is missing, wrong, or too weak (RFC 4954)."""

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, slots=True)
class _Server:
    """Where letters go, read from the setting."""

    host: str
    port: int
    tls: bool
    user: str | None = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server: `smtp://user:password@host:587`, encrypted where it offers that, or `smtps://...:465`.

    A password goes over TLS alone, to a certificate of the server's own name. Without one a certificate is not looked
    at, as between mail servers (RFC 7435): a letter that is encrypted for somebody is no worse than one for all.
    """

    url: SecretStr
    seconds: float = ANSWER_SECONDS
    trust: ssl.SSLContext | None = None
    """Whom to trust in place of the usual authorities."""

    async def send(self, letter: Letter) -> str:
        """Hand a letter over and return its `Message-ID`. Sending the same letter again is harmless.

        Raises:
            MailLater, MailUnreachable: it was not taken; may be repeated.
            MailOutcomeUnknown: it may have been taken; may be repeated all the same.
            MailRefused, AddressUnusable: it was not, and repeating is no use; `stage` says what was refused.
            MailKeyRefused, MailInsecure, MailUrlInvalid: the setting has to be mended first.
        """
        server = _read(self.url.get_secret_value())
        content = compose(letter)
        sender, to = usable(letter.sender.address), usable(letter.to.address)
        async with self._connected(server, sender.rpartition("@")[2]) as smtp:
            with _failing("sender"):
                await smtp.mail(sender)
            with _failing("recipient"):
                await smtp.rcpt(to)
            with _failing("letter"):
                await smtp.data(content)
        return message_id(letter)

    @asynccontextmanager
    async def _connected(self, server: _Server, name: str) -> AsyncIterator[SMTP]:
        """Connect, encrypt and log in, for the length of the block; `name` is who we say we are."""
        checked = server.tls or server.user is not None
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            timeout=self.seconds,
            use_tls=server.tls,
            start_tls=False,
            tls_context=(self.trust or trust()) if checked else _trusting_all(),
            local_hostname=name,
        )
        try:
            with _failing("connection"):
                await smtp.connect()
                await smtp.ehlo()
                await _encrypt(smtp, server)
            if server.user is not None:
                with _failing("login"):
                    await smtp.login(server.user, server.password)
            yield smtp
            with suppress(aiosmtplib.SMTPException, OSError):  # the letter is taken, whatever is said now
                await smtp.quit(timeout=GOODBYE_SECONDS)
        finally:
            smtp.close()


async def _encrypt(smtp: SMTP, server: _Server) -> None:
    if server.tls:
        return
    if smtp.supports_extension("starttls"):
        await smtp.starttls()
    elif server.user is not None:
        raise MailInsecure


@contextmanager
def _failing(stage: Stage) -> Iterator[None]:
    """Give what goes wrong its name. What the server says may hold an address, so nothing of it goes along."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as answer:
        raise _refusal(stage, answer.code, answer.message) from None
    except (aiosmtplib.SMTPException, OSError) as failure:
        raise _failure(stage, failure) from None


def _refusal(stage: Stage, code: int, said: str) -> AppError:
    """Return what an answer means. One at the beginning is about this server and no letter, so it may change."""
    if not 400 <= code < 600:  # it does not speak SMTP, or not here
        return _failure(stage, ConnectionError())
    enhanced = found[0] if (found := _ENHANCED.match(said)) else None
    if code < 500:
        return MailLater(stage, code, enhanced)
    if code in KEY_REFUSED or stage == "login":
        return MailKeyRefused()
    if stage == "connection":
        return MailLater(stage, code, enhanced)
    return MailRefused(stage, code, enhanced)


def _failure(stage: Stage, failure: Exception) -> AppError:
    """Return what it means that there was no answer."""
    if isinstance(failure, ssl.SSLCertVerificationError) or isinstance(failure.__cause__, ssl.SSLCertVerificationError):
        return MailInsecure()
    if isinstance(failure, OSError):
        return MailOutcomeUnknown() if stage == "letter" else MailUnreachable()
    return MailKeyRefused() if stage == "login" else MailUnreachable()


def _trusting_all() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _read(url: str) -> _Server:
    """Return the server that the setting names; `%40` and the like stand for what has a meaning in addresses.

    Raises:
        MailUrlInvalid: it names none, or more than a server.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise MailUrlInvalid from None
    tls = parts.scheme == "smtps"
    if parts.scheme not in {"smtp", "smtps"} or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise MailUrlInvalid
    usual = PORT_WITH_TLS if tls else PORT
    return _Server(host, port or usual, tls, unquote(parts.username or "") or None, unquote(parts.password or ""))
