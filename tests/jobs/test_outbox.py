"""The outbox: jobs come with the commit, or not at all."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import text

from app.jobs.outbox import Subscriptions
from tests.jobs.conftest import NOW


@dataclass(frozen=True)
class Held:
    """Something is held for a while."""

    client_id: UUID
    at: datetime


async def do_nothing(session, event, /, *, now):
    """Do nothing."""


async def jobs(sessions, *names):
    async with sessions() as session:
        rows = await session.execute(
            text(
                "SELECT entrypoint, status::text, execute_after - created AS wait, payload, dedupe_key "
                "FROM pgqueuer WHERE entrypoint = ANY(:names) ORDER BY id"
            ),
            {"names": list(names)},
        )
        return rows.all()


def held():
    return Held(client_id=uuid4(), at=NOW + timedelta(minutes=5))


async def test_a_rollback_leaves_no_job(sessions, subscriptions, name):
    subscriptions.subscribe(Held, name)(do_nothing)
    async with sessions() as session:
        await subscriptions.emit(session, held(), now=NOW)  # the very first statement of its transaction
        await session.rollback()

    assert await jobs(sessions, name) == []


async def test_a_commit_leaves_one_job_for_each_subscriber(sessions, subscriptions, name):
    names = [f"{name}.{verb}" for verb in ("tell", "push", "count")]
    for each in names:
        subscriptions.subscribe(Held, each)(do_nothing)
    async with sessions.begin() as session:
        await subscriptions.emit(session, held(), now=NOW)

    assert sorted(job.entrypoint for job in await jobs(sessions, *names)) == sorted(names)
    assert {job.status for job in await jobs(sessions, *names)} == {"queued"}


async def test_an_event_is_read_as_it_was_written(sessions, subscriptions, name):
    subscriptions.subscribe(Held, name)(do_nothing)
    event = held()
    async with sessions.begin() as session:
        await subscriptions.emit(session, event, now=NOW)
    [job] = await jobs(sessions, name)
    [subscription] = subscriptions

    assert subscription.reads.validate_json(job.payload) == event


@contextmanager
def statements_of(session):
    """Collect the statements that a session's engine executes."""
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    hooks.listen(session.sync_session.bind, "before_cursor_execute", note)
    yield statements
    hooks.remove(session.sync_session.bind, "before_cursor_execute", note)


async def test_an_event_that_nobody_subscribed_to_costs_no_statement(sessions):
    async with sessions() as session:
        with statements_of(session) as statements:
            await Subscriptions().emit(session, held(), now=NOW)
        began = session.in_transaction()

    assert (statements, began) == ([], False)


async def test_three_subscribers_cost_one_statement(sessions, subscriptions, name):
    for each in range(3):
        subscriptions.subscribe(Held, f"{name}.n{each}")(do_nothing)
    async with sessions() as session:
        with statements_of(session) as statements:
            await subscriptions.emit(session, held(), now=NOW)
        await session.rollback()

    assert len(statements) == 1


async def test_a_job_can_wait_for_an_instant_of_its_event(sessions, subscriptions, name):
    subscriptions.subscribe(
        Held, name, at=lambda event: event.at, delay=timedelta(seconds=1), once=lambda event: str(event.client_id)
    )(do_nothing)
    subscriptions.subscribe(Held, f"{name}.later", delay=timedelta(hours=1))(do_nothing)
    event = held()
    async with sessions.begin() as session:
        await subscriptions.emit(session, event, now=NOW)
    timed, later = await jobs(sessions, name, f"{name}.later")

    assert timed.wait == timedelta(minutes=5, seconds=1)
    assert timed.dedupe_key == f"{name}:{event.client_id}"
    assert (later.wait, later.dedupe_key) == (timedelta(hours=1), None)


async def test_an_event_whose_key_waits_already_adds_no_job(sessions, subscriptions, name):
    subscriptions.subscribe(Held, name, once=lambda event: str(event.client_id))(do_nothing)
    subscriptions.subscribe(Held, f"{name}.each")(do_nothing)
    event, other = held(), held()
    for each in (event, event, other):
        async with sessions.begin() as session:
            await subscriptions.emit(session, each, now=NOW)

    assert len(await jobs(sessions, name)) == 2
    assert len(await jobs(sessions, f"{name}.each")) == 3


async def test_many_events_cost_one_statement_and_each_job_has_its_own_event_and_time(sessions, subscriptions, name):
    subscriptions.subscribe(Held, name, at=lambda event: event.at)(do_nothing)
    subscriptions.subscribe(Held, f"{name}.at_once")(do_nothing)
    events = [Held(client_id=uuid4(), at=NOW + timedelta(minutes=minutes)) for minutes in (5, 10)]
    async with sessions.begin() as session:
        with statements_of(session) as statements:
            await subscriptions.emit_all(session, [*events, "nobody's"], now=NOW)
    timed, at_once = await jobs(sessions, name), await jobs(sessions, f"{name}.at_once")
    [reads, _] = [subscription.reads for subscription in subscriptions]

    assert len(statements) == 1
    assert [reads.validate_json(job.payload) for job in timed] == events
    assert [job.wait for job in timed] == [timedelta(minutes=5), timedelta(minutes=10)]
    assert [job.wait for job in at_once] == [timedelta(0), timedelta(0)]


async def test_no_event_among_many_may_be_one_of_a_key(sessions, subscriptions, name):
    subscriptions.subscribe(Held, name, once=lambda event: str(event.client_id))(do_nothing)
    async with sessions.begin() as session:
        with pytest.raises(ValueError, match="one job at a time"):
            await subscriptions.emit_all(session, [held()], now=NOW)

    assert await jobs(sessions, name) == []


@pytest.mark.parametrize("taken", ["nodots", "Room.verb", "room.", "room verb", ""])
def test_a_malformed_name_is_refused(taken):
    with pytest.raises(ValueError, match="taken"):
        Subscriptions().subscribe(Held, taken)


def test_a_name_is_given_once(subscriptions):
    subscriptions.subscribe(Held, "room.verb")(do_nothing)

    with pytest.raises(ValueError, match="taken"):
        subscriptions.subscribe(Held, "room.verb")


def test_an_event_that_could_change_is_refused(subscriptions):
    @dataclass
    class Loose:
        client_id: UUID

    with pytest.raises(TypeError, match="frozen"):
        subscriptions.subscribe(Loose, "room.verb")


def test_an_event_carries_no_objects(subscriptions):
    @dataclass(frozen=True)
    class Heavy:
        booking: dict[str, str]

    with pytest.raises(TypeError, match=r"Heavy\.booking"):
        subscriptions.subscribe(Heavy, "room.verb")
