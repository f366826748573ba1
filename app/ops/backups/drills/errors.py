"""How a drill cannot even begin. What it finds wrong with a backup stands among the errors of backups."""

from app.core.errors import AppError


class ScratchRefused(AppError):
    """The server makes us no database."""

    status, detail = (
        503,
        (
            "The server refuses to make a database for the drill: grant the role CREATEDB,"
            " or set APP_DRILL_DATABASE_URL to a server where it may."
        ),
    )
