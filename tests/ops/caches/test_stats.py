"""What is said about the caches: the documented names, honest numbers, of one process or of all."""

from datetime import UTC, datetime, timedelta

import pytest

from app.clients.memory import KEYS
from app.core.cache import Figures
from app.ops.caches.rules import judge, judge_all, lifetime, together
from tests.fixtures.api import OPERATOR_KEY

OPERATOR = {"X-API-Key": OPERATOR_KEY}
NAMES = {"keys", "clients", "services", "hours"}

SEEDS = {"success", "size", "maxSize", "hits", "misses", "sets", "deletes", "hitRate", "memoryUsage"}
OURS = {
    "hitRatePercent",
    "lookups",
    "state",
    "evictions",
    "expirations",
    "ttlSeconds",
    "ttlOverride",
    "memoryBytes",
} | {
    *("memoryMethod", "stampedesPrevented", "hitRate5mPercent", "caches", "alert", "timestamp", "instance", "commit"),
    *("scope", "staleServed", "bypasses", "listening", "processes", "degraded"),
}


async def stats(live, **query):
    answer = await live.ask("/cache/stats", OPERATOR, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_it_has_the_documented_names_and_types(live):
    said = await stats(live)

    assert said.keys() >= SEEDS | OURS
    assert set(said["caches"]) == NAMES
    assert said["success"] is True
    assert isinstance(said["memoryUsage"], str)
    assert said["memoryUsage"].endswith("KB")
    assert said["memoryMethod"] == "estimated"


async def test_a_cold_cache_is_no_alarm(make_live):
    live = await make_live()
    said = await stats(live, scope="instance")

    assert (said["state"], said["hitRate"], said["hitRatePercent"], said["lookups"]) == ("cold", "0%", None, 0)
    assert said["alert"] == {"threshold": 70, "firing": False, "suppressedBecause": "cold"}


async def test_requests_are_what_it_counts(make_live, make_client):
    live, client = await make_live(), await make_client()
    for _ in range(6):
        assert (await live.ask("/bookings", client.headers)).status_code == 200
    keys = (await stats(live, scope="instance"))["caches"]["keys"]

    assert (keys["hits"], keys["misses"], keys["sets"], keys["size"]) == (5, 1, 1, 1)
    assert (keys["hitRate"], keys["hitRatePercent"], keys["hitRate5mPercent"]) == ("83.33%", 83.33, 83.33)
    assert keys["memoryBytes"] > 500
    assert keys["memoryUsage"] == f"{keys['memoryBytes'] / 1024:.2f}KB"


async def test_asking_it_changes_nothing(make_live, make_key_row):
    live = await make_live()
    first, second = [await stats(live, scope="instance") for _ in range(2)]

    for each in (first, second):
        del each["timestamp"]
    assert first == second


async def test_all_processes_are_added_up(databases, make_live, settings):
    url = databases.create()
    try:
        one, other = [await make_live(database_url=url) for _ in range(2)]
        for live, times in ((one, 3), (other, 4)):
            for number in range(times):
                live.caches.of(KEYS).find(number)
                live.caches.of(KEYS).put(number, None, epoch=live.caches.of(KEYS).epoch)
        await other.process.flush(now=datetime.now(UTC))
        await one.process.flush(now=datetime.now(UTC))  # its own row counts once
        cluster, alone = await stats(one), await stats(one, scope="instance")
        other_gone = datetime.now(UTC) + timedelta(minutes=2)
        one.set(other_gone)
        later = await stats(one)
    finally:
        for live in (one, other):
            await live.process.stop()
            await live.app.state.engine.dispose()
        databases.drop(url)

    seen = [(each["scope"], each["processes"], each["caches"]["keys"]["misses"]) for each in (cluster, alone, later)]
    assert seen == [("cluster", 2, 7), ("instance", 1, 3), ("cluster", 1, 3)]
    assert cluster["caches"]["keys"]["size"] == 7


def told(**changes):
    counts = dict.fromkeys(Figures.__slots__, 0)
    return Figures(**{**counts, "state": "warm", **changes})


@pytest.mark.parametrize(
    ("hits", "lookups", "state", "firing", "why"),
    [
        (699, 1000, "warm", True, None),
        (700, 1000, "warm", False, None),
        (69, 99, "warm", False, "few_lookups"),
        (69, 100, "warm", True, None),
        (0, 1000, "cold", False, "cold"),
        (0, 1000, "warming", False, "warming"),
    ],
)
def test_a_warm_cache_below_seventy_percent_is_told_of(hits, lookups, state, firing, why):
    verdict = judge(told(hits_5m=hits, lookups_5m=lookups, state=state))

    assert (verdict.firing, verdict.suppressed_because) == (firing, why)


def test_one_bad_cache_among_good_ones_is_enough():
    good, bad = told(hits_5m=99, lookups_5m=100), told(hits_5m=1, lookups_5m=100)
    cold = told(lookups_5m=1000, state="cold")

    assert judge_all([good, bad, cold]).firing
    assert judge_all([good, cold]).suppressed_because is None
    assert judge_all([told(lookups_5m=5), cold]).suppressed_because == "cold"


def test_together_they_are_as_cold_as_the_coldest_that_is_asked():
    idle = told(state="cold")
    busy = told(state="warm", lookups_5m=10, hits=5)
    warming = told(state="warming", lookups_5m=1, hits=2)

    assert together([idle, busy]).state == "warm"
    assert together([idle, busy, warming]).state == "warming"
    assert together([idle]).state == "cold"
    assert together([busy, warming]).hits == 7


@pytest.mark.parametrize(
    ("value", "seconds"),
    [({"seconds": 5}, 5), ({"multiplier": 2.0}, 600), ({"multiplier": 0.001}, 1), ({"multiplier": 1e3}, 86_400)],
)
def test_a_lifetime_stays_within_a_second_and_a_day(value, seconds):
    assert lifetime(300.0, value) == seconds
