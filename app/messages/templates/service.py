"""Use cases of templates: which words a client uses."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import fetch_first
from app.messages.rules import Kind
from app.messages.templates.rules import OURS, Wording
from app.messages.templates.rules.checking import Channel

_OWN = "SELECT body, subject FROM templates WHERE client_id = $1 AND channel = $2 AND kind = $3"


async def wording_of(session: AsyncSession, client_id: UUID, channel: Channel, kind: Kind) -> Wording:
    """Return how a client words a kind of message: its own way, or ours."""
    row = await fetch_first(session, _OWN, client_id, channel, kind.value)
    return Wording(*row) if row else OURS[channel, kind.value]
