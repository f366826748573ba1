"""Messages about alerts: signed, tried again, given up; and the sign of life to a monitor elsewhere."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.core.ids import new_id
from app.ops.alerts.rules.lives import Kind
from app.ops.alerts.rules.pages import Page
from tests.ops.alerts.conftest import SECRET, answer, stored, turns


async def test_a_message_is_signed_and_says_what_to_do(make_watch, signed, receiver, time):
    time.now = datetime.now(UTC)  # receivers refuse what was signed long ago
    watch = make_watch(**signed, runbook_url="https://example.com/operations", commit="abc")
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    (body, (_, headers, raw)) = next(
        each for each in zip(receiver.bodies, receiver.taken, strict=True) if each[0]["data"]["rule"] == "error_rate"
    )

    assert Webhook(SECRET).verify(raw, headers) == body
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(raw + b" ", headers)
    assert body["text"] == "[CRITICAL] 16.67 % of requests fail"
    data = body["data"]
    assert data["runbookUrl"] == "https://example.com/operations#error_rate"
    assert data["runbookSection"] == "High Error Rates"
    assert data["next"][0].startswith("curl ")
    assert (data["commit"], data["status"], data["value"]) == ("abc", "firing", pytest.approx(100 / 6))


async def test_a_receiver_that_fails_is_tried_again_with_the_same_id_and_bytes(make_watch, signed, receiver, time):
    receiver.statuses = [500, 302, 0, 200]
    watch = make_watch(**signed)
    for _ in range(2):
        await watch.turn(now=time.now)
    await answer(watch, time.now, good=50, failed=10)
    for _ in range(2):
        await watch.turn(now=time.now)
    (page,) = watch.courier.waiting.values()
    seen = []
    for seconds in (0, 4, 1, 14, 1, 59, 1, 3_600):
        time.pass_(seconds)
        await watch.deliver(now=time.now)
        seen.append(len(receiver.taken))

    assert seen == [1, 1, 2, 2, 3, 3, 4, 4]
    assert {(headers["webhook-id"], body) for _, headers, body in receiver.taken} == {
        (str(page.id), page.body.encode())
    }
    assert len({headers["webhook-timestamp"] for _, headers, _ in receiver.taken}) == 4
    (row,) = await stored(watch, "SELECT status, attempts, error FROM alert_pages")
    assert tuple(row) == ("delivered", 4, None)


async def test_a_receiver_that_never_answers_is_given_up_and_counted(make_watch, signed, receiver, time):
    receiver.statuses = [503]
    watch = make_watch(**signed)
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    for _ in range(10):
        time.pass_(1_000)
        await watch.deliver(now=time.now)

    assert not watch.courier.waiting
    rows = await stored(watch, "SELECT DISTINCT status, attempts, error FROM alert_pages")
    assert [tuple(row) for row in rows] == [("failed", 6, "status_503")]


async def test_a_huge_answer_of_a_receiver_is_not_read(make_watch, signed, receiver, time):
    receiver.statuses, receiver.answer = [200], b"x" * 3_000_000
    watch = make_watch(**signed)
    await answer(watch, time.now, good=50, failed=10)

    await turns([watch], time, 2)

    assert {row.status for row in await stored(watch, "SELECT status FROM alert_pages")} == {"delivered"}


async def test_what_a_dead_leader_left_undelivered_the_next_one_delivers(make_watch, signed, receiver, time):
    receiver.statuses = [500, 500, 500, 200]
    first, second = make_watch(**signed), make_watch(**signed)
    await answer(first, time.now, good=50, failed=10)
    await turns([first], time, 2)
    tried = {headers["webhook-id"] for _, headers, _ in receiver.taken}
    await first.process.stop()
    receiver.statuses = [200]
    receiver.taken.clear()

    await turns([second], time, 2)

    assert {headers["webhook-id"] for _, headers, _ in receiver.taken} == tried
    assert len(receiver.taken) == len(tried) > 0


async def test_the_outside_monitor_hears_of_a_leader_that_is_well_and_of_nobody_else(make_watch, receiver, time):
    leader, follower = (make_watch(heartbeat_url=receiver.url) for _ in range(2))
    await leader.beat(now=time.now)  # nothing evaluated yet
    await turns([leader, follower], time, 1)
    await leader.beat(now=time.now)
    await follower.beat(now=time.now)
    beats = [first for first, _, _ in receiver.taken]
    time.pass_(120)
    await leader.beat(now=time.now)  # its evaluations have stopped
    await turns([leader, follower], time, 1)
    leader.process.draining = True
    await leader.beat(now=time.now)

    assert beats == ["GET /hook HTTP/1.1"]
    assert len(receiver.taken) == 1
    assert leader.courier.pulse.sent_at is not None
    assert follower.courier.pulse.sent_at is None


async def test_the_outside_monitor_raises_the_alarm_when_nobody_takes_our_messages(make_watch, signed, receiver, time):
    watch = make_watch(**signed, heartbeat_url=receiver.url)
    receiver.statuses = [500]
    await answer(watch, time.now, good=50, failed=10)
    await turns([watch], time, 2)
    for _ in range(3):
        time.pass_(61)
        await watch.turn(now=time.now)
        await watch.deliver(now=time.now)

    assert not watch.well(now=time.now)


async def test_messages_of_one_alert_arrive_in_order_and_others_do_not_wait_for_them(
    make_watch, signed, receiver, time
):
    courier = make_watch(**signed).courier
    alert, other = new_id(), new_id()
    courier.take(
        [
            Page(new_id(), alert, Kind.fired, '{"n": 1}', time.now),
            Page(new_id(), alert, Kind.resolved, '{"n": 2}', time.now),
        ]
    )
    receiver.statuses = [500, 204]
    for seconds in (0, 1, 5, 1):
        time.pass_(seconds)
        await courier.deliver(now=time.now)
        if seconds == 0:
            courier.take([Page(new_id(), other, Kind.fired, '{"n": 3}', time.now)])

    assert [body["n"] for body in receiver.bodies] == [1, 3, 1, 2]
