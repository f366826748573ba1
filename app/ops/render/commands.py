"""`booking render`: the host's recovery, exports and rollback, each refusal in one line and exit code 1."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

from app.core.clock import iso, utcnow
from app.core.commands import Json, refusals
from app.core.config import Settings, load_settings
from app.core.http import create_client
from app.core.schemas import Wire
from app.core.terminal import size, table
from app.integrations.render.api import Render
from app.ops.render.errors import NotConfirmed, RenderNotConfigured
from app.ops.render.schemas import AutoDeploy, Downloaded, PointInTime, Restored, RolledBack, ShownExport, Version
from app.ops.render.service import exporting, recovering, rolling_back
from app.ops.render.service.waiting import Waiting
from app.ops.render.service.windows import window

T = TypeVar("T")

render = typer.Typer(help="Render's own means: recovery, exports, rollback.", no_args_is_help=True)
pitr = typer.Typer(help="The database as it was at an instant.", no_args_is_help=True)
exports = typer.Typer(help="Logical exports, kept for 7 days.", no_args_is_help=True)
autodeploy = typer.Typer(help="Whether new commits are deployed by themselves.", no_args_is_help=True)
render.add_typer(pitr, name="pitr")
render.add_typer(exports, name="exports")
render.add_typer(autodeploy, name="autodeploy")

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Every = Annotated[float, typer.Option(min=0, max=300, help="Seconds between two looks while waiting.")]
Looks = Annotated[int, typer.Option(min=1, max=10_000, help="How often to look at most.")]
Service = Annotated[
    str | None,
    typer.Option("--service", help="The service: srv-...; without it RENDER_SERVICE_ID.", show_default=False),
]
Url = Annotated[bool, typer.Option("--show-url", help="Show addresses: whoever has one can read the whole database.")]
Download = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Fetch it into this new file, for us alone.", show_default=False)
]
EVERY_SECONDS, LOOKS = 10.0, 360
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,59}")


@pitr.command()
def status(as_json: Json = False) -> None:
    """Say to which instants Render can bring the database back; exit code 1 where it cannot."""
    known = _ask(lambda render, settings: window(render, _postgres(settings), now=utcnow()))
    _show(known, as_json, _window(known))
    if known.status != "AVAILABLE":
        raise typer.Exit(1)


@pitr.command()
def restore(
    to: Annotated[str, typer.Option(help="The instant, such as 2026-11-23T10:15:00Z.", show_default=False)],
    name: Annotated[
        str | None, typer.Option(help="Of the new database; without it booking-at-...", show_default=False)
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
    *,
    every: Every = EVERY_SECONDS,
    looks: Looks = LOOKS,
) -> None:
    """Make a new database that is as the present one was at an instant; the present one stays as it is."""
    if name is not None and not NAME.fullmatch(name):
        raise typer.BadParameter("letters, digits, `-`, `_` and spaces, at most 60", param_hint="--name")

    async def act(render: Render, settings: Settings) -> Restored:
        postgres = _postgres(settings)
        wanted, called = await recovering.prepare(render, postgres, to, name, now=utcnow())
        _confirm(yes, f"Make {called}, a new database as {postgres} was at {iso(wanted)}? It costs as much again.")
        return await recovering.restore(render, postgres, wanted, called, _waiting(every, looks))

    made = _ask(act)
    _show(made, as_json, _lines(f"{made.name} ({made.id}) is {made.status}.", made.next))


@exports.command("list")
def list_(
    show_url: Url = False,
    download: Download = None,
    export: Annotated[
        str | None, typer.Option(help="Which to fetch; without it the newest.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the exports that Render keeps, or fetch one."""

    async def act(render: Render, settings: Settings) -> list[ShownExport] | Downloaded:
        found = await render.exports(_postgres(settings))
        if download is not None:
            return await exporting.download(render.client, exporting.chosen(found, export), download)
        return [exporting.shown(each, with_url=show_url) for each in found]

    told = _ask(act)
    if isinstance(told, Downloaded):
        _show(told, as_json, _fetched(told))
    elif as_json:
        typer.echo(json.dumps({"exports": [each.model_dump(mode="json") for each in told]}))
    else:
        typer.echo(_table(told, show_url) if told else "No exports.")


@exports.command()
def create(
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is finished.")] = False,
    show_url: Url = False,
    download: Download = None,
    as_json: Json = False,
    *,
    every: Every = EVERY_SECONDS,
    looks: Looks = LOOKS,
) -> None:
    """Have Render export the database; --show-url and --download wait for it."""

    async def act(render: Render, settings: Settings) -> ShownExport | Downloaded | None:
        waiting = _waiting(every, looks) if wait or show_url or download else None
        made = await exporting.create(render, _postgres(settings), waiting)
        if made is None:
            return None
        if download is None:
            return exporting.shown(made, with_url=show_url)
        return await exporting.download(render.client, made, download)

    told = _ask(act)
    if told is None:
        said = "Render has begun an export: `booking render exports list` shows when it is there."
        typer.echo(json.dumps({"begun": True}) if as_json else said)
    elif isinstance(told, Downloaded):
        _show(told, as_json, _fetched(told))
    else:
        _show(told, as_json, _table([told], show_url))


