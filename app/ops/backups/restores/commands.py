"""`booking backup restore` and `erasures`: from a backup to a database that can be switched to."""

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.core.clock import iso, utcnow
from app.core.commands import Json, instant, refusals, run_politely
from app.core.config import load_settings
from app.core.logging import set_up_logging
from app.core.provision import database_for, ensure_reachable
from app.core.terminal import progress, table

if TYPE_CHECKING:
    from app.ops.backups.restores.rules import Restored
    from app.ops.backups.restores.service.restoring import Wish
    from app.ops.backups.rules.manifests import Erasure, Manifest
    from app.ops.backups.service.context import BackupContext

FIRST = "1970-01-01T00:00:00Z"
SERVER = re.compile(r"postgres(ql)?(\+asyncpg)?://.+")
Which = Annotated[str, typer.Argument(metavar="[ID|latest]", help="Which backup.", show_default=False)]
Into = Annotated[
    str | None,
    typer.Option(help="Name of the database; without it a new one: <database>_restore_<time>."),
]
Server = Annotated[
    str | None, typer.Option(help="Address of a database on the server to restore into; without it DATABASE_URL.")
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite-existing-data",
        help="Put it in the place of a database that is not empty (that of --into, or the present one); the old one is"
        " kept under another name.",
    ),
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep a database whose restoration failed, to look at it.")]
Trust = Annotated[
    bool, typer.Option("--trust-manifest", help="Believe a manifest that was sealed under another APP_SECRET_KEY.")
]
Since = Annotated[
    str | None,
    typer.Option(
        help="Since when, such as 2026-11-23T10:15:00Z; without it all that the store has.", show_default=False
    ),
]
Apply = Annotated[bool, typer.Option("--apply", help="Erase them again in the database of DATABASE_URL.")]


def restore(
    which: Which = "latest",
    into: Into = None,
    *,
    server: Server = None,
    overwrite: Overwrite = False,
    keep: Keep = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Restore a backup into a new database, prove it, and say what to do next. What is there is never destroyed.

    Messages to customers wait in it (`booking outbound resume`); customers erased since the backup are erased again.
    """
    from sqlalchemy.engine import make_url

    from app.ops.backups.restores.service.choosing import choose
    from app.ops.backups.restores.service.restoring import Wish
    from app.ops.backups.service.context import open_context
    from app.ops.backups.service.evidence import Reader

    if server is not None and not SERVER.fullmatch(server):
        raise typer.BadParameter("an address that begins with postgresql://", param_hint="--server")
    given = load_settings()
    set_up_logging(given.log_format, given.log_level)  # to standard error: what is printed is the result alone
    logging.getLogger("alembic").setLevel(logging.WARNING)  # what it does is told at the end
    with database_for(given) as settings, refusals(coded=True):
        context = open_context(settings)
        backups = Reader(context.store, context.seal).look(now=utcnow()).backups
        manifest = choose(context, backups, which, trust=trust)
        wish = Wish(
            server_url=server or context.database_url,
            database=str(make_url(context.database_url).database),
            into=into,
            overwrite=overwrite,
            keep=keep,
            trust=trust,
        )
        done = _restored(context, manifest, wish)
    typer.echo(json.dumps(shown(done)) if as_json else told(done))


def _restored(context: "BackupContext", manifest: "Manifest", wish: "Wish") -> "Restored":
    from app.ops.backups import errors
    from app.ops.backups.restores.service.restoring import restore as restore_into

    damages = errors.ArtefactMissing, errors.ArtefactEmpty, errors.ArtefactTruncated, errors.ArtefactDamaged
    with progress() as report:
        try:
            return run_politely(lambda: restore_into(context, manifest, wish, report, now=utcnow()))
        except damages as damage:
            raise type(damage)(f"{damage.detail} Name another one: `booking backup list` shows them.") from damage


def shown(done: "Restored") -> dict[str, Any]:
    """Return what was done as JSON has it."""
    from app.ops.backups.restores.rules import next_steps

    return {
        "backupId": str(done.backup_id),
        "snapshotAt": iso(done.snapshot_at),
        "database": done.database,
        "url": done.url,
        "replaced": done.replaced_name,
        "tables": done.tables,
        "rows": done.rows,
        "migratedFrom": done.migrated_from,
        "migratedTo": done.migrated_to,
        "erasedAgain": done.erased_again,
        "leftOut": list(done.left_out),
        "durationSeconds": done.duration_seconds,
        "next": next_steps(done),
    }


def told(done: "Restored") -> str:
    """Return what was done as people read it, and what is left to do."""
    from app.ops.backups.restores.rules import next_steps

    lines = [
        f"Database {done.database} has backup {done.backup_id} of {iso(done.snapshot_at)}: {done.rows:,} rows of"
        f" {done.tables} tables, each compared with what was backed up, in {done.duration_seconds:.1f} s."
    ]
    if done.migrated_from != done.migrated_to:
        lines.append(f"It was at migration {done.migrated_from}, and was then brought up to {done.migrated_to}.")
    lines.append(f"Customers erased since that backup, and erased again in it: {done.erased_again}.")
    lines.extend(f"The server refuses the extension {name}: left out." for name in done.left_out)
    return "\n".join([*lines, "", *next_steps(done)])


def erasures(since: Since = None, *, apply: Apply = False, trust: Trust = False, as_json: Json = False) -> None:
    """Show who was erased since an instant, and erase them again in a database that came back from before it.

    `booking backup restore` does it by itself; after a recovery to a point in time, by the host or from archived WAL,
    it takes this command. Twice is as good as once. Without --apply it needs no database.
    """
    from app.ops.backups.restores.service import erasures as service
    from app.ops.backups.service.context import open_context

    earliest = instant(since or FIRST, "--since")
    if not apply:
        with refusals(coded=True):
            found = asyncio.run(service.since(open_context(load_settings()), earliest, trust=trust))
        _tell_erasures(found, None, as_json=as_json)
        return
    with database_for(load_settings()) as settings, refusals(coded=True):
        context = open_context(settings)
        ensure_reachable(context.database_url)
        found = asyncio.run(service.since(context, earliest, trust=trust))
        _tell_erasures(found, asyncio.run(service.apply_here(context, found)), as_json=as_json)


def _tell_erasures(found: "list[Erasure]", done: int | None, *, as_json: bool) -> None:
    if as_json:
        listed = [each.model_dump(mode="json", by_alias=True) for each in found]
        typer.echo(json.dumps({"erasures": listed, "erasedAgain": done}))
    elif done is not None:
        typer.echo(f"Customers whom the store knows as erased: {len(found)}; erased again in this database: {done}.")
    elif found:
        rows = [[iso(each.at), str(each.client_id), str(each.customer_id)] for each in found]
        typer.echo(table(("ERASED AT", "CLIENT", "CUSTOMER"), rows))
    else:
        typer.echo("The store knows of no erasures since then.")
