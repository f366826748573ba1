"""What a message about a booking says, in its client's words or in ours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.rules import reference
from app.clients.contact.schemas import Terms
from app.clients.schemas import ClientContext
from app.integrations.twilio.segments import LONGEST_BODY
from app.messages.rules import Kind
from app.messages.templates.rules import fill
from app.messages.templates.service import wording_of
from app.phrases.rules.spoken import written_time


async def worded(
    session: AsyncSession, client: ClientContext, terms: Terms, facts: Mapping[str, Any], *, now: datetime
) -> tuple[str | None, str]:
    """Return a message's subject, of an e-mail, and its words."""
    wording = await wording_of(session, client.id, facts["channel"], Kind(facts["kind"]))
    values = values_of(client, terms, facts, now=now)
    subject = None if wording.subject is None else fill(wording.subject, values)[:200]
    body = fill(wording.body, values)
    return subject, body[:LONGEST_BODY] if facts["channel"] == "sms" else body


def values_of(client: ClientContext, terms: Terms, facts: Mapping[str, Any], *, now: datetime) -> dict[str, str]:
    """Return what the placeholders of a template stand for; what is not known is left out."""
    known = {
        "client": client.name,
        "service": facts["service"],
        "staff": facts["staff"],
        "time": written_time(facts["starts_at"], client.timezone, now=now, region=client.region),
        "address": terms.address,
        "reference": reference(facts["booking_id"]),
        "name": facts["name"],
        "phone": client.phone,
    }
    return {name: value for name, value in known.items() if value}
