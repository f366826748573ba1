"""The API is what its description says: walked by hand, and by schemathesis."""

import asyncio
import threading
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as given_settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.python.asgi import get_client
from schemathesis.specs.openapi.checks import allow_header_conformance, positive_data_acceptance, unsupported_method

from app.core.config import Settings
from app.core.errors import PROBLEM_TYPE
from app.main import create_app
from tests.bookings.conftest import Desk
from tests.routes import furnish

SETTINGS = Settings(env="test", database_url="postgresql://nowhere", secret_key="0" * 32, _env_file=None)


def operations(document: dict[str, Any]):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


DOCUMENT = create_app(SETTINGS).openapi()
"""Made without a database."""

NAMES = [name for name, _ in operations(DOCUMENT)]


@pytest.fixture
def document() -> dict[str, Any]:
    return DOCUMENT


DOCUMENTED = {("GET /api/health/detailed", "503"): ["application/json"]}
"""Failures that have the members of an answer, as scripts know them."""


def test_every_failure_is_a_problem_with_an_example_that_is_one(document):
    schema = {**document["components"]["schemas"]["Problem"], "components": document["components"]}
    problem = jsonschema_rs.validator_for(schema)
    wrong = []
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                continue
            assert list(answer["content"]) == [PROBLEM_TYPE, *DOCUMENTED.get((name, status), ())], (name, status)
            examples = answer["content"][PROBLEM_TYPE]["examples"]
            assert answer["description"] == ", ".join(examples)
            for code, example in examples.items():
                value = example["value"]
                if not problem.is_valid(value) or (value["code"], value["status"]) != (code, int(status)):
                    wrong.append((name, status, code))

    assert wrong == []


def test_every_operation_declares_what_can_go_wrong_with_any_request(document):
    for name, operation in operations(document):
        expected = {"401", "403", "404", "422", "429", "503"}
        parameters = {parameter["name"] for parameter in operation["parameters"]}
        if "requestBody" in operation:
            expected |= {"400", "413", "415"}
        if "Idempotency-Key" in parameters:
            expected |= {"400", "409"}
        if "if-match" in parameters:
            expected |= {"412"}
        if name.startswith("PATCH"):
            expected |= {"409", "412", "428"}
        assert expected <= set(operation["responses"]), name
        assert "X-Client-Key" in parameters


def test_every_operation_says_in_a_sentence_what_it_does(document):
    silent = [name for name, operation in operations(document) if not operation.get("description", "").endswith(".")]

    assert silent == []


def test_keys_are_described(document):
    assert document["security"] == [{"ApiKey": []}, {"Bearer": []}]
    assert document["components"]["securitySchemes"]["ApiKey"]["name"] == "X-API-Key"


async def test_the_description_is_derived_once_and_not_by_the_event_loop(monkeypatch):
    app, threads = create_app(SETTINGS), []
    derive = app.openapi

    def derived():
        threads.append(threading.current_thread())
        return derive()

    monkeypatch.setattr(app, "openapi", derived)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        first, second = await asyncio.gather(http.get("/openapi.json"), http.get("/openapi.json"))
        refused = await http.post("/openapi.json")

    assert first.json() == second.json() == DOCUMENT
    assert refused.status_code == 405
    assert len(threads) == 1
    assert threads != [threading.current_thread()]


@pytest.fixture(scope="module")
def kept():
    """What was made for an operation that only reads: it serves all of these."""
    return {}


@pytest.fixture
async def scene(name, kept, http, make_bookable, make_client, clock):
    """A client with one of everything, and what paths name of it; but for readers it is new, as others may spoil it."""
    if (reads := name.startswith("GET ")) and kept:
        return kept["scene"]
    clock.set("2026-03-23T08:00:00Z")
    things = await furnish(Desk(await make_bookable(staff=2), http))
    made = things, await spare(things, make_client)
    if reads:
        kept["scene"] = made
    return made


async def spare(things, make_client):
    """Return what a path names: things that may be archived, revoked, erased and deactivated."""
    desk = things.desk
    return {
        "booking_id": things.held_id,
        "customer_id": (await desk.post("/customers", {"phone": "+447400123499"})).json()["id"],
        "service_id": (await desk.post("/services", {"name": "Spare", "durationMinutes": 30})).json()["id"],
        "resource_id": (await desk.post("/resources", {"name": "Spare"})).json()["id"],
        "key_id": things.key_id,
        "clientKey": (await make_client()).client_key,
        "date": things.date,
        "number": things.number,
        "attention_id": things.attention_id,
        "call_id": things.call_id,
        "message_id": things.message_id,
    }


