"""`booking call`: call a running service as a customer does, and hear what its assistant would say, and how soon."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from app.core.clock import utcnow
from app.core.http import create_client
from app.core.phone import InvalidPhone, e164
from app.sandbox import terminal
from app.sandbox.calling.jobs import Conversation
from app.sandbox.calling.rules import Mind
from app.sandbox.terminal import WHOSE, Desk, Unreached
from app.sandbox.wiring import accounts_in_use

call = typer.Typer(add_completion=False, help="Call a running service as a customer does.")


@call.command()
def speak(
    words: Annotated[
        list[str] | None, typer.Argument(help="What is said, one after the other; else it is typed.")
    ] = None,
    *,
    client: Annotated[str, typer.Option(metavar="CLIENT_KEY", help="Whom to call.")] = "demo-dental",
    caller: Annotated[str | None, typer.Option("--from", metavar="NUMBER", help=WHOSE)] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Hide the number.")] = False,
    script: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="What is said, line by line.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Call a running service as a customer does, with rules in the place of a model, and show what was booked."""
    settings = terminal.local_settings()
    phone_number = terminal.phone_of(caller, settings)
    accounts = accounts_in_use(settings, terminal.secret_of(settings))
    said = terminal.lines(words or [], script, "you        ")
    shown = None if as_json else typer.echo
    typed = terminal.typed(words or [], script)

    async def talk() -> None:
        async with create_client() as outside:
            desk = Desk.here(outside, client)
            talking = Conversation(desk, accounts, None if hidden else phone_number, echo=shown, typed=typed)
            mind = await _talk(talking, desk, said)
            spoken = await _in_full(desk, mind.phone) if hidden else None
            await _end(desk, talking, spoken or phone_number, as_json=as_json)

    try:
        asyncio.run(talk())
    except Unreached as unreached:
        terminal.refuse(str(unreached))


async def _talk(talking: Conversation, desk: Desk, said: Iterator[str]) -> Mind:
    await talking.begin(await desk.line())
    mind = Mind(services=tuple((await desk.services()).values()))
    for line in filter(None, map(str.strip, said)):
        mind, ended = await talking.hear(mind, line)
        if ended:
            break
    await talking.hang_up()
    return mind


async def _in_full(desk: Desk, spoken: str | None) -> str | None:
    """Return a number that was said, as the client's country writes it out in full; None if none was."""
    client = await desk.ask(f"/api/clients/{desk.client_key}")
    with suppress(InvalidPhone):
        return e164(spoken or "", client["region"])
    return None


async def _end(desk: Desk, talking: Conversation, caller: str, *, as_json: bool) -> None:
    """Show what was booked meanwhile, as the API has it."""
    booked = await desk.booked(caller, talking.began)
    if as_json:
        told: dict[str, Any] = {"callId": talking.call["id"], "turns": talking.turns, "bookings": booked}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    services = await desk.services()
    for each in booked:
        typer.echo(f"booked     {terminal.as_said(each, services)}")
    if not booked:
        typer.echo("booked     nothing")
    slowest = max((turn["ms"] for turn in talking.turns), default=0)
    took = (utcnow() - talking.began).total_seconds()
    typer.echo(f"           {len(talking.turns)} turns in {took:.1f} s, the slowest answered in {slowest} ms")
