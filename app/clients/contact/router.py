"""The HTTP door to a client's lines and manners."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from app.clients.auth import PathClient
from app.clients.contact import service
from app.clients.contact.errors import LineNotFound, LineTaken, TooManyLines, VapiNumberTaken
from app.clients.contact.models import Line
from app.clients.contact.schemas import ContactChange, ContactOut, LineIn, LineOut, Terms
from app.core.auth import OperatorOnly, Principal, Scope, require
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.core.idempotency import IdempotentRoute
from app.core.paging import Page
from app.core.phone import InvalidPhone
from app.core.versions import OUTDATED_CHANGE, IfMatch, Tag

router = APIRouter(prefix="/clients/{clientKey}", tags=["contact"], route_class=IdempotentRoute)

READER = Depends(require(Scope.bookings_read), scope="function")
Admin = Annotated[Principal, Depends(require(Scope.clients_admin), scope="function")]
Number = Annotated[str, Path(min_length=3, max_length=40, description="E.164, or as written in the client's region.")]


@router.get("/contact", dependencies=[READER])
async def read_contact(client: PathClient, session: Session, tag: Tag) -> ContactOut:
    """Read how a client keeps in touch."""
    return tag(_out(await service.terms_of(session, client.id)))


@router.patch("/contact", responses=problems(InvalidPhone, *OUTDATED_CHANGE))
async def change_contact(
    wanted: ContactChange,
    client: PathClient,
    principal: Admin,
    session: Session,
    *,
    if_match: IfMatch,
    now: Now,
    tag: Tag,
) -> ContactOut:
    """Change how a client keeps in touch; what is absent stays."""
    return tag(_out(await service.change(session, client, wanted, principal=principal, if_match=if_match, now=now)))


@router.get("/lines", dependencies=[READER])
async def list_lines(client: PathClient, session: Session) -> Page[LineOut]:
    """List a client's numbers, the oldest first; there are at most 50."""
    return Page(items=[_line(each) for each in await service.lines(session, client)])


@router.put("/lines/{number}", responses=problems(OperatorOnly, InvalidPhone, LineTaken, TooManyLines, VapiNumberTaken))
async def put_line(
    number: Number, wanted: LineIn, client: PathClient, principal: Admin, session: Session, *, now: Now
) -> LineOut:
    """Give a client a number, or change what it is for; for operators, for a number is paid for in their account."""
    return _line(await service.put_line(session, client, number, wanted, principal=principal, now=now))


@router.delete("/lines/{number}", status_code=204, responses=problems(OperatorOnly, InvalidPhone, LineNotFound))
async def remove_line(number: Number, client: PathClient, principal: Admin, session: Session, *, now: Now) -> None:
    """Take a number away from a client; for operators."""
    await service.remove_line(session, client, number, principal=principal, now=now)


def _out(terms: Terms) -> ContactOut:
    rest = {"quiet_from": f"{terms.quiet_from:%H:%M}", "quiet_until": f"{terms.quiet_until:%H:%M}"}
    return ContactOut.model_validate({**asdict(terms), **rest, "reminder_minutes": list(terms.reminder_minutes)})


def _line(line: Line) -> LineOut:
    return LineOut.model_validate(line, from_attributes=True)
