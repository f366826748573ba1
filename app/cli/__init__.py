"""`booking` on the command line: every command of the service, each refusal in one plain line.

A command imports what it starts when it is called: that a port is taken should not take two seconds to say.
"""

import json
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.cli.process import AddressTaken, BudgetExceeded, begin
from app.core.config import SettingsInvalid, load_settings
from app.core.embedded_programs import ServerRefused
from app.core.garbage import ignored
from app.core.migrations import SchemaDiffers, upgrade
from app.core.provision import DatabaseUnreachable, database_for, ensure_reachable

REFUSALS = (SettingsInvalid, ServerRefused, DatabaseUnreachable, SchemaDiffers, AddressTaken, BudgetExceeded)
ROOMS = {
    "backup": "app.ops.backups.commands",
    "call": "app.sandbox.calling.commands",
    "db": "app.cli.database",
    "integrity": "app.ops.integrity.commands",
    "jobs": "app.jobs.commands",
    "keys": "app.clients.commands",
    "ops": "app.ops.commands",
    "outbound": "app.ops.outbound.commands",
    "phrases": "app.phrases.commands",
    "render": "app.ops.render.commands",
    "sandbox": "app.sandbox.commands",
    "slots": "app.schedule.commands",
    "text": "app.sandbox.texting.commands",
    "voice": "app.calls.provisioning.commands",
}
"""Commands of rooms by name: the module that has a Typer application of that name."""


class _Root(TyperGroup):
    """Knows the rooms' commands without importing them, and shows an expected refusal as one line, exit code 1."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return [*super().list_commands(ctx), *ROOMS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; a room's is imported now."""
        if cmd_name in ROOMS:
            command = typer.main.get_command(getattr(import_module(ROOMS[cmd_name]), cmd_name))
            command.name = cmd_name
            return command
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except REFUSALS as refusal:
            typer.echo(f"booking: {refusal}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(cls=_Root, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="TCP port; without it PORT, or 8000.")]
Workers = Annotated[int | None, typer.Option(min=1, max=64, help="Server processes; without it WEB_CONCURRENCY, or 1.")]


@app.callback()
def _root() -> None:
    """Appointment booking for many businesses at once."""


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = None, workers: Workers = None) -> None:
    """Serve the API on a migrated database until SIGINT or SIGTERM."""
    from app.cli import serving

    serving.serve(host, port, workers)


@app.command()
def worker() -> None:
    """Run jobs and periodic tasks until SIGINT or SIGTERM."""
    settings = begin()
    with database_for(settings) as provided:
        ensure_reachable(str(provided.database_url))
        with ignored():
            from app.worker import main

        main(provided)


@app.command()
def run(port: Port = None) -> None:
    """Everything on this machine: database, migrations, demo, API and worker; Ctrl-C stops it all."""
    from app.cli import local

    local.run(port)


@app.command()
def demo(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")] = False,
) -> None:
    """Create what is missing of the demo, and print its keys and ids."""
    with database_for(load_settings()) as provided:
        ensure_reachable(str(provided.database_url))
        from app.cli.demo.command import as_table, seed_demo

        upgrade(str(provided.database_url))
        shown, _, _ = seed_demo(provided)
        typer.echo(json.dumps(shown) if as_json else as_table(shown))


@app.command()
def settings() -> None:
    """Print every setting with its default and meaning, as a table in Markdown."""
    from app.cli.settings import as_markdown

    typer.echo(as_markdown())
