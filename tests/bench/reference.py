"""pgbench with the very statements that a booking runs, captured from the application."""

import re
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import event

from app.catalog.service import resource_lock_keys
from app.core.config import Settings
from app.core.embedded_programs import binary
from app.main import create_app
from tests.bench.stand import Stand

Captured = list[tuple[str, tuple[Any, ...]]]


async def capture(stand: Stand) -> tuple[Captured, dict[str, Any]]:
    """Book once in process; return the statements with their values, and the answer."""
    settings = Settings(env="test", database_url=stand.database.url, secret_key="0" * 32, _env_file=None)
    app = create_app(settings)
    heard: Captured = []
    event.listen(
        app.state.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, values, *_: heard.append((statement, tuple(values or ()))),
    )
    headers = {"X-API-Key": stand.practice.key}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as http:
        for _ in range(2):  # the first one also reads the plan
            heard.clear()
            answer = await http.post("/api/bookings", json=stand.booking(), headers=headers)
    await app.state.engine.dispose()
    assert answer.status_code == 201, answer.text
    return heard, answer.json()


def script(stand: Stand, captured: Captured, booked: dict[str, Any]) -> str:
    """Return a pgbench script that runs the captured statements, each time for another booking."""
    resources = [str(resource) for resource in stand.practice.resources]
    keys = [resource_lock_keys([resource])[0] for resource in stand.practice.resources]
    start = datetime.fromisoformat(booked["startsAt"])
    write = next(values for statement, values in captured if "INSERT INTO bookings" in statement)
    varying: dict[str, str] = {
        booked["resourceIds"][0]: f"(ARRAY[{_quoted(resources)}]::uuid[])[:staff]",
        booked["customer"]["phone"]: "('+' || (100000000000 + :n)::text)",
    }
    for number, value in enumerate(write):
        for found in value if isinstance(value, list) else [value]:
            if isinstance(found, UUID) and str(found) not in {*resources, *_fixed(stand)}:
                varying.setdefault(str(found), f"md5('{number}:' || :n)::uuid")
    lines = ["\\set n random(1, 900000000)", f"\\set staff random(1, {len(resources)})", "BEGIN;"]
    for statement, values in captured:
        shown = _inlined(statement, values, varying, start)
        shown = re.sub(r"ARRAY\[(-?\d+)\]::bigint\[\]", f"ARRAY[(ARRAY{keys}::bigint[])[:staff]]", shown)
        lines.append(" ".join(shown.split()) + ";")
    return "\n".join([*lines, "COMMIT;", ""])


def _fixed(stand: Stand) -> set[str]:
    return {str(stand.practice.client_id), *(str(offer.id) for offer in stand.practice.offers)}


def _quoted(texts: list[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def _inlined(statement: str, values: tuple[Any, ...], varying: dict[str, str], start: datetime) -> str:
    def literal(match: re.Match[str]) -> str:
        return _literal(values[int(match.group(1)) - 1], varying, start)

    return re.sub(r"\$(\d+)", literal, statement)


def _literal(value: Any, varying: dict[str, str], start: datetime) -> str:
    """Return a value as SQL; ids, phones and instants of the booking vary with pgbench's `:n`."""
    if isinstance(value, list | tuple):
        kind = "bigint" if value and isinstance(value[0], int) else "uuid"
        return f"ARRAY[{', '.join(_literal(each, varying, start) for each in value)}]::{kind}[]"
    if isinstance(value, datetime):
        moved = " + :n * interval '1 hour'" if value > start - timedelta(days=3) else ""  # all but the present
        return f"('{value.isoformat()}'::timestamptz{moved})"
    if isinstance(value, UUID):
        return varying.get(str(value), f"'{value}'::uuid")
    if isinstance(value, str):
        return varying.get(value) or "'" + value.replace("'", "''") + "'"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if value is None or isinstance(value, bool):
        return "NULL" if value is None else str(value).lower()
    return str(value)


def run_pgbench(stand: Stand, file: Path, clients: int, seconds: float) -> float:
    """Return the transactions a second of a script with prepared statements.

    Raises:
        AssertionError: pgbench failed; its words tell why.
    """
    command = [str(binary("pgbench")), "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2))]
    command += ["-T", str(max(1, round(seconds))), "-f", str(file), stand.database.dsn]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert done.returncode == 0, done.stderr
    assert found is not None, done.stdout
    assert "number of failed transactions: 0 " in done.stdout, done.stdout
    return float(found.group(1))
