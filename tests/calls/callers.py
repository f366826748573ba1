"""Callers: each speaks to a client's assistant, and Vapi tells the application, by its real route."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import insert

from app.calls.models import Assistant
from app.clients.contact.models import Line
from app.core.clock import utcnow
from tests.bookings.conftest import PHONE, Desk
from tests.fixtures.api import VAPI_SECRET

PROOF = {"Authorization": f"Bearer {VAPI_SECRET}"}


def tool_call(number: str, name: str, arguments: Any) -> dict[str, Any]:
    """Return a call of a tool in the shape that is seen most (A)."""
    return {"id": number, "type": "function", "function": {"name": name, "arguments": arguments}}


@dataclass
class Caller:
    """A call to a client's line, as Vapi tells of it."""

    desk: Desk
    line: str
    line_id: str
    assistant_id: str
    phone: str | None = PHONE
    call_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def http(self) -> httpx.AsyncClient:
        return self.desk.http

    def message(self, kind: str, **more: Any) -> dict[str, Any]:
        """Return a message of the call, with what every one of them has."""
        customer = {"number": self.phone or "anonymous"}
        call = {
            "id": self.call_id,
            "type": "inboundPhoneCall",
            "phoneNumberId": self.line_id,
            "assistantId": self.assistant_id,
            "customer": customer,
        }
        number = {"id": self.line_id, "number": self.line, "twilioAuthToken": "do-not-keep"}
        common = {"type": kind, "call": call, "phoneNumber": number, "customer": customer}
        return {"message": {**common, "timestamp": 1774252800000, **more}}

    async def tell(self, kind: str, **more: Any) -> httpx.Response:
        """Send a message of the call."""
        return await self.http.post("/webhooks/vapi", json=self.message(kind, **more), headers=PROOF)

    async def use_all(self, *calls: dict[str, Any]) -> list[dict[str, str]]:
        """Have tools used in one message, and return the results."""
        answer = await self.tell("tool-calls", toolCallList=list(calls), toolCalls=list(calls))
        assert answer.status_code == 200, answer.text
        results: list[dict[str, str]] = answer.json()["results"]
        assert [result["toolCallId"] for result in results] == [call["id"] for call in calls]
        return results

    async def use(self, tool: str, number: str | None = None, /, **arguments: Any) -> str:
        """Have a tool used, and return what it answered."""
        number = number or f"call_{secrets.token_hex(8)}"
        [result] = await self.use_all(tool_call(number, tool, arguments))
        assert result["name"] == tool
        said = result.get("result") or result["error"]
        assert "\n" not in said
        assert len(said) < 300
        return said

    async def answers(self) -> list[dict[str, Any]]:
        """Return what tools answered in this call, as the API shows it."""
        found: list[dict[str, Any]] = (await self.shown())["toolAnswers"]
        return found

    async def codes(self) -> list[str]:
        """Return what came of each call of a tool so far."""
        return [answer["code"] for answer in await self.answers()]

    async def shown(self) -> dict[str, Any]:
        """Return the call as the API shows it; it is the client's last one of this caller."""
        query = {"phone": self.phone} if self.phone else {}
        [first, *_] = (await self.desk.get("/calls", **query)).json()["items"]
        shown: dict[str, Any] = (await self.desk.get(f"/calls/{first['id']}")).json()
        return shown

    async def booked(self) -> list[dict[str, Any]]:
        """Return the client's bookings that stand."""
        found: list[dict[str, Any]] = (await self.desk.get("/bookings", status="confirmed")).json()["items"]
        return found


async def connect(app: FastAPI, desk: Desk, phone: str | None = PHONE, *, assistant: bool = True) -> Caller:
    """Give a client a line and an assistant, and return somebody who calls it."""
    number = f"+4420{desk.client.id.int % 10**8:08d}"
    caller = Caller(desk, number, str(uuid4()), str(uuid4()), phone)
    row = {"number": number, "client_id": desk.client.id, "vapi_phone_number_id": caller.line_id}
    ours = {"client_id": desk.client.id, "vapi_id": caller.assistant_id, "updated_at": utcnow()}
    async with app.state.engine.begin() as connection:
        await connection.execute(insert(Line), row)
        if assistant:
            await connection.execute(insert(Assistant), ours)
    return caller
