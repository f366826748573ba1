"""What tests of drills look at."""

from sqlalchemy.engine import make_url

from app.ops.backups.service.snapshots import connected


async def scratches(url: str) -> list[str]:
    """Return the databases of drills that are there of a database."""
    async with connected(url) as connection:
        rows = await connection.fetch(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", f"{make_url(url).database}_drill_"
        )
    return [row["datname"] for row in rows]
