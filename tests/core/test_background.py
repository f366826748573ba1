"""Turns beside the requests: one that fails or hangs is not the last, and nobody waits for what was given up."""

import asyncio

import pytest

from app.core import background
from app.core.background import Background
from app.core.patience import within


@pytest.fixture
async def turns():
    turns = Background()
    yield turns
    await turns.stop()


async def test_a_turn_that_fails_is_taken_again(turns):
    taken, enough = [], asyncio.Event()

    async def turn():
        taken.append(1)
        if len(taken) == 3:
            enough.set()
        raise RuntimeError("no luck")

    turns.every(0, "unlucky", turn)
    turns.start()
    async with asyncio.timeout(30):
        await enough.wait()


async def test_a_turn_in_which_something_else_was_cancelled_is_taken_again(turns):
    taken, enough = [], asyncio.Event()

    async def turn():
        taken.append(1)
        if len(taken) == 3:
            enough.set()
        inner = asyncio.create_task(asyncio.Event().wait())
        inner.cancel()
        await inner

    turns.every(0, "shaken", turn)
    turns.start()
    async with asyncio.timeout(30):
        await enough.wait()


async def test_a_turn_that_hangs_is_given_up_and_taken_again(turns, monkeypatch):
    monkeypatch.setattr(background, "TURN_SECONDS", 0.01)
    taken, enough = [], asyncio.Event()

    async def turn():
        taken.append(1)
        if len(taken) == 3:
            enough.set()
        await asyncio.Event().wait()

    turns.every(0, "hanging", turn)
    turns.start()
    async with asyncio.timeout(30):
        await enough.wait()


def test_two_turns_do_not_share_a_name():
    turns = Background()

    async def turn():
        raise AssertionError

    turns.every(1, "one", turn)
    with pytest.raises(ValueError, match="one"):
        turns.every(1, "one", turn)


async def test_what_is_given_up_is_not_waited_for():
    leaving, left = asyncio.Event(), asyncio.Event()

    async def slow_to_leave():
        try:
            await asyncio.Event().wait()
        finally:
            leaving.set()
            await left.wait()

    with pytest.raises(TimeoutError):
        await within(0.01, slow_to_leave())
    async with asyncio.timeout(30):
        await leaving.wait()
    left.set()


async def test_what_comes_in_time_is_returned_and_what_fails_is_raised():
    async def answer():
        return 42

    async def failing():
        raise KeyError("lost")

    assert await within(1, answer()) == 42
    with pytest.raises(KeyError):
        await within(1, failing())
