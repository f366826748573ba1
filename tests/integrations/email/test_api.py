"""A letter is handed to a real mail server, or the caller is told truly what became of it."""

import asyncio
import ssl
from dataclasses import replace
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from app.integrations.email.api import Mail
from app.integrations.email.errors import (
    UNSENT,
    AddressUnusable,
    MailInsecure,
    MailKeyRefused,
    MailLater,
    MailOutcomeUnknown,
    MailRefused,
    MailUnreachable,
    MailUrlInvalid,
)
from app.integrations.email.letters import Mailbox, compose
from tests.integrations.email.test_letters import ID, LETTER
from tests.mail import PASSWORD, USER

LOGIN = f"{quote(USER)}:{quote(PASSWORD)}@"


def mail_at(mailbox, kind="plain", *, login="", seconds=5.0, trusted=True):
    """Return the way to one of the servers."""
    url = mailbox.url(kind).replace("://", f"://{login}")
    return Mail(SecretStr(url), seconds=seconds, trust=mailbox.trust() if trusted else None)


def to(name):
    """Return the letter for somebody; the part before the @ tells the server what to do."""
    return replace(LETTER, to=Mailbox(f"{name}@example.com", "Joe"))


def saying(script):
    """Return a server that says these lines, one after each that it hears; None: it hangs up."""
    said = list(script)

    async def serve(reader, writer):
        while said:
            line = said.pop(0)
            if line is None:
                break
            writer.write(line.encode() + b"\r\n")
            await writer.drain()
            await reader.readline()
        writer.close()

    return serve


async def test_a_letter_arrives_as_it_was_written(mailbox):
    identifier = await mail_at(mailbox).send(LETTER)

    (came,) = mailbox.messages
    assert (came.sender, came.recipients) == ("hello@salon.example.com", ["joe@example.com"])
    assert came.content == compose(LETTER)
    assert came.message["Message-ID"] == identifier == f"<{ID}@salon.example.com>"
    assert (came.encrypted, came.user) == (False, None)


@pytest.mark.parametrize("kind", ["starttls", "smtps"])
async def test_a_password_goes_under_encryption_alone(mailbox, kind):
    await mail_at(mailbox, kind, login=LOGIN).send(LETTER)

    (came,) = mailbox.messages
    assert (came.encrypted, came.user) == (True, USER)
    assert mailbox.logins == [f"{USER}:{PASSWORD}"]


async def test_no_password_is_given_where_there_is_no_encryption(mailbox):
    with pytest.raises(MailInsecure):
        await mail_at(mailbox, login=LOGIN).send(LETTER)

    assert (mailbox.logins, mailbox.messages) == ([], [])


@pytest.mark.parametrize("kind", ["starttls", "smtps"])
async def test_no_password_is_given_to_a_server_that_cannot_prove_itself(mailbox, kind):
    with pytest.raises(MailInsecure):
        await mail_at(mailbox, kind, login=LOGIN, trusted=False).send(LETTER)

    assert (mailbox.logins, mailbox.messages) == ([], [])


async def test_without_a_password_it_is_encrypted_where_that_is_offered_whoever_it_is(mailbox):
    await mail_at(mailbox, "starttls", trusted=False).send(LETTER)

    assert [came.encrypted for came in mailbox.messages] == [True]


@pytest.mark.parametrize("kind", ["starttls", "smtps"])
async def test_a_wrong_password_is_named(mailbox, kind):
    with pytest.raises(MailKeyRefused) as refused:
        await mail_at(mailbox, kind, login=f"{USER}:wrong@").send(LETTER)

    assert "wrong" not in str(refused.value)
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("name", "error", "stage", "number", "enhanced"),
    [
        ("550", MailRefused, "recipient", 550, "5.1.1"),
        ("553", MailRefused, "recipient", 553, "5.1.1"),
        ("450", MailLater, "recipient", 450, "4.1.1"),
        ("421", MailLater, "recipient", 421, "4.1.1"),
        ("data-554", MailRefused, "letter", 554, "5.7.1"),
        ("data-452", MailLater, "letter", 452, "4.7.1"),
    ],
)
async def test_a_refusal_says_of_what_and_whether_for_good(mailbox, name, error, stage, number, enhanced):
    with pytest.raises(UNSENT) as refused:
        await mail_at(mailbox).send(to(name))

    assert type(refused.value) is error
    assert vars(refused.value).items() >= {"stage": stage, "number": number, "enhanced": enhanced}.items()
    assert "example.com" not in str(refused.value) + repr(refused.value)
    assert mailbox.messages == []


