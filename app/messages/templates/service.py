"""Use cases of templates: which words a client uses, and changing them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.clients.schemas import ClientContext
from app.core.auth import Principal
from app.core.direct import fetch_first
from app.core.versions import check_version
from app.integrations.twilio.segments import segments
from app.messages.models import Template
from app.messages.rules import Kind
from app.messages.templates.errors import (
    AsksForStopWord,
    SubjectMissing,
    TemplateNotFound,
    TemplateTooLong,
    UnbalancedBraces,
    UnknownPlaceholder,
)
from app.messages.templates.rules import OURS, PLACEHOLDERS, SAMPLE, Wording, fault_of, fill
from app.messages.templates.rules.checking import Channel
from app.messages.templates.schemas import Preview, TemplateIn, TemplateList, TemplateOut

_OWN = "SELECT body, subject FROM templates WHERE client_id = $1 AND channel = $2 AND kind = $3"
_REFUSALS = {
    "unbalanced_braces": UnbalancedBraces,
    "asks_for_stop_word": AsksForStopWord,
    "too_long": TemplateTooLong,
    "too_many_placeholders": TemplateTooLong,
}

Place = tuple[Channel, Kind]


async def wording_of(session: AsyncSession, client_id: UUID, channel: Channel, kind: Kind) -> Wording:
    """Return how a client words a kind of message: its own way, or ours."""
    row = await fetch_first(session, _OWN, client_id, channel, kind.value)
    return Wording(*row) if row else OURS[channel, kind.value]


async def every(session: AsyncSession, client: ClientContext) -> TemplateList:
    """Return how a client words each kind of message."""
    rows = await session.scalars(select(Template).where(Template.client_id == client.id))
    own = {(row.channel, row.kind): row for row in rows}
    return TemplateList(items=[_out(client, (channel, Kind(kind)), own.get((channel, kind))) for channel, kind in OURS])


async def read(session: AsyncSession, client: ClientContext, place: Place) -> TemplateOut:
    """Return how a client words a kind of message on a channel."""
    return _out(client, place, await _own(session, client, place))


async def put(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    place: Place,
    wanted: TemplateIn,
    *,
    if_match: str | None,
    now: datetime,
) -> TemplateOut:
    """Have a kind of message worded in the client's way from now on.

    Raises:
        UnknownPlaceholder, UnbalancedBraces, TemplateTooLong, AsksForStopWord, SubjectMissing: it cannot be sent so.
        PreconditionFailed, VersionConflict: not made from the present version.
    """
    _check(wanted, place[0])
    own = {"client_id": client.id, "channel": place[0], "kind": place[1].value}
    fresh = insert(Template).values(**own, body=wanted.body, version=0, updated_at=now)
    await session.execute(fresh.on_conflict_do_nothing())  # or two who save first ones at once would not meet
    row = await _own(session, client, place, lock=True)
    assert row is not None
    check_version(row.version, if_match=if_match, version=wanted.version)
    row.subject, row.body, row.updated_at = wanted.subject, wanted.body, now
    row.version += 1
    await session.flush()
    await _note(session, client, principal, "template_changed", place, now=now)
    return _out(client, place, row)


async def remove(
    session: AsyncSession,
    client: ClientContext,
    principal: Principal,
    place: Place,
    *,
    if_match: str | None,
    now: datetime,
) -> None:
    """Have a kind of message worded in our way again.

    Raises:
        TemplateNotFound: it is.
        PreconditionFailed: not meant for the present version.
    """
    row = await _own(session, client, place, lock=True)
    if row is None:
        raise TemplateNotFound
    check_version(row.version, if_match=if_match, version=None)
    await session.delete(row)
    await session.flush()
    await _note(session, client, principal, "template_removed", place, now=now)


def _check(wanted: TemplateIn, channel: Channel) -> None:
    if (wanted.subject is None) is (channel == "email"):
        raise SubjectMissing
    for text in (wanted.subject, wanted.body):
        fault = fault_of(text, channel) if text else None
        if fault is not None and fault.code == "unknown_placeholder":
            raise UnknownPlaceholder(*fault.about)
        if fault is not None:
            raise _REFUSALS[fault.code]


async def _own(session: AsyncSession, client: ClientContext, place: Place, *, lock: bool = False) -> Template | None:
    query = select(Template).where(
        Template.client_id == client.id, Template.channel == place[0], Template.kind == place[1].value
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Template | None = await session.scalar(query)
    return found


def _out(client: ClientContext, place: Place, row: Template | None) -> TemplateOut:
    wording = Wording(row.body, row.subject) if row else OURS[place[0], place[1].value]
    return TemplateOut(
        channel=place[0],
        kind=place[1],
        own=row is not None,
        subject=wording.subject,
        body=wording.body,
        placeholders=dict(PLACEHOLDERS),
        preview=_preview(client, place[0], wording),
        version=row.version if row else 0,
    )


def _preview(client: ClientContext, channel: Channel, wording: Wording) -> Preview:
    values = {**SAMPLE, "client": client.name, **({"phone": client.phone} if client.phone else {})}
    body = fill(wording.body, values)
    cost = segments(body) if channel == "sms" else None
    return Preview(
        subject=None if wording.subject is None else fill(wording.subject, values),
        body=body,
        characters=len(body),
        alphabet=cost.alphabet if cost else None,
        segments=cost.count if cost else None,
    )


async def _note(
    session: AsyncSession, client: ClientContext, principal: Principal, action: str, place: Place, *, now: datetime
) -> None:
    data = {"channel": place[0], "kind": place[1].value}
    await audit.record(
        session, client_id=client.id, actor=principal.name, action=action, subject_id=client.id, now=now, data=data
    )