@pytest.fixture(scope="module")
def served(settings):
    """An application of its own: schemathesis runs it in another loop."""
    served = create_app(settings)

    async def at_once(_seconds: float) -> None:
        """Look at the process for no time at all."""

    served.state.clock = lambda: datetime(2026, 3, 23, 8, tzinfo=UTC)
    served.state.diagnostics.sleep = at_once
    return served


@pytest.fixture(scope="module")
def described(served):
    """The description as schemathesis reads it."""
    return schemathesis.openapi.from_asgi("/openapi.json", served)


@pytest.fixture(scope="module")
def caller(served):
    """One way to the application for all requests: each would make its own."""
    with get_client(served) as caller:
        caller.trust_env = False  # or it looks for proxies each time
        yield caller


def make_real(case, things, spare):
    """Let a request that is well formed be about things that there are."""
    case.path_parameters = {name: spare.get(name, value) for name, value in (case.path_parameters or {}).items()}
    (case.headers or {}).pop("X-Client-Key", None)
    for place in (case.query, case.body):
        if isinstance(place, dict) and "serviceId" in place:
            place["serviceId"] = str(things.desk.place.service_id)
            place.pop("resourceId", None)
            if "startsAt" in place:
                place["startsAt"] = f"2026-03-{25 + uuid4().int % 7}T{10 + uuid4().int % 6}:30:00Z"


def assert_declared(case, response):
    """Refuse a problem whose code the operation does not show."""
    declared = case.operation.definition.raw["responses"]
    is_problem = response.headers.get("content-type", [""])[0] != "application/json"
    if response.status_code >= 400 and response.status_code != 405 and response.content and is_problem:
        code = response.json()["code"]
        examples = declared[str(response.status_code)]["content"][PROBLEM_TYPE]["examples"]
        assert code in examples, f"{case.operation.label} answers {response.status_code} {code} undeclared"


def check(case, caller, headers, things, spare):
    if case.meta.generation.mode.is_positive:
        make_real(case, things, spare)
    if (case.headers or {}).get("Idempotency-Key", "").isalnum():
        case.headers["Idempotency-Key"] = uuid4().hex  # each is a request of its own, not the first one again
    response = case.call(session=caller, headers=headers)
    # Not every sense is in the schema: which numbers are phones, which names are zones, which cursors were given.
    excluded: list[Any] = [positive_data_acceptance]
    if case.operation.path == "/api/bookings/hold":
        excluded += [unsupported_method, allow_header_conformance]  # GET finds a wrong id there
    if case.operation.path == "/api/health/detailed":
        excluded += [not_a_server_error]  # 503 is an answer there: for a strict monitor already when degraded
    case.validate_response(response, excluded_checks=excluded, headers=headers)
    assert_declared(case, response)


def try_out(operation_name, described, send, *, examples):
    """Have schemathesis make requests to one operation: at the bounds of everything, then at random."""
    method, path = operation_name.split()
    test = build_operation_test(
        config=described.config,
        operation=described[path][method],
        test_func=send,
        given_kwargs={},
        feedback=FeedbackSources(constants_value_source=None),
        explicit_settings=given_settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    test()


def is_in_common(bound):
    """Whether one piece of code answers for all operations: it does for headers and for methods that there are not."""
    return (
        bound.scenario is CoverageScenario.UNSPECIFIED_HTTP_METHOD
        or bound.parameter_location is ParameterLocation.HEADER
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_does_what_it_says(name, described, caller, scene):
    """Of what is made at the bounds one in four is sent, one in twelve where operations have the code in common."""
    client = scene[0].desk.client
    at_bounds = {True: count(len(name)), False: count(len(name))}  # operations differ in which of these are tried

    def send(case):
        bound = case.meta.phase.data
        if not isinstance(bound, CoveragePhaseData):
            check(case, caller, client.operator_headers, *scene)
            check(case, caller, client.headers, *scene)
        elif next(at_bounds[common := is_in_common(bound)]) % (12 if common else 4) == 0:
            check(case, caller, client.operator_headers, *scene)

    try_out(name, described, send, examples=1)


@pytest.mark.prove
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("who", "examples"), [("operator_headers", 1), ("headers", 100)])
@pytest.mark.parametrize("name", NAMES)
def test_it_does_what_it_says_however_long_one_looks(name, who, examples, described, caller, scene):
    headers = getattr(scene[0].desk.client, who)
    try_out(name, described, lambda case: check(case, caller, headers, *scene), examples=examples)
