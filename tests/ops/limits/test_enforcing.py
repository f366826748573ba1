"""What is enforced, through the application's own routes."""

import asyncio
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts

from app.core.auth import Recognised
from app.core.errors import Unauthorized
from app.core.limits.policies import POLICIES
from tests.ops.limits.conftest import ADDRESS, made_up

ADMINISTRATION = {
    "POST /api/clients",
    "PATCH /api/clients/{clientKey}",
    "POST /api/clients/{clientKey}/activate",
    "POST /api/clients/{clientKey}/deactivate",
    "PATCH /api/clients/{clientKey}/contact",
    "PUT /api/clients/{clientKey}/lines/{number}",
    "DELETE /api/clients/{clientKey}/lines/{number}",
    "POST /api/keys",
    "PATCH /api/keys/{key_id}",
    "POST /api/keys/{key_id}/rotate",
    "DELETE /api/keys/{key_id}",
}
DESCRIPTION = {"/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"}
OF_OPERATIONS = (
    *("/metrics", "/api/health", "/api/performance", "/api/database", "/api/cache", "/api/rate-limit"),
    *("/api/backup-status", "/api/backups", "/api/errors", "/api/diagnostics", "/api/alerts", "/api/slo"),
    *("/api/integrity", "/api/outbound", "/api/jobs"),
)
KEY = {"X-API-Key": "bk_test_ours"}
MADE_UP = made_up()
SOMEBODY = Recognised("key:01a2075e-0739-7396-8c3b-2a749f9c4cfb", False)


async def broken():
    raise RuntimeError("on purpose")


async def unproven():
    raise Unauthorized


async def proven():
    return {}


def routes(app):
    """Yield all but the webhooks, which always pass."""
    for context in iter_route_contexts(app.routes):
        for method in sorted(context.methods or ()):
            if not (context.path or "").startswith("/webhooks/"):
                yield method, context.path


def expected(method, path):
    if path.startswith(OF_OPERATIONS):
        return "operations"
    return "admin" if f"{method} {path}" in ADMINISTRATION else "keys"


async def test_every_route_is_under_a_policy(limited):
    it = await limited()
    it.known[KEY["X-API-Key"]] = SOMEBODY
    http, found, wanted = it.http(), {}, {}
    for method, path in routes(it.app):
        concrete = path.replace("{", "").replace("}", "")
        answers = {
            "verified": await http.request(method, concrete, headers=KEY),
            "claimed": await http.request(method, concrete, headers=MADE_UP),
            "anonymous": await http.request(method, concrete),
        }
        found[method, path] = {
            standing: answer.headers["ratelimit-policy"].split(";")[0].strip('"')
            for standing, answer in answers.items()
        }
        wanted[method, path] = {"verified": expected(method, path), "claimed": "default", "anonymous": "public"}

    assert found == wanted
    assert {path for _, path in found} > DESCRIPTION


@pytest.mark.parametrize(
    ("policy", "method", "path", "headers"),
    [
        ("public", "GET", "/api/services", {}),
        ("public", "GET", "/docs", {}),
        ("public", "GET", "/nothing/here", {}),
        ("public", "GET", "/api/rate-limit/status", {}),
        ("public", "GET", "/api/services", {"X-API-Key": MADE_UP["X-API-Key"] + "x"}),
        ("public", "GET", "/api/services", {"X-API-Key": MADE_UP["X-API-Key"][:-6] + "000000"}),
        ("default", "GET", "/openapi.json", MADE_UP),
        ("default", "GET", "/nothing/here", MADE_UP),
        ("default", "POST", "/nothing/here", {**MADE_UP, "Content-Length": "1000000"}),
        ("default", "POST", "/api/bookings", MADE_UP),
        ("keys", "GET", "/api/clients/acme", KEY),
        ("keys", "POST", "/api/bookings", KEY),
        ("admin", "POST", "/api/keys", KEY),
        ("operations", "GET", "/api/backup-status", KEY),
        ("operations", "GET", "/api/rate-limit/status", KEY),
        ("public", "GET", "/health/nothing", {}),
        ("public", "GET", "/health/live/", {}),
    ],
)
async def test_a_request_over_the_limit_is_refused_until_its_time_has_come(limited, policy, method, path, headers):
    it = await limited({policy: 3})
    it.known[KEY["X-API-Key"]] = SOMEBODY
    http = it.http()

    passed = [(await http.request(method, path, headers=headers)).status_code for _ in range(3)]
    refused = await http.request(method, path, headers=headers)
    wait = int(refused.headers["retry-after"])
    it.now += wait - 1
    a_second_too_early = await http.request(method, path, headers=headers)
    it.now += 1
    in_time = await http.request(method, path, headers=headers)

    assert 429 not in passed
    assert (refused.status_code, a_second_too_early.status_code) == (429, 429)
    assert a_second_too_early.headers["retry-after"] == "1"
    assert in_time.status_code == passed[0]
    problem = refused.json()
    assert (problem["code"], problem["policy"], problem["limit"]) == ("rate_limited", policy, 3)
    assert (problem["retryAfterSeconds"], problem["windowSeconds"]) == (wait, 60)
    assert refused.headers["content-type"] == "application/problem+json"
    assert problem["requestId"] == refused.headers["x-request-id"]
    assert it.process.signals.counts["rate_limited", policy] == 2


