"""pgbench with the very statements that a booking runs, taken from the application with their values."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import event
from sqlalchemy.engine import make_url

from app.catalog.service import resource_lock_keys
from app.core.clock import utcnow
from app.core.config import Settings
from app.core.embedded_programs import binary
from app.main import create_app
from tests.bench.wishes import A_DAY, MINUTES, SLOTS_A_DAY, STAFF, booking
from tests.generous import GENEROUS
from tests.races.practice import Practice

HEAD = f"""\\set n :n + 1
\\set number :first + :n * :clients + :client_id
\\set staff :number % {STAFF} + 1
\\set midnight :first_day + :number / {A_DAY} * 86400
\\set start :midnight + 32400 + :number / {STAFF} % {SLOTS_A_DAY} * {MINUTES * 60}
"""


@dataclass(frozen=True)
class Script:
    """What pgbench runs: its text, and values for the variables that stay the same."""

    text: str
    values: dict[str, str]
    statements: int


async def capture(practice: Practice, url: str) -> list[tuple[str, tuple[Any, ...]]]:
    """Book twice in process, and return the statements of the second booking with their values."""
    app = create_app(Settings(env="test", database_url=url, secret_key="0" * 32, rate_limits=GENEROUS))
    heard: list[tuple[str, tuple[Any, ...]]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, values: tuple[Any, ...], *_rest: Any) -> None:
        heard.append((statement, values))

    event.listen(app.state.engine.sync_engine, "before_cursor_execute", hear)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        for number in (0, 1):
            heard.clear()
            head, _, body = booking(practice, number).partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])
            answer = await http.post("/api/bookings", content=body, headers=headers)
            assert answer.status_code == 201, answer.text
    await app.state.process.stop()
    await app.state.engine.dispose()
    return heard


async def as_script(practice: Practice, dsn: str, heard: Sequence[tuple[str, tuple[Any, ...]]]) -> Script:
    """Return the statements with their values replaced by variables, of the very types that the server expects."""
    writer = _Writer(practice)
    connection = await asyncpg.connect(dsn)
    for statement, values in heard:
        prepared = await connection.prepare(statement)
        writer.add(statement, values, [each.name for each in prepared.get_parameters()])
    await connection.close()
    text = "\n".join([HEAD + "".join(writer.drawn), "BEGIN;", *writer.statements, "COMMIT;", ""])
    return Script(text, writer.values, len(heard))


async def pgbench(url: str, script: Script, file: Path, *, clients: int, first: int, seconds: float) -> float:
    """Return how many transactions a second so many clients run; their bookings are the nth and later ones.

    Raises:
        AssertionError: one was refused, or pgbench failed; its words tell why.
    """
    file.write_text(script.text)
    place = make_url(url)
    values = {**script.values, "n": "-1", "clients": str(clients), "first": str(first)}
    command = [
        *(str(binary("pgbench")), "-n", "-M", "prepared", "-f", str(file)),
        *("-c", str(clients), "-j", str(min(clients, 2)), "-T", str(max(1, round(seconds)))),
        *(part for name, value in values.items() for part in ("-D", f"{name}={value}")),
        *("-h", str(place.query["host"]), "-U", str(place.username), str(place.database)),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await process.communicate())[0].decode()
    rate = re.search(r"tps = ([\d.]+) \(without", said)
    assert process.returncode == 0, said
    assert rate, said
    assert "number of failed transactions: 0 " in said, said
    return float(rate[1])


class _Writer:
    """Turns values into pgbench's variables: what differs from booking to booking is computed, the rest is given."""

    def __init__(self, practice: Practice) -> None:
        self.values = {
            "nothing": "nothing",
            "staff_ids": _literal(practice.resources),
            "lock_keys": _literal([resource_lock_keys([each])[0] for each in practice.resources]),
            "first_day": str(int(practice.first_day.timestamp())),
        }
        self.statements: list[str] = []
        self.drawn: list[str] = []
        self._now = utcnow()
        self._known = {practice.client_id, practice.offers[0].id, *practice.resources}
        self._resource = practice.resources[1]
        self._start = practice.start(0, 0)
        self._fresh: dict[UUID, str] = {}
        self._key_id: UUID | None = None

    def add(self, statement: str, values: Sequence[Any], types: Sequence[str]) -> None:
        if self._key_id is None:  # the first statement looks for the key
            self._key_id = values[0]
            self._known.add(values[0])
        written = [self._write(value, kind) for value, kind in zip(values, types, strict=True)]
        text = re.sub(r"\$(\d+)", lambda found: written[int(found[1]) - 1], statement)
        self.statements.append(" ".join(text.split()) + ";")

    def _write(self, value: Any, kind: str) -> str:
        if value is None:
            return f"nullif((:nothing)::text, 'nothing')::{kind}"  # a constant would be planned away
        if isinstance(value, list) and len(value) == 1:
            return f"ARRAY[{self._write(value[0], kind.removesuffix('[]'))}]"
        if isinstance(value, UUID):
            return self._id(value)
        if isinstance(value, datetime):
            return self._instant(value)
        if value == resource_lock_keys([self._resource])[0]:
            return "(:lock_keys::bigint[])[:staff]"
        if isinstance(value, str) and value.startswith("+447400"):
            return "('+447400' || lpad((:number)::text, 6, '0'))"
        return self._given(value, kind)

    def _given(self, value: Any, kind: str) -> str:
        name = f"given_{len(self.values)}"
        self.values[name] = _literal(value)
        return f"(:{name})::{kind}"

    def _id(self, value: UUID) -> str:
        if value == self._resource:
            return "(:staff_ids::uuid[])[:staff]"
        if value in self._known:
            return self._given(value, "uuid")
        if value not in self._fresh:
            drawn = f"id_{len(self._fresh)}"
            self.drawn.append(f"\\set {drawn} random(1, 281474976710655)\n")
            self._fresh[value] = f"('{str(value)[:24]}' || lpad(to_hex((:{drawn})::bigint), 12, '0'))::uuid"
        return self._fresh[value]

    def _instant(self, value: datetime) -> str:
        if abs(value - self._now) < timedelta(hours=1):
            return "now()"
        near = abs(value - self._start) <= timedelta(hours=1)
        origin, name = (self._start, "start") if near else (self._start.replace(hour=0), "midnight")
        return f"to_timestamp((:{name})::bigint + {int((value - origin).total_seconds())})"


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "{" + ",".join(_literal(each) for each in value) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.astimezone(UTC)) if isinstance(value, datetime) else str(value)
