"""Watching from elsewhere: one line a change, and an exit code for cron."""

import asyncio
import json
import signal

import pytest

from app.ops.doctor.rules.facts import Answer, Failure
from app.ops.watch.rules import Seen, State, judge
from app.ops.watch.service import changes
from tests.cli.inside import run
from tests.cli.processes import free_port, start
from tests.races.processes import Web

KEY = "operator-key-of-the-watch"
UP = Answer(200, {"status": "healthy"})

healthy, degraded, down = State.healthy, State.degraded, State.down

CASES = {
    "well, without a key": (UP, None, Seen(healthy)),
    "well": (UP, Answer(200, {"overall": "healthy"}), Seen(healthy)),
    "nobody": (Answer(failure=Failure.refused), None, Seen(down, ("no_answer:refused",))),
    "no database": (
        Answer(503, {"reason": "database_unavailable"}),
        Answer(503, {"overall": "unhealthy"}),
        Seen(down, ("database_unavailable",)),
    ),
    "a proxy's error": (Answer(502), None, Seen(down, ("status:502",))),
    "degraded": (
        UP,
        Answer(200, {"overall": "degraded", "degradedReasons": ["cache_degraded"]}),
        Seen(degraded, ("cache_degraded",)),
    ),
    "degraded, and no reason": (UP, Answer(200, {"overall": "degraded"}), Seen(degraded, ("degraded",))),
    "the probe says so itself": (Answer(200, {"status": "degraded"}), None, Seen(degraded, ("degraded",))),
    "wrong key": (UP, Answer(401), Seen(degraded, ("key_refused",))),
    "asked too often": (UP, Answer(429), Seen(healthy)),
    "detail is silent": (UP, Answer(failure=Failure.silent), Seen(degraded, ("detailed_no_answer:silent",))),
    "detail is broken": (UP, Answer(500), Seen(degraded, ("detailed_status:500",))),
    "odd shapes": (
        UP,
        Answer(200, {"overall": ["x"], "degradedReasons": 3, "alerts": "no"}),
        Seen(degraded, ("detailed_status:200",)),
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_how_a_service_is_follows_from_what_it_answers(case):
    probe, detailed, expected = CASES[case]

    assert judge(probe, detailed, strict=False) == expected


def test_strictly_degraded_is_down():
    assert judge(UP, Answer(200, {"overall": "degraded"}), strict=True).state is down
    assert judge(UP, Answer(200, {"overall": "healthy"}), strict=True).state is healthy


async def test_only_changes_are_told():
    answers = [Seen(healthy), Seen(healthy), Seen(down, ("a",)), Seen(down, ("b",)), Seen(down, ("b",)), Seen(healthy)]
    coming = iter(answers)

    async def ask():
        return next(coming)

    stream = changes(ask, pause=lambda: asyncio.sleep(0))
    told = [await anext(stream) for _ in range(4)]

    assert told == [Seen(healthy), Seen(down, ("a",)), Seen(down, ("b",)), Seen(healthy)]


@pytest.fixture(scope="module")
def web(database_url, tmp_path_factory):
    with Web(database_url, tmp_path_factory.mktemp("web") / "log", environment={"OPERATOR_API_KEY": KEY}) as web:
        yield web


def test_a_service_that_stops_and_comes_back_makes_three_lines(web, tmp_path):
    watching = start(
        "ops", "watch", f"127.0.0.1:{web.port}", "--every", "1", "--json", directory=tmp_path, DATABASE_URL="nonsense"
    )
    try:
        first = json.loads(watching.stdout.readline())
        web.kill()
        second = json.loads(watching.stdout.readline())
        web.start()
        third = json.loads(watching.stdout.readline())
    finally:
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=60)

    assert [line["status"] for line in (first, second, third)] == ["healthy", "down", "healthy"]
    assert second["reasons"][0].startswith("no_answer:")
    assert first["url"] == f"http://127.0.0.1:{web.port}"


def test_once_tells_by_its_exit_code(web, tmp_path):
    url = f"http://127.0.0.1:{web.port}"

    up = run("ops", "watch", url, "--once", directory=tmp_path)
    odd = run("ops", "watch", url, "--once", directory=tmp_path, API_KEY="wrong")
    strict = run("ops", "watch", url, "--once", "--strict", directory=tmp_path, API_KEY="wrong")
    gone = run("ops", "watch", f"127.0.0.1:{free_port()}", "--once", directory=tmp_path)

    assert [code for code, _, _ in (up, odd, strict, gone)] == [0, 1, 2, 2]
    assert up[1].split()[1:] == ["healthy", url]
    assert odd[1].split()[1:] == ["degraded", url, "key_refused"]
