"""`booking ops watch`: for cron, or a terminal, on a machine that is not the service's."""

import asyncio
import json
from datetime import datetime
from typing import Annotated

import typer

from app.core.clock import iso, utcnow
from app.core.config import Caller
from app.core.http import create_client
from app.core.running import run_without_waiting
from app.ops.doctor.commands import Json, whom
from app.ops.watch.rules import Seen
from app.ops.watch.service import changes, look


def watch(
    url: Annotated[str | None, typer.Argument(help="The service's address; without it APP_URL.")] = None,
    every: Annotated[int, typer.Option(min=1, max=86_400, help="Seconds between two looks.")] = 60,
    once: Annotated[
        bool, typer.Option("--once", help="Look once; exit with 0 (well), 1 (degraded) or 2 (down).")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take degraded for down.")] = False,
    in_json: Json = False,
) -> None:
    """Ask a service how it is and print one line per change; with a key (API_KEY) also why it is degraded."""
    caller = Caller()
    asked, key = whom(url, caller), caller.key
    try:
        state = run_without_waiting(_watch(asked, key, every=None if once else every, strict=strict, in_json=in_json))
    except KeyboardInterrupt:
        return
    raise typer.Exit(int(state.state))


async def _watch(url: str, key: str | None, *, every: int | None, strict: bool, in_json: bool) -> Seen:
    """Print each change; return only where it is to look once (`every` None)."""
    async with create_client() as client:
        async for seen in changes(
            lambda: look(client, url, key, strict=strict), pause=lambda: asyncio.sleep(every or 0)
        ):
            typer.echo(_line(seen, url, in_json=in_json, now=utcnow()))
            if every is None:
                return seen
    raise AssertionError("watching has no end")


def _line(seen: Seen, url: str, *, in_json: bool, now: datetime) -> str:
    if in_json:
        return json.dumps({"timestamp": iso(now), "url": url, "status": seen.state.name, "reasons": list(seen.reasons)})
    return " ".join([iso(now), seen.state.name, url, *seen.reasons])
