"""Exceptions to problems: the one place where HTTP learns of a failure."""

import re
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.core.errors import (
    AppError,
    BodyTooLarge,
    InternalError,
    MalformedJson,
    MethodNotAllowed,
    ProblemResponse,
    RouteNotFound,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from app.core.faults import fault
from app.core.limits.policies import head

logger = structlog.get_logger()

MOST_FIELDS = 20
"""As many wrong fields are named at most, so that the answer to a large body stays small."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached. Whether a change was still written is only sure with an Idempotency-Key."""

    detail = "The database cannot be reached right now. Try again shortly, a change with the same Idempotency-Key."


class DatabaseBusy(Unavailable):
    """The database took too long or had to give up; nothing was written."""

    detail = "The database is too busy right now; nothing was changed. Try again shortly."


class DatabaseNotMigrated(Unavailable):
    """The database lacks tables or columns that this version needs."""

    detail = "The database is behind this version: run `booking db upgrade` on it."


class DeadlineExceeded(Unavailable):
    """The request took longer than the service allows."""

    detail = "The request took too long and was given up. Try again shortly."


_BUSY = {"55P03", "57014", "40P01", "40001", "53300", "53200", "25P03"}
"""Lock or statement time-out, deadlock, serialization failure, too many connections, out of memory, idle time-out."""

_MISSING = {"42P01", "42703", "42883", "3F000"}
"""Undefined table, column, function, schema."""

_GONE = {"08", "28", "3D", "57"}
"""Classes of codes: no connection, not let in, no such database, shut down by its operator."""

_TOLD: dict[str | None, type[Unavailable]] = {
    **dict.fromkeys(_BUSY, DatabaseBusy),
    **dict.fromkeys(_MISSING, DatabaseNotMigrated),
}


_CONNECTING = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises unwrapped: while it connects, and the last where it has lost its way."""


def database_problem(error: Exception) -> Unavailable | None:
    """Return the problem for a failure of the database itself; None for a fault in our own use of it."""
    if isinstance(error, PoolTimeout):
        return DatabaseBusy()
    if isinstance(error, OSError | TimeoutError):
        return DatabaseUnavailable()
    if isinstance(error, _CONNECTING):
        return DatabaseBusy() if getattr(error, "sqlstate", None) in _BUSY else DatabaseUnavailable()
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        if state in _TOLD:
            return _TOLD[state]()
        gone = isinstance(state, str) and state[:2] in _GONE
        if gone or error.connection_invalidated or isinstance(error, InterfaceError | OperationalError):
            return DatabaseUnavailable()
        if state is None:
            return DatabaseUnavailable()
    return None


def _request_id(request: Request) -> str | None:
    value = request.scope.get("request_id")
    return value if isinstance(value, str) else None


def respond(request: Request, error: AppError) -> Response:
    """Return the problem+json answer of an error."""
    problem = error.problem(_request_id(request))
    if "operational" in request.scope:  # scripts written for the documented shapes look for these two
        problem = {"ok": False, "error": error.detail, **problem}
    return ProblemResponse(problem, status_code=error.status, headers=error.headers)


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    request.scope["problem_code"] = error.code
    return respond(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return await _app_error(request, MalformedJson())
    if isinstance(error.body, bytes) and _not_json(request):
        return await _app_error(request, UnsupportedMediaType())
    shown = [_field(problem) for problem in problems[:MOST_FIELDS]]
    detail = None if len(problems) <= MOST_FIELDS else f"{len(problems):,} fields are not acceptable; errors has some."
    return await _app_error(request, ValidationFailed(detail, errors=shown))


def _not_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return re.fullmatch(r"application/(?:[\w.-]+\+)?json", kind) is None


def _field(problem: dict[str, Any]) -> dict[str, str]:
    """Return one field's problem, never its value: that may be personal, or a secret."""
    place: Sequence[Any] = problem["loc"]
    location = ".".join(part if isinstance(part, str) else str(part) for part in place)[:200]
    return {
        "location": location.encode("utf-8", "replace").decode(),
        "message": problem["msg"].removeprefix("Value error, ").encode("utf-8", "replace").decode(),
        "code": problem["type"],
    }


async def _http(request: Request, error: Exception) -> Response:
    """Frameworks' own refusals, in our form."""
    assert isinstance(error, HTTPException)
    kinds: dict[int, type[AppError]] = {
        404: RouteNotFound,
        405: MethodNotAllowed,
        413: BodyTooLarge,
        400: MalformedJson,
    }
    kind = kinds.get(error.status_code, InternalError)
    headers = {"Allow": ", ".join(_methods(request))} if kind is MethodNotAllowed else error.headers
    problem = kind(headers=headers) if kind is not InternalError else kind()
    if head(request.url.path) in request.app.state.limits.operational:
        request.scope["operational"] = True
    return await _app_error(request, problem)


def _methods(request: Request) -> list[str]:
    """Return every method of a path: a route knows only its own, and each method is a route here."""
    at_path = [
        context.methods or set()
        for context in iter_route_contexts(request.app.routes)
        if context.path_regex.match(request.url.path)
    ]
    return sorted(set().union(*at_path))


async def fail(request: Request, error: Exception) -> Response:
    """Return the answer to what nobody expected: a failure of the database, or a fault of ours, which is logged."""
    request.scope["fault"] = fault(error)
    problem = database_problem(error)
    if problem is not None:
        logger.warning("database_failure", code=problem.code, kind=type(error).__name__)
        return await _app_error(request, problem)
    logger.error("unexpected_failure", kind=type(error).__name__, exc_info=error)
    return await _app_error(request, InternalError())


def add_handlers(app: FastAPI) -> None:
    """Teach the application to answer every failure as a problem."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for unexpected in (SQLAlchemyError, OSError, *_CONNECTING):
        app.add_exception_handler(unexpected, fail)