@render.command()
def rollback(
    to: Annotated[
        str | None, typer.Option(help="The deploy to go back to; without it the last live one.", show_default=False)
    ] = None,
    service: Service = None,
    yes: Yes = False,
    as_json: Json = False,
    *,
    every: Every = EVERY_SECONDS,
    looks: Looks = LOOKS,
) -> None:
    """Switch auto-deploy off, then take a service back to the version that was live before."""

    async def act(render: Render, settings: Settings) -> RolledBack:
        agreed = await rolling_back.plan(render, _service(service, settings), to)
        before, target = rolling_back.version(agreed.before), rolling_back.version(agreed.target)
        place = f"{agreed.service.name} ({agreed.service.service})"
        _confirm(yes, f"Switch auto-deploy of {place} off, and take it from {_named(before)} back to {_named(target)}?")
        return await rolling_back.roll_back(render, agreed, to, _waiting(every, looks))

    done = _ask(act)
    _show(done, as_json, _lines(f"{done.service} is back at {_named(done.now)}, live as {done.deploy}.", done.next))


@autodeploy.command("status")
def is_on(service: Service = None, as_json: Json = False) -> None:
    """Say what a service deploys by itself."""
    _tell(_ask(lambda render, settings: rolling_back.auto_deploy(render, _service(service, settings))), as_json)


@autodeploy.command()
def on(
    trigger: Annotated[
        Literal["checksPass", "commit"], typer.Option(help="Deploy when checks have passed, or every commit.")
    ] = "checksPass",
    service: Service = None,
    as_json: Json = False,
) -> None:
    """Let a service deploy new commits by itself."""
    _tell(
        _ask(lambda render, settings: rolling_back.set_auto_deploy(render, _service(service, settings), trigger)),
        as_json,
    )


@autodeploy.command()
def off(service: Service = None, as_json: Json = False) -> None:
    """Let a service deploy nothing by itself."""
    _tell(
        _ask(lambda render, settings: rolling_back.set_auto_deploy(render, _service(service, settings), "off")), as_json
    )


def _ask(act: Callable[[Render, Settings], Awaitable[T]]) -> T:
    """Do something with Render's API; a refusal is told in one line, with its code."""
    settings = load_settings()

    async def run() -> T:
        if settings.render_api_key is None:
            raise RenderNotConfigured
        async with create_client() as client:
            return await act(Render(client, settings.render_api_url, settings.render_api_key), settings)

    with refusals(coded=True):
        return asyncio.run(run())


def _postgres(settings: Settings) -> str:
    if not settings.render_postgres_id:
        raise RenderNotConfigured("Set APP_RENDER_POSTGRES_ID to the database's id, dpg-..., from its page's address.")
    return settings.render_postgres_id


def _service(given: str | None, settings: Settings) -> str:
    service = given or settings.render_service_id
    if not service:
        raise RenderNotConfigured("Name the service with --service srv-..., or set RENDER_SERVICE_ID.")
    return service


def _waiting(every: float, looks: int) -> Waiting:
    return Waiting(every, looks, asyncio.sleep, lambda line: typer.echo(line, err=True))


def _confirm(yes: bool, question: str) -> None:
    """Go on where somebody has said yes.

    Raises:
        NotConfirmed: nobody has.
    """
    if not yes and not (sys.stdin.isatty() and typer.confirm(question, err=True)):
        raise NotConfirmed


def _show(told: Wire, as_json: bool, text: str) -> None:
    typer.echo(told.model_dump_json() if as_json else text)


def _lines(said: str, following: Sequence[str]) -> str:
    return "\n".join([said, "Next:", *(f"  {number}. {step}" for number, step in enumerate(following, 1))])


def _window(known: PointInTime) -> str:
    begins = f" from {iso(known.recoverable_from)}" if known.recoverable_from else ""
    return f"{known.status}{begins}{f' to {iso(known.recoverable_to)}' if known.recoverable_to else ''}"


def _table(exports: Sequence[ShownExport], show_url: bool) -> str:
    rows = [
        [
            each.id,
            iso(each.created_at),
            iso(each.expires_at),
            "finished" if each.ready else "being made",
            each.url or "",
        ]
        for each in exports
    ]
    titles = ["export", "made at", "kept until", "state", "address"]
    return table(titles, rows) if show_url else table(titles[:4], [row[:4] for row in rows])


def _fetched(told: Downloaded) -> str:
    return f"{told.file}: {size(told.bytes)} of {told.export.id}, SHA-256 {told.sha256}"


def _named(version: Version) -> str:
    return f"{version.commit[:12] or version.deploy}{f' ({version.message[:60]})' if version.message else ''}"


def _tell(told: AutoDeploy, as_json: bool) -> None:
    _show(told, as_json, f"Auto-deploy of {told.name} ({told.service}): {told.trigger}")
