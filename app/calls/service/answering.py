"""What Vapi asks of us while a call goes on: who takes it, and to whom it is handed over."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.service.routing import Routed
from app.clients.contact.service import terms_of
from app.clients.schemas import ClientContext
from app.core.direct import fetch_first
from app.phrases.rules.spoken import spoken_date

CLOSED = "This number takes no calls at the moment. Please try again later."
NOBODY = "There is nobody I can put you through to right now. Shall I take a message instead?"
HANDING_OVER = "I am putting you through now."

_ASSISTANT = "SELECT vapi_id FROM assistants WHERE client_id = $1"


async def assistant_for(session: AsyncSession, routed: Routed | None, *, now: datetime) -> dict[str, Any]:
    """Return the answer to `assistant-request`: the client's assistant, else the person who takes over, else a regret.

    What it is told beside its prompt is what changes from day to day; the model reckons no dates by itself.
    """
    if routed is None:
        return {"error": CLOSED}
    client = routed.client
    row = await fetch_first(session, _ASSISTANT, client.id) if routed.active else None
    if row is None:
        terms = await terms_of(session, client.id)
        return _to(terms.hand_over_to) if terms.hand_over_to else {"error": CLOSED}
    told = {"client_name": client.name, "timezone": client.timezone, "today": _today(client, now)}
    about = {"client_key": client.client_key}
    return {"assistantId": row[0], "assistantOverrides": {"variableValues": told, "metadata": about}}


async def destination_for(session: AsyncSession, client: ClientContext | None) -> dict[str, Any]:
    """Return the answer to `transfer-destination-request`: who takes over from the assistant, or a regret."""
    number = (await terms_of(session, client.id)).hand_over_to if client is not None else None
    return _to(number) if number else {"error": NOBODY}


def _to(number: str) -> dict[str, Any]:
    return {"destination": {"type": "number", "number": number, "message": HANDING_OVER}}


def _today(client: ClientContext, now: datetime) -> str:
    today = now.astimezone(ZoneInfo(client.timezone)).date()
    return f"{spoken_date(today, today=today)} {today.year}"
