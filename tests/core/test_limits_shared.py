"""Counting in Redis: exact for all processes together, and never in the way when it is gone. A real server."""

import asyncio

import pytest
from redis import Redis

from app.core.limits import shared as shared_limits
from app.core.limits import silence
from app.core.limits.memory import Memory
from app.core.limits.policies import WINDOW_SECONDS
from app.core.limits.shared import Shared
from app.core.limits.windows import Window
from tests.redis import RedisServer

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture
def mortal(tmp_path):
    """A server that a test may stop."""
    server = RedisServer(tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
async def counters():
    """Connect to a server as a process does: `counters(url)`."""
    made = []

    def connect(url):
        made.append(Shared(url, Memory()))
        return made[-1]

    yield connect
    for each in made:
        await each.close()


async def test_two_processes_let_exactly_the_limit_through_of_five_times_as_many_at_once(server, counters, monkeypatch):
    monkeypatch.setattr(silence, "LOOKS", 100)  # a busy machine is no silence
    processes = [counters(server.url), counters(server.url)]

    hits = await asyncio.gather(*(processes[n % 2].hit("together", 100, now=NOW) for n in range(500)))

    assert sum(passed for passed, _ in hits) == 100
    assert [each.healthy for each in processes] == [True, True]


async def test_what_one_process_counts_the_other_reads_and_clears(server, counters):
    one, other = counters(server.url), counters(server.url)
    for _ in range(3):
        await one.hit("read", 5, now=NOW)

    assert (await other.read("read", now=NOW)).used() == 3
    assert (await other.read("read", now=NOW)).used() == 3
    await other.clear("read")
    assert (await one.read("read", now=NOW)).used() == 0


@pytest.mark.parametrize(
    ("previous", "current", "left_seconds", "limit"),
    [(0, 5, 42.5, 5), (7, 5, 12.5, 6), (9, 0, 30.5, 3), (4, 12, 3.5, 10), (2, 0, 59.5, 1), (30, 9, 25.5, 10)],
)
async def test_after_the_wait_a_request_passes_and_a_second_earlier_none_does(
    server, counters, previous, current, left_seconds, limit
):
    shared, raw = counters(server.url), Redis.from_url(server.url)

    async def wait_after(seconds):
        """Set the counters as they are so many seconds later, and return whether a request passes, and the wait."""
        key = f"{previous} {current} {left_seconds} {limit}"
        for name, count, last in ((f"{{{key}}}/-1", previous, 0), (f"{{{key}}}", current, WINDOW_SECONDS)):
            milliseconds = int((left_seconds + last - seconds) * 1000)
            raw.delete(f"LIMITS:{name}")
            if milliseconds > 0 and (count or last):
                raw.set(f"LIMITS:{name}", count, px=milliseconds)
        window = await shared.read(key, now=NOW)
        return (await shared.hit(key, limit, now=NOW))[0], window.wait(limit)

    passed, wait = await wait_after(0)

    assert not passed
    assert (await wait_after(wait))[0]
    assert not (await wait_after(wait - 1))[0]
    raw.close()


async def test_without_redis_memory_counts_from_the_first_request_on(mortal, counters, logged):
    shared = counters(mortal.url)
    await shared.hit("who", 3, now=NOW)
    mortal.stop()

    hits = [await shared.hit("who", 3, now=NOW) for _ in range(5)]

    assert [passed for passed, _ in hits] == [True, True, True, False, False]
    assert not shared.healthy
    assert [line["event"] for line in logged() if line["logger"] == shared_limits.__name__] == ["shared_limits_lost"]
    assert str(mortal.port) not in str(logged())
    assert await shared.size() is None


async def test_it_is_not_asked_again_before_it_is_found_well(mortal, counters):
    shared = counters(mortal.url)
    mortal.stop()
    await shared.hit("who", 3, now=NOW)
    mortal.start()

    await shared.hit("who", 3, now=NOW)
    while_lost = Redis.from_url(mortal.url).dbsize()
    await shared.mend()
    await shared.hit("who", 3, now=NOW)

    assert (while_lost, shared.healthy) == (0, True)
    assert (await shared.read("who", now=NOW)).used() == 1


async def test_a_frozen_redis_is_waited_for_once_by_all_at_the_same_time(mortal, counters):
    shared = counters(mortal.url)
    await shared.hit("who", 100, now=NOW)
    mortal.freeze()

    hits = await asyncio.gather(*(shared.hit("who", 100, now=NOW) for _ in range(200)))
    await shared.mend()

    assert sum(passed for passed, _ in hits) == 100
    assert not shared.healthy
    mortal.thaw()
    await shared.mend()
    assert shared.healthy


async def test_one_that_never_was_there_is_in_nobodys_way(counters):
    shared = counters("redis://127.0.0.1:1/0")

    assert await shared.hit("who", 3, now=NOW) == (True, Window(0, 1, WINDOW_SECONDS))
    await shared.clear("who")
    await shared.mend()
    assert not shared.healthy


async def test_a_connection_that_the_server_closed_meanwhile_is_no_outage(server, counters):
    shared, raw = counters(server.url), Redis.from_url(server.url)
    await shared.hit("closed", 5, now=NOW)
    raw.client_kill_filter(_type="normal", skipme=True)

    await shared.hit("closed", 5, now=NOW)

    assert shared.healthy
    raw.close()
