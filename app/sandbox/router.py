"""`/_sandbox`: what the stand-ins have seen, and what they are told to do."""

from dataclasses import asdict
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.core.clock import utcnow
from app.sandbox.faults import FaultUnknown, read
from app.sandbox.requests import body_of
from app.sandbox.state import State
from app.sandbox.twilio.jobs import inbound_form
from app.sandbox.twilio.rules import told_to_say

MOST_LISTED = 1_000
T = TypeVar("T", bound=BaseModel)
Short = Annotated[str, Field(max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FaultsIn(_Strict):
    """Faults for the next requests."""

    next: Short
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    to: Literal["twilio", "vapi", "mail"] | None = None


class InboundIn(_Strict):
    """A text from somebody, and where the number's webhook is."""

    from_: Annotated[str, Field(alias="from", max_length=40)]
    to: Annotated[str, Field(max_length=40)]
    body: Annotated[str, Field(max_length=1_600)] = ""
    url: Short
    media: Annotated[int, Field(ge=0, le=10)] = 0
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "GB"
    repeat: bool = False


class CallIn(BaseModel):
    """A call as Vapi has it; fields that are not named here are kept as they are."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    status: Short

    @field_serializer("id")
    def _as_text(self, identifier: UUID) -> str:
        return str(identifier)


class StatusIn(_Strict):
    """A state that a message is moved to."""

    status: Literal["queued", "sending", "sent", "delivered", "undelivered", "failed"]
    error_code: Annotated[int | None, Field(alias="errorCode", ge=10_000, le=99_999)] = None


class Control:
    """The routes of `/_sandbox`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/_sandbox", self._about, methods=["GET"]),
            Route("/_sandbox/faults", self._faults, methods=["POST"]),
            Route("/_sandbox/messages", self._messages, methods=["GET"]),
            Route("/_sandbox/messages/{sid}", self._move, methods=["POST"]),
            Route("/_sandbox/calls", self._calls, methods=["GET"]),
            Route("/_sandbox/calls", self._keep_call, methods=["POST"]),
            Route("/_sandbox/inbound", self._inbound, methods=["POST"]),
            Route("/_sandbox/mail", self._mail, methods=["GET"]),
            Route("/_sandbox/deliveries", self._deliveries, methods=["GET"]),
            Route("/_sandbox/reset", self._reset, methods=["POST"]),
        ]

    async def _about(self, _request: Request) -> Response:
        state = self._state
        return JSONResponse(
            {
                "twilioAccountSid": state.accounts.twilio_sid,
                "calls": len(state.organisation.calls),
                "messages": len(state.messages.kept),
                "mail": len(state.mailbox.kept),
                "deliveries": len(state.courier.deliveries),
                "faultsOrdered": len(state.faults),
            }
        )

    async def _faults(self, request: Request) -> Response:
        wanted = await _read(request, FaultsIn)
        try:
            read(wanted.next)
        except FaultUnknown as unknown:
            raise HTTPException(400, str(unknown)) from None
        self._state.faults.next(wanted.next, wanted.count, api=wanted.to)
        return JSONResponse({"ordered": len(self._state.faults)})

    async def _messages(self, request: Request) -> Response:
        to = request.query_params.get("to")
        chosen = [each for each in self._state.messages.kept.values() if to is None or each.to == to]
        return JSONResponse({"items": [message.shown() for message in chosen[-MOST_LISTED:]]})

    async def _move(self, request: Request) -> Response:
        wanted = await _read(request, StatusIn)
        message = self._state.messages.kept.get(request.path_params["sid"])
        if message is None:
            raise HTTPException(404, "no such message")
        await self._state.carrier.tell(message, wanted.status, wanted.error_code)
        return JSONResponse(message.shown())

    async def _inbound(self, request: Request) -> Response:
        """Receive a text as Twilio would, and return how the service answered its webhook."""
        wanted = await _read(request, InboundIn)
        messages = self._state.messages
        message = messages.receive(wanted.from_, wanted.to, wanted.body, media=wanted.media, now=utcnow())
        form = inbound_form(message, wanted.region)
        reply = await self._state.carrier.post("inbound", wanted.url, form, twice=wanted.repeat)
        answered = None if reply is None else reply.status
        text = "" if reply is None else reply.body.decode(errors="replace")[:10_000]
        for answer in told_to_say(text):
            messages.reply(message, answer, now=utcnow())
        return JSONResponse({"sid": message.sid, "status": answered, "body": text})

    async def _calls(self, _request: Request) -> Response:
        return JSONResponse({"items": list(self._state.organisation.calls.values())[-MOST_LISTED:]})

    async def _keep_call(self, request: Request) -> Response:
        """Remember a call that somebody else plays, so that `GET /call/{id}` finds it."""
        kept = await _read(request, CallIn)
        return JSONResponse(self._state.organisation.keep(kept.model_dump(by_alias=True, exclude_none=True)))

    async def _mail(self, _request: Request) -> Response:
        return JSONResponse({"items": [letter.shown() for letter in self._state.mailbox.kept]})

    async def _deliveries(self, _request: Request) -> Response:
        return JSONResponse({"items": [asdict(each) for each in self._state.courier.deliveries]})

    async def _reset(self, _request: Request) -> Response:
        await self._state.reset()
        return JSONResponse({"ok": True})


async def _read(request: Request, kind: type[T]) -> T:
    try:
        return kind.model_validate_json(await body_of(request))
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, problem["loc"])) or "body"
        raise HTTPException(400, f"{where}: {problem['msg']}") from None
