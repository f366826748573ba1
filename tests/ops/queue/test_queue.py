"""`/api/jobs`: what waits, what gave up and why, and what a person makes of it."""

import asyncio

import pytest

from app.core.clock import utcnow
from app.core.paging import cursor
from app.ops.metrics.service.reading import snapshot_of
from app.ops.process import create_process
from app.ops.queue.jobs import attend

REASON = {"reason": "Twilio answers again"}


@pytest.fixture
def ask(http, operator):
    async def get(**query):
        answer = await http.get("/api/jobs", params=query, headers=operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


@pytest.fixture
def order(http, operator):
    async def post(path, status=200, **body):
        answer = await http.post(f"/api/jobs{path}", json={**REASON, **body}, headers=operator)
        assert answer.status_code == status, answer.text
        return answer.json()

    return post


def of_kind(told, name):
    return {each["state"]: each for each in told["counts"] if each["name"] == name}


async def test_jobs_are_counted_by_kind_and_state_with_the_age_of_the_oldest(ask, jobs, name):
    await jobs("queued", due="-90 s")
    await jobs("queued", due="-10 s")
    await jobs("queued", due="2 days", made="3 hours")
    await jobs("picked", since="20 s")
    await jobs("failed", since="2 hours")

    told = of_kind(await ask(), name)

    assert {state: each["count"] for state, each in told.items()} == {
        "waiting": 2,
        "scheduled": 1,
        "running": 1,
        "held": 1,
    }
    ages = {state: each["oldestAgeSeconds"] for state, each in told.items()}
    assert ages == pytest.approx({"waiting": 90, "scheduled": 10_800, "running": 20, "held": 7_200}, abs=5)


async def test_jobs_of_paused_messages_have_a_state_of_their_own(ask, jobs, name, sql):
    job = await jobs("queued", since="30 s")
    await sql(f"UPDATE pgqueuer SET execute_after = '9999-01-01 00:00:00+00' WHERE id = {job}")

    told = of_kind(await ask(), name)

    assert set(told) == {"paused"}
    assert told["paused"]["oldestAgeSeconds"] == pytest.approx(30, abs=5)


async def test_held_jobs_are_shown_with_what_stopped_them(ask, jobs, name):
    job = await jobs()

    told = await ask(limit=200)

    [shown] = [each for each in told["held"] if each["id"] == job]
    assert (shown["name"], shown["attempts"], shown["errorCode"]) == (name, 5, "twilio_refused")
    assert shown["error"] == "TwilioRefused at app/x.py:1 send"
    assert (told["ok"], told["scope"], told["heldCount"] >= 1) == (False, "cluster", True)


async def test_held_jobs_are_read_page_by_page(ask, jobs, name):
    wanted = [await jobs() for _ in range(3)]
    found, after = [], {"after": cursor(wanted[0] - 1)}
    while after["after"] is not None:
        page = await ask(limit=2, **after)
        found += [each["id"] for each in page["held"] if each["name"] == name]
        after = {"after": page["nextAfter"]}

    assert found == wanted


@pytest.mark.parametrize("after", ["x", cursor("x"), cursor(-1), cursor(2**63), cursor(1, 2)])
async def test_a_cursor_that_was_made_up_is_refused(http, operator, after):
    answer = await http.get("/api/jobs", params={"after": after}, headers=operator)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def test_a_job_that_waits_for_long_is_not_well(ask, jobs, name):
    await jobs("queued", due="-301 s")

    told = await ask()

    assert told["ok"] is False
    assert told["waiting"] >= 1
    assert told["oldestWaitingSeconds"] >= 301


async def test_one_held_job_runs_again_and_the_audit_trail_says_who_wanted_it(order, jobs, left, sql):
    first, second = await jobs(), await jobs()

    told = await order(f"/{first}/retry")

    assert (told["ids"], told["count"]) == ([first], 1)
    assert await left() == {first: ("queued", 0), second: ("failed", 5)}
    [(actor, data)] = await sql(
        f"SELECT actor, data FROM audit_log WHERE action = 'jobs_retried' AND data -> 'jobs' = '[{first}]'"
    )
    assert (actor, data["reason"]) == ("operator", REASON["reason"])


async def test_all_of_one_kind_run_again(order, jobs, left, name):
    mine, other = [await jobs(), await jobs()], await jobs(of=f"{name}.other")

    told = await order("/retry", name=name)

    assert (told["ids"], told["count"]) == (mine, 2)
    assert told["heldCount"] >= 1
    assert await left() == dict.fromkeys(mine, ("queued", 0))
    assert (await order(f"/{other}/discard"))["ids"] == [other]


async def test_all_that_are_held_run_again(order, jobs, left):
    mine = [await jobs(), await jobs()]

    told = await order("/retry")

    assert set(mine) <= set(told["ids"])
    assert told["heldCount"] == 0
    assert set((await left()).values()) == {("queued", 0)}


async def test_a_discarded_job_is_gone_and_the_audit_trail_says_so(order, jobs, left, sql):
    job = await jobs()

    told = await order(f"/{job}/discard")

    assert (told["ids"], await left()) == ([job], {})
    query = f"SELECT count(*) FROM audit_log WHERE action = 'jobs_discarded' AND data -> 'jobs' = '[{job}]'"
    assert (await sql(query))[0][0] == 1


@pytest.mark.parametrize("act", ["retry", "discard"])
async def test_what_is_not_held_is_left_alone(order, jobs, left, act):
    job = await jobs("queued", due="1 hour", attempts=0)

    for number in (job, 2**63 - 1):
        assert (await order(f"/{number}/{act}", 404))["code"] == "job_not_held"

    assert await left() == {job: ("queued", 0)}


@pytest.mark.parametrize(
    ("path", "body"), [("/0/retry", {}), (f"/{2**63}/discard", {}), ("/retry", {"name": "x"}), ("/retry", {"ids": [1]})]
)
async def test_an_order_that_makes_no_sense_is_refused(order, path, body):
    assert (await order(path, 422, **body))["code"] == "validation_failed"


async def test_every_process_exposes_the_queue_as_metrics(settings, jobs, sql, name):
    await jobs("queued", due="-400 s")
    await jobs("failed", since="2 hours")
    await sql(f"INSERT INTO periodic_runs VALUES ('{name}', now() - interval '3 minutes', now(), NULL, NULL, 1)")
    process = create_process(settings, role="test")
    attend(process)

    before = snapshot_of(process, {}, now=utcnow()).families
    process.start()
    async with asyncio.timeout(30):
        while not process.gauges["queue"]():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await process.stop()
    await sql(f"DELETE FROM periodic_runs WHERE name = '{name}'")
    seen = snapshot_of(process, {}, now=utcnow()).families

    assert "booking_jobs" not in before
    assert set(seen["booking_jobs"]) == {(state,) for state in ("waiting", "scheduled", "paused", "running", "held")}
    assert seen["booking_jobs"]["held",][0] >= 1
    assert seen["booking_jobs_oldest_seconds"]["waiting",][0] >= 400
    assert seen["booking_jobs_oldest_seconds"]["held",][0] >= 7_200
    assert seen["booking_periodic_tasks_late"][()][0] >= 1
