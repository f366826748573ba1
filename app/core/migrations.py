"""The schema's migrations as functions: up, down, and whether the tables are what the models say.

Blocking, and with an event loop of its own: not to be called where one runs. Alembic is imported by the
functions that need it: it takes a quarter of a second, which a server that only starts would pay too.
"""

import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

CONFIGURATION = Path(__file__).parents[2] / "alembic.ini"
_REVISION = re.compile(r"^Revision ID: (\w+)$", re.MULTILINE)


class SchemaDiffers(Exception):
    """The database is not at the last migration, or its tables are not what the models say; the message tells."""


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring a database up to a revision; does nothing where it is there already. One migrator runs at a time."""
    from alembic import command

    command.upgrade(_configuration(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take a database down to a revision; `base` is before the first."""
    from alembic import command

    command.downgrade(_configuration(database_url), revision)


def check(database_url: str) -> None:
    """Compare a database with the models. Exclusion constraints are not seen; a test looks for them by name.

    Raises:
        SchemaDiffers: a migration is missing, or has not run here.
    """
    from alembic import command
    from alembic.util import CommandError

    try:
        command.check(_configuration(database_url))
    except CommandError as found:
        raise SchemaDiffers(str(found)) from None


@cache
def revisions() -> tuple[str, ...]:
    """Return every revision that this version knows, the last one at the end; read from the files, without Alembic."""
    files = sorted((CONFIGURATION.parent / "migrations" / "versions").glob("*.py"))
    return tuple(revision for file in files for revision in _REVISION.findall(file.read_text()))


def _configuration(database_url: str) -> "Config":
    from alembic.config import Config

    return Config(str(CONFIGURATION), stdout=io.StringIO(), attributes={"database_url": database_url})
