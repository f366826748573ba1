"""Use cases of provisioning: what there is to set up, and what was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.asking.service import services_of
from app.calls.models import Assistant
from app.calls.provisioning.errors import AssistantTaken
from app.calls.provisioning.rules import Business
from app.clients.contact.models import Line
from app.clients.contact.schemas import OwnLine
from app.clients.contact.service import lines_of, terms_of
from app.clients.memory import read_client
from app.clients.schemas import ClientContext


@dataclass(frozen=True, slots=True)
class Subject:
    """A client, and what is known of its voice: the assistant's id, those of tools by name, and its lines."""

    client: ClientContext
    business: Business
    lines: tuple[OwnLine, ...]
    assistant_id: str | None
    tool_ids: Mapping[str, str]
    fingerprint: str


async def subject_of(session: AsyncSession, client_key: str) -> Subject:
    """Return what is known of a client's voice.

    Raises:
        ClientNotFound: there is no such client.
    """
    client = await read_client(session, client_key)
    terms = await terms_of(session, client.id)
    services = tuple(each.name for each in await services_of(session, client))
    business = Business(str(client.id), client.client_key, client.name, client.timezone, services, terms.hand_over_to)
    row = await session.scalar(select(Assistant).where(Assistant.client_id == client.id))
    lines = tuple(await lines_of(session, client.id))
    if row is None:
        return Subject(client, business, lines, None, {}, "")
    return Subject(client, business, lines, row.vapi_id, dict(row.tool_ids), row.fingerprint)


async def keep_assistant(
    session: AsyncSession, client: ClientContext, vapi_id: str, tool_ids: Mapping[str, str], *, now: datetime
) -> None:
    """Keep which assistant is a client's: from here on calls that it takes are the client's.

    Raises:
        AssistantTaken: it is another client's.
    """
    other = select(Assistant.client_id).where(Assistant.vapi_id == vapi_id, Assistant.client_id != client.id)
    if (await session.scalar(other)) is not None:
        raise AssistantTaken
    row = {"vapi_id": vapi_id, "tool_ids": dict(tool_ids), "updated_at": now}
    fresh = insert(Assistant).values(client_id=client.id, **row)
    await session.execute(fresh.on_conflict_do_update(index_elements=["client_id"], set_=row))


async def keep_line(session: AsyncSession, client: ClientContext, number: str, vapi_id: str) -> None:
    """Keep a number's id at Vapi."""
    ours = update(Line).where(Line.number == number, Line.client_id == client.id)
    await session.execute(ours.values(vapi_phone_number_id=vapi_id))


async def keep_fingerprint(session: AsyncSession, client: ClientContext, fingerprint: str) -> None:
    """Keep what stands for the secrets that were sent last."""
    await session.execute(update(Assistant).where(Assistant.client_id == client.id).values(fingerprint=fingerprint))