async def test_scripts_that_ask_operational_endpoints_are_refused_in_the_form_they_know(limited):
    it = await limited({"public": 1})
    http = it.http()
    await http.get("/api/backup-status")

    refused = (await http.get("/api/backup-status")).json()

    assert (refused["ok"], refused["error"]) == (False, refused["detail"])


async def test_the_usual_limits_are_those_of_the_specification(limited):
    limits = {policy["name"]: policy["limit"] for policy in (await (await limited()).status())["policy"]}

    assert limits == {
        "public": 10,
        "default": 60,
        "keys": 600,
        "admin": 30,
        "operations": 600,
        "webhooks": 3_000,
        "health": 200,
    }


async def test_every_answer_says_where_the_counter_stands(limited):
    it = await limited({"public": 100}, request_deadline=timedelta(seconds=0.2))
    it.app.add_api_route("/forever", asyncio.Event().wait)
    it.app.add_api_route("/broken", broken)
    http = it.http()
    answers = [
        await http.get("/docs"),
        await http.get("/api/services"),
        await http.get("/nothing"),
        await http.delete("/api/services"),
        await http.post("/api/bookings", content=b"x" * 300_000),
        await http.head("/docs"),
        await http.get("/forever"),
        await http.get("/broken"),
    ]

    assert [answer.status_code for answer in answers] == [200, 401, 404, 405, 413, 200, 503, 500]
    for number, answer in enumerate(answers, start=1):
        assert answer.headers["x-ratelimit-limit"] == "100"
        assert answer.headers["x-ratelimit-remaining"] == str(100 - number)
        assert answer.headers["ratelimit-policy"] == '"public";q=100;w=60'
        assert answer.headers["ratelimit"].startswith(f'"public";r={100 - number};t=')
        assert answer.headers["x-ratelimit-reset"].startswith("2027-01-15T08:0")
        assert answer.headers["x-ratelimit-reset"].endswith("Z")
        assert len(answer.headers.get_list("x-ratelimit-limit")) == 1


async def test_a_webhook_always_passes_and_one_of_nobodys_is_charged_to_its_address(limited):
    it = await limited({"public": 2})
    it.app.add_api_route("/webhooks/unproven", unproven, methods=["POST"])
    it.app.add_api_route("/webhooks/proven", proven, methods=["POST"])
    http = it.http()

    good = [(await http.post("/webhooks/proven")).status_code for _ in range(4)]
    bad = [(await http.post("/webhooks/unproven")).status_code for _ in range(4)]
    anything_else = (await http.get("/api/services")).status_code
    still_good = (await http.post("/webhooks/proven")).status_code

    assert (good, bad, anything_else, still_good) == ([200] * 4, [401] * 4, 429, 200)


async def test_a_refusal_is_logged_without_the_address(limited, logged):
    it = await limited({"public": 1})
    http = it.http()
    await http.get("/api/services")

    await http.get("/api/services")

    lines = [line for line in logged() if line["event"] == "request"]
    assert [(line["status"], line.get("code")) for line in lines] == [(401, "missing_key"), (429, "rate_limited")]
    assert ADDRESS not in str(logged())


async def test_what_a_process_flushes_of_its_limiter_names_nobody(limited):
    it = await limited({"public": 1})
    http = it.http()
    for _ in range(3):
        await http.get("/api/services")

    figures = it.process.gauges["limits"]()

    assert figures == {
        "backend": "memory",
        "healthy": True,
        "rejected5m": 2,
        "counters": 1,
        "activeWindows": 1,
        "uncounted": 0,
    }


async def test_the_description_names_the_headers_and_the_refusal(limited):
    document = (await limited()).app.openapi()

    answers = document["paths"]["/api/bookings"]["post"]["responses"]
    names = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"}
    assert set(document["components"]["headers"]) == names
    assert all(names < set(answers[status]["headers"]) for status in ("201", "429"))
    assert answers["429"]["headers"]["Retry-After"]["required"]


async def test_a_refused_request_takes_no_connection(limited):
    it = await limited({"public": 1}, database_url="postgresql+asyncpg://nobody@/nothing?host=/nowhere-at-all")
    http = it.http()
    await http.get("/api/services")

    assert (await http.get("/api/services", headers={"X-Client-Key": "acme"})).status_code == 429


def test_every_policy_says_what_it_covers():
    assert all(policy.covers.endswith(".") for policy in POLICIES)
