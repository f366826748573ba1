"""What is given up is not waited for at the end."""

import asyncio
import threading

import pytest

from app.core.running import run_without_waiting


def test_a_thread_that_is_stuck_holds_nobody_up():
    stuck = threading.Event()

    async def work():
        asyncio.get_running_loop().run_in_executor(None, stuck.wait)
        return "done"

    assert run_without_waiting(work()) == "done"
    stuck.set()


def test_threads_give_what_they_return_and_raise():
    async def work():
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        return await asyncio.to_thread(lambda: 7)

    assert run_without_waiting(work()) == 7


def test_a_wait_that_is_given_up_ends_in_silence():
    late = threading.Event()

    async def work():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.to_thread(late.wait)

    run_without_waiting(work())
    late.set()
