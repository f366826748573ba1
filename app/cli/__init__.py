"""`booking` on the command line: every command of the service, each refusal in one plain line.

The commands that start something import it themselves, so that none pays for what another needs.
"""

import json
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.cli.database import database
from app.cli.process import AddressTaken, begin
from app.core import migrations
from app.core.config import SettingsInvalid, load_settings
from app.core.embedded_programs import ServerRefused
from app.core.migrations import SchemaDiffers
from app.core.provision import DatabaseUnreachable, database_for, ensure_reachable
from app.schedule.commands import slots

REFUSALS = (SettingsInvalid, ServerRefused, DatabaseUnreachable, SchemaDiffers, AddressTaken)


class _Plain(TyperGroup):
    """Shows an expected refusal as one line and exit code 1, never as a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except REFUSALS as refusal:
            typer.echo(f"booking: {refusal}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(cls=_Plain, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(database, name="db")
app.add_typer(slots, name="slots")

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="TCP port; without it PORT, or 8000.")]
Workers = Annotated[int | None, typer.Option(min=1, max=64, help="Server processes; without it WEB_CONCURRENCY, or 1.")]


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = None, workers: Workers = None) -> None:
    """Serve the API on a migrated database until SIGINT or SIGTERM."""
    from app.cli import serving

    serving.serve(host, port, workers)


@app.command()
def worker() -> None:
    """Run jobs and periodic tasks until SIGINT or SIGTERM."""
    from app.worker import main

    settings = begin()
    with database_for(settings) as provided:
        ensure_reachable(str(provided.database_url))
        main(provided)


@app.command()
def run(port: Port = None) -> None:
    """Everything on this machine: database, migrations, demo, API and worker; Ctrl-C stops it all."""
    from app.cli import local

    local.run(port)


@app.command()
def demo(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Create what is missing of the demo, and print its keys and ids."""
    from app.cli.demo import command

    with database_for(load_settings()) as provided:
        ensure_reachable(str(provided.database_url))
        migrations.upgrade(str(provided.database_url))
        seeded, _, _ = command.seed_demo(provided)
    typer.echo(json.dumps(seeded, indent=2) if as_json else command.as_table(seeded))


@app.command()
def settings() -> None:
    """Print every setting with its default and meaning, as a table in Markdown."""
    from app.cli.settings import as_markdown

    typer.echo(as_markdown())
