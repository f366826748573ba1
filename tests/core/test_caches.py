"""The caches of a process: served while changes are told of, forgotten at the commit and by notice."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.cache import Caches, Definition, after_commit, caches_of

THINGS: Definition[int, str] = Definition("things", 10, 60.0, int)
PLANS: Definition[int, str] = Definition("plans", 10, 60.0)


@dataclass
class Line:
    """A lifeline as caches see it."""

    listening: bool = True
    on_found: list[Any] = field(default_factory=list)
    on_lost: list[Any] = field(default_factory=list)
    channels: dict[str, Any] = field(default_factory=dict)

    def hear(self, channel, callback):
        self.channels[channel] = callback

    def tell(self, payload):
        self.channels["booking_caches"](payload)

    def found(self):
        self.listening = True
        for call in self.on_found:
            call()

    def lost(self):
        self.listening = False
        for call in self.on_lost:
            call()


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def caches(line):
    caches = Caches(lambda: 0.0)
    caches.follow(line)
    for definition in (THINGS, PLANS):
        for key in (1, 2):
            caches.of(definition).put(key, "known", epoch=0)
    return caches


def left(caches):
    return {cache.definition.name: [key for key in (1, 2) if cache.peek(key)] for cache in caches}


def test_nothing_is_trusted_before_notices_arrive_nor_after_they_may_be_missed(caches, line):
    seen = [caches.trusted]
    line.found()
    seen.append(caches.trusted)
    line.lost()
    seen.append(caches.trusted)
    line.listening = True  # connected again, but not listening yet
    seen.append(caches.trusted)

    assert seen == [False, True, False, False]


def test_when_notices_arrive_again_all_is_forgotten_for_some_were_missed(caches, line):
    line.found()

    assert left(caches) == {"things": [], "plans": []}


def test_a_notice_forgets_the_one_entry_that_it_names(caches, line):
    line.tell("things:2")

    assert left(caches) == {"things": [1], "plans": [1, 2]}


def test_a_star_forgets_all_of_a_cache(caches, line):
    line.tell("things:*")

    assert left(caches) == {"things": [], "plans": [1, 2]}


@pytest.mark.parametrize("payload", ["", "no such", "others:1", "things:none"])
def test_a_notice_that_makes_no_sense_does_no_harm(caches, line, payload):
    line.tell(payload)

    assert left(caches) == {"things": [1, 2], "plans": [1, 2]}


def test_where_a_notice_cannot_name_one_entry_all_go(caches, line):
    line.tell("plans:1")

    assert left(caches)["plans"] == []


async def test_what_is_to_be_done_after_the_commit_is_done_then_and_not_before(session):
    done = []
    await session.begin()
    after_commit(session, lambda: done.append("after"))
    async with session.begin_nested():
        await session.execute(text("SELECT 1"))
    before = list(done)
    await session.commit()
    await session.begin()
    await session.commit()

    assert (before, done) == ([], ["after"])


async def test_what_is_rolled_back_has_no_after(session):
    done = []
    await session.begin()
    after_commit(session, lambda: done.append("after"))
    await session.execute(text("SELECT 1"))
    await session.rollback()

    assert done == []


async def test_a_session_of_no_process_remembers_only_for_itself(app):
    async with AsyncSession(app.state.engine) as one, AsyncSession(app.state.engine) as other:
        assert caches_of(one) is caches_of(one)
        assert caches_of(one) is not caches_of(other)
        assert not caches_of(one).trusted
