"""Expected failures, and how HTTP shows them: RFC 9457 problem+json with a stable `code`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PROBLEM_TYPE = "application/problem+json"


class AppError(Exception):
    """Base of every expected failure; `detail` is safe to show, or to say, to a customer.

    A subclass is named for the problem; its `code` is that name in snake_case. `extra` holds
    members that the problem adds to the standard ones (camelCase, JSON values only).
    """

    status: ClassVar[int] = 500
    detail: str = "Something went wrong."
    code: str = "app_error"

    def __init__(self, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail
        self.headers = dict(headers or {})
        self.extra = extra

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def examples(cls) -> "Sequence[AppError]":
        """Return one error for each code that it can have; the API's description shows them."""
        return [cls()]

    def problem(self, request_id: str | None = None) -> dict[str, Any]:
        """Return the RFC 9457 body; `type` is stable, so clients and dashboards key on it."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "requestId": request_id,
            **{to_camel(name): value for name, value in self.extra.items() if value is not None},
        }


class BadRequest(AppError):
    """The request cannot be read."""

    status, detail = 400, "The request cannot be read."


class Unauthorized(AppError):
    """No valid key came with the request."""

    status, detail = 401, "Send a valid key in X-API-Key or as Authorization: Bearer."


class Forbidden(AppError):
    """The key is valid but may not do this."""

    status, detail = 403, "This key may not do that."


class NotFound(AppError):
    """No such thing for this client; another client's things look the same."""

    status, detail = 404, "There is no such thing here."


class Conflict(AppError):
    """The present state does not allow it."""

    status, detail = 409, "That cannot be done now."


class Invalid(AppError):
    """The request was read, and makes no sense."""

    status, detail = 422, "The request does not make sense."


class Unavailable(AppError):
    """The service cannot answer now; the same request may succeed later."""

    status, detail = 503, "The service cannot answer now; try again shortly."

    def __init__(self, detail: str | None = None, *, retry_after: int = 2, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **extra)


class MalformedJson(BadRequest):
    """The body is not JSON, or not UTF-8."""

    detail = "The body is not valid JSON in UTF-8."


class UnsupportedMediaType(AppError):
    """The body came with another content type than JSON."""

    status, detail = 415, "Send the body as Content-Type: application/json."


class BodyTooLarge(AppError):
    """The body is larger than the service accepts."""

    status, detail = 413, "The body is too large."


class ValidationFailed(Invalid):
    """One or more fields are missing, unknown, out of bounds or of the wrong type; see `errors`."""

    detail = "Some fields are not acceptable; see errors."

    @classmethod
    def examples(cls) -> "Sequence[AppError]":
        """Return one with a field that is wrong."""
        field = {"location": "body.startsAt", "message": "Field required", "code": "missing"}
        return [cls(errors=[field])]


class RouteNotFound(NotFound):
    """No route has this path."""

    detail = "No such path. The API is described at /openapi.json."


class MethodNotAllowed(AppError):
    """The path exists, but not with this method."""

    status, detail = 405, "This path does not take that method; see the Allow header."


class InternalError(AppError):
    """A fault of ours; it is logged under the request id."""

    status, detail = 500, "Something went wrong on our side. Quote the requestId when you report it."


class FieldProblem(BaseModel):
    """One unacceptable field."""

    location: str = Field(examples=["body.startsAt"])
    message: str
    code: str


class Problem(BaseModel):
    """An RFC 9457 problem; codes are lower_snake_case and stable."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: list[FieldProblem] | None = None


class ProblemResponse(JSONResponse):
    """A problem on the wire."""

    media_type = PROBLEM_TYPE


def problems(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route for the errors that it can answer, with an example each.

    `core.description` brings the schema that they refer to.
    """
    responses: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        answer = responses.setdefault(
            error.status,
            {
                "description": "",
                "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        if issubclass(error, Unavailable):
            answer["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
        for example in error.examples():
            answer["content"][PROBLEM_TYPE]["examples"][example.code] = {"value": example.problem("…")}
        answer["description"] = ", ".join(answer["content"][PROBLEM_TYPE]["examples"])
    return responses
