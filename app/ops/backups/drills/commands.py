"""`booking backup drill`: prove that a backup would save us, by restoring it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.core.clock import utcnow
from app.core.commands import Json, refusals, run_politely
from app.core.config import load_settings
from app.core.progress import Progress
from app.core.provision import database_for, ensure_reachable
from app.core.terminal import progress, table

if TYPE_CHECKING:
    from app.ops.backups.rules.evidence import Kept
    from app.ops.backups.rules.manifests import Proof
    from app.ops.backups.service.context import BackupContext

Which = Annotated[str, typer.Argument(metavar="[ID|latest]", help="Which backup.", show_default=False)]


def drill(which: Which = "latest", as_json: Json = False) -> None:
    """Restore a backup into a database of its own, compare it row by row, book on it, drop it.

    It costs the server time: APP_DRILL_DATABASE_URL names another one. Exit code 1 when the backup is not good.
    """
    from app.ops.backups.drills.service.scratch import server_url
    from app.ops.backups.service.context import open_context

    with database_for(load_settings()) as settings, refusals(coded=True):
        context = open_context(settings)
        ensure_reachable(server_url(context))
        kept = _chosen(context, which)
        with progress() as report:
            proof = run_politely(lambda: _drill(context, kept, report))
    if as_json:
        typer.echo(json.dumps(proof.model_dump(mode="json", by_alias=True)))
    else:
        typer.echo(shown(proof))
    if not proof.passed:
        raise typer.Exit(1)


def shown(proof: "Proof") -> str:
    """Return a proof as people read it."""
    if proof.passed:
        verdict = (
            f"Backup {proof.backup_id} would save us: {proof.rows_compared:,} rows of {proof.tables} tables were"
            f" restored, compared and booked on in {proof.duration_seconds:.1f} s."
        )
    else:
        verdict = f"Backup {proof.backup_id} FAILED its drill: {proof.detail} ({proof.code})"
    steps = table(("STEP", "SECONDS"), [(name, f"{seconds:.1f}") for name, seconds in proof.steps.items()])
    return "\n".join([steps, "", *proof.mismatches, *proof.remarks, verdict])


def _chosen(context: "BackupContext", which: str) -> "Kept":
    from app.ops.backups.errors import BackupNotFound
    from app.ops.backups.service.evidence import Reader

    found = Reader(context.store, context.seal).look(now=utcnow()).named(which)
    if found is None:
        raise BackupNotFound
    return found


async def _drill(context: "BackupContext", kept: "Kept", report: Progress) -> "Proof":
    from app.core.db import create_engine, create_sessions
    from app.core.ids import new_id
    from app.ops.backups.drills.service.running import run_drill

    engine = create_engine(context.settings, role="command")
    try:
        return await run_drill(
            context,
            create_sessions(engine),
            kept,
            run_id=new_id(),
            requested_by="command",
            report=report,
            now=utcnow(),
        )
    finally:
        await engine.dispose()
