"""The door for Twilio's reports. Each proves by its signature who sends it; what cannot be stored is answered 5xx."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request

from app.core.clock import Now
from app.core.config import Settings
from app.core.db import Session
from app.core.errors import problems
from app.core.limits.verdicts import RateLimited
from app.integrations.twilio.errors import FormUnreadable, SignatureInvalid
from app.integrations.twilio.payloads import read_form, read_status
from app.integrations.twilio.signature import Secrets, verify
from app.messages.reports import service
from app.messages.reports.errors import TooManyReports

webhooks = APIRouter(tags=["webhooks"])

log = structlog.get_logger()


@webhooks.post("/twilio/status", status_code=204, responses=problems(SignatureInvalid, FormUnreadable, TooManyReports))
async def receive_status(
    request: Request,
    session: Session,
    now: Now,
    client: Annotated[str | None, Query(max_length=100)] = None,
    message: Annotated[str | None, Query(max_length=100)] = None,
) -> None:
    """Take what Twilio reports of a text that went out. In any order and repeated: its status only moves forward."""
    body = await request.body()
    prove(request, body)
    report = read_status(read_form(body))
    try:
        await request.app.state.limits.charge("webhooks", f"account:{report.account}")
    except RateLimited as limited:
        raise TooManyReports from limited
    told = service.Report(report.sid, report.status, report.error_code)
    moved = await service.take(session, told, _named(client, message), now=now)
    log.info("message_reported", status=report.status, code=report.error_code, known=report.known, moved=moved)


def prove(request: Request, body: bytes) -> None:
    """Return if Twilio has signed a request for our public address.

    Raises:
        SignatureInvalid: it has not, or there is no address or secret to check that with.
    """
    settings: Settings = request.app.state.settings
    if not settings.public_url:
        raise SignatureInvalid
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1").partition("?")[0]
    verify(
        url=settings.public_url.rstrip("/") + path + (f"?{query}" if query else ""),
        headers=request.headers,
        body=body,
        content_type=request.headers.get("content-type"),
        secrets=Secrets(settings.twilio_auth_token, settings.twilio_shared_keys),
    )


def _named(client: str | None, message: str | None) -> tuple[UUID, UUID] | None:
    try:
        return UUID(client or ""), UUID(message or "")
    except ValueError:
        return None
