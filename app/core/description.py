"""The API's description at /openapi.json: what FastAPI derives, completed by what operations have in common."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.core.errors import PROBLEM_TYPE, AppError, Problem, problems

Operation = dict[str, Any]

_REQUEST_ID = {"description": "The request's id; yours where you sent a sane one.", "schema": {"type": "string"}}
_HEADERS = {
    "X-RateLimit-Limit": {"description": "Requests a minute that your counter takes.", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "As many more pass at this instant.", "schema": {"type": "integer"}},
    "X-RateLimit-Reset": {
        "description": "When the whole limit is there again, if no request comes meanwhile.",
        "schema": {"type": "string", "format": "date-time"},
    },
    "RateLimit": {"description": "The same by the IETF's draft.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The policy, by the IETF's draft.", "schema": {"type": "string"}},
}
"""What every answer carries beside the request's id; told where it matters, for the description is long already."""

_SCHEMES = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
}


@dataclass(frozen=True, kw_only=True)
class InCommon:
    """What operations have in common: failures of each, of those that read a body, of those with a key of retries.

    `parameters` are OpenAPI objects that every operation takes.
    """

    failures: Sequence[type[AppError]]
    failures_of_bodies: Sequence[type[AppError]]
    failures_of_retries: Sequence[type[AppError]]
    parameters: Sequence[dict[str, Any]]


def describe(app: FastAPI, common: InCommon) -> None:
    """Have the application describe itself whole; derived once, when somebody asks, and not by the event loop."""
    derive = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = derive()
            components = document["components"]
            components["schemas"][Problem.__name__] = Problem.model_json_schema(
                ref_template="#/components/schemas/{model}"
            )
            components["schemas"] |= components["schemas"][Problem.__name__].pop("$defs", {})
            components["securitySchemes"] = _SCHEMES
            components["headers"] = _HEADERS
            document["security"] = [{name: []} for name in _SCHEMES]
            for operation in _operations(document):
                _complete(operation, common)
        return app.openapi_schema or {}

    app.openapi = complete  # type: ignore[method-assign] # how FastAPI wants it
    app.router.routes.insert(0, Route("/openapi.json", _Served(app), methods=["GET"], include_in_schema=False))


class _Served:
    """The description as it is sent. To derive it takes half a second, in which nobody else should have to wait."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._deriving: asyncio.Task[None] | None = None
        self._document: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._document is None:
            if self._deriving is None or self._deriving.done():
                self._deriving = asyncio.create_task(asyncio.to_thread(self._derive), name="description")
            await asyncio.shield(self._deriving)  # whoever waits no longer leaves it to those who ask later
        await Response(self._document, media_type="application/json")(scope, receive, send)

    def _derive(self) -> None:
        self._document = json.dumps(self._app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for methods in document["paths"].values():
        yield from methods.values()


def _complete(operation: Operation, common: InCommon) -> None:
    parameters = operation.setdefault("parameters", [])
    failures = list(common.failures)
    if "requestBody" in operation:
        failures += common.failures_of_bodies
    if any(parameter["name"] == "Idempotency-Key" for parameter in parameters):
        failures += common.failures_of_retries
    parameters.extend(common.parameters)
    for status, answer in problems(*failures).items():
        _merge(operation["responses"].setdefault(str(status), answer), answer)
    for status, answer in operation["responses"].items():
        headers = answer.setdefault("headers", {})
        headers["X-Request-ID"] = _REQUEST_ID
        if status == "429" or status.startswith("2"):
            headers |= {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _merge(own: dict[str, Any], common: dict[str, Any]) -> None:
    """Show the common examples of a status before the operation's own."""
    examples = {**common["content"][PROBLEM_TYPE]["examples"], **own["content"][PROBLEM_TYPE]["examples"]}
    own["content"][PROBLEM_TYPE]["examples"] = examples
    own["description"] = ", ".join(examples)
