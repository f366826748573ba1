"""Asking for backups, and seeing what became of them."""

import asyncio

import pytest

from app.core.auth import Scope
from tests.ops.backups.webs import OPERATOR

REASON = {"reason": "before the migration"}


@pytest.fixture
async def web(context, make_web):
    """A web process with a store."""
    return make_web(context)


async def wish(web, headers=OPERATOR, **options):
    return await web.ask("/backups", headers, "POST", json=REASON, **options)


async def test_a_backup_is_asked_for_and_can_be_followed(web):
    answer = await wish(web)

    run = answer.json()["run"]
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/backups/{run['id']}")
    assert (run["kind"], run["status"], run["requestedBy"]) == ("backup", "queued", "operator")
    followed = await web.http.get(answer.headers["location"], headers=OPERATOR)
    assert followed.json()["run"] == run


async def test_a_second_wish_is_refused_while_the_first_waits_also_at_the_same_moment(web):
    answers = await asyncio.gather(wish(web), wish(web), wish(web))

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "backup_running"}


async def test_where_no_store_is_set_none_can_be_asked_for(make_web):
    answer = await wish(make_web())

    assert (answer.status_code, answer.json()["code"]) == (409, "backup_not_configured")


async def test_a_wish_needs_a_reason(web):
    answer = await web.ask("/backups", OPERATOR, "POST", json={})

    assert answer.status_code == 422


async def test_runs_are_listed_page_by_page_the_latest_first(web):
    run = (await wish(web)).json()["run"]

    first = (await web.ask("/backups?limit=1", OPERATOR)).json()

    assert ([each["id"] for each in first["items"]], first["nextAfter"]) == ([run["id"]], None)


async def test_a_run_that_nobody_knows_is_not_found(web):
    answer = await web.ask("/backups/019f0000-0000-7000-8000-000000000000", OPERATOR)

    assert (answer.status_code, answer.json()["code"]) == (404, "run_not_found")


@pytest.mark.parametrize(("scope", "asks", "orders"), [(Scope.ops_read, 200, 403), (Scope.ops_write, 403, 409)])
async def test_reading_and_ordering_take_their_own_scopes(http, make_key_row, scope, asks, orders):
    _, key = await make_key_row(scopes=[scope])
    headers = {"X-API-Key": key}

    assert (await http.get("/api/backups", headers=headers)).status_code == asks
    assert (await http.post("/api/backups", headers=headers, json=REASON)).status_code == orders
