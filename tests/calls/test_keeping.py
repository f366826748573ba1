"""What is kept of calls: whatever order it comes in, once, within bounds, as long as nobody is forgotten."""

import asyncio
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from app.calls.models import Call
from app.core.clock import utcnow
from tests.bookings.conftest import phone
from tests.calls.callers import PROOF

REPORT: dict[str, Any] = {
    "endedReason": "customer-ended-call",
    "startedAt": "2026-03-18T10:20:00.000Z",
    "endedAt": "2026-03-18T10:23:30.500Z",
    "cost": 0.1234,
    "analysis": {"summary": "Ann booked a check-up."},
    "artifact": {
        "transcript": "AI: Hello. User: Tuesday, please.",
        "recordingUrl": "https://storage.example/recording.wav",
        "messages": [],
    },
}
MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("status-update", {"status": "ringing"}),
    ("status-update", {"status": "in-progress"}),
    ("status-update", {"status": "ended", "endedReason": "customer-ended-call"}),
    ("end-of-call-report", REPORT),
]


async def test_a_call_is_kept_with_its_words_its_cost_and_its_end(caller):
    for kind, more in MESSAGES:
        await caller.tell(kind, **more)

    call = await caller.shown()
    assert (call["direction"], call["status"], call["phone"]) == ("in", "ended", caller.phone)
    assert (call["startedAt"], call["endedAt"]) == ("2026-03-18T10:20:00Z", "2026-03-18T10:23:30.500000Z")
    assert (call["endedReason"], call["endedKind"], call["costUsd"]) == ("customer-ended-call", "completed", 0.1234)
    assert (call["transcript"], call["summary"]) == ("AI: Hello. User: Tuesday, please.", "Ann booked a check-up.")
    assert call["recordingUrl"] == "https://storage.example/recording.wav"
    assert call["reportedAt"] == "2026-03-18T10:20:00Z"


async def test_messages_in_any_order_and_again_leave_the_same_call(make_caller, make_bookable):
    caller = await make_caller()
    seen = set()
    for number, order in enumerate(list(permutations(MESSAGES))[::3]):
        caller.call_id, caller.phone = f"order-{number}-{caller.line}", phone(number)
        for kind, more in (*order, order[0]):
            assert (await caller.tell(kind, **more)).json() == {}
        call = await caller.shown()
        seen.add((call["status"], call["endedKind"], call["transcript"], call["startedAt"], call["endedAt"]))

    assert len(seen) == 1
    assert next(iter(seen))[:2] == ("ended", "completed")


async def test_messages_at_the_same_moment_make_one_call(caller):
    await asyncio.gather(*[caller.tell(kind, **more) for kind, more in MESSAGES * 2])

    [call] = (await caller.desk.get("/calls")).json()["items"]
    assert (call["status"], call["endedKind"]) == ("ended", "completed")


async def test_a_call_that_has_ended_does_not_ring_again(caller):
    await caller.tell("status-update", status="ended", endedReason="customer-busy")
    await caller.tell("status-update", status="in-progress")
    await caller.use("my_appointments")

    call = await caller.shown()
    assert (call["status"], call["endedKind"]) == ("ended", "busy")


@pytest.mark.parametrize("status", ["not-found", "deletion-failed", "from-next-year", 5, None])
async def test_a_status_that_tells_nothing_of_a_call_leaves_none(caller, status):
    answer = await caller.tell("status-update", status=status)

    assert (answer.status_code, (await caller.desk.get("/calls")).json()["items"]) == (200, [])


async def test_what_is_kept_has_no_card_and_no_link_but_https_and_is_not_endless(caller):
    artifact = {
        "transcript": "User: 4111 1111 1111 1111. " + "x" * 300_000,
        "recordingUrl": "http://insecure.example/a",
    }
    await caller.tell("end-of-call-report", endedReason="r" * 150, artifact=artifact)

    call = await caller.shown()
    assert call["transcript"].startswith("User: [card 1111].")
    assert len(call["transcript"]) <= 200_000
    assert call["recordingUrl"] is None
    assert len(call["endedReason"]) == 120


async def test_calls_are_listed_newest_first_and_by_what_is_asked(caller, clock):
    ids = []
    for number in range(3):
        caller.call_id, caller.phone = f"call-{number}-{caller.line}", phone(number)
        await caller.tell("status-update", status="in-progress" if number else "ended")
        ids.append((await caller.shown())["id"])
        clock.advance(minutes=1)

    async def listed(**query):
        return [each["id"] for each in (await caller.desk.get("/calls", **query)).json()["items"]]

    first = (await caller.desk.get("/calls", limit=2)).json()
    assert [each["id"] for each in first["items"]] == [ids[2], ids[1]]
    assert await listed(limit=2, after=first["nextAfter"]) == [ids[0]]
    assert await listed(status="ended") == [ids[0]]
    assert await listed(direction="out") == []
    assert await listed(phone="07400 000001") == [ids[1]]


