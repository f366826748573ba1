"""Workers killed at every point of a text: none is lost, and Twilio has each once."""

from collections import Counter
from uuid import uuid4

import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.jobs.outbox import Subscriptions
from app.messages.events import TextDue
from tests.bookings.conftest import phone
from tests.jobs.conftest import eventually
from tests.jobs.doomed import POINTS, Doom, Workers
from tests.messages.texting_worker import work

TEXTS = 25
"""Within what a messaging service sends at once: waiting for a turn is proven elsewhere."""

WRITE = (
    "INSERT INTO messages (client_id, id, direction, channel, kind, status, address, body, due_at, woken_at,"
    " created_at, updated_at) VALUES (:client, :id, 'out', 'sms', 'reply', 'queued', :phone, :body,"
    " NOW(), NOW(), NOW(), NOW())"
)


@pytest.fixture
async def name():
    """A kind of job that no other test's worker does."""
    return f"drill.n{uuid4().hex}"


@pytest.fixture
def write(app, office, sql, name):
    """Leave texts to be sent, each with its job."""
    subscriptions = Subscriptions()

    @subscriptions.subscribe(TextDue, name)
    async def done_elsewhere(_session, _event, /, *, now):
        """Nothing is done in this process."""

    async def act(numbers):
        service = f"MG{uuid4().hex}"
        await sql(
            "UPDATE lines SET messaging_service_sid = :sid WHERE client_id = :id", sid=service, id=office.client_id
        )
        for number in numbers:
            message = new_id()
            await sql(WRITE, client=office.client_id, id=message, phone=phone(number), body=f"Text {number}.")
            async with app.state.sessions.begin() as session:
                await subscriptions.emit(session, TextDue(office.client_id, message, utcnow()), now=utcnow())

    return act


@pytest.mark.prove
@pytest.mark.timeout(180)
@pytest.mark.parametrize("point", POINTS)
async def test_whatever_a_worker_is_killed_at_each_text_is_sent_once(
    office, outside, sql, write, configured, name, point
):
    await write(range(TEXTS))
    workers = Workers(work, configured, name)
    for number in (1, 2, 3, 4):
        await workers.die(Doom(point, number))

    async def none_left():
        waiting = await sql("SELECT id FROM pgqueuer WHERE entrypoint = :name", name=name)
        return not waiting

    await workers.finish(none_left, eventually)
    outside.settle()
    texts = await office.messages(kind="reply")
    assert Counter(message.to for message in outside.messages) == Counter(phone(number) for number in range(TEXTS))
    assert {text.status for text in texts} <= {"accepted", "sent", "delivered"}
    assert sorted(text.sid for text in texts) == sorted(message.sid for message in outside.messages)
