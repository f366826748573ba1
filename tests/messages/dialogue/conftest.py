"""Somebody who texts a client, through the webhook and the jobs behind it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from app.sandbox.twilio.rules import sign
from tests.bookings.conftest import phone
from tests.messages.conftest import PUBLIC_URL, Office
from tests.sandbox import ACCOUNTS

PATH = "/webhooks/twilio/inbound"
ANN = phone(7)
SILENCE = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


@dataclass
class Texter:
    """Somebody who writes to a client, and reads what comes back."""

    office: Office
    http: Any
    line: str
    phone: str = ANN
    token: str = ACCOUNTS.twilio_token

    async def post(self, body: str = "", *, sid: str | None = None, **more: str) -> Any:
        sid = sid or f"SM{uuid4().hex}"
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNTS.twilio_sid}
        form |= {"From": self.phone, "To": self.line, "Body": body, "NumMedia": "0", "NumSegments": "1", "ToCity": ""}
        form |= more
        headers = {
            "X-Twilio-Signature": sign(self.token, PUBLIC_URL + PATH, list(form.items())),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return await self.http.post(PATH, content=urlencode(form), headers=headers)

    async def write(self, *bodies: str) -> str | None:
        """Write, have it answered, and return the last text that came back."""
        for body in bodies:
            answer = await self.post(body)
            assert (answer.status_code, answer.content) == (200, SILENCE), answer.text
            await self.office.work()
        said = self.heard()
        return said[-1] if said else None

    def heard(self) -> list[str]:
        return [message.body for message in self.office.outside.messages if message.to == self.phone]

    async def bookings(self) -> list[tuple[str, str, str]]:
        items = (await self.office.desk.get("/bookings")).json()["items"]
        return [(each["status"], each["startsAt"], each["channel"]) for each in items]

    async def waiting(self) -> list[tuple[str, str, str]]:
        items = (await self.office.desk.get("/attention")).json()["items"]
        return [(each["kind"], each["code"], each["said"]) for each in items]


@pytest.fixture
async def make_texter(app, http, settings, configured, office, sql):
    """Return somebody of a number who writes to the office's line."""
    app.state.settings = configured
    [line] = await sql("SELECT number FROM lines WHERE client_id = :id", id=office.client_id)
    yield lambda number: Texter(office, http, line.number, number)
    app.state.settings = settings


@pytest.fixture
def ann(make_texter) -> Texter:
    """A customer who texts."""
    texter: Texter = make_texter(ANN)
    return texter
