"""No route opens without a key, nor with one that lacks its scope."""

import pytest
from fastapi.routing import iter_route_contexts

from tests.bookings.conftest import Desk
from tests.routes import BODIES, all_routes, furnish, operational_routes

SCOPES = {
    "read": ["bookings:read"],
    "write": ["bookings:write"],
    "administer": ["clients:admin"],
    "operators": [],
    "every key": ["bookings:read", "bookings:write", "clients:admin"],
}
ROUTES = {
    "read": [
        "GET /api/bookings",
        "GET /api/bookings/{booking_id}",
        "GET /api/bookings/{booking_id}/history",
        "GET /api/customers",
        "GET /api/customers/{customer_id}",
        "GET /api/customers/{customer_id}/bookings",
        "GET /api/availability",
        "GET /api/availability/explain",
        "GET /api/services",
        "GET /api/services/{service_id}",
        "GET /api/resources",
        "GET /api/resources/{resource_id}",
        "GET /api/resources/{resource_id}/hours",
        "GET /api/resources/{resource_id}/overrides",
        "GET /api/resources/{resource_id}/overrides/{date}",
        "GET /api/customers/{customer_id}/consents",
        "GET /api/clients/{clientKey}/stats",
        "GET /api/clients/{clientKey}/contact",
        "GET /api/clients/{clientKey}/lines",
        "GET /api/attention",
        "GET /api/attention/{attention_id}",
        "GET /api/calls",
        "GET /api/calls/{call_id}",
        "GET /api/messages",
        "GET /api/messages/{message_id}",
        "GET /api/templates",
        "GET /api/templates/{channel}/{kind}",
    ],
    "write": [
        "POST /api/bookings",
        "POST /api/bookings/hold",
        *(
            f"POST /api/bookings/{{booking_id}}/{step}"
            for step in ("confirm", "release", "extend", "reschedule", "cancel", "complete", "no-show")
        ),
        "POST /api/customers",
        "PATCH /api/customers/{customer_id}",
        "POST /api/attention/{attention_id}/done",
        "POST /api/calls",
        "POST /api/calls/{call_id}/cancel",
        "POST /api/customers/{customer_id}/do-not-call",
        "DELETE /api/customers/{customer_id}/do-not-call",
        "POST /api/customers/{customer_id}/do-not-text",
        "DELETE /api/customers/{customer_id}/do-not-text",
        "POST /api/customers/{customer_id}/do-not-email",
        "DELETE /api/customers/{customer_id}/do-not-email",
        "POST /api/messages/{message_id}/send",
    ],
    "administer": [
        "GET /api/customers/{customer_id}/export",
        "POST /api/customers/{customer_id}/erase",
        "POST /api/services",
        "PATCH /api/services/{service_id}",
        "POST /api/services/{service_id}/archive",
        "POST /api/resources",
        "PATCH /api/resources/{resource_id}",
        "POST /api/resources/{resource_id}/archive",
        "PUT /api/resources/{resource_id}/hours",
        "PUT /api/resources/{resource_id}/overrides/{date}",
        "DELETE /api/resources/{resource_id}/overrides/{date}",
        "PATCH /api/clients/{clientKey}",
        "PATCH /api/clients/{clientKey}/contact",
        "PUT /api/templates/{channel}/{kind}",
        "DELETE /api/templates/{channel}/{kind}",
        "POST /api/keys",
        "GET /api/keys",
        "GET /api/keys/{key_id}",
        "PATCH /api/keys/{key_id}",
        "POST /api/keys/{key_id}/rotate",
        "DELETE /api/keys/{key_id}",
        "GET /api/audit",
    ],
    "operators": [
        "POST /api/clients",
        "GET /api/clients",
        "POST /api/clients/{clientKey}/deactivate",
        "POST /api/clients/{clientKey}/activate",
        "PUT /api/clients/{clientKey}/lines/{number}",
        "DELETE /api/clients/{clientKey}/lines/{number}",
        "GET /api/unrouted",
    ],
    "every key": ["GET /api/clients/{clientKey}"],
}
"""Which scope each route demands."""
FREE_OF_CLIENTS = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}
"""What needs no key: the description of the API."""


@pytest.fixture
async def things(http, make_bookable, clock):
    """A client who has one of everything."""
    clock.set("2026-03-23T08:00:00Z")
    return await furnish(Desk(await make_bookable(), http))


@pytest.fixture
def key_of(make_key_row):
    """Give the headers of a client's key with this scope alone."""

    async def make(desk, scope):
        _, key = await make_key_row(desk.client.id, scopes=[scope])
        return {"X-API-Key": key}

    return make


def test_nothing_but_its_description_is_served_outside_of_the_api(app):
    paths = {context.path or "" for context in iter_route_contexts(app.routes)}
    operational = {route.path for route in operational_routes(app)}

    assert {path for path in paths - operational if not path.startswith(("/api/", "/webhooks/"))} == FREE_OF_CLIENTS


async def test_no_webhook_opens_without_a_proof(app, http):
    paths = {
        context.path for context in iter_route_contexts(app.routes) if (context.path or "").startswith("/webhooks/")
    }

    answers = {path: await http.post(path, json={"message": {"type": "hang"}}) for path in paths}

    assert {path: (answer.status_code, answer.json()["code"]) for path, answer in answers.items()} == dict.fromkeys(
        paths, (401, "signature_invalid")
    )


async def test_no_route_opens_without_a_key(app, http, things):
    opened = {}
    for route in all_routes(app):
        answer = await http.request(route.method, things.path(route.path), json=BODIES.get(route.name))
        if (answer.status_code, answer.json().get("code")) != (401, "missing_key"):
            opened[route.name] = answer.text

    assert opened == {}


async def test_each_route_opens_for_its_scope_alone(app, http, things, key_of):
    keys = {scope: await key_of(things.desk, scope) for scope in ("bookings:read", "bookings:write", "clients:admin")}
    opens: dict[str, list[str]] = {}
    for route in all_routes(app):
        path, body = things.path(route.path), BODIES.get(route.name)
        for scope, headers in keys.items():
            answer = await http.request(route.method, path, json=body, headers=headers)
            closed = answer.status_code == 403 and answer.json()["code"] in {"insufficient_scope", "operator_only"}
            opens.setdefault(route.name, []).extend([] if closed else [scope])

    assert opens == {name: list(SCOPES[scopes]) for scopes, names in ROUTES.items() for name in names}


async def test_an_operators_key_needs_scopes_too(app, http, things, make_key_row):
    _, key = await make_key_row(scopes=["ops:read"])
    headers = {"X-API-Key": key, "X-Client-Key": things.desk.client.client_key}
    answers = {}
    for route in all_routes(app):
        path, body = things.path(route.path), BODIES.get(route.name)
        answers[route.name] = (await http.request(route.method, path, json=body, headers=headers)).json().get("code")

    assert answers == dict.fromkeys(answers, "insufficient_scope")


@pytest.mark.parametrize("name", [None, "NOT A SLUG", "no-such-client"])
@pytest.mark.parametrize("key", [None, "wrong", "bk_test_0000000000000000000000_" + "0" * 38])
async def test_without_a_good_key_nobody_learns_which_clients_there_are(http, things, key, name):
    headers = {"X-Client-Key": name or things.desk.client.client_key} | ({} if key is None else {"X-API-Key": key})

    answer = await http.get("/api/bookings", headers=headers)

    assert answer.status_code == 401
