"""`booking jobs`: what is held, and what becomes of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings, load_settings
from app.core.db import create_engine, create_sessions
from app.core.provision import database_for, ensure_reachable
from app.jobs import service
from app.jobs.errors import JobNotHeld
from app.jobs.schemas import QueueState

T = TypeVar("T")

MOST = 100_000
"""Jobs that one command lets run again."""

jobs = typer.Typer(help="Jobs that wait, run or are held.", no_args_is_help=True)

Ids = Annotated[list[int] | None, typer.Argument(min=1, help="Numbers of held jobs.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]


@jobs.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most held jobs to show.")] = 50, as_json: Json = False
) -> None:
    """Show how many jobs there are, and the held ones with what stopped them."""

    async def look(session: AsyncSession) -> QueueState:
        return QueueState(counts=await service.counts(session), held=await service.held(session, limit=limit))

    state = _in_a_transaction(look)
    if as_json:
        typer.echo(state.model_dump_json())
        return
    for count in state.counts:
        typer.echo(f"{count.name}: {count.count} {count.state}, oldest since {count.oldest_at:%Y-%m-%dT%H:%M:%SZ}")
    for job in state.held:
        typer.echo(f"#{job.id} {job.name} held after {job.attempts} attempts: {job.error_code}: {job.error}")
    if not state.counts:
        typer.echo("No jobs.")


@jobs.command()
def retry(
    ids: Ids = None,
    every: Annotated[bool, typer.Option("--all", help="All that are held.")] = False,
    kind: Annotated[str | None, typer.Option(help="All of this kind that are held.", metavar="ROOM.VERB")] = None,
    as_json: Json = False,
) -> None:
    """Let held jobs run again, from their first attempt."""
    if bool(ids) + every + bool(kind) != 1:
        raise typer.BadParameter("name the jobs, or --all, or --kind")

    async def act(session: AsyncSession) -> list[int]:
        return await (service.retry(session, ids) if ids else service.retry_all(session, name=kind, most=MOST))

    _tell("retried", _in_a_transaction(act), as_json)


@jobs.command()
def discard(ids: Ids = None, as_json: Json = False) -> None:
    """Delete held jobs for good."""
    if not ids:
        raise typer.BadParameter("name the jobs")
    _tell("discarded", _in_a_transaction(lambda session: service.discard(session, ids)), as_json)


def _tell(what: str, ids: list[int], as_json: bool) -> None:
    typer.echo(json.dumps({what: ids}) if as_json else f"{what}: {', '.join(map(str, ids)) or 'none'}")


def _in_a_transaction(act: Callable[[AsyncSession], Awaitable[T]]) -> T:
    with database_for(load_settings()) as settings:
        ensure_reachable(str(settings.database_url))
        try:
            return asyncio.run(_act(settings, act))
        except JobNotHeld as refusal:
            typer.echo(f"booking: {refusal.detail}", err=True)
            raise typer.Exit(1) from None


async def _act(settings: Settings, act: Callable[[AsyncSession], Awaitable[T]]) -> T:
    engine = create_engine(settings, role="command")
    try:
        async with create_sessions(engine).begin() as session:
            return await act(session)
    finally:
        await engine.dispose()
