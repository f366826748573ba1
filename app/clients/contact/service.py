"""Use cases of contact: whose a number is, how a client keeps in touch, and changes of both."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import service as audit
from app.clients.contact.errors import LineNotFound, LineTaken, TooManyLines, VapiNumberTaken
from app.clients.contact.models import ContactSettings, Line
from app.clients.contact.schemas import ContactChange, LineIn, OwnLine, RoutedLine, Terms
from app.clients.memory import OF_CLIENT
from app.clients.schemas import ClientContext
from app.core.auth import OperatorOnly, Principal
from app.core.direct import fetch, fetch_first
from app.core.phone import e164
from app.core.versions import check_version

MOST_LINES = 50
"""More numbers than that no small business has."""

_ROUTE = f"""
SELECT l.number, l.vapi_phone_number_id, l.messaging_service_sid, l.texts, {OF_CLIENT}
FROM lines l JOIN clients c ON c.id = l.client_id WHERE """  # noqa: S608 - made of constants
_BY_NUMBER = _ROUTE + "l.number = $1"
_BY_VAPI_ID = _ROUTE + "l.vapi_phone_number_id = $1"

_TERMS = """
SELECT texts, emails, sender_email, reply_to, reminder_minutes, quiet_from, quiet_until, keep_days, calls_per_day,
       address, hand_over_to, version
FROM contact_settings WHERE client_id = $1
"""
_LINES = """
SELECT client_id, number, vapi_phone_number_id, messaging_service_sid, texts
FROM lines WHERE client_id = $1 ORDER BY created_at, number
"""


async def line_of(session: AsyncSession, number: str) -> RoutedLine | None:
    """Return whose a number (E.164) is."""
    return _routed(await fetch_first(session, _BY_NUMBER, number))


async def line_at_vapi(session: AsyncSession, vapi_phone_number_id: str) -> RoutedLine | None:
    """Return whose a number is, by its id at Vapi."""
    return _routed(await fetch_first(session, _BY_VAPI_ID, vapi_phone_number_id))


async def lines_of(session: AsyncSession, client_id: UUID) -> list[OwnLine]:
    """Return a client's numbers, the oldest first: that one sends unless another is meant."""
    return [OwnLine(*row) for row in await fetch(session, _LINES, client_id)]


async def terms_of(session: AsyncSession, client_id: UUID) -> Terms:
    """Return how a client keeps in touch; the defaults where nothing was set."""
    row = await fetch_first(session, _TERMS, client_id)
    if row is None:
        return Terms()
    return Terms(**{**row, "reminder_minutes": tuple(row["reminder_minutes"])})


async def change(
    session: AsyncSession,
    client: ClientContext,
    wanted: ContactChange,
    *,
    principal: Principal,
    if_match: str | None,
    now: datetime,
) -> Terms:
    """Change how a client keeps in touch; reminders that are written already keep their time.

    Raises:
        PreconditionFailed, VersionConflict, PreconditionRequired: see `core.versions`.
        InvalidPhone: `hand_over_to` is no number.
    """
    await session.execute(insert(ContactSettings).values(client_id=client.id).on_conflict_do_nothing())
    query = select(ContactSettings).where(ContactSettings.client_id == client.id).with_for_update()
    row = (await session.scalars(query, execution_options={"populate_existing": True})).one()
    check_version(row.version, if_match=if_match, version=wanted.version, required=True)
    changes = wanted.changes()
    if changes.get("hand_over_to") is not None:
        changes["hand_over_to"] = e164(changes["hand_over_to"], client.region)
    changed = {column: value for column, value in changes.items() if getattr(row, column) != value}
    if changed:
        for column, value in changed.items():
            setattr(row, column, value)
        row.version += 1
        row.updated_at = now
        await session.flush()
        await _note(session, client, "contact_changed", principal=principal, now=now, data={"fields": sorted(changed)})
    return await terms_of(session, client.id)


async def lines(session: AsyncSession, client: ClientContext) -> Sequence[Line]:
    """Return a client's numbers with when they were added."""
    query = select(Line).where(Line.client_id == client.id).order_by(Line.created_at, Line.number)
    return (await session.scalars(query)).all()


async def put_line(
    session: AsyncSession, client: ClientContext, number: str, wanted: LineIn, *, principal: Principal, now: datetime
) -> Line:
    """Give a client a number, or change what one of its own is for.

    Raises:
        OperatorOnly: a client's key asks.
        InvalidPhone: it is no number.
        LineTaken, VapiNumberTaken: it is another client's, or its id at Vapi another number's.
        TooManyLines: the client has 50.
    """
    _check_operator(principal)
    known = e164(number, client.region)
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("lines", 0))))
    if wanted.vapi_phone_number_id is not None:
        other = select(Line.number).where(
            Line.vapi_phone_number_id == wanted.vapi_phone_number_id, Line.number != known
        )
        if (await session.scalar(other)) is not None:
            raise VapiNumberTaken
    if len(await lines_of(session, client.id)) >= MOST_LINES and await line_of(session, known) is None:
        raise TooManyLines
    values = {"number": known, "client_id": client.id, "created_at": now, **wanted.model_dump(by_alias=False)}
    statement = insert(Line).values(values)
    given = {name: statement.excluded[name] for name in ("vapi_phone_number_id", "messaging_service_sid", "texts")}
    upsert = statement.on_conflict_do_update(index_elements=["number"], set_=given, where=Line.client_id == client.id)
    afresh = {"populate_existing": True}
    line = (await session.scalars(upsert.returning(Line), execution_options=afresh)).one_or_none()
    if line is None:
        raise LineTaken
    await _note(session, client, "line_put", principal=principal, now=now)
    return line


async def remove_line(
    session: AsyncSession, client: ClientContext, number: str, *, principal: Principal, now: datetime
) -> None:
    """Take a number away; what comes in for it from then on is kept as unrouted.

    Raises:
        OperatorOnly: a client's key asks.
        InvalidPhone, LineNotFound: the client has no such number.
    """
    _check_operator(principal)
    known = e164(number, client.region)
    gone = delete(Line).where(Line.number == known, Line.client_id == client.id).returning(Line.number)
    if (await session.scalar(gone)) is None:
        raise LineNotFound
    await _note(session, client, "line_removed", principal=principal, now=now)


def _check_operator(principal: Principal) -> None:
    """Refuse a client: it could take calls and texts that are meant for another."""
    if not principal.is_operator:
        raise OperatorOnly


async def _note(
    session: AsyncSession,
    client: ClientContext,
    action: str,
    *,
    principal: Principal,
    now: datetime,
    data: dict[str, object] | None = None,
) -> None:
    await audit.record(
        session, client_id=client.id, actor=principal.name, action=action, subject_id=client.id, now=now, data=data
    )


def _routed(row: Sequence[object] | None) -> RoutedLine | None:
    if row is None:
        return None
    number, vapi_id, messaging_service, texts, *of_client = row
    return RoutedLine(number, vapi_id, messaging_service, texts, ClientContext(*of_client))  # type: ignore[arg-type]
