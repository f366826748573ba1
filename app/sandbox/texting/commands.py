"""`booking text`: text with a running service as a customer does, and see what it answers, and how soon."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from app.core.clock import utcnow
from app.core.http import create_client
from app.sandbox import terminal
from app.sandbox.terminal import WHOSE, Desk, Unreached
from app.sandbox.texting.jobs import INBOUND, Way, way_to
from app.sandbox.wiring import accounts_in_use

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
    sender: Annotated[str | None, typer.Option("--from", metavar="NUMBER", help=WHOSE)] = None,
    script: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A text on each line.")] = None,
    wait: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds to wait for an answer.")] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Text with a running service as a customer does, over its real webhook, and show what was booked."""
    settings = terminal.local_settings()
    phone_number = terminal.phone_of(sender, settings)
    accounts = accounts_in_use(settings, terminal.secret_of(settings))
    said = terminal.lines(words or [], script, "> ")

    async def talk() -> None:
        async with create_client() as outside:
            desk = Desk.here(outside, client)
            way = await way_to(desk, accounts, phone_number, public_url=settings.public_url)
            phone = _Phone(way, quietly=as_json, typed=terminal.typed(words or [], script))
            since, told = utcnow(), await phone.talk(said, wait)
            await _end(desk, phone_number, since, told, as_json=as_json)

    try:
        asyncio.run(talk())
    except Unreached as unreached:
        terminal.refuse(str(unreached))


class _Phone:
    """A customer's phone: sends texts, and shows what comes in."""

    def __init__(self, way: Way, *, quietly: bool, typed: bool = False) -> None:
        self._way, self._quietly, self._typed = way, quietly, typed

    async def talk(self, said: Iterator[str], wait: float) -> dict[str, Any]:
        """Send texts one after the other, each once the last was answered; return all that was sent and came."""
        await self._way.look()
        turns = [await self.text(line, wait) for line in filter(None, map(str.strip, said))]
        late = await self.replies(monotonic(), LAST_SECONDS, LAST_SECONDS) if turns else []
        return {"turns": turns, "late": late}

    async def text(self, body: str, wait: float) -> dict[str, Any]:
        """Send a text and return what was answered, and how soon, in milliseconds.

        Raises:
            Unreached: the service refuses the webhook.
        """
        began = monotonic()
        status = await self._way.send(body)
        webhook = _since(began)
        if status is None or status >= 300:
            raise Unreached(
                f"the service answered {status or 'nothing'} to {INBOUND}: see its log, or start it with `make run`."
            )
        self._show(f"{'      ' if self._typed else f'you    {body}  '} [webhook answered in {webhook} ms]")
        replies = await self.replies(began, wait)
        if not replies:
            self._show(f"       (no answer within {wait:g} s)")
        return {"text": body, "webhookMs": webhook, "replies": replies}

    async def replies(self, began: float, wait: float, quiet: float = QUIET_SECONDS) -> list[dict[str, Any]]:
        """Return what comes within `wait` seconds, and then until nothing has come for `quiet` seconds."""
        came: list[dict[str, Any]] = []
        ends = monotonic() + wait
        while monotonic() < ends:
            for body in await self._way.look():
                came.append({"text": body, "ms": _since(began)})
                ends = monotonic() + quiet
                self._show(f"they   {body}   [{came[-1]['ms']} ms]")
            await asyncio.sleep(LOOK_SECONDS)
        return came

    def _show(self, line: str) -> None:
        if not self._quietly:
            typer.echo(line)


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
