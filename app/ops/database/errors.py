"""Failures of what is done to connections."""

from app.core.errors import Conflict, Forbidden, NotFound, Unavailable


class TooManyConnections(Unavailable):
    """The server is there and has no connection left, not even one for this answer."""

    detail = "The database takes no more connections. Close some, for instance a stray psql, or restart a process."


class ConnectionNotFound(NotFound):
    """No session of the server has this process id."""

    detail = "No session has this pid; it may have ended. Look at GET /api/database/connection-limit again."


class ConnectionReplaced(Conflict):
    """The process id now belongs to another session than the one that was looked at."""

    detail = "This pid is another session's by now; look again before you stop the wrong one."


class OwnConnection(Forbidden):
    """The session is one of those by which the service watches and is watched."""

    detail = "This is a session of the operational plane itself; without it nobody could look."


class ForeignConnection(Forbidden):
    """The session is not one of this service's in its own database."""

    detail = "This session is not one of this service's. Its owner can end it, or the database's administrator."


class ServerProcess(Forbidden):
    """The pid is one of the server's own processes, such as autovacuum."""

    detail = "This is a process of the server itself, such as autovacuum; leave it to the server."


class PoolDraining(Conflict):
    """The pool was replaced a moment ago, and connections of the one before are still being used."""

    detail = (
        "The last reset is not over yet: what is still out is cut a second after the request deadline. Wait for it."
    )