@pytest.mark.parametrize(("name", "seconds"), [("drop", 5), ("silent", 1)])
async def test_a_letter_that_was_handed_over_and_not_answered_may_be_sent_again(mailbox, name, seconds):
    for _ in range(2):
        with pytest.raises(MailOutcomeUnknown) as unknown:
            await mail_at(mailbox, seconds=seconds).send(to(name))
        assert not isinstance(unknown.value, UNSENT)

    first, second = mailbox.messages
    assert first.content == second.content


async def test_where_nobody_is_nothing_was_sent():
    with pytest.raises(MailUnreachable):
        await Mail(SecretStr("smtp://127.0.0.1:1"), seconds=5).send(LETTER)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ([], MailUnreachable),
        ([None], MailUnreachable),
        (["554 no service for you"], MailLater),
        (["421 too many"], MailLater),
        (["nonsense"], MailUnreachable),
        (["220 hello", "502 what?"], MailLater),
        (["220 hello", "250 hello", None], MailUnreachable),
        (["220 hello", "250 hello", "530 5.7.0 Authentication required"], MailKeyRefused),
        (["220 hello", "250 hello", "550 5.7.1 no"], MailRefused),
        (["220 hello", "250 hello", "250 ok", "250 ok", None], MailOutcomeUnknown),
        (["220 hello", "250 hello", "250 ok", "250 ok", "354 go on", "nonsense"], MailOutcomeUnknown),
        (["220 hello", "250-hello\r\n250 STARTTLS", "220 go on", None], MailUnreachable),
        (["220 hello", "250-hello\r\n250 STARTTLS", "454 not now"], MailLater),
    ],
)
async def test_whatever_a_server_says_has_a_name(script, error):
    server = await asyncio.start_server(saying(script), "127.0.0.1", 0)
    async with server:
        url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(error) as failed:
            await Mail(SecretStr(url), seconds=5).send(LETTER)

    assert type(failed.value) is error


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (["220 hello", "250 hello"], MailKeyRefused),
        (["220 hello", "250-hello\r\n250 AUTH PLAIN", "550 no"], MailKeyRefused),
        (["220 hello", "250-hello\r\n250 AUTH PLAIN", "454 not now"], MailLater),
        (["220 hello", "250-hello\r\n250 AUTH PLAIN", None], MailUnreachable),
    ],
)
async def test_whatever_a_server_says_to_a_password_has_a_name(mailbox, script, error):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(mailbox.certificate, mailbox.certificate.with_name("key.pem"))

    server = await asyncio.start_server(saying(script), "localhost", 0, ssl=tls)
    async with server:
        url = f"smtps://{LOGIN}localhost:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(error) as failed:
            await Mail(SecretStr(url), seconds=5, trust=mailbox.trust()).send(LETTER)

    assert type(failed.value) is error


async def test_a_server_that_says_nothing_is_not_waited_for_without_end():
    async def serve(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(MailUnreachable):
            await Mail(SecretStr(url), seconds=0.2).send(LETTER)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp://:25",
        "http://there",
        "smtp://there:99999",
        "smtp://[",
        "smtp://u:a#b@there",
        "smtp://h/x",
        "smtp://h?x",
        "smtp://h#x",
    ],
)
async def test_a_setting_that_names_no_server_is_refused(url):
    with pytest.raises(MailUrlInvalid):
        await Mail(SecretStr(url)).send(LETTER)


async def test_an_address_that_is_none_is_refused_before_anybody_is_asked(mailbox):
    with pytest.raises(AddressUnusable):
        await mail_at(mailbox).send(replace(LETTER, to=Mailbox("ü@example.com")))

    assert mailbox.messages == []
