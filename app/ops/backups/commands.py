"""`booking backup`: make backups, prove them, and see what there is. Only runs, drills and restores need a database."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.core.clock import iso, utcnow
from app.core.commands import Json, refusals, run_politely
from app.core.config import Settings, load_settings
from app.core.progress import Progress
from app.core.terminal import age, progress, size, table
from app.ops.backups.drills.commands import Which, drill
from app.ops.backups.restores.commands import erasures, restore
from app.ops.backups.rules import PROVEN_LEVEL
from app.ops.backups.rules.damages import known_damage
from app.ops.backups.rules.judging import proven_lately

if TYPE_CHECKING:
    from app.ops.backups.rules.evidence import Evidence, Kept, Stray
    from app.ops.backups.rules.manifests import Manifest, Proof
    from app.ops.backups.service.context import BackupContext

backup = typer.Typer(help="Backups, and the proof that they would save us.", no_args_is_help=True)
backup.command()(drill)
backup.command()(restore)
backup.command()(erasures)

Level = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=3,
        show_default=False,
        help="0: there, of the right size; 1: its bytes; 2: its tables; 3: read to its end."
        " Without it 3, or 1 where the private key is not.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")]
All = Annotated[bool, typer.Option("--all", help="Every backup in the store.")]


@backup.command()
def run(as_json: Json = False) -> None:
    """Make a backup now and verify what the store then has. Progress goes to standard error."""
    from app.core.provision import database_for, ensure_reachable

    with database_for(load_settings()) as settings, _context(settings) as context:
        ensure_reachable(context.database_url)
        with progress() as report:
            manifest, proof = run_politely(lambda: _run(context, report))
    made = _made(manifest, context.store.location, proof.level)
    if proof.level < PROVEN_LEVEL and settings.backup_identity:
        typer.echo("booking: The backup was not read: APP_BACKUP_IDENTITY does not open it. (wrong_key)", err=True)
    if as_json:
        typer.echo(json.dumps(made))
        return
    typer.echo(
        f"Backup {made['id']}: {made['rows']:,} rows of {made['tables']} tables, {size(made['bytes'])} in"
        f" {made['durationSeconds']:.1f} s, {'encrypted' if made['encrypted'] else 'NOT ENCRYPTED'},"
        f" verified to level {proof.level}, at {made['location']}"
    )


async def _run(context: "BackupContext", report: Progress) -> "tuple[Manifest, Proof]":
    from app.core.db import create_engine, create_sessions
    from app.core.ids import new_id
    from app.ops.backups.service.running import run_backup

    engine = create_engine(context.settings, role="command")
    try:
        return await run_backup(
            context,
            create_sessions(engine),
            run_id=new_id(),
            requested_by="command",
            report=report,
            now=utcnow(),
        )
    finally:
        await engine.dispose()


def _made(manifest: "Manifest", location: str, level: int) -> dict[str, Any]:
    return {
        "id": str(manifest.id),
        "location": f"{location}/{manifest.artefact.key}",
        "snapshotAt": iso(manifest.source.snapshot_at),
        "durationSeconds": manifest.duration_seconds,
        "bytes": manifest.artefact.bytes,
        "plainBytes": manifest.artefact.plain_bytes,
        "sha256": manifest.artefact.sha256,
        "encrypted": manifest.artefact.encrypted,
        "tables": len(manifest.tables),
        "rows": sum(each.rows for each in manifest.tables.values()),
        "migration": manifest.source.migration,
        "serverVersion": manifest.source.server_version,
        "toolVersion": manifest.artefact.tool_version,
        "verifiedLevel": level,
    }


@backup.command("list")
def list_(as_json: Json = False) -> None:
    """Show what the store has, the latest last. Exit code 1 when none of it is proven."""
    with _context(load_settings()) as context:
        evidence = _look(context)
    shown = [_shown(kept, evidence) for kept in evidence.backups]
    strays = [{"id": str(each.id), "problem": _lacking(each)} for each in evidence.strays]
    proven = any(proven_lately(kept, evidence.at) for kept in evidence.backups)
    if as_json:
        typer.echo(json.dumps({"location": evidence.location, "proven": proven, "backups": shown, "strays": strays}))
    elif shown or strays:
        titles = ("ID", "SNAPSHOT", "AGE", "SIZE", "ENCRYPTED", "VERIFIED", "PROBLEM")
        without = [[each["id"], *["?"] * 5, each["problem"]] for each in strays]
        typer.echo(table(titles, [*(_row(each) for each in shown), *without]))
    if not proven:
        typer.echo(
            f"booking: No backup at {evidence.location} was read to its end in the last 35 days: run"
            " `booking backup run`, or `booking backup verify`, where APP_BACKUP_IDENTITY is set.",
            err=True,
        )
        raise typer.Exit(1)


def _shown(kept: "Kept", evidence: "Evidence") -> dict[str, Any]:
    manifest = kept.manifest
    return {
        "id": str(kept.id),
        "snapshotAt": iso(manifest.source.snapshot_at) if manifest else None,
        "ageSeconds": round((evidence.at - manifest.source.snapshot_at).total_seconds(), 3) if manifest else None,
        "bytes": kept.stored_bytes,
        "encrypted": manifest.artefact.encrypted if manifest else None,
        "migration": manifest.source.migration if manifest else None,
        "verifiedLevel": kept.proven_level,
        "verifiedAt": iso(kept.proofs[-1].at) if kept.proofs else None,
        "problem": known_damage(kept),
    }


def _lacking(stray: "Stray") -> str:
    """Return what keeps a dump without a manifest from being a backup: it was lost, or was never written."""
    return "manifest_missing" if stray.counted else "unfinished"


def _row(shown: dict[str, Any]) -> list[str]:
    level, encrypted, at = shown["verifiedLevel"], shown["encrypted"], shown["snapshotAt"]
    return [
        shown["id"],
        "?" if at is None else f"{at[:19]}Z",
        "?" if shown["ageSeconds"] is None else age(shown["ageSeconds"]),
        "none" if shown["bytes"] is None else size(shown["bytes"]),
        "?" if encrypted is None else "yes" if encrypted else "NO",
        "no" if level is None else f"level {level}",
        shown["problem"] or "",
    ]


@backup.command()
def verify(which: Which = "latest", level: Level = None, every: All = False, as_json: Json = False) -> None:
    """Prove that a backup is what was made. Exit code 1 when one is not."""
    with _context(load_settings()) as context, progress() as report:
        chosen = _chosen(_look(context), which, every=every)
        proofs = run_politely(lambda: _verify(context, chosen, report, level=level))
    if as_json:
        typer.echo(json.dumps({"proofs": [proof.model_dump(mode="json", by_alias=True) for proof in proofs]}))
    else:
        for proof in proofs:
            typer.echo(
                f"{proof.backup_id} level {proof.level}: "
                + ("passed" if proof.passed else f"FAILED: {proof.detail} ({proof.code})")
            )
    if not all(proof.passed for proof in proofs):
        raise typer.Exit(1)


async def _verify(
    context: "BackupContext", chosen: "list[Kept]", report: Progress, *, level: int | None
) -> "list[Proof]":
    from app.ops.backups.service.running import level_within_reach
    from app.ops.backups.service.verifying import verify

    proofs = []
    for kept in chosen:
        reach = level_within_reach(context, kept.manifest) if level is None and kept.manifest else level or 0
        proofs.append(await verify(context, kept, report, level=reach, now=utcnow()))
    return proofs


@backup.command("prune")
def prune_(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Remove backups that are no longer needed: those of two days, 7 daily, 4 weekly and 12 monthly ones stay.

    So do the most proven. Every successful `run` does it too. Nothing goes unless the newest backup is good. It needs
    no database.
    """
    from app.ops.backups.service.pruning import prune

    with _context(load_settings()) as context:
        pruned = asyncio.run(prune(context, now=utcnow(), dry_run=dry_run))
    cleared = {"leftovers": pruned.leftovers, "failures": pruned.failures, "erasures": pruned.erasures}
    if as_json:
        told = {
            "dryRun": dry_run,
            "kept": {str(name): reasons for name, reasons in pruned.kept.items()},
            "removed": [str(name) for name in pruned.removed],
            **cleared,
            "freedBytes": pruned.freed_bytes,
        }
        typer.echo(json.dumps(told))
        return
    typer.echo(table(("ID", "KEPT FOR"), [[str(name), ", ".join(reasons)] for name, reasons in pruned.kept.items()]))
    others = "".join(f", {len(keys)} {name}" for name, keys in cleared.items() if keys)
    verb = "Would remove" if dry_run else "Removed"
    typer.echo(f"{verb} {len(pruned.removed)} backups{others}: {size(pruned.freed_bytes)}")


