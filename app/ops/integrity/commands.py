"""`booking integrity`: whether the data is sound, from a shell. Reads only."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.core.clock import utcnow
from app.core.commands import Json
from app.core.config import SettingsInvalid, load_settings
from app.core.embedded_programs import ServerRefused
from app.core.errors import AppError
from app.core.progress import Progress
from app.core.provision import DatabaseUnreachable, database_for, ensure_reachable
from app.core.terminal import progress, table

if TYPE_CHECKING:
    from app.ops.integrity.rules.terms import Outcome
    from app.ops.integrity.schemas import CheckShown, Looked
    from app.ops.integrity.service.looking import Asked

integrity = typer.Typer(help="Whether the data is sound.", no_args_is_help=True)

COULD_NOT_LOOK = 2

Client = Annotated[str | None, typer.Option("--client", metavar="KEY", help="Only this client's data.")]
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], help="Only what starts or has changed since then (UTC)."),
]
Quick = Annotated[
    bool, typer.Option("--quick", help="Without indexes' contents, and foreign keys that the database vouches for.")
]


@integrity.callback()
def _root() -> None:
    """Whether the data is sound."""


@integrity.command()
def check(client: Client = None, since: Since = None, quick: Quick = False, as_json: Json = False) -> None:
    """Look at all rows and the schema. Exit code 0: sound, 1: findings, 2: it could not be looked at."""
    from app.ops.integrity.rules.terms import exit_code
    from app.ops.integrity.schemas import looked
    from app.ops.integrity.service.looking import Asked

    asked = Asked(client, since.replace(tzinfo=UTC) if since else None, quick)
    started_at = utcnow()
    try:
        with database_for(load_settings()) as settings:
            ensure_reachable(str(settings.database_url))
            with progress() as report:
                outcomes = asyncio.run(_look(str(settings.database_url), asked, report, now=started_at))
    except (AppError, SettingsInvalid, ServerRefused, DatabaseUnreachable) as refusal:
        code = f" ({refusal.code})" if isinstance(refusal, AppError) else ""
        typer.echo(f"booking: {refusal}{code}", err=True)
        raise typer.Exit(COULD_NOT_LOOK) from None
    told = looked(
        outcomes, started_at=started_at, finished_at=utcnow(), client_key=client, since=asked.since, quick=quick
    )
    typer.echo(told.model_dump_json(by_alias=True) if as_json else "\n".join(_as_text(told)))
    raise typer.Exit(int(exit_code(outcomes)))


async def _look(database_url: str, asked: "Asked", report: Progress, *, now: datetime) -> "list[Outcome]":
    from app.ops.integrity.service.looking import look

    return await look(database_url, asked, report, now=now)


def _as_text(told: "Looked") -> Iterator[str]:
    rows = [(each.name, each.severity.upper(), _state(each), f"{each.seconds:.2f}") for each in told.checks]
    yield table(("CHECK", "SEVERITY", "STATE", "SECONDS"), rows)
    for each in told.checks:
        if each.wrong is not None:
            yield f"\n{each.name}: {each.wrong}. {_state(each)}."
            for example in each.examples:
                whose = f"client {example.client_id} " if example.client_id else ""
                yield f"  {whose}{example.id}{f': {example.about}' if example.about else ''}"
            yield f"  What to do: {each.to_do}."
    yield f"\n{told.findings} checks with findings, {told.duration_seconds:.1f} s."


def _state(check: "CheckShown") -> str:
    if check.state == "found":
        return f"{check.total:,} found"
    return check.state.replace("_", " ") + (f" ({check.reason})" if check.reason else "")
