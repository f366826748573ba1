"""How many statements each route of catalog, hours and customers runs; one of them reads the key."""

import pytest

WEEK = {"weekly": [{"days": [1], "start": "09:00", "end": "17:00"}]}
CLOSED: dict[str, list[str]] = {"windows": []}

COUNTS = [
    ("GET", "/services", None, 2),
    ("GET", "/services/{service}", None, 2),
    ("POST", "/services", {"name": "Scale", "durationMinutes": 20, "resourceIds": ["{resource}"]}, 6),
    ("PATCH", "/services/{service}", {"name": "Scale", "version": 1}, 6),
    ("POST", "/services/{service}/archive", None, 9),
    ("GET", "/resources", None, 2),
    ("GET", "/resources/{resource}", None, 2),
    ("POST", "/resources", {"name": "Dr Bob"}, 4),
    ("PATCH", "/resources/{resource}", {"name": "Dr Bob", "version": 1}, 5),
    ("POST", "/resources/{resource}/archive", None, 7),
    ("GET", "/resources/{resource}/hours", None, 2),
    ("PUT", "/resources/{resource}/hours", WEEK, 6),
    ("GET", "/resources/{resource}/overrides", None, 2),
    ("GET", "/resources/{resource}/overrides/2026-12-24", None, 2),
    ("PUT", "/resources/{resource}/overrides/2026-12-25", CLOSED, 6),
    ("DELETE", "/resources/{resource}/overrides/2026-12-24", None, 6),
    ("GET", "/customers", None, 2),
    ("GET", "/customers/{customer}", None, 2),
    ("POST", "/customers", {"phone": "+447400123456"}, 2),
    ("PATCH", "/customers/{customer}", {"name": "Ada", "version": 1}, 3),
]


@pytest.mark.parametrize(("method", "path", "body", "count"), COUNTS, ids=str)
async def test_a_route_runs_as_many_statements_as_it_did(practice, statements, method, path, body, count):
    resource = await practice.resource()
    service = await practice.service(resourceIds=[resource])
    customer = (await practice.call("POST", "/customers", json={"phone": "+447400123456"})).json()
    await practice.call("PUT", f"/resources/{resource}/overrides/2026-12-24", json=CLOSED)
    if body and "resourceIds" in body:
        body = {**body, "resourceIds": [resource]}

    statements.clear()
    path = path.format(resource=resource, service=service["id"], customer=customer["id"])
    answer = await practice.call(method, path, **({"json": body} if body else {}))

    assert answer.status_code < 300, answer.text
    assert len(statements) == count, "\n".join(statements.texts)
