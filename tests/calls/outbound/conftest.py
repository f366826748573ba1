"""A client who calls its customers, by real HTTP to the stand-in for Vapi; the test itself does the jobs."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.calls.outbound.events import CallDue
from app.core.clock import utcnow
from app.core.config import Settings
from app.core.db import create_sessions, knowing
from app.core.http import carrying
from tests.bookings.conftest import Desk, phone
from tests.calls.callers import PROOF
from tests.fixtures.bookable import new_line
from tests.jobs.ownwork import OwnWork
from tests.sandbox import Outside

ALWAYS = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "24:00"}]


class Switchboard(OwnWork):
    """A client with an assistant and a line at the stand-in, and who does its jobs."""

    room = "calls"

    async def order(self, caller: str = phone(7), **more: Any) -> Any:
        """Order a call of somebody, and return it as the API shows it."""
        answer = await self.desk.post("/calls", {"phone": caller, "purpose": "callback", **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def again(self, call: Any, *, now: datetime | None = None) -> None:
        """Look at a call as it is due now, as whoever takes over the job of a worker that died."""
        await self.sql("UPDATE calls SET due_at = :at WHERE id = :id", at=now or utcnow(), id=UUID(str(call["id"])))
        await self.do("calls.place", CallDue(self.client_id, UUID(str(call["id"])), utcnow()), now=now)

    async def row(self, call: Any) -> Any:
        [found] = await self.sql("SELECT * FROM calls WHERE id = :id", id=UUID(str(call["id"])))
        return found

    async def fate(self, call: Any) -> tuple[str, str | None]:
        found = await self.row(call)
        return found.status, found.error_code

    async def rows(self) -> list[Any]:
        return await self.sql("SELECT * FROM calls WHERE client_id = :id ORDER BY created_at, id", id=self.client_id)

    async def change(self, call: Any, **values: Any) -> None:
        pairs = ", ".join(f"{name} = :{name}" for name in values)
        await self.sql(f"UPDATE calls SET {pairs} WHERE id = :id", id=UUID(str(call["id"])), **values)

    async def report(self, call: Any, reason: str, **more: Any) -> None:
        """Have Vapi tell that a call has ended, and do what that leaves."""
        row = await self.row(call)
        about = {"id": row.vapi_id, "type": "outboundPhoneCall", "customer": {"number": row.phone}}
        message = {"type": "end-of-call-report", "call": about, "endedReason": reason, **more}
        answer = await self.desk.http.post("/webhooks/vapi", json={"message": message}, headers=PROOF)
        assert answer.status_code == 200
        await self.work()

    async def attention(self) -> list[Any]:
        found: list[Any] = (await self.desk.get("/attention")).json()["items"]
        return found


@pytest.fixture
def configured(settings: Settings, outside: Outside) -> Settings:
    """Settings with an account at the stand-in, and the webhooks' proof of the application under test."""
    mine = {"vapi_webhook_secret": settings.vapi_webhook_secret, "vapi_webhook_plan": settings.vapi_webhook_plan}
    return settings.model_copy(update={**outside.settings, **mine, "voice_concurrency": 1_000})


@pytest.fixture
async def make_switchboard(app, http, make_bookable, sql, outside, configured, outgoing):
    """Make a client that calls; `settings` are those of the worker that does its jobs.

    It is always open and never quiet, so that no test depends on the time of day.
    """

    async def make(
        *,
        settings: Settings = configured,
        line: bool = True,
        assistant: bool = True,
        weekly: Any = ALWAYS,
        **options: Any,
    ) -> Switchboard:
        desk = Desk(await make_bookable(max_advance_days=700, weekly=weekly, **options), http)
        sessions = create_sessions(app.state.engine, info=knowing(settings) | carrying(outgoing))
        board = Switchboard(desk, sessions, sql, outside)
        await sql(
            "INSERT INTO contact_settings (client_id, quiet_from, quiet_until) VALUES (:id, :at, :at)",
            id=desk.client.id,
            at=datetime.min.time(),
        )
        keep = outside.organisation.create
        if assistant:
            vapi = keep("assistant", {"name": "Test"}, now=utcnow())["id"]
            row = {"id": desk.client.id, "vapi": vapi}
            await sql("INSERT INTO assistants (client_id, vapi_id, updated_at) VALUES (:id, :vapi, NOW())", **row)
        if line:
            number = new_line()
            own = {"provider": "twilio", "number": number, "twilioAccountSid": outside.accounts.twilio_sid}
            row = {"id": desk.client.id, "vapi": keep("phone-number", own, now=utcnow())["id"], "number": number}
            await sql("INSERT INTO lines (number, client_id, vapi_phone_number_id) VALUES (:number, :id, :vapi)", **row)
        return board

    return make


@pytest.fixture
async def board(make_switchboard) -> Switchboard:
    """A client that calls."""
    made: Switchboard = await make_switchboard()
    return made


def soon(**length: float) -> str:
    """Return an instant to come, as it goes over the wire."""
    return (utcnow() + timedelta(**length)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
