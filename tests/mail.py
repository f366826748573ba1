"""A real mail server in a process of its own: takes letters into a folder, and has bad days for some recipients.

`python -m tests.mail FOLDER CERTIFICATE KEY` serves on free ports until its input ends; its first line says which.
How it answers is told by the part before the @: `550` and the like (that status for the recipient), `data-554` (for
the letter), `drop` (the line breaks after the letter, which was taken), `silent` (no answer after the letter).
"""

import asyncio
import json
import ssl
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "booking", "a password: with @ and é"
KINDS = ("plain", "starttls", "smtps")


@dataclass(frozen=True)
class Received:
    """A letter as it came; `user` is who logged in."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The letter, read."""
        return message_from_bytes(self.content, policy=policy.default)


class Mailbox:
    """The server's folder and ports (`plain` has no TLS, `starttls` offers it, `smtps` begins with it)."""

    def __init__(self, folder: Path, ports: dict[str, int], certificate: Path) -> None:
        self.folder, self.ports, self.certificate = folder, ports, certificate

    def url(self, kind: str = "plain") -> str:
        """Return the address of one of the servers, without a user."""
        return f"{'smtps' if kind == 'smtps' else 'smtp'}://localhost:{self.ports[kind]}"

    @property
    def messages(self) -> list[Received]:
        """What was taken, in that order."""
        read = [json.loads(path.read_text()) for path in sorted(self.folder.glob("*.json"))]
        return [Received(**{**each, "content": b64decode(each["content"])}) for each in read]

    @property
    def logins(self) -> list[str]:
        """Who tried to log in, and with what."""
        tried = self.folder / "logins"
        return tried.read_text().splitlines() if tried.exists() else []

    def clear(self) -> None:
        """Forget what was taken."""
        for path in self.folder.iterdir():
            path.unlink()

    def trust(self) -> ssl.SSLContext:
        """Return trust in this server's certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))


@contextmanager
def serving(folder: Path, certificate: Path, key: Path) -> Iterator[Mailbox]:
    """Serve in another process for the length of the block."""
    command = [sys.executable, "-m", "tests.mail", str(folder), str(certificate), str(key)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Mailbox(folder, json.loads(process.stdout.readline()), certificate)
        process.terminate()


class _Handler:
    """What the server does with a letter."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._taken = folder, 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Take a recipient, or not."""
        wish = address.partition("@")[0]
        if wish.isdigit():
            return f"{wish} {wish[0]}.1.1 <{address}> is not wanted here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a letter, or not."""
        wish = envelope.rcpt_tos[0].partition("@")[0]
        if wish.startswith("data-"):
            return f"{wish[5:]} {wish[5]}.7.1 Message of <{envelope.mail_from}> not taken"
        self._keep(server, session, envelope)
        if wish == "drop":
            server.transport.abort()
        if wish == "silent":
            await asyncio.sleep(3_600)
        return "250 OK"

    def authenticate(self, _server: Any, session: Any, _envelope: Any, _way: str, given: LoginPassword) -> AuthResult:
        """Take one user."""
        login, password = given.login.decode(), given.password.decode()
        with (self._folder / "logins").open("a") as tried:
            tried.write(f"{login}:{password}\n")
        session.user = login
        return AuthResult(success=(login, password) == (USER, PASSWORD), handled=False)

    def _keep(self, server: Any, session: Any, envelope: Any) -> None:
        self._taken += 1
        kept = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "content": b64encode(envelope.content).decode(),
            "encrypted": server.transport.get_extra_info("sslcontext") is not None,
            "user": getattr(session, "user", None),
        }
        written = self._folder / f"{self._taken:06}.new"
        written.write_text(json.dumps(kept))
        written.rename(written.with_suffix(".json"))


async def _serve(folder: Path, certificate: str, key: str) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    handler = _Handler(folder)
    loop = asyncio.get_running_loop()
    ports = {}
    for kind in KINDS:
        options: dict[str, Any] = {"tls_context": tls} if kind == "starttls" else {"auth_require_tls": False}

        def session(options: dict[str, Any] = options) -> SMTP:
            return SMTP(handler, hostname="localhost", authenticator=handler.authenticate, loop=loop, **options)

        server = await loop.create_server(session, "localhost", 0, ssl=tls if kind == "smtps" else None)
        ports[kind] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)  # noqa: T201 - how the tests learn of the ports
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
