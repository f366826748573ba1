"""From one process: which tasks, which memory, which code, which logger."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.core.log_lines import volumes
from app.main import create_app
from app.ops.diagnostics.rules import at_rest, collapsed, short, tree_of
from app.ops.diagnostics.service import Ages, Growth, looking, told
from app.ops.diagnostics.service.sampling import Sampler

NOW = datetime(2026, 3, 23, 8, tzinfo=UTC)
PATH = "/api/diagnostics"


class Pause:
    """Stands in for the time that a look lasts: it ends when the test says so."""

    def __init__(self):
        self.begun, self.over = asyncio.Event(), asyncio.Event()
        self.asked = []

    async def __call__(self, seconds):
        self.asked.append(seconds)
        self.begun.set()
        await self.over.wait()


@pytest.fixture
def pause(app):
    usual = app.state.diagnostics.sleep
    app.state.diagnostics.sleep = Pause()
    yield app.state.diagnostics.sleep
    app.state.diagnostics.sleep = usual


@pytest.fixture
def ask(http, operator):
    async def ask(path, **query):
        return await http.get(f"{PATH}{path}", params=query, headers=operator)

    return ask


async def inner_wait(event):
    of_a_customer = "Annabel Otherwise"
    await event.wait()
    return of_a_customer


async def outer_wait(event):
    return await inner_wait(event)


async def test_tasks_are_shown_with_where_they_wait_and_no_values(ask):
    event = asyncio.Event()
    task = asyncio.create_task(outer_wait(event), name="leaky")
    await asyncio.sleep(0)

    answer = await ask("/tasks", limit=500)
    event.set()
    await task

    (shown,) = [each for each in answer.json()["tasks"] if each["name"] == "leaky"]
    assert shown["coroutine"] == "outer_wait"
    assert [frame.rpartition(" in ")[2] for frame in shown["stack"]][:3] == ["outer_wait", "inner_wait", "wait"]
    assert shown["stack"][0].startswith("diagnostics/test_diagnostics.py:")
    assert "Annabel" not in answer.text
    assert answer.json()["scope"] == "instance"
    assert answer.json()["count"] >= len(answer.json()["tasks"]) > 0


async def test_the_oldest_tasks_come_first_and_alike_ones_are_counted_together():
    clock, event = [100.0], asyncio.Event()
    ages = Ages(lambda: clock[0])
    old = [asyncio.create_task(outer_wait(event)) for _ in range(3)]
    ages.look()
    clock[0] += 3600
    young = asyncio.create_task(inner_wait(event))
    count, tasks, groups = told(ages, most=1_000)
    event.set()
    await asyncio.gather(*old, young)

    of_ours = [task.age_seconds for task in tasks if task.coroutine in {"outer_wait", "inner_wait"}]
    assert of_ours == [3600.0] * 3 + [0.0]
    assert {group.coroutine: group.count for group in groups}["outer_wait"] == 3
    assert count == len(tasks)


async def test_no_more_tasks_are_shown_than_asked_for(ask):
    assert len((await ask("/tasks", limit=1)).json()["tasks"]) == 1
    assert (await ask("/tasks", limit=0)).status_code == 422
    assert (await ask("/tasks", limit=501)).status_code == 422


def churn():
    """Work for longer than the 5 ms after which threads take turns, so that the sampler meets it and not the loop."""
    return sum(number * number for number in range(500_000))


async def busy(until):
    while not until.is_set():
        churn()
        await asyncio.sleep(0)


@pytest.fixture
def sampler(monkeypatch):
    """Return the sampler of the profile that runs."""
    made = []

    class Kept(Sampler):
        def __init__(self, thread_id):
            super().__init__(thread_id)
            made.append(self)

    monkeypatch.setattr(looking, "Sampler", Kept)
    return lambda: made[-1]


async def test_a_profile_finds_what_the_loop_is_busy_with(ask, pause, sampler):
    until = asyncio.Event()
    task = asyncio.create_task(busy(until))
    profile = asyncio.create_task(ask("/profile", seconds=30))
    await pause.begun.wait()
    async with asyncio.timeout(20):
        while not any(code.co_name == "churn" for seen in list(sampler()._seen) for code in seen):  # noqa: ASYNC110
            await asyncio.sleep(0)
    pause.over.set()
    answer = (await profile).json()
    until.set()
    await task

    assert pause.asked == [30]
    assert answer["samples"] > 0
    assert (
        answer["tree"]["samples"]
        == answer["samples"]
        == sum(int(line.rpartition(" ")[2]) for line in answer["collapsed"])
    )
    assert any("churn (diagnostics/test_diagnostics.py:" in line for line in answer["collapsed"])
    assert sum(child["samples"] for child in answer["tree"]["children"]) == answer["samples"]


async def test_a_profile_can_be_lines_for_a_flame_graph(ask, pause):
    pause.over.set()

    answer = await ask("/profile", format="collapsed")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert all(line.rpartition(" ")[2].isdecimal() for line in answer.text.splitlines())


@pytest.mark.parametrize(
    ("path", "query", "code"), [("/profile", {}, "profile_running"), ("/memory", {"sites": "1"}, "sites_running")]
)
async def test_one_looks_at_a_time(ask, pause, path, query, code):
    first = asyncio.create_task(ask(path, **query))
    await pause.begun.wait()
    second = await ask(path, **query)
    pause.over.set()

    assert (second.status_code, second.json()["code"], second.json()["ok"]) == (409, code, False)
    assert (await first).status_code == 200
    assert (await ask(path, **query)).status_code == 200


async def test_who_gives_up_waiting_leaves_the_way_free(ask, pause):
    first = asyncio.create_task(ask("/profile"))
    await pause.begun.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    pause.over.set()
    async with asyncio.timeout(30):
        while (answer := await ask("/profile")).status_code == 409:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    assert answer.status_code == 200


@pytest.mark.parametrize(("path", "seconds"), [("/profile", 0), ("/profile", 31), ("/memory", 11), ("/memory", "x")])
async def test_how_long_is_bounded(ask, path, seconds):
    assert (await ask(path, seconds=seconds)).status_code == 422


async def test_memory_names_who_allocates(ask, pause):
    asking = asyncio.create_task(ask("/memory", sites="true", seconds=10))
    await pause.begun.wait()
    held = bytearray(5_000_000)
    pause.over.set()
    answer = (await asking).json()

    top = answer["sites"]["top"][0]
    assert top["place"].startswith("diagnostics/test_diagnostics.py:")
    assert len(held) <= top["bytes"] <= answer["sites"]["bytes"]
    assert answer["sites"]["seconds"] == 10


async def test_memory_says_what_there_is_and_watches_nobody_unasked(ask):
    answer = (await ask("/memory")).json()

    assert 0 < answer["rssBytes"] <= answer["limitBytes"]
    assert answer["sites"] is None
    assert len(answer["gc"]["collections"]) == 3


def test_growth_is_told_since_the_start_and_within_the_last_hour():
    growth = Growth()
    assert growth.grown(500, now=NOW) == (None, None)
    for minute in range(120):
        growth.look(1_000 + minute, now=NOW + timedelta(minutes=minute))

    assert growth.grown(2_000, now=NOW + timedelta(minutes=119)) == (1_000, 2_000 - 1_059)
    assert len(growth.looks) == 61


async def test_the_logger_that_floods_comes_first(ask, app):
    app.state.diagnostics.growth.look(1, now=datetime.now(UTC))
    logger = logging.getLogger("app.flood")
    for _ in range(300):
        logger.warning("again")

    answer = (await ask("/logs")).json()

    first = answer["loggers"][0]
    assert (first["logger"], first["level"]) == ("app.flood", "warning")
    assert first["linesLastHour"] == first["lines"] == volumes["app.flood", "warning"].lines >= 300
    assert first["bytes"] > 300 * len("again")
    assert answer["lines"] >= 300


async def test_a_profile_outlives_the_deadline_of_other_requests(settings, operator):
    hurried = create_app(settings.model_copy(update={"request_deadline": timedelta(seconds=0.05)}))
    transport = httpx.ASGITransport(hurried)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get(f"{PATH}/profile", params={"seconds": 1}, headers=operator)
    await hurried.state.process.stop()
    await hurried.state.engine.dispose()

    assert answer.status_code == 200


def test_samples_make_a_tree_and_lines():
    stacks = {("run", "book", "place"): 3, ("run", "book"): 2, ("run", "run (asyncio/runners.py:1)"): 5}
    root = tree_of(stacks)

    assert (root.samples, root.children["run"].children["book"].samples) == (10, 5)
    assert collapsed(stacks) == ["run;run (asyncio/runners.py:1) 5", "run;book;place 3", "run;book 2"]
    assert at_rest(stacks) == 5


def test_where_the_service_is_installed_is_not_told():
    assert short("/srv/x/.venv/lib/python3.11/site-packages/fastapi/routing.py") == "fastapi/routing.py"
    assert short("/app/app/core/db.py") == "app/core/db.py"
    assert short("/home/somebody/project/app/core/db.py") == "app/core/db.py"
    assert short("/usr/lib/python3.11/asyncio/tasks.py") == "asyncio/tasks.py"
