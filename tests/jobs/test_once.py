"""What must not be sent twice: written down before it is sent, and looked for before it is sent again."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.jobs.errors import FateUnknown, TakenOver, TookTooLong, TryLater
from app.jobs.once import belonging, send_once, still_mine

SETTLES = timedelta(hours=2)
"""Longer than any run of the tests: instants are those when this was read."""
LONG_AGO = datetime.now(UTC) - timedelta(hours=3)
JUST_NOW = datetime.now(UTC)


class Refused(Exception):
    """The other side says that it did nothing."""


@pytest.fixture
async def session(sessions):
    async with sessions() as session:
        yield session


@pytest.fixture
def letter(session, sessions, marks, name):
    """Send a letter; what was recorded and what was done stands in `letter.steps`."""

    class Letter:
        def __init__(self):
            self.steps = []

        async def record(self, begun_at):
            await session.execute(text("DELETE FROM scratch.marks WHERE job = :name"), {"name": name})
            await session.execute(
                text("INSERT INTO scratch.marks (job, at) VALUES (:name, :at)"), {"name": name, "at": begun_at}
            )
            self.steps.append("written" if begun_at else "taken back")

        async def recorded(self):
            async with sessions() as another:
                return await another.scalar(text("SELECT at FROM scratch.marks WHERE job = :name"), {"name": name})

        async def once(self, *, begun_at=None, found=None, send=None, settles=SETTLES):
            async def find(since):
                assert (since, session.in_transaction()) == (begun_at, False)
                self.steps.append("looked")
                return found

            async def deliver():
                assert not session.in_transaction()
                self.steps.append("sent" if await self.recorded() else "sent unrecorded")
                return await send() if send else "arrived"

            return await send_once(
                session,
                begun_at=begun_at,
                record=self.record,
                find=find,
                send=deliver,
                settles=settles,
                unsent=(Refused,),
            )

    return Letter()


async def test_what_is_sent_is_written_down_before(letter):
    assert await letter.once() == "arrived"
    assert letter.steps == ["written", "sent"]


async def test_what_the_other_side_shows_is_not_sent_again(letter):
    assert await letter.once(begun_at=JUST_NOW, found="there") == "there"
    assert letter.steps == ["looked"]


async def test_a_list_that_need_not_show_it_yet_proves_nothing(letter):
    with pytest.raises(TryLater) as waits:
        await letter.once(begun_at=JUST_NOW)

    assert timedelta(seconds=60) < waits.value.after <= SETTLES
    assert isinstance(waits.value.__cause__, FateUnknown)
    assert letter.steps == ["looked"]


async def test_what_is_sure_not_to_be_there_is_sent_and_written_down_anew(letter):
    await letter.once(begun_at=LONG_AGO)

    assert letter.steps == ["looked", "written", "sent"]
    assert await letter.recorded() > LONG_AGO + SETTLES


async def test_a_refusal_that_proves_that_nothing_was_done_needs_no_look_next_time(letter):
    async def refuse():
        raise Refused

    with pytest.raises(Refused):
        await letter.once(send=refuse)

    assert letter.steps == ["written", "sent", "taken back"]
    assert await letter.recorded() is None


async def test_after_every_other_failure_it_stays_written_down(letter):
    async def lose():
        raise ConnectionError("the answer never came")

    with pytest.raises(ConnectionError):
        await letter.once(send=lose)

    assert await letter.recorded() is not None


async def test_a_send_that_hangs_is_given_up_while_others_still_wait_and_stays_written_down(letter):
    with pytest.raises(TookTooLong):
        await letter.once(send=asyncio.Event().wait, settles=timedelta(milliseconds=400))

    assert await letter.recorded() is not None


async def test_who_was_slow_to_write_it_down_does_not_send_any_more(letter, monkeypatch):
    record = letter.record

    async def slowly(begun_at):
        await record(begun_at)
        await asyncio.sleep(0.06)

    monkeypatch.setattr(letter, "record", slowly)
    with pytest.raises(TookTooLong):
        await letter.once(settles=timedelta(milliseconds=200))

    assert letter.steps == ["written"]


@pytest.fixture
async def picked(session, sessions, name):
    """A job that a worker has; the session belongs to it."""
    worker = uuid4()
    enqueue = text(
        "INSERT INTO pgqueuer (priority, entrypoint, status, queue_manager_id) VALUES (0, :name, 'picked', :worker)"
        " RETURNING id"
    )
    async with sessions.begin() as another:
        job = await another.scalar(enqueue, {"name": name, "worker": worker})
    session.info.update(belonging(job, worker))
    return job


async def test_a_worker_that_lost_the_job_sends_nothing(letter, picked, sessions):
    async with sessions.begin() as another:
        await another.execute(
            text("UPDATE pgqueuer SET queue_manager_id = gen_random_uuid() WHERE id = :id"), {"id": picked}
        )
    with pytest.raises(TakenOver):
        await letter.once()

    assert letter.steps == []


async def test_nobody_takes_a_job_over_while_it_is_being_written_down(session, picked, sessions):
    free = text("SELECT id FROM pgqueuer WHERE id = :id FOR UPDATE SKIP LOCKED")  # as the queue looks for jobs
    await still_mine(session)
    async with sessions.begin() as another:
        during = await another.scalar(free, {"id": picked})
    await session.commit()
    async with sessions.begin() as another:
        after = await another.scalar(free, {"id": picked})

    assert (during, after) == (None, picked)
