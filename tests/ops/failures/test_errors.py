"""GET /api/errors: what failed unexpectedly, of all processes, and from memory while the database is away."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.core.background import Background
from app.core.faults import Failures, Fault, failure
from app.ops.failures.rules import trend
from app.ops.failures.service import carrying
from app.ops.failures.service.telling import Wanted, of_all
from app.ops.process import create_process

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EVER = NOW - timedelta(days=400)


def failed(function, *, at=NOW, route="GET /api/bookings", request_id="r"):
    told = Fault("KeyError", f"app/bookings/rules.py:10 {function}")
    return failure(told, code="internal_error", route=route, request_id=request_id, at=at)


@pytest.fixture
def two():
    """The failures of two processes."""
    return [Failures(), Failures()]


@pytest.fixture
async def read(app, session):
    """Return the groups that all processes have carried, and this one still holds."""

    async def groups(own=None, **wanted):
        asked = Wanted(**{"since": EVER, "route": None, "limit": 200, **wanted})
        return await of_all(session, own.uncarried if own else {}, asked, commit="now", now=NOW)

    return groups


@pytest.fixture
def sessions(app):
    return app.state.process.sessions


@pytest.fixture
async def broken(app):
    """Let one route fail with a fault of ours whose message holds what nobody may see."""
    route = next(each for each in app.routes if getattr(each, "path", "") == "/openapi.json")
    saved, route.app = route.app, None

    async def fail(_scope, _receive, _send):
        raise KeyError("Ann Other")

    route.app = fail
    yield "/openapi.json"
    route.app = saved


async def test_two_processes_are_put_together_and_counted_once(two, read, sessions):
    name = f"shared_{id(two)}"
    for each, failures in enumerate(two):
        for hours in range(3):
            failures.add(
                failed(name, at=NOW - timedelta(hours=hours), request_id=f"{each}{hours}", route=f"GET /{each}")
            )
        await carrying.carry(sessions, failures, commit=f"commit-{each}")
        await carrying.carry(sessions, failures, commit="never")
    two[0].add(failed(name, request_id="last"))

    (known,) = [each for each in await read(two[0]) if each.group.place.endswith(name)]

    assert (known.group.count, known.first_commit, known.last_commit) == (7, "commit-0", "now")
    assert known.group.routes == ["GET /0", "GET /1", "GET /api/bookings"]
    assert list(known.group.request_ids) == ["02", "10", "11", "12", "last"]
    assert (known.group.first_at, known.group.last_at) == (NOW - timedelta(hours=2), NOW)
    assert sorted(known.group.hours.values()) == [2, 2, 3]


async def test_what_the_database_did_not_take_is_kept(two, read, sessions):
    failures, name = two[0], f"kept_{id(two)}"
    failures.add(failed(name))
    bad = failed(name + "_bad", request_id="\x00")
    failures.add(bad)
    with pytest.raises(Exception, match="unsupported Unicode"):
        await carrying.carry(sessions, failures, commit=None)
    del failures.uncarried[bad.fingerprint]
    await carrying.carry(sessions, failures, commit=None)

    (known,) = [each for each in await read() if each.group.place.endswith(name)]
    assert known.group.count == 1


async def test_groups_are_chosen_by_route_and_time(two, read, sessions):
    name = f"chosen_{id(two)}"
    two[0].add(failed(f"{name}_old", at=NOW - timedelta(days=2)))
    two[0].add(failed(f"{name}_new", route=f"POST /{name}"))
    await carrying.carry(sessions, two[0], commit=None)

    async def names(**wanted):
        return [known.group.place.split()[1] for known in await read(**wanted) if name in known.group.place]

    assert await names() == [f"{name}_new", f"{name}_old"]
    assert await names(since=NOW - timedelta(days=1)) == [f"{name}_new"]
    assert await names(route=f"POST /{name}") == [f"{name}_new"]


async def test_old_groups_are_forgotten(two, read, sessions):
    name = f"forgotten_{id(two)}"
    two[0].add(failed(name, at=NOW - timedelta(days=36)))
    await carrying.carry(sessions, two[0], commit=None)
    async with sessions.begin() as session:
        await carrying.forget(session, now=NOW)

    assert [known for known in await read() if known.group.place.endswith(name)] == []


async def test_a_fault_is_listed_at_once_without_its_message(http, operator, broken):
    answers = [await http.get(broken, headers={"X-Request-ID": f"mine-{number}"}) for number in range(2)]
    listed = (await http.get("/api/errors", headers=operator)).json()
    (group,) = [each for each in listed["errors"] if "mine-1" in each["lastRequestIds"]]

    assert {answer.status_code for answer in answers} == {500}
    assert (group["kind"], group["code"], group["trend"]) == ("KeyError", "internal_error", "new")
    assert group["count"] >= 2
    assert len(group["hourly"]) == 24
    assert group["hourly"][-1] == group["lastHourCount"] >= 1
    assert (listed["complete"], listed["scope"], listed["ok"]) == (True, "cluster", True)
    assert "Ann Other" not in str(listed)


async def test_one_process_alone_is_asked_by_scope(http, operator, broken):
    await http.get(broken)
    listed = (await http.get("/api/errors?scope=instance&limit=1", headers=operator)).json()

    assert (listed["scope"], listed["count"]) == ("instance", 1)


async def test_it_answers_from_memory_while_the_database_is_away(app, http, operator, broken, monkeypatch):
    await http.get(broken, headers={"X-Request-ID": "in-memory"})

    def away():
        raise ConnectionRefusedError

    monkeypatch.setattr(app.state.process, "sessions", away)
    listed = (await http.get("/api/errors", headers=operator)).json()

    assert (listed["complete"], listed["scope"], listed["degraded"]) == (False, "instance", ["database_unavailable"])
    assert any("in-memory" in group["lastRequestIds"] for group in listed["errors"])


async def test_what_fails_in_the_background_is_counted_too(settings):
    process = create_process(settings, role="worker")
    taken, failed = [], asyncio.Event()

    async def turn():
        taken.append(1)
        if len(taken) == 2:
            failed.set()
        raise KeyError("Ann Other")

    process.background = Background(process.background.hear)
    process.background.every(0, "clumsy", turn)
    process.background.start()
    async with asyncio.timeout(30):
        await failed.wait()
    await process.stop()
    (group,) = process.signals.failures.groups.values()

    assert (group.kind, group.routes, list(group.request_ids)) == ("KeyError", ["background clumsy"], [])


@pytest.mark.parametrize("asked", ["limit=0", "limit=201", "since=yesterday", "route=nowhere", "scope=all", "x=1"])
async def test_nonsense_is_refused(http, operator, asked):
    answer = await http.get(f"/api/errors?{asked}", headers=operator)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize(
    ("counts", "age", "expected"),
    [
        ([0] * 23 + [5], 0.5, "new"),
        ([1] * 24, 48, "flat"),
        ([1] * 22 + [3, 3], 48, "up"),
        ([5] * 22 + [1, 1], 48, "down"),
        ([0] * 24, 48, "flat"),
    ],
)
def test_a_trend_holds_two_hours_against_a_day(counts, age, expected):
    assert trend(counts, first_at=NOW - timedelta(hours=age), now=NOW) == expected
