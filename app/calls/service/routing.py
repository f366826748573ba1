"""Whose a call is: by our own tables, never by what somebody said in it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.attention import service as attention
from app.calls.rules import LONGEST_VAPI_ID
from app.clients.memory import OF_CLIENT
from app.clients.schemas import ClientContext
from app.core.direct import fetch_first
from app.integrations.vapi.payloads import Message, redacted

# The line that was called says more than the assistant that answered: one that is put on another's line by mistake
# must not book for its own client there.
_ROUTE = f"""
SELECT found.call_id, found.phone, {OF_CLIENT}
FROM (
    SELECT client_id, id AS call_id, phone, 1 AS rank FROM calls WHERE vapi_id = $1
    UNION ALL SELECT client_id, NULL, NULL, 2 FROM lines WHERE vapi_phone_number_id = $2
    UNION ALL SELECT client_id, NULL, NULL, 3 FROM lines WHERE number = $3
    UNION ALL SELECT client_id, NULL, NULL, 4 FROM assistants WHERE vapi_id = $4
) found
JOIN clients c ON c.id = found.client_id
ORDER BY found.rank LIMIT 1
"""  # noqa: S608 - made of constants


@dataclass(frozen=True, slots=True)
class Routed:
    """Whose a message is. `call_id` is ours, None while the call is not known; `phone` is the other party's."""

    client: ClientContext
    call_id: UUID | None = None
    phone: str | None = field(default=None, repr=False)

    @property
    def active(self) -> bool:
        """Whether the client is served."""
        return self.client.status == "active"


async def route(session: AsyncSession, message: Message) -> Routed | None:
    """Return whose a message is: of a known call, else of the line called, else of the assistant; None: nobody's."""
    keys = (known_id(message), message.phone_number_id, message.called_number, message.assistant_id)
    if not any(keys):
        return None
    row = await fetch_first(session, _ROUTE, *keys)
    if row is None:
        return None
    call_id, phone, *columns = row
    return Routed(ClientContext(*columns), call_id, phone or message.caller_number)


def known_id(message: Message) -> str | None:
    """Return Vapi's id of the call, if it is one that can be kept."""
    found = message.call_id
    return found if found is not None and len(found) <= LONGEST_VAPI_ID else None


async def keep_unrouted(session: AsyncSession, message: Message, *, now: datetime) -> bool:
    """Keep a message that is nobody's, without secrets; return False where it was kept before."""
    line = message.called_number or message.phone_number_id or message.assistant_id
    content = cast("Mapping[str, object]", redacted(dict(message.content)))
    return await attention.keep_unrouted(
        session,
        "vapi",
        _key(message, now),
        kind=message.type,
        line=line and line[:64],
        content=dict(content),
        now=now,
    )


def _key(message: Message, now: datetime) -> str:
    """Return what makes two deliveries the same: the call, the type, and what is new in each of that type."""
    calls = ",".join(call.id for call in message.tool_calls)
    what = (message.call_id or now.isoformat(), message.type, message.status or "", calls)
    return hashlib.sha256("\n".join(what).encode()).hexdigest()
