"""What calls hold of a customer: told on request, and forgotten on request.

Calls are a customer's by the customer's id, and by the phone that they had when they called: who only asked has
booked nothing yet.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.models import Call, ToolAnswer
from app.calls.schemas import CallDetails, ToolAnswerOut
from app.clients.schemas import ClientContext
from app.customers.models import Customer
from app.customers.service import register_personal_data


async def export_calls(session: AsyncSession, client: ClientContext, customer_id: UUID) -> list[dict[str, Any]]:
    """Return all of a customer's calls with their words, oldest first."""
    theirs = select(Call).where(*_theirs(client, customer_id)).order_by(Call.created_at, Call.id)
    calls = (await session.scalars(theirs)).all()
    answers = select(ToolAnswer).where(
        ToolAnswer.client_id == client.id, ToolAnswer.call_id.in_([call.id for call in calls])
    )
    said: dict[UUID, list[ToolAnswerOut]] = {call.id: [] for call in calls}
    for answer in await session.scalars(answers.order_by(ToolAnswer.id)):
        said[answer.call_id].append(ToolAnswerOut.model_validate(answer, from_attributes=True))
    return [_written(call, said[call.id]) for call in calls]


def _written(call: Call, answers: list[ToolAnswerOut]) -> dict[str, Any]:
    own = {name: getattr(call, name) for name in CallDetails.model_fields if name != "tool_answers"}
    return CallDetails(**own, tool_answers=answers).model_dump(mode="json")


async def erase_calls(session: AsyncSession, client: ClientContext, customer_id: UUID) -> None:
    """Forget who called and every word of it; that there was a call, how long it took and what it cost stays."""
    gone = {"phone": None, "transcript": None, "summary": None, "recording_url": None}
    statement = update(Call).where(*_theirs(client, customer_id)).returning(Call.id)
    calls = (await session.scalars(statement.values(**gone, words_deleted_at=func.now()))).all()
    answers = update(ToolAnswer).where(ToolAnswer.client_id == client.id, ToolAnswer.call_id.in_(calls))
    await session.execute(answers.values(answer=None, named=None))


def _theirs(client: ClientContext, customer_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    phone = select(Customer.phone).where(Customer.client_id == client.id, Customer.id == customer_id)
    return Call.client_id == client.id, or_(Call.customer_id == customer_id, Call.phone == phone.scalar_subquery())


register_personal_data("calls", export_calls, erase_calls)
