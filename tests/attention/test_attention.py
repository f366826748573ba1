"""What waits for a person: brought up by any channel, listed with what can be done, ticked off."""

from uuid import UUID

import pytest

from app.attention.jobs import forget, forget_words
from app.attention.rules import WHAT, Kind, actions
from app.attention.service import bring_up, keep_unrouted
from app.core.ids import new_id
from tests.bookings.conftest import PHONE, Desk


@pytest.fixture
async def desk(http, make_bookable, clock):
    clock.set("2026-03-23T08:00:00Z")
    return Desk(await make_bookable(), http)


@pytest.fixture
def bring(app, desk, clock):
    """Bring something up, in a transaction of its own."""

    async def act(kind, about, **more):
        async with app.state.sessions.begin() as session:
            return await bring_up(session, desk.client.id, kind, about, **more, now=clock.now)

    return act


async def test_what_comes_up_again_joins_what_is_open(desk, bring):
    first = await bring(Kind.message_taken, "+447400123456", phone=PHONE, said="Please call me.")
    again = await bring(Kind.message_taken, "+447400123456", said="It is urgent.", code="later")
    other = await bring(Kind.callback_wanted, "+447400123456")

    items = (await desk.get("/attention")).json()["items"]
    assert (first == again, [item["id"] for item in items]) == (True, [str(first), str(other)])
    assert (items[0]["times"], items[0]["said"]) == (2, "Please call me.\nIt is urgent.")
    assert (items[0]["phone"], items[0]["code"], items[0]["version"]) == (PHONE, "later", 2)


async def test_what_is_done_is_not_open_and_what_comes_up_then_is_new(desk, bring):
    first = await bring(Kind.hand_over, "x", phone=PHONE)

    done = await desk.post(f"/attention/{first}/done", {"note": "rang them", "version": 1})
    twice = await desk.post(f"/attention/{first}/done")
    new = await bring(Kind.hand_over, "x", phone=PHONE)

    assert (done.json()["status"], done.json()["note"], done.json()["actions"]) == ("done", "rang them", [])
    assert (twice.status_code, twice.json()["version"], new != first) == (200, 2, True)
    assert [item["id"] for item in (await desk.get("/attention", status="open")).json()["items"]] == [str(new)]
    assert [item["id"] for item in (await desk.get("/attention", status="done")).json()["items"]] == [str(first)]


async def test_what_came_up_again_meanwhile_is_not_ticked_off(desk, bring):
    item = await bring(Kind.hand_over, "x")
    await bring(Kind.hand_over, "x")

    refused = await desk.post(f"/attention/{item}/done", {"version": 1})

    assert (refused.status_code, refused.json()["code"]) == (409, "version_conflict")
    assert (await desk.get(f"/attention/{item}")).json()["status"] == "open"


async def test_a_long_story_is_cut(desk, bring):
    item = await bring(Kind.message_taken, "x", said="a" * 1_990)
    await bring(Kind.message_taken, "x", said="b" * 5_000)

    assert (await desk.get(f"/attention/{item}")).json()["said"] == "a" * 1_990 + "\n" + "b" * 9


async def test_a_forgotten_customers_words_and_number_are_gone(desk, bring, sql):
    booked = (await desk.book("2026-03-24T10:00:00Z")).json()
    customer = booked["customer"]["id"]
    theirs = await bring(Kind.message_taken, "one", customer_id=UUID(customer), said="It hurts.", phone=PHONE)
    by_number = await bring(Kind.message_taken, PHONE, said="Still hurts.", phone=PHONE)

    told = (await desk.get(f"/customers/{customer}/export")).json()["attention"]
    await desk.post(f"/customers/{customer}/erase")

    left = [(await desk.get(f"/attention/{item}")).json() for item in (theirs, by_number)]
    assert [item["said"] for item in told] == ["It hurts.", "Still hurts."]
    assert [(item["said"], item["phone"]) for item in left] == [(None, None)] * 2
    rows = await sql("SELECT * FROM attention_items WHERE client_id = :id", id=desk.client.id)
    assert [row for row in rows if PHONE in str(tuple(row))] == []


async def test_what_was_said_of_what_is_done_is_forgotten_after_the_clients_time(app, desk, bring, clock):
    path = f"/api/clients/{desk.client.client_key}/contact"
    changed = await desk.http.patch(path, json={"keepDays": 10, "version": 1}, headers=desk.client.operator_headers)
    assert changed.status_code == 200, changed.text
    done, open_ = [await bring(Kind.hand_over, about, phone=PHONE, said="It hurts.") for about in ("one", "two")]
    await desk.post(f"/attention/{done}/done", {"note": "rang +447400123456"})

    kept = []
    for days in (9, 2):
        clock.advance(days=days)
        async with app.state.sessions.begin() as session:
            await forget_words(session, now=clock.now)
        items = [(await desk.get(f"/attention/{item}")).json() for item in (done, open_)]
        kept.append([[item[name] for name in ("said", "phone", "note")] for item in items])

    untouched = ["It hurts.", PHONE, None]
    assert kept == [[["It hurts.", PHONE, "rang +447400123456"], untouched], [[None, None, None], untouched]]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_says_what_it_is_and_how_it_ends(kind):
    item, booking, message = new_id(), new_id(), new_id()

    can = actions(item, kind, {"booking_id": booking, "message_id": message, "call_id": None}, reachable=True)

    assert WHAT[kind].endswith(".")
    assert ("done", "POST", f"/api/attention/{item}/done") == can[-1]
    assert ("read_booking", "GET", f"/api/bookings/{booking}") in can
    assert (("send_again", "POST", f"/api/messages/{message}/send") in can) == (kind == "confirmation_undelivered")


async def test_what_came_in_for_nobody_is_kept_once_and_for_30_days(app, http, operator, clock):
    clock.set("2026-03-23T08:00:00Z")
    key, line = str(new_id()), "+447400999111"

    async def keep():
        async with app.state.sessions.begin() as session:
            return await keep_unrouted(
                session, "twilio", key, kind="message", line=line, content={"body": "hi"}, now=clock.now
            )

    kept = [await keep(), await keep()]
    seen = (await http.get("/api/unrouted", params={"limit": 200}, headers=operator)).json()["items"]
    clock.advance(days=31)
    async with app.state.sessions.begin() as session:
        await forget(session, now=clock.now)
    left = (await http.get("/api/unrouted", params={"limit": 200}, headers=operator)).json()["items"]

    assert kept == [True, False]
    assert [item["content"] for item in seen if item["line"] == line] == [{"body": "hi"}]
    assert [item for item in left if item["line"] == line] == []
