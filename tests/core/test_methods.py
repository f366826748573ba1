"""A path tells all of its methods, whichever was wrong."""

import pytest


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/bookings", "GET, POST"),
        ("/api/keys/019b4c2e-5f1a-7c3d-8e9f-0a1b2c3d4e5f", "DELETE, GET, PATCH"),
        ("/api/clients/demo-dental", "GET, PATCH"),
        ("/api/resources/019b4c2e-5f1a-7c3d-8e9f-0a1b2c3d4e5f/overrides/2026-12-24", "DELETE, GET, PUT"),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "HEAD"])
async def test_a_method_that_a_path_does_not_take_is_answered_with_those_that_it_does(http, method, path, methods):
    answer = await http.request(method, path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, methods)
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json()["code"] == "method_not_allowed"


async def test_a_path_that_is_none_is_told_so(http):
    answer = await http.get("/api/nowhere")

    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/alerts", 405),
        ("PUT", "/api/health/detailed", 405),
        ("POST", "/metrics", 405),
        ("GET", "/api/cache/nowhere/at/all", 404),
    ],
)
async def test_an_operational_path_says_so_in_the_operational_shape(http, method, path, status):
    answer = await http.request(method, path)

    assert answer.status_code == status
    assert (answer.json()["ok"], answer.json()["error"]) == (False, answer.json()["detail"])


async def test_other_paths_say_so_in_the_usual_one(http):
    assert "ok" not in (await http.request("TRACE", "/api/bookings")).json()
