"""The door for texts that come in: signed, stored, then answered; what cannot be stored is answered 5xx."""

import structlog
from fastapi import APIRouter, Request, Response

from app.clients.contact.service import line_of
from app.core.clock import Now
from app.core.db import Session
from app.core.errors import problems
from app.integrations.twilio.errors import FormUnreadable, SignatureInvalid
from app.integrations.twilio.payloads import SILENCE, TWIML, read_inbound
from app.messages.dialogue import service
from app.messages.errors import TooManyWebhooks
from app.messages.proof import charge, proven_form

webhooks = APIRouter(tags=["webhooks"])

log = structlog.get_logger()


@webhooks.post(
    "/twilio/inbound",
    response_class=Response,
    responses={200: {"content": {TWIML: {}}}, **problems(SignatureInvalid, FormUnreadable, TooManyWebhooks)},
)
async def receive_text(request: Request, session: Session, now: Now) -> Response:
    """Take in a text. The answer is silence: what there is to say goes out as a text of its own."""
    text = read_inbound(await proven_form(request))
    await charge(request, text.account)
    line = await line_of(session, text.line)
    if line is None:
        new = await service.keep_for_nobody(session, text, now=now)
        taken = "unrouted" if new else "seen_before"
    else:
        taken = await service.take_in(session, line, text, now=now)
    request.app.state.process.signals.count("texts_received", taken)
    log.info("text_received", taken=taken, sender_kind=text.sender_kind, media=text.media_count, cut=text.cut)
    return Response(SILENCE, media_type=TWIML)
