"""The door for Twilio's reports. Each proves by its signature who sends it; what cannot be stored is answered 5xx."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request

from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.integrations.twilio.errors import FormUnreadable, SignatureInvalid
from app.integrations.twilio.payloads import read_status
from app.messages.errors import TooManyWebhooks
from app.messages.proof import charge, proven_form
from app.messages.reports import service

webhooks = APIRouter(tags=["webhooks"])

log = structlog.get_logger()


@webhooks.post("/twilio/status", status_code=204, responses=problems(SignatureInvalid, FormUnreadable, TooManyWebhooks))
async def receive_status(
    request: Request,
    session: Session,
    now: Now,
    client: Annotated[str | None, Query(max_length=100)] = None,
    message: Annotated[str | None, Query(max_length=100)] = None,
) -> None:
    """Take what Twilio reports of a text that went out. In any order and repeated: its status only moves forward."""
    report = read_status(await proven_form(request))
    await charge(request, report.account)
    told = service.Report(report.sid, report.status, report.error_code)
    moved = await service.take(session, told, _named(client, message), now=now)
    log.info("message_reported", status=report.status, code=report.error_code, known=report.known, moved=moved)


def _named(client: str | None, message: str | None) -> tuple[UUID, UUID] | None:
    try:
        return UUID(client or ""), UUID(message or "")
    except ValueError:
        return None