@backup.command()
def keys(as_json: Json = False) -> None:
    """Make a pair of keys: the service encrypts with one, and only the other opens what it made."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    pair = {"APP_BACKUP_RECIPIENT": str(identity.to_public()), "APP_BACKUP_IDENTITY": str(identity)}
    if as_json:
        typer.echo(json.dumps(pair))
        return
    typer.echo(
        "# The public key. Set it wherever backups are made; it can only lock.\n"
        f"APP_BACKUP_RECIPIENT={pair['APP_BACKUP_RECIPIENT']}\n"
        "# The private key. Without it no backup can be opened, by anybody: print it, or keep it where passwords are,\n"
        "# apart from the backups. Set it only where backups are tried (the worker that drills) or restored.\n"
        f"APP_BACKUP_IDENTITY={pair['APP_BACKUP_IDENTITY']}"
    )


@contextmanager
def _context(settings: Settings) -> "Iterator[BackupContext]":
    """Give what backups need, and tell their expected failures in one line."""
    from app.ops.backups.service.context import open_context

    with refusals(coded=True):
        yield open_context(settings)


def _look(context: "BackupContext") -> "Evidence":
    from app.ops.backups.service.evidence import Reader

    return Reader(context.store, context.seal).look(now=utcnow())


def _chosen(evidence: "Evidence", which: str, *, every: bool) -> "list[Kept]":
    """Return the backups that are meant.

    Raises:
        BackupNotFound: there is none such.
    """
    from app.ops.backups.errors import BackupNotFound

    named = evidence.named(which)
    found = list(evidence.backups) if every else [named] if named else []
    if not found:
        raise BackupNotFound
    return found
