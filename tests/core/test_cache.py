"""One cache: loaded once however many ask, never after it was told to forget, and full of honest counts."""

import asyncio

import pytest

from app.core.cache import Cache, Definition
from app.core.cache.named import STALE_SECONDS
from tests.clocks import Clock

OUTAGE = ConnectionRefusedError("nobody listens")


class Source:
    """Where values are loaded from: it counts, may fail, and may be held up."""

    def __init__(self):
        self.value, self.failure, self.loads = "first", None, 0
        self.failing_once = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def load(self):
        self.loads += 1
        value = self.value
        self.asked.set()
        await self.gate.wait()
        if self.failing_once:
            raise self.failing_once.pop()
        if self.failure is not None:
            raise self.failure
        return value


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_cache(clock):
    def make(*, most=100, lifetime=60.0, chance=0.0):
        return Cache(Definition("things", most, lifetime), clock, lambda: chance)

    return make


@pytest.fixture
def cache(make_cache):
    return make_cache()


@pytest.fixture
def source():
    return Source()


async def waiting(cache, source, many):
    """Return tasks of which one loads and the others wait for it."""
    source.gate.clear()
    tasks = [asyncio.create_task(cache.get("a", source.load)) for _ in range(many)]
    await source.asked.wait()
    await until(lambda: cache.counts.stampedes == many - 1)
    return tasks


async def until(condition):
    """Let the others run until it is so; they only ever wait for each other."""
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_what_is_remembered_is_not_loaded_again(cache, source):
    assert [await cache.get("a", source.load) for _ in range(3)] == ["first"] * 3
    assert source.loads == 1
    figures = cache.figures()
    assert (figures.hits, figures.misses, figures.sets, figures.size) == (2, 1, 1, 1)


async def test_fifty_at_once_load_once(cache, source):
    tasks = await waiting(cache, source, 50)
    source.gate.set()

    assert await asyncio.gather(*tasks) == ["first"] * 50
    assert source.loads == 1
    assert cache.figures().stampedes == 49


async def test_an_entry_ends_with_its_lifetime_and_not_before(cache, source, clock):
    await cache.get("a", source.load)
    clock.seconds += 59.9
    assert await cache.get("a", source.load) == "first"
    source.value = "second"
    clock.seconds += 0.1

    assert await cache.get("a", source.load) == "second"
    assert cache.figures().expirations == 1


async def test_lifetimes_are_scattered_so_that_entries_do_not_end_together(make_cache, source, clock):
    short, full = make_cache(chance=1.0), make_cache(chance=0.0)
    for cache in (short, full):
        await cache.get("a", source.load)
    clock.seconds += 54

    assert (short.glance("a"), full.glance("a")) == (None, "first")


async def test_another_lifetime_holds_for_what_is_there_already(cache, source, clock):
    await cache.get("a", source.load)
    clock.seconds += 100
    assert cache.glance("a") is None

    cache.lifetime = 200.0
    assert cache.glance("a") == "first"
    cache.lifetime = 99.0
    assert cache.glance("a") is None


@pytest.mark.parametrize("forget", [lambda cache: cache.forget("a"), lambda cache: cache.clear()])
async def test_what_was_being_read_when_it_changed_is_not_remembered(cache, source, forget):
    (task,) = await waiting(cache, source, 1)
    forget(cache)
    source.value = "second"
    source.gate.set()
    later = await cache.get("a", source.load)

    assert (await task, later) == ("first", "second")
    assert cache.glance("a") == "second"


async def test_nobody_waits_for_a_load_that_began_before_the_change(cache, source):
    (early,) = await waiting(cache, source, 1)
    cache.forget("a")
    source.value = "second"
    late = asyncio.create_task(cache.get("a", source.load))
    await until(lambda: source.loads == 2)
    source.gate.set()

    assert (await early, await late) == ("first", "second")
    assert cache.glance("a") == "second"


