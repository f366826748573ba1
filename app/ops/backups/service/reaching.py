"""The address of a database, taken apart once for the driver and for PostgreSQL's programs."""

from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from app.core.db import spoken

WANTED = ("host", "port", "user", "password", "database", "ssl")


def parts(database_url: str, *, database: str | None = None) -> dict[str, Any]:
    """Return host, port, user, password, database and ssl, as far as they are told, the way the service reads them.

    The driver's own way to read an address leaves `host=` of the query aside where the address has a port as well.
    Host and port are lists where there are several.
    """
    url, beside = spoken(database_url)
    url = url.set(drivername="postgresql+asyncpg")
    dialect: Any = PGDialect_asyncpg  # SQLAlchemy tells no types of it
    _, words = dialect().create_connect_args(url if database is None else url.set(database=database))
    return {name: value for name, value in {**words, **beside}.items() if name in WANTED and value is not None}
