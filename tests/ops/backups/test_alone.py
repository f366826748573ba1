"""Being the only one at something."""

import asyncio

import pytest

from app.ops.backups.errors import BackupRunning
from app.ops.backups.service.snapshots import alone


async def test_who_comes_next_need_not_wait_for_the_server_to_notice_that_the_last_one_went(filled_url):
    for _ in range(20):
        async with alone(filled_url, "test of turns"):
            pass


async def test_two_at_once_are_refused(filled_url):
    async with alone(filled_url, "test of two"):
        with pytest.raises(BackupRunning):
            async with alone(filled_url, "test of two"):
                pass


async def test_who_is_cancelled_lets_go_at_once(filled_url):
    begun = asyncio.Event()

    async def stay():
        async with alone(filled_url, "test of cancelling"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})

    async with alone(filled_url, "test of cancelling"):
        pass