async def test_a_call_shows_what_was_done_in_it(caller):
    await caller.use("find_slots", when="tomorrow at ten")
    await caller.use("book_appointment", when="tomorrow at ten")

    [found, held] = await caller.answers()
    assert (found["tool"], found["code"], found["succeeded"], found["bookingId"]) == ("find_slots", "free", True, None)
    assert (held["tool"], held["code"], held["startsAt"]) == ("book_appointment", "held", "2026-03-19T10:00:00Z")
    assert held["answer"].startswith("I am keeping Thursday")


async def test_a_customer_who_is_forgotten_leaves_no_word_in_calls(caller, sql):
    await caller.use("book_appointment", when="tomorrow at ten", name="Ann")
    await caller.use("book_appointment", confirm=True)
    await caller.tell("end-of-call-report", **REPORT)
    [booking] = await caller.booked()
    customer = booking["customer"]["id"]
    call = await caller.shown()
    held = (await caller.desk.get(f"/customers/{customer}/export")).json()["calls"]
    assert held[0]["transcript"] == call["transcript"]
    assert [each["code"] for each in held[0]["toolAnswers"]] == ["held", "booked"]

    await caller.desk.post(f"/customers/{customer}/erase")
    await caller.tell("end-of-call-report", **REPORT)

    left = (await caller.desk.get(f"/calls/{call['id']}")).json()
    gone = ("phone", "transcript", "summary", "recordingUrl")
    assert {name: left[name] for name in gone} == dict.fromkeys(gone)
    assert [each["answer"] for each in left["toolAnswers"]] == [None, None]
    assert (left["costUsd"], left["endedKind"]) == (0.1234, "completed")
    named = await sql("SELECT DISTINCT named FROM tool_answers WHERE call_id = :id", id=UUID(call["id"]))
    assert [row.named for row in named] == [None]


async def test_a_customer_who_only_asked_is_forgotten_by_the_number_that_called(caller):
    await caller.use("find_slots", when="tomorrow at ten")
    customer = (await caller.desk.post("/customers", {"phone": caller.phone})).json()["id"]
    call = await caller.shown()

    await caller.desk.post(f"/customers/{customer}/erase")

    left = (await caller.desk.get(f"/calls/{call['id']}")).json()
    assert (left["phone"], left["toolAnswers"][0]["answer"]) == (None, None)


async def test_a_call_that_we_make_is_known_before_we_are_told_its_id(app, caller):
    ours = Call(client_id=caller.desk.client.id, direction="out", status="dispatching", phone=caller.phone)
    ours.created_at = ours.updated_at = utcnow()
    async with app.state.sessions.begin() as session:
        session.add(ours)
    message = caller.message("status-update", status="in-progress")
    message["message"]["call"] |= {"type": "outboundPhoneCall", "metadata": {"call_id": str(ours.id)}}

    answers = [await caller.http.post("/webhooks/vapi", json=message, headers=PROOF) for _ in range(2)]
    await caller.use("my_appointments")

    assert [answer.status_code for answer in answers] == [200, 200]
    [call] = (await caller.desk.get("/calls")).json()["items"]
    assert (call["id"], call["status"], call["direction"]) == (str(ours.id), "in_progress", "out")


async def test_a_call_that_names_another_clients_as_ours_is_a_new_one(app, make_caller):
    caller, other = await make_caller(), await make_caller()
    theirs = Call(client_id=other.desk.client.id, direction="out", status="dispatching")
    theirs.created_at = theirs.updated_at = utcnow()
    async with app.state.sessions.begin() as session:
        session.add(theirs)
    message = caller.message("status-update", status="in-progress")
    message["message"]["call"] |= {"type": "outboundPhoneCall", "metadata": {"call_id": str(theirs.id)}}

    await caller.http.post("/webhooks/vapi", json=message, headers=PROOF)

    assert (await other.desk.get(f"/calls/{theirs.id}")).json()["status"] == "dispatching"
    [call] = (await caller.desk.get("/calls")).json()["items"]
    assert call["id"] != str(theirs.id)


async def test_a_report_that_comes_while_a_customer_is_forgotten_leaves_no_word(app, caller):
    customer = (await caller.desk.post("/customers", {"phone": caller.phone})).json()["id"]
    await caller.tell("status-update", status="in-progress")

    for _ in range(5):
        await asyncio.gather(
            caller.tell("end-of-call-report", **REPORT),
            caller.desk.post(f"/customers/{customer}/erase"),
            caller.tell("status-update", status="ended"),
        )

    [call] = (await caller.desk.get("/calls")).json()["items"]
    left = (await caller.desk.get(f"/calls/{call['id']}")).json()
    assert (left["phone"], left["transcript"], left["status"]) == (None, None, "ended")