async def test_what_was_read_before_something_was_forgotten_cannot_be_put(cache):
    epoch = cache.epoch
    cache.forget("b")
    cache.put("a", "old", epoch=epoch)

    assert cache.glance("a") is None


async def test_while_the_database_fails_what_has_expired_serves_for_an_hour_more(cache, source, clock):
    await cache.get("a", source.load)
    source.failure = OUTAGE
    clock.seconds += 60 + STALE_SECONDS - 1
    assert await cache.get("a", source.load) == "first"
    assert cache.figures().stale == 1

    clock.seconds += 1
    with pytest.raises(ConnectionRefusedError):
        await cache.get("a", source.load)


async def test_no_other_failure_is_hidden_behind_an_old_value(cache, source, clock):
    await cache.get("a", source.load)
    clock.seconds += 61
    source.failure = LookupError("gone")

    with pytest.raises(LookupError):
        await cache.get("a", source.load)


async def test_what_is_no_longer_valid_is_not_served_even_then(cache, source):
    await cache.get("a", source.load)
    source.failure = OUTAGE

    with pytest.raises(ConnectionRefusedError):
        await cache.get("a", source.load, valid=lambda value: value != "first")


async def test_who_must_not_trust_memory_loads_and_falls_back_on_it_alone_in_need(cache, source):
    await cache.get("a", source.load)
    source.value = "second"
    assert await cache.get("a", source.load, fresh=True) == "second"
    source.failure = OUTAGE

    assert await cache.get("a", source.load, fresh=True) == "second"
    assert (cache.figures().bypasses, cache.figures().hits) == (2, 0)


async def test_when_the_one_who_loads_gives_up_another_does_and_only_one(cache, source):
    first, *others = await waiting(cache, source, 10)
    first.cancel()
    source.gate.set()

    assert await asyncio.gather(*others) == ["first"] * 9
    assert source.loads == 2


async def test_one_who_waits_may_give_up_without_harm_to_the_others(cache, source):
    first, second, third = await waiting(cache, source, 3)
    second.cancel()
    source.gate.set()

    assert [await first, await third] == ["first"] * 2
    assert source.loads == 1


async def test_a_broken_connection_fails_for_the_one_who_had_it(cache, source):
    tasks = await waiting(cache, source, 3)
    source.failing_once = [OUTAGE]
    source.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert found == [OUTAGE, "first", "first"]
    assert source.loads == 2


async def test_what_is_not_there_is_told_to_all_who_wait(cache, source):
    tasks = await waiting(cache, source, 3)
    source.failure = LookupError("none such")
    source.gate.set()

    assert await asyncio.gather(*tasks, return_exceptions=True) == [source.failure] * 3
    assert source.loads == 1


async def test_a_waiting_request_does_not_take_what_is_too_old_for_it(cache, source):
    (early,) = await waiting(cache, source, 1)
    source.value = "second"
    late = asyncio.create_task(cache.get("a", source.load, valid=lambda value: value == "second"))
    await asyncio.sleep(0)
    source.gate.set()

    assert (await early, await late) == ("first", "second")


async def test_what_loading_needs_is_taken_before_waiting_and_memory_is_asked_again_after(cache, source):
    order = []

    async def ready():
        order.append("ready")
        cache.put("a", "by another", epoch=cache.epoch)

    assert await cache.get("a", source.load, ready=ready) == "by another"
    assert (order, source.loads) == (["ready"], 0)


async def test_the_least_recently_used_make_room(make_cache, source):
    cache = make_cache(most=3)
    for key in "abc":
        cache.put(key, key, epoch=cache.epoch)
    cache.find("a")
    cache.put("d", "d", epoch=cache.epoch)

    assert [key for key in "abcd" if cache.peek(key)] == ["a", "c", "d"]
    assert (cache.figures().evictions, cache.figures().size) == (1, 3)


async def test_forgetting_is_counted_where_there_was_something_to_forget(cache):
    cache.put("a", 1, epoch=cache.epoch)
    cache.forget("a")
    cache.forget("a")

    assert cache.figures().deletes == 1
