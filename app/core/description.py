"""The API's description at /openapi.json: what FastAPI derives, completed by what operations have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

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
    """Have the application describe itself whole; derived once, when somebody asks."""
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
