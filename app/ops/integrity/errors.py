"""Why the data cannot be looked at."""

from app.core.errors import Conflict, NotFound


class UnknownClient(NotFound):
    """Nobody has that key."""

    detail = "There is no client with that key: GET /api/clients lists them."


class SchemaBehind(Conflict):
    """The database lacks migrations, so it cannot be what this version's models ask for."""

    detail = "The database is not at this version's migration: run `booking db upgrade`, or use the version it is at."


class ConnectionBroken(Conflict):
    """The database went away while it was looked at."""

    status, detail = 503, "The connection to the database was lost while it was looked at: look again."
