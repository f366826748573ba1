"""How the demo's businesses are reached: a line and an address each and, where Vapi is a stand-in, an assistant."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.provisioning import service as provisioning
from app.calls.provisioning.commands import WEBHOOK
from app.calls.provisioning.jobs import Place, Provisioner
from app.calls.provisioning.rules import Account
from app.clients.contact import service as contact
from app.clients.contact.schemas import ContactChange, LineIn
from app.clients.schemas import ClientContext
from app.core.auth import Principal, Scope
from app.core.config import Settings
from app.core.db import create_engine, create_sessions
from app.core.http import create_client
from app.integrations.vapi.api import Vapi

SEEDER = Principal("operator", None, None, True, frozenset(Scope))


async def reach(session: AsyncSession, client: ClientContext, *, address: str, now: datetime) -> str | None:
    """Give a business what it has not got, an address and its number as a line; return the line.

    None where it has none and its number is nobody's, or another's.
    """
    terms = await contact.terms_of(session, client.id)
    if terms.address is None:
        change = ContactChange(address=address, version=terms.version)
        await contact.change(session, client, change, principal=SEEDER, if_match=None, now=now)
    own = await contact.lines_of(session, client.id)
    if own:
        return own[0].number
    if client.phone is None or await contact.line_of(session, client.phone) is not None:
        return None
    return (await contact.put_line(session, client, client.phone, LineIn(), principal=SEEDER, now=now)).number


async def give_voices(settings: Settings, demo: dict[str, Any], address: str) -> None:
    """Set the businesses' voices up at the stand-in for Vapi, which begins with nothing each time.

    `address` is where the service is. A real account at Twilio is not told to the stand-in: numbers stay away then.
    """
    assert settings.vapi_api_key is not None
    account = None
    if settings.twilio_api_url == settings.vapi_api_url and settings.twilio_account_sid:
        account = Account(settings.twilio_account_sid, settings.twilio_auth_token)
    engine = create_engine(settings, role="demo")
    sessions = create_sessions(engine)
    try:
        async with create_client() as http:
            vapi = Vapi(http, settings.vapi_api_url, settings.vapi_api_key)
            for client in demo["clients"]:
                async with sessions.begin() as session:
                    subject = await provisioning.subject_of(session, client["clientKey"])
                await Provisioner(vapi, sessions, subject, Place(address + WEBHOOK, None, account)).run()
    finally:
        await engine.dispose()
