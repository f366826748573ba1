"""Twilio's API for messages, as far as the service uses it: send, list, read."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.core.clock import utcnow
from app.sandbox.accounts import Accounts
from app.sandbox.courier import Courier
from app.sandbox.requests import form_of, wishes_of
from app.sandbox.twilio.errors import Refused
from app.sandbox.twilio.jobs import Carrier
from app.sandbox.twilio.service import Messages, Sought

MOST_ON_A_PAGE = 1_000
FORM = "application/x-www-form-urlencoded"


class TwilioApi:
    """The routes and the account behind them."""

    def __init__(self, accounts: Accounts, messages: Messages, carrier: Carrier, courier: Courier) -> None:
        self._accounts, self._messages, self._carrier, self._courier = accounts, messages, carrier, courier

    def routes(self) -> list[Route]:
        """Return what is served."""
        of_account = "/2010-04-01/Accounts/{account}"
        return [
            Route(f"{of_account}/Messages.json", self._create, methods=["POST"]),
            Route(f"{of_account}/Messages.json", self._list, methods=["GET"]),
            Route(f"{of_account}/Messages/{{sid}}.json", self._read, methods=["GET"]),
        ]

    async def _create(self, request: Request) -> Response:
        try:
            self._authenticate(request)
            # A body of another kind is not read: `To` is then what is missing.
            of_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
            fields = dict(await form_of(request)) if of_form else {}
            wishes = wishes_of(request)
            message = self._messages.create(fields, wishes, now=utcnow())
        except Refused as refused:
            return JSONResponse(refused.body, refused.status)
        shown = message.shown()
        if "early" in wishes:
            await self._carrier.move_on(message)
            return JSONResponse(shown, 201)
        return JSONResponse(shown, 201, background=self._courier.after_answer(self._carrier.move_on(message)))

    async def _list(self, request: Request) -> Response:
        try:
            self._authenticate(request)
        except Refused as refused:
            return JSONResponse(refused.body, refused.status)
        query = request.query_params
        size = min(max(_number(query.get("PageSize"), 50), 1), MOST_ON_A_PAGE)
        page = _number(query.get("Page"), 0)
        found = self._messages.find(_sought(query))
        shown = [message.shown() for message in found[page * size : (page + 1) * size]]
        return JSONResponse(_page(request, shown, page, size, more=len(found) > (page + 1) * size))

    async def _read(self, request: Request) -> Response:
        try:
            self._authenticate(request)
            message = self._messages.kept.get(request.path_params["sid"])
            if message is None:
                raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
        except Refused as refused:
            return JSONResponse(refused.body, refused.status)
        return JSONResponse(message.shown())

    def _authenticate(self, request: Request) -> None:
        """Refuse whoever is not the account's, by its token or by an API key."""
        accounts = self._accounts
        pairs = [(accounts.twilio_sid, accounts.twilio_token)]
        if accounts.twilio_api_key:
            pairs.append((accounts.twilio_api_key, accounts.twilio_api_secret))
        given = request.headers.get("authorization", "").encode()
        expected = [b"Basic " + base64.b64encode(f"{name}:{secret}".encode()) for name, secret in pairs]
        if not any(hmac.compare_digest(given, each) for each in expected):
            raise Refused(20003, "Authenticate", 401)
        if request.path_params["account"] != accounts.twilio_sid:
            raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isdigit() and len(text) < 9 else usual


def _sought(query: Any) -> Sought:
    """Return what a query asks for; a date alone is the whole of that day."""
    exact, since, until = (query.get(name) for name in ("DateSent", "DateSent>", "DateSent<"))
    if exact:
        since = until = exact
    return Sought(query.get("To"), query.get("From"), since and _instant(since), until and _instant(until, ends=True))


def _instant(text: str, *, ends: bool = False) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise HTTPException(400, "a date is YYYY-MM-DD, or an instant in ISO 8601") from None
    if len(text) == len("2026-11-23") and ends:
        instant += timedelta(days=1, microseconds=-1)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _page(request: Request, shown: list[dict[str, Any]], page: int, size: int, *, more: bool) -> dict[str, Any]:
    """Return a page as Twilio has it; addresses are relative."""

    def address(number: int) -> str:
        kept = [pair for pair in request.query_params.multi_items() if pair[0] not in ("Page", "PageSize")]
        return f"{request.url.path}?{urlencode([*kept, ('PageSize', size), ('Page', number)])}"

    return {
        "end": page * size + max(len(shown) - 1, 0),
        "first_page_uri": address(0),
        "next_page_uri": address(page + 1) if more else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": address(page - 1) if page else None,
        "start": page * size,
        "uri": address(page),
        "messages": shown,
    }
