"""`booking text`: text with a running service as a customer does, and see what it answers, and how soon."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Annotated, Any
from urllib.parse import quote

import typer

from app.core.clock import utcnow
from app.core.http import create_client
from app.sandbox import terminal
from app.sandbox.terminal import CALLER_NUMBER, Desk, Unreached

INBOUND = "/webhooks/twilio/inbound"
LOOK_SECONDS = 0.01
QUIET_SECONDS = 0.3
LAST_SECONDS = 1.5
"""How long a confirmation may take after the last answer: a line sends about one text a second."""

text = typer.Typer(add_completion=False, help="Text with a running service as a customer does.")


@text.command()
def write(
    words: Annotated[
        list[str] | None, typer.Argument(help="Texts, one after the other; without any they are typed.")
    ] = None,
    *,
    client: Annotated[str, typer.Option(metavar="CLIENT_KEY", help="Whom to text.")] = "demo-dental",
    sender: Annotated[str, typer.Option("--from", metavar="NUMBER", help="Whose phone it is.")] = CALLER_NUMBER,
    script: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A text on each line.")] = None,
    wait: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds to wait for an answer.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Text with a running service as a customer does, through the stand-in for Twilio, and show what was booked."""
    terminal.local_settings()
    said = terminal.lines(words or [], script, "> ")
    try:
        asyncio.run(_talk(said, client, sender, wait, as_json))
    except Unreached as unreached:
        terminal.refuse(str(unreached))


async def _talk(said: Iterator[str], client_key: str, sender: str, wait: float, as_json: bool) -> None:
    async with create_client() as client:
        desk = Desk.here(client, client_key)
        number = (await desk.line())["number"]
        phone, since = _Phone(desk, sender, number), utcnow()
        await phone.look()
        turns = [await phone.text(line, wait, quietly=as_json) for line in filter(None, map(str.strip, said))]
        late = await phone.replies(monotonic(), LAST_SECONDS, LAST_SECONDS, quietly=as_json) if turns else []
        await _end(desk, sender, since, {"turns": turns, "late": late}, as_json=as_json)


class _Phone:
    """A customer's phone: sends texts, and shows what comes in."""

    def __init__(self, desk: Desk, number: str, line: str) -> None:
        self._desk, self._number, self._line = desk, number, line
        self._seen: set[str] = set()

    async def text(self, body: str, wait: float, *, quietly: bool) -> dict[str, Any]:
        """Send a text and return what was answered, and how soon, in milliseconds.

        Raises:
            Unreached: the service refuses the webhook.
        """
        began = monotonic()
        wanted = {"from": self._number, "to": self._line, "body": body, "url": self._desk.service + INBOUND}
        answer = await self._desk.control("POST", "/inbound", wanted)
        webhook = _since(began)
        if answer["status"] is None or answer["status"] >= 300:
            raise Unreached(f"the service answered {answer['status']} to {INBOUND}: see its log.")
        if not quietly:
            typer.echo(f"you    {body}   [webhook answered in {webhook} ms]")
        return {"text": body, "webhookMs": webhook, "replies": await self.replies(began, wait, quietly=quietly)}

    async def replies(
        self, began: float, wait: float, quiet: float = QUIET_SECONDS, *, quietly: bool
    ) -> list[dict[str, Any]]:
        """Return what comes within `wait` seconds, and then until nothing has come for `quiet` seconds."""
        came: list[dict[str, Any]] = []
        ends = monotonic() + wait
        while monotonic() < ends:
            for body in await self.look():
                came.append({"text": body, "ms": _since(began)})
                ends = monotonic() + quiet
                if not quietly:
                    typer.echo(f"they   {body}   [{came[-1]['ms']} ms]")
            await asyncio.sleep(LOOK_SECONDS)
        if not came and not quietly and quiet == QUIET_SECONDS:
            typer.echo(f"       (no answer within {wait:g} s)")
        return came

    async def look(self) -> list[str]:
        """Return the texts that came since the last look."""
        items = (await self._desk.control("GET", f"/messages?to={quote(self._number)}"))["items"]
        new = [each for each in items if each["sid"] not in self._seen]
        self._seen.update(each["sid"] for each in new)
        return [each["body"] for each in new]


def _since(began: float) -> float:
    return round((monotonic() - began) * 1_000, 1)


async def _end(desk: Desk, phone: str, since: datetime, told: dict[str, Any], *, as_json: bool) -> None:
    """Show what was booked meanwhile, as the API has it."""
    booked = await desk.booked(phone, since)
    if as_json:
        typer.echo(json.dumps({**told, "bookings": booked}, ensure_ascii=False))
        return
    services = await desk.services()
    for each in booked:
        typer.echo(f"booked {terminal.as_said(each, services)}")
    if not booked:
        typer.echo("booked nothing")
