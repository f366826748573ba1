"""Messages through the real database, and real HTTP and SMTP to stand-ins; only the runner of jobs is left out.

The queue is shared by all tests of a process, so a test does the jobs of its own client itself: `office.work()`.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import create_sessions, knowing
from app.core.http import carrying
from app.messages.events import EmailDue, TextDue
from tests.bookings.conftest import Desk, phone
from tests.fixtures.bookable import new_line
from tests.jobs.ownwork import OwnWork
from tests.sandbox import Outside

LINE = "+44207"
"""How the numbers of lines begin."""
PUBLIC_URL = "https://booking.example.com/here"


def coming(weekday: int = 1, *, hour: int = 10, weeks: int = 1) -> datetime:
    """Return an instant on a weekday (Monday is 0) of a week to come; nothing in these tests is ever past."""
    today = utcnow().replace(hour=hour, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 * weeks + (weekday - today.weekday()) % 7)


def wire(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def fate(message: Any) -> tuple[str, str | None]:
    """Return what became of a message, and why."""
    return message.status, message.error_code


class Office(OwnWork):
    """A client that books, what it has written, and who does its jobs."""

    room = "messages"

    async def book(self, starts_at: datetime, caller: str = phone(1), **more: Any) -> dict[str, Any]:
        answer = await self.desk.book(wire(starts_at), caller, **more)
        assert answer.status_code == 201, answer.text
        booked: dict[str, Any] = answer.json()
        return booked

    async def again(self, message: Any) -> None:
        """Look at a message once more, as whoever takes over the job of a worker that died."""
        kind, name = (TextDue, "text") if message.channel == "sms" else (EmailDue, "email")
        event = kind(message.client_id, message.id, message.due_at)
        await self.do(f"messages.send_{name}", event)

    async def messages(self, **wanted: Any) -> list[Any]:
        """Return the client's messages in order of their making, those whose columns have these values."""
        rows = await self.sql("SELECT * FROM messages WHERE client_id = :id ORDER BY due_at, id", id=self.client_id)
        return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]

    async def set(self, table: str, **values: Any) -> None:
        """Give the client a row of settings."""
        names = ", ".join(values)
        given = ", ".join(f":{name}" for name in values)
        await self.sql(f"INSERT INTO {table} (client_id, {names}) VALUES (:id, {given})", id=self.client_id, **values)

    async def change(self, message: Any, **values: Any) -> None:
        """Change a message's row, as time or an accident would."""
        pairs = ", ".join(f"{name} = :{name}" for name in values)
        await self.sql(f"UPDATE messages SET {pairs} WHERE id = :id", id=message.id, **values)


@pytest.fixture
def configured(settings: Settings, outside: Outside) -> Settings:
    """Settings with accounts at the stand-ins."""
    return settings.model_copy(update={**outside.settings, "public_url": PUBLIC_URL})


@pytest.fixture
def make_office(app, http, make_bookable, sql, outside, configured, outgoing):
    """Make a client with a line; `settings` are those of the worker that does its jobs.

    It has no quiet hours, so that no test depends on the time of day.
    """

    async def make(*, settings: Settings = configured, line: bool = True, **options: Any) -> Office:
        desk = Desk(await make_bookable(max_advance_days=700, **options), http)
        sessions = create_sessions(app.state.engine, info=knowing(settings) | carrying(outgoing))
        if line:
            number = new_line()
            await sql("INSERT INTO lines (number, client_id) VALUES (:number, :id)", number=number, id=desk.client.id)
        office = Office(desk, sessions, sql, outside)
        await office.set("contact_settings", quiet_from=datetime.min.time(), quiet_until=datetime.min.time())
        return office

    return make


@pytest.fixture
async def office(make_office) -> Office:
    """A client with one person and a line."""
    made: Office = await make_office()
    return made


@pytest.fixture
def confirmation(office):
    """Read the one confirmation as it is now."""

    async def read():
        [found] = await office.messages(kind="confirmation")
        return found

    return read
