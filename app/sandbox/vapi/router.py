"""Vapi's API, as far as the service uses it."""

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.core.clock import utcnow
from app.sandbox.accounts import Accounts
from app.sandbox.courier import Courier
from app.sandbox.requests import json_of, wishes_of
from app.sandbox.vapi.errors import VapiRefused
from app.sandbox.vapi.jobs import Caller
from app.sandbox.vapi.service import KINDS, Organisation

MOST_LISTED = 1_000
KEY_REFUSED = "Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa."
Handler = Callable[[Request], Awaitable[Response]]


class VapiApi:
    """The routes and the organisation behind them."""

    def __init__(self, accounts: Accounts, organisation: Organisation, caller: Caller, courier: Courier) -> None:
        self._key, self._organisation = accounts.vapi_key, organisation
        self._caller, self._courier = caller, courier

    def routes(self) -> list[Route]:
        """Return what is served."""
        served = [
            ("/call", "POST", self._place),
            ("/call", "GET", self._list_calls),
            ("/call/{id}", "GET", self._read("call")),
            ("/call/{id}", "DELETE", self._delete("call")),
        ]
        for kind in KINDS:
            served += [
                (f"/{kind}", "POST", self._create(kind)),
                (f"/{kind}", "GET", self._list(kind)),
                (f"/{kind}/{{id}}", "GET", self._read(kind)),
                (f"/{kind}/{{id}}", "PATCH", self._update(kind)),
                (f"/{kind}/{{id}}", "DELETE", self._delete(kind)),
            ]
        return [Route(path, self._guarded(handler), methods=[method]) for path, method, handler in served]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, f"Bearer {self._key}".encode()):
                return JSONResponse(VapiRefused(KEY_REFUSED, 401).body, 401)
            try:
                return await handler(request)
            except VapiRefused as refused:
                return JSONResponse(refused.body, refused.status)

        return guarded

    async def _place(self, request: Request) -> Response:
        body, wishes = await json_of(request), wishes_of(request)
        call = self._organisation.place(body, now=utcnow())
        shown = {**call, "subscriptionLimits": self._organisation.limits()}
        if "early" in wishes:
            await self._caller.lead(call, wishes)
            return JSONResponse(shown, 201)
        return JSONResponse(shown, 201, background=self._courier.after_answer(self._caller.lead(call, wishes)))

    async def _list_calls(self, request: Request) -> Response:
        query = request.query_params
        found = _chosen(list(reversed(self._organisation.calls.values())), query)
        for name in ("id", "assistantId", "phoneNumberId"):
            if name in query:
                found = [call for call in found if call.get(name) == query[name]]
        return JSONResponse(found[: _limit(query)])

    def _create(self, kind: str) -> Handler:
        async def create(request: Request) -> Response:
            return JSONResponse(self._organisation.create(kind, await json_of(request), now=utcnow()), 201)

        return create

    def _list(self, kind: str) -> Handler:
        async def list_(request: Request) -> Response:
            things = list(reversed(self._organisation.things[kind].values()))
            return JSONResponse(_chosen(things, request.query_params)[: _limit(request.query_params)])

        return list_

    def _read(self, kind: str) -> Handler:
        async def read(request: Request) -> Response:
            return JSONResponse(self._organisation.read(kind, request.path_params["id"]))

        return read

    def _update(self, kind: str) -> Handler:
        async def update(request: Request) -> Response:
            changes = await json_of(request)
            return JSONResponse(self._organisation.update(kind, request.path_params["id"], changes, now=utcnow()))

        return update

    def _delete(self, kind: str) -> Handler:
        async def delete(request: Request) -> Response:
            return JSONResponse(self._organisation.delete(kind, request.path_params["id"]))

        return delete


def _limit(query: Any) -> int:
    text = query.get("limit", "100")
    if not text.isdigit() or int(text) > MOST_LISTED:
        raise VapiRefused(["limit must not be greater than 1000"])
    return int(text)


_COMPARED: dict[str, Callable[[datetime, datetime], bool]] = {
    "Gt": datetime.__gt__,
    "Ge": datetime.__ge__,
    "Lt": datetime.__lt__,
    "Le": datetime.__le__,
}


def _chosen(things: list[dict[str, Any]], query: Any) -> list[dict[str, Any]]:
    """Return those made or changed when the query says: `createdAtGt` and its seven relatives."""
    for field in ("createdAt", "updatedAt"):
        for ending, holds in _COMPARED.items():
            if field + ending in query:
                bound = _instant(query[field + ending])
                things = [each for each in things if holds(_instant(each[field]), bound)]
    return things


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise VapiRefused(["a date must be ISO 8601"]) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
