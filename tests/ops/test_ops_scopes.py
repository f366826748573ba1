"""The operational plane opens for its two scopes alone; only the three probes need no key."""

import pytest

from app.core.auth import Scope
from tests.routes import operational_routes

READS = {"GET", "HEAD"}


def path_of(route):
    return route.path.replace("{pid}", "1").replace("{", "x").replace("}", "x")


@pytest.fixture
def codes(app, http):
    """Return the code that each route answers with a key of some scopes."""

    async def ask(headers):
        found = {}
        for route in operational_routes(app):
            answer = await http.request(route.method, path_of(route), headers=headers)
            found[route.name] = (answer.status_code, answer.json().get("code") if answer.is_error else None)
        return found

    return ask


async def test_without_a_key_or_with_a_wrong_one_nothing_opens(codes):
    assert set((await codes({})).values()) == {(401, "missing_key")}
    assert {status for status, _ in (await codes({"X-API-Key": "wrong"})).values()} == {401}


async def test_a_clients_key_opens_nothing(codes, make_client):
    client = await make_client()

    assert set((await codes(client.headers)).values()) == {(403, "insufficient_scope")}


@pytest.mark.parametrize("granted", [Scope.bookings_read, Scope.bookings_write, Scope.clients_admin, Scope.ops_write])
async def test_reading_needs_its_scope(codes, make_key_row, granted):
    _, key = await make_key_row(scopes=[granted])

    found = await codes({"X-API-Key": key})

    reads = {name: answer for name, answer in found.items() if name.split()[0] in READS}
    assert set(reads.values()) == {(403, "insufficient_scope")}


async def test_acting_needs_more_than_reading(codes, make_key_row):
    _, key = await make_key_row(scopes=[Scope.ops_read])

    found = await codes({"X-API-Key": key})

    acts = {name: answer for name, answer in found.items() if name.split()[0] not in READS}
    assert set(acts.values()) <= {(403, "insufficient_scope")}
    reads = [answer for name, answer in found.items() if name.split()[0] in READS]
    assert (403, "insufficient_scope") not in reads


async def test_refusals_keep_the_members_that_documented_scripts_look_for(http):
    answer = await http.get("/api/backup-status")

    assert (answer.status_code, answer.json()["ok"]) == (401, False)
    assert answer.json()["error"] == answer.json()["detail"]
