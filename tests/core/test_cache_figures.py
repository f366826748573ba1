"""What a cache says of itself: whether its hit rate can be judged, of the last five minutes, and how large it is."""

import pytest

from app.core.cache import Cache, Definition
from app.core.cache.sizes import estimate
from tests.clocks import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_cache(clock):
    def make(*, most=100, lifetime=60.0):
        return Cache(Definition("things", most, lifetime), clock, lambda: 0.0)

    return make


@pytest.fixture
def cache(make_cache):
    return make_cache()


def look_up(cache, many):
    for _ in range(many):
        cache.find("a")


def test_a_cache_is_cold_until_it_was_asked_enough_for_long_enough_then_warming_then_warm(cache, clock):
    cache.put("a", 1, epoch=cache.epoch)
    look_up(cache, 99)
    clock.seconds += 10_000
    assert cache.figures().state == "cold"

    cache.clear()
    look_up(cache, 1000)
    seen = []
    for seconds in (0, 299.9, 0.1, 299.8, 0.2):
        clock.seconds += seconds
        seen.append(cache.figures().state)
    assert seen == ["cold", "cold", "warming", "warming", "warm"]


def test_clearing_makes_it_cold_again(cache, clock):
    look_up(cache, 200)
    clock.seconds += 601
    assert cache.figures().state == "warm"
    cache.clear()

    assert cache.figures().state == "cold"


def test_the_rate_of_five_minutes_forgets_what_is_older(make_cache, clock):
    cache = make_cache(lifetime=10_000.0)
    look_up(cache, 10)  # misses
    cache.put("a", 1, epoch=cache.epoch)
    clock.seconds += 120
    look_up(cache, 30)
    assert (cache.figures().hits_5m, cache.figures().lookups_5m) == (30, 40)

    clock.seconds += 200
    assert (cache.figures().hits_5m, cache.figures().lookups_5m) == (30, 30)
    clock.seconds += 3_600
    assert (cache.figures().hits_5m, cache.figures().lookups_5m) == (0, 0)
    assert (cache.figures().hits, cache.figures().misses) == (30, 10)


def test_memory_is_estimated_from_what_is_there(make_cache):
    cache = make_cache(most=5_000)
    for number in range(1_000):
        cache.put(number, "x" * 1_000, epoch=cache.epoch)

    assert 1_000_000 < cache.figures().memory_bytes < 1_500_000
    cache.clear()
    assert cache.figures().memory_bytes == 0


def test_the_estimate_looks_into_what_it_measures_once():
    text = "x" * 10_000
    assert estimate([text, text, {"a": text}]) < 11_000
    assert estimate([text, "y" * 10_000]) > 20_000
