"""Whatever goes wrong is answered as a problem, and logged without anything that a request held."""

import asyncio
import json
import logging

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.core import handlers
from app.core.direct import fetch
from app.core.middleware import RequestContext
from app.core.signals import Signals
from app.core.tracking import Recorder
from app.main import create_app
from tests.fixtures.api import OPERATOR_KEY

SECRET = "+447400123456"


@pytest.fixture
async def failing():
    """Serve an application whose one route raises what it is given: `await failing(ValueError())`."""
    raised: list[Exception] = []
    app = FastAPI()
    app.state.route_templates = {}
    handlers.add_handlers(app)
    app.add_middleware(RequestContext, deadline_seconds=1, recorder=Recorder(Signals()))

    @app.get("/")
    async def fail() -> None:
        raise raised[-1]

    async def ask(failure: Exception) -> httpx.Response:
        raised.append(failure)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            return await http.get("/", headers={"X-Request-ID": "one-of-ours"})

    return ask


async def test_a_fault_of_ours_is_told_by_its_request_id_alone(failing):
    answer = await failing(ValueError(SECRET))

    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert (problem["code"], problem["requestId"]) == ("internal_error", "one-of-ours")
    assert answer.headers["X-Request-ID"] == "one-of-ours"
    assert SECRET not in answer.text


async def test_a_fault_is_logged_with_its_place_but_not_with_its_message(failing, logged):
    try:
        raise ValueError(f"no such phone {SECRET}") from KeyError(SECRET)
    except ValueError as failure:
        await failing(failure)

    fault = next(line for line in logged() if line["event"] == "unexpected_failure")
    assert fault["request_id"] == "one-of-ours"
    assert fault["exception"].startswith("KeyError\nthen\nValueError\n")
    assert "test_failures.py" in fault["exception"]
    assert SECRET not in json.dumps(logged())


async def test_a_fault_of_the_database_is_logged_by_its_constraint_but_not_by_its_values(app, sql, failing, logged):
    with pytest.raises(Exception, match="null value") as refused:
        await sql("INSERT INTO customers (client_id, id, phone) VALUES (NULL, NULL, :phone)", phone=SECRET)

    await failing(refused.value)

    fault = next(line for line in logged() if line["event"] == "unexpected_failure")
    assert "23502" in fault["exception"]
    assert SECRET not in json.dumps(logged())


async def test_other_libraries_log_without_messages_of_exceptions_too(logged):
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError('%s')", SECRET)

    asgi, task = logged()
    assert "ValueError" in asgi["exception"]
    assert task["event"] == "Task exception was never retrieved"
    assert SECRET not in json.dumps([asgi, task])


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (asyncpg.CannotConnectNowError("the database system is starting up"), "database_unavailable"),
        (asyncpg.AdminShutdownError("terminating connection"), "database_unavailable"),
        (asyncpg.InvalidCatalogNameError("no such database"), "database_unavailable"),
        (asyncpg.ConnectionDoesNotExistError("connection was closed"), "database_unavailable"),
        (asyncpg.InterfaceError("connection is closed"), "database_unavailable"),
        (ConnectionRefusedError("no"), "database_unavailable"),
        (asyncpg.TooManyConnectionsError("sorry"), "database_busy"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_a_connection_that_does_not_come_about_is_no_fault_of_ours(failing, failure, code):
    answer = await failing(failure)

    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_request_that_is_given_up_is_answered_before_it_has_cleaned_up():
    never, cleaned = asyncio.Event(), asyncio.Event()
    app = FastAPI()
    app.state.route_templates = {}
    handlers.add_handlers(app)
    app.add_middleware(RequestContext, deadline_seconds=0.05, recorder=Recorder(Signals()))

    @app.get("/")
    async def wait() -> None:
        try:
            await never.wait()
        finally:
            await cleaned.wait()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        answer = await http.get("/")
    cleaned.set()

    assert (answer.status_code, answer.json()["code"]) == (503, "deadline_exceeded")
    assert answer.json()["requestId"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(("statement", "value"), [("SELECT $1::int4", 2**40), ("SELECT 1 / $1::int4", 0)])
async def test_a_statement_that_we_wrote_wrong_is_our_fault(session, failing, statement, value):
    with pytest.raises(DBAPIError) as wrong:
        await fetch(session, statement, value)

    answer = await failing(wrong.value)

    assert answer.json()["code"] == "internal_error"


async def test_a_database_without_our_tables_is_said_to_be_behind(databases, settings):
    url = databases.create(empty=True)
    app = create_app(settings.model_copy(update={"database_url": url}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get("/api/clients", headers={"X-API-Key": OPERATOR_KEY})
    await app.state.engine.dispose()
    databases.drop(url)

    assert (answer.status_code, answer.json()["code"]) == (503, "database_not_migrated")
    assert "booking db upgrade" in answer.json()["detail"]


@pytest.mark.parametrize("change", [{"database": "no_such_database"}, {"username": "no_such_role"}])
async def test_a_database_that_refuses_us_is_unavailable(database_url, settings, change):
    url = make_url(database_url).set(**change).render_as_string(hide_password=False)
    app = create_app(settings.model_copy(update={"database_url": url}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get("/api/clients", headers={"X-API-Key": OPERATOR_KEY})
    await app.state.process.stop()
    await app.state.engine.dispose()

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
