"""What the stand-ins read of a request, in bounds, and the bad days that it asks for."""

import asyncio
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.sandbox.courier import on_this_machine
from app.sandbox.faults import HEADER, Faults, FaultUnknown, Wishes, read, status_of
from app.sandbox.twilio.errors import Refused

LARGEST_BODY_BYTES = 2_000_000
WISHES = "sandbox.wishes"
SLOW_SECONDS = 2.0
SILENT_SECONDS = 120.0


async def body_of(request: Request) -> bytes:
    """Return the body, which may have 2 MB."""
    read_so_far = bytearray()
    async for piece in request.stream():
        read_so_far += piece
        if len(read_so_far) > LARGEST_BODY_BYTES:
            raise HTTPException(413, "the stand-ins read 2 MB")
    return bytes(read_so_far)


async def form_of(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form, blank ones too."""
    try:
        return parse_qsl((await body_of(request)).decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise HTTPException(400, "the form cannot be read") from None


async def json_of(request: Request) -> dict[str, Any]:
    """Return the object of a body of JSON."""
    try:
        read_object = orjson.loads(await body_of(request))
    except ValueError:
        raise HTTPException(400, "the body is not JSON") from None
    if not isinstance(read_object, dict):
        raise HTTPException(400, "the body is not an object")
    return read_object


def wishes_of(request: Request) -> Wishes:
    """Return the faults of a request."""
    wishes: Wishes = request.scope[WISHES]
    return wishes


class BadDays:
    """Stands before the APIs and does what faults ask for: refuse, be slow, break off, never answer."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, well or badly; a page in somebody's browser is not answered at all."""
        if scope["type"] == "http" and _of_a_page(Headers(scope=scope)):
            await JSONResponse({"error": "the stand-ins are for programs of this machine"}, 403)(scope, receive, send)
            return
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        api = "twilio" if scope["path"].startswith("/2010-04-01/") else "vapi"
        try:
            asked = read(Headers(scope=scope).get(HEADER, ""))
        except FaultUnknown as unknown:
            await JSONResponse({"error": str(unknown)}, 400)(scope, receive, send)
            return
        wishes = asked or self._faults.take(api, making=scope["method"] == "POST")
        scope[WISHES] = wishes
        if "slow" in wishes:
            await asyncio.sleep(SLOW_SECONDS)
        await self._answer(api, wishes, (scope, receive, send))

    async def _answer(self, api: str, wishes: Wishes, call: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = call
        if "cut" in wishes:
            await _cut(send)
        elif (status := status_of(wishes)) is not None:
            await _refusal(api, status)(scope, receive, send)
        elif wishes & {"unanswered", "cut-after", "500-after"}:
            await self._app(scope, receive, _unheard)
            if "500-after" in wishes:
                await _refusal(api, 500)(scope, receive, send)
                return
            if "unanswered" in wishes:
                await _until_gone(receive)
            await _cut(send)
        else:
            await self._app(scope, receive, send)


def _of_a_page(headers: Headers) -> bool:
    """Return whether a browser asks for a page from elsewhere: it says from where, or names us by another name."""
    return "origin" in headers or not on_this_machine(f"http://{headers.get('host', '')}")


async def _unheard(_message: MutableMapping[str, Any]) -> None:
    """Swallow an answer."""


async def _cut(send: Send) -> None:
    """Promise a length that is never reached: the server closes the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})


async def _until_gone(receive: Receive) -> None:
    try:
        async with asyncio.timeout(SILENT_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def _refusal(api: str, status: int) -> JSONResponse:
    message = "Too Many Requests" if status == 429 else "Refused on demand"
    headers = {"Retry-After": "1"} if status == 429 else {}
    if api == "twilio":
        return JSONResponse(Refused(20000 + status, message, status).body, status, headers)
    return JSONResponse({"message": message, "error": message, "statusCode": status}, status, headers)
