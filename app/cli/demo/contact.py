"""How the demo's businesses are reached: a line each and, where Vapi is a stand-in, an assistant that takes calls."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.models import Assistant
from app.clients.contact import service as contact
from app.clients.contact.schemas import ContactChange, LineIn
from app.clients.schemas import ClientContext
from app.core.auth import Principal, Scope
from app.core.clock import utcnow
from app.sandbox.server import Sandbox

SEEDER = Principal("operator", None, None, True, frozenset(Scope))


async def reach(
    session: AsyncSession, client: ClientContext, *, address: str | None, voice: bool, now: datetime
) -> str | None:
    """Give a business what it has not got: an address, its number as a line and, with `voice`, an assistant.

    Returns its line; None where it has none and its number is nobody's, or another's.
    """
    number = await _line(session, client, voice=voice, now=now)
    terms = await contact.terms_of(session, client.id)
    if address is not None and terms.address is None:
        change = ContactChange(address=address, version=terms.version)
        await contact.change(session, client, change, principal=SEEDER, if_match=None, now=now)
    if voice:
        row = {"client_id": client.id, "vapi_id": identifier(client.client_key, "assistant"), "updated_at": now}
        await session.execute(insert(Assistant).values(row).on_conflict_do_nothing())
    return number


async def _line(session: AsyncSession, client: ClientContext, *, voice: bool, now: datetime) -> str | None:
    own = await contact.lines_of(session, client.id)
    at_vapi = identifier(client.client_key, "phone-number") if voice else None
    if not own:
        if client.phone is None or await contact.line_of(session, client.phone) is not None:
            return None
        wanted = LineIn(vapi_phone_number_id=at_vapi)
        line = await contact.put_line(session, client, client.phone, wanted, principal=SEEDER, now=now)
        return line.number
    first = own[0]
    if voice and first.vapi_phone_number_id is None:
        known = {"messaging_service_sid": first.messaging_service_sid, "texts": first.texts}
        wanted = LineIn(vapi_phone_number_id=at_vapi, **known)
        await contact.put_line(session, client, first.number, wanted, principal=SEEDER, now=now)
    return first.number


def identifier(client_key: str, kind: str) -> str:
    """Return the id of a business' thing at the stand-in for Vapi: the same in every run, for rows remember it."""
    return str(uuid5(NAMESPACE_URL, f"booking-demo/{client_key}/{kind}"))


def provision(sandbox: Sandbox, demo: dict[str, Any], *, webhooks: str) -> None:
    """Put the businesses' assistants and numbers into the stand-in, which begins with nothing each time."""
    keep, account = sandbox.state.organisation.put, sandbox.state.accounts.twilio_sid
    for client in (each for each in demo["clients"] if each["line"]):
        name, server = client["name"], {"url": webhooks}
        assistant = {"name": name[:40], "firstMessage": f"{name}, good day. How can I help you?", "server": server}
        number = {"provider": "twilio", "number": client["line"], "twilioAccountSid": account, "server": server}
        for kind, thing in (("assistant", assistant), ("phone-number", number)):
            keep(kind, identifier(client["clientKey"], kind), thing, now=utcnow())
