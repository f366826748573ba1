"""How a text reaches the service and its answers the phone: through the stand-in for Twilio, else straight."""

import secrets
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from app.core.clock import utcnow
from app.sandbox.accounts import Accounts
from app.sandbox.terminal import Desk, Unreached
from app.sandbox.twilio.jobs import inbound_form
from app.sandbox.twilio.rules import sign
from app.sandbox.twilio.service import Message

INBOUND = "/webhooks/twilio/inbound"


class Way(Protocol):
    """Between a phone and a line of a client's."""

    async def send(self, body: str) -> int | None:
        """Have the service's webhook called with a text, and return the status that it answered."""

    async def look(self) -> list[str]:
        """Return the texts to the phone that came since the last look."""


class ThroughStandIn:
    """The stand-in for Twilio takes the text and calls the webhook; what the service sends arrives there."""

    def __init__(self, desk: Desk, phone: str, line: str) -> None:
        self._desk, self._phone, self._line = desk, phone, line
        self._seen: set[str] = set()

    async def send(self, body: str) -> int | None:
        """Have the service's webhook called with a text, and return the status that it answered."""
        text = {"from": self._phone, "to": self._line, "body": body, "url": self._desk.service + INBOUND}
        status: int | None = (await self._desk.control("POST", "/inbound", text))["status"]
        return status

    async def look(self) -> list[str]:
        """Return the texts to the phone that came since the last look."""
        items = (await self._desk.control("GET", f"/messages?to={quote(self._phone)}"))["items"]
        return [each["body"] for each in _new(items, "sid", self._seen)]


class Straight:
    """The webhook is called from here; what the service would have sent is read from `/api/messages`.

    `public_url` is the address that the service takes for its own: Twilio signs that.
    """

    def __init__(self, desk: Desk, accounts: Accounts, phone: str, line: str, *, public_url: str) -> None:
        self._desk, self._accounts, self._phone, self._line = desk, accounts, phone, line
        self._signed = public_url.rstrip("/") + INBOUND
        self._seen: set[str] = set()

    async def send(self, body: str) -> int | None:
        """Call the service's webhook with a text, and return the status that it answered."""
        sid = f"SM{secrets.token_hex(16)}"
        came = Message(sid, self._accounts.twilio_sid, self._line, self._phone, body, utcnow(), "received", "inbound")
        form = inbound_form(came, "GB")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(self._accounts.twilio_token, self._signed, form),
        }
        content = urlencode(form).encode()
        reply = await self._desk.send("POST", self._desk.service + INBOUND, headers=headers, body=content)
        return reply.status

    async def look(self) -> list[str]:
        """Return the texts to the phone that came since the last look, sent or not."""
        listed = (await self._desk.ask("/api/messages?direction=out&channel=sms&limit=50"))["items"]
        worded = [each for each in reversed(listed) if each["address"] == self._phone and each["body"] is not None]
        return [each["body"] for each in _new(worded, "id", self._seen)]


def _new(items: list[dict[str, Any]], key: str, seen: set[str]) -> list[dict[str, Any]]:
    """Return what was not seen before, and is from now on."""
    new = [each for each in items if each[key] not in seen]
    seen.update(each[key] for each in new)
    return new


async def way_to(desk: Desk, accounts: Accounts, phone: str, *, public_url: str | None) -> Way:
    """Return how a phone's texts reach the client's first line.

    Raises:
        Unreached: the client has no line, or the service does not answer.
    """
    line = (await desk.line())["number"]
    try:
        await desk.control("GET", "")
    except Unreached:
        return Straight(desk, accounts, phone, line, public_url=public_url or desk.service)
    return ThroughStandIn(desk, phone, line)
