"""Finding calls, and what was said and done in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.errors import CallNotFound
from app.calls.models import Call, ToolAnswer
from app.calls.schemas import CallDetails, CallFilter, CallOut, ToolAnswerOut
from app.clients.schemas import ClientContext
from app.core.paging import Page, Paging
from app.core.phone import e164

MOST_ANSWERS = 200


async def find(session: AsyncSession, client: ClientContext, wanted: CallFilter, paging: Paging) -> Page[CallOut]:
    """Return a page of calls in the order of their making, the newest first.

    Raises:
        InvalidCursor: the cursor belongs to another list.
        InvalidPhone: `phone` is no number.
    """
    query = select(Call).where(Call.client_id == client.id, *_conditions(client, wanted))
    after = paging.key(datetime.fromisoformat, UUID)
    if after is not None:
        query = query.where(tuple_(Call.created_at, Call.id) < tuple_(*after))
    rows = await session.scalars(query.order_by(Call.created_at.desc(), Call.id.desc()).limit(paging.limit + 1))
    shown, following = paging.page(rows.all(), lambda call: (call.created_at, call.id))
    return Page(items=[CallOut.model_validate(call, from_attributes=True) for call in shown], next_after=following)


def _conditions(client: ClientContext, wanted: CallFilter) -> list[ColumnElement[bool]]:
    asked = {
        Call.status: wanted.status,
        Call.direction: wanted.direction,
        Call.customer_id: wanted.customer_id,
        Call.phone: None if wanted.phone is None else e164(wanted.phone, client.region),
    }
    return [column == value for column, value in asked.items() if value is not None]


async def read(session: AsyncSession, client: ClientContext, call_id: UUID) -> CallDetails:
    """Return one call with its words and what tools answered.

    Raises:
        CallNotFound: the client has no such call.
    """
    call = await session.scalar(select(Call).where(Call.client_id == client.id, Call.id == call_id))
    if call is None:
        raise CallNotFound
    own = {name: getattr(call, name) for name in CallDetails.model_fields if name != "tool_answers"}
    return CallDetails(**own, tool_answers=await answers_of(session, client, call_id))


async def answers_of(session: AsyncSession, client: ClientContext, call_id: UUID) -> list[ToolAnswerOut]:
    """Return what tools answered in a call, in their order."""
    query = select(ToolAnswer).where(ToolAnswer.client_id == client.id, ToolAnswer.call_id == call_id)
    rows = await session.scalars(query.order_by(ToolAnswer.id).limit(MOST_ANSWERS))
    return [ToolAnswerOut.model_validate(row, from_attributes=True) for row in rows]
