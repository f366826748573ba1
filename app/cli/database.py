"""`booking db`: the schema of the database."""

import typer

from app.core import migrations
from app.core.config import load_settings
from app.core.provision import database_for, ensure_reachable

db = typer.Typer(help="The database's schema.", no_args_is_help=True)


@db.command()
def upgrade() -> None:
    """Run the migrations that have not run yet; safe to repeat, and from several places at once."""
    with database_for(load_settings()) as settings:
        ensure_reachable(str(settings.database_url))
        migrations.upgrade(str(settings.database_url))


@db.command()
def check() -> None:
    """Exit with 1 unless the database is at the last migration and its tables are what the models say."""
    with database_for(load_settings()) as settings:
        ensure_reachable(str(settings.database_url))
        migrations.check(str(settings.database_url))
    typer.echo("The database is what the models say.")
