"""What the texter and the caller in the terminal have in common: whom they reach, what they ask, how they are shown."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import orjson
import typer

from app.core.clock import iso
from app.core.config import Caller, Settings, load_settings
from app.core.http import Client, Reply, Unanswered, send
from app.core.security import local_secret
from app.sandbox.courier import on_this_machine
from app.sandbox.places import Places, known

PATIENCE_SECONDS = 20.0
CALLER_NUMBER = "+447400123456"
WHOSE = f"Whose phone it is; without it {CALLER_NUMBER}."


class Unreached(Exception):
    """Something that is needed does not answer, or refuses; the message says what to do."""


def secret_of(settings: Settings) -> str:
    """Return the secret of this machine, from which the stand-ins' keys are derived."""
    return settings.secret_key.get_secret_value() if settings.secret_key else local_secret(Path("var"))


def refuse(why: str) -> NoReturn:
    """End the command with one line."""
    typer.echo(f"booking: {why}", err=True)
    raise typer.Exit(1)


def local_settings() -> Settings:
    """Return the settings; refuse where real customers are."""
    settings = load_settings()
    if settings.env == "production":
        refuse("the sandbox is not for APP_ENV=production.")
    return settings


def phone_of(given: str | None, settings: Settings) -> str:
    """Return whose phone it is; where texts go out for real, nobody's is taken for granted."""
    if given is None and settings.twilio_account_sid and not on_this_machine(settings.twilio_api_url):
        refuse("the service texts through a real account: say with --from whose phone it is.")
    return given or CALLER_NUMBER


def typed(given: Sequence[str], script: Path | None) -> bool:
    """Return whether somebody types what is said, and sees it already."""
    return not given and script is None and sys.stdin.isatty()


def lines(given: Sequence[str], script: Path | None, prompt: str) -> Iterator[str]:
    """Return what is said, line by line: given with the command, or a script's, or typed, or piped."""
    if given:
        yield from given
    elif script is not None:
        yield from script.read_text().splitlines()
    elif typed(given, script):
        yield from _typed(prompt)
    else:
        yield from (line.rstrip("\n") for line in sys.stdin)


def _typed(prompt: str) -> Iterator[str]:
    while True:
        try:
            yield input(prompt)
        except EOFError:
            typer.echo()
            return


@dataclass(frozen=True, slots=True)
class Desk:
    """The service and the stand-ins, as somebody asks them who has an operator's key."""

    client: Client
    places: Places
    client_key: str

    @property
    def service(self) -> str:
        """The service's address."""
        return str(self.places.service)

    @classmethod
    def here(cls, client: Client, client_key: str) -> "Desk":
        """Return those of this machine."""
        return cls(client, known(Caller()), client_key)

    async def ask(self, path: str) -> Any:
        """Return what the service answers to a GET.

        Raises:
            Unreached: it does not answer, or it refuses.
        """
        if self.places.key is None:
            raise Unreached("no key: start the service with `make run`, or set OPERATOR_API_KEY.")
        headers = {"X-API-Key": self.places.key, "X-Client-Key": self.client_key}
        return self._read(await self.send("GET", f"{self.service}{path}", headers=headers))

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Return what the stand-ins answer.

        Raises:
            Unreached: they do not answer, or refuse.
        """
        content = None if body is None else orjson.dumps(body)
        return self._read(await self.send(method, f"{self.places.sandbox}/_sandbox{path}", body=content))

    async def send(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Reply:
        """Return an answer.

        Raises:
            Unreached: there is none.
        """
        try:
            return await send(self.client, method, url, seconds=PATIENCE_SECONDS, headers=headers or {}, body=body)
        except Unanswered:
            where = "/".join(url.split("/")[:3])
            raise Unreached(f"nobody answers at {where}: start the service with `make run`.") from None

    def _read(self, reply: Reply) -> Any:
        try:
            content = orjson.loads(reply.body)
        except ValueError:
            content = {}
        if reply.status >= 300:
            said = content.get("detail") or content.get("error") or "no reason given"
            raise Unreached(f"refused with {reply.status}: {said}")
        return content

    async def line(self) -> dict[str, Any]:
        """Return the client's first line.

        Raises:
            Unreached: it has none, or there is no such client.
        """
        found = (await self.ask(f"/api/clients/{self.client_key}/lines"))["items"]
        if not found:
            raise Unreached(f"{self.client_key} has no line: put one with PUT /api/clients/{self.client_key}/lines.")
        line: dict[str, Any] = found[0]
        return line

    async def booked(self, phone: str, since: datetime) -> list[dict[str, Any]]:
        """Return the bookings of a phone that were made or changed since then."""
        page = await self.ask(f"/api/bookings?updatedSince={iso(since.replace(microsecond=0))}&limit=200")
        theirs = [each for each in page["items"] if each["customer"] and each["customer"]["phone"] == phone]
        return [each for each in theirs if datetime.fromisoformat(each["updatedAt"]) >= since]

    async def services(self) -> dict[str, str]:
        """Return the names of what can be booked, by id."""
        page = await self.ask("/api/services?status=active&limit=200")
        return {each["id"]: each["name"] for each in page["items"]}


def as_said(booking: dict[str, Any], services: dict[str, str]) -> str:
    """Return a booking as people read it."""
    start = datetime.fromisoformat(booking["startsAt"]).astimezone(ZoneInfo(booking["timezone"]))
    name = services.get(booking["serviceId"], "Appointment")
    return f"{name}, {start:%A %-d %B %Y at %H:%M} ({booking['timezone']}): {booking['status']}"
