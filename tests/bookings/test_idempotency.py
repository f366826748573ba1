"""The same POST twice with one key: one effect, one answer, byte for byte."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.auth import Scope
from app.core.idempotency import purge_answers
from tests.bookings.conftest import PHONE, id_of, phone

TEN = "2026-03-24T10:00:00Z"
ELEVEN = "2026-03-24T11:00:00Z"
KEY = {"Idempotency-Key": "b2c9ad52-1f0c-4d0c-9f0e-000000000001"}


def same(first, second):
    """Tell whether an answer is the first one again, down to its bytes."""
    return (second.status_code, second.content, second.headers["content-type"]) == (
        first.status_code,
        first.content,
        first.headers["content-type"],
    )


@pytest.fixture
def bookings(sql):
    async def count(desk):
        rows = await sql("SELECT count(*) AS n FROM bookings WHERE client_id = :id", id=desk.client.id)
        return rows[0].n

    return count


async def test_the_first_answer_comes_again_whatever_happened_since(desk, clock, bookings):
    first = await desk.book(TEN, headers=KEY, notes="naïve — ✂", metadata={"b": 1, "a": [1.0, None]})
    clock.advance(minutes=1)
    await desk.do("cancel", first)

    again = await desk.book(TEN, headers=KEY, notes="naïve — ✂", metadata={"b": 1, "a": [1.0, None]})

    assert first.status_code == 201
    assert same(first, again)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert await bookings(desk) == 1


@pytest.mark.parametrize("step", ["confirm", "release", "extend", "reschedule", "cancel", "complete", "no-show"])
async def test_every_step_is_done_once(desk, step):
    held = step in ("confirm", "release", "extend")
    booking = await (desk.hold(TEN, PHONE) if held else desk.book(TEN))
    body = {"startsAt": ELEVEN} if step == "reschedule" else {}

    answers = [await desk.do(step, booking, headers=KEY, **body) for _ in range(3)]

    assert answers[0].status_code == 200
    assert same(answers[0], answers[1])
    assert same(answers[0], answers[2])
    assert len(await desk.steps(booking)) == 2


async def test_a_key_is_good_for_one_request_only(desk, bookings):
    await desk.book(TEN, headers=KEY)

    answers = [
        await desk.book(ELEVEN, headers=KEY),
        await desk.book(TEN, headers=KEY, notes="another body"),
        await desk.hold(TEN, PHONE, headers=KEY),
        await desk.post("/bookings?a=b", desk.place.wanted(TEN), headers=KEY),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, "idempotency_key_reused")}
    assert await bookings(desk) == 1


async def test_twenty_equal_requests_at_once_make_one_booking(desk, bookings):
    answers = await asyncio.gather(*(desk.book(TEN, headers=KEY) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert await bookings(desk) == 1
    assert await desk.steps(answers[0]) == ["confirmed"]


async def test_who_comes_while_the_first_is_in_flight_waits_and_gets_its_answer(app, desk, bookings):
    lock = "SELECT pg_advisory_xact_lock(:key)"
    key = int.from_bytes(desk.place.resource_ids[0].bytes[8:], signed=True)
    async with app.state.sessions() as blocker:
        await blocker.execute(text(lock), {"key": key})
        first = asyncio.create_task(desk.book(TEN, headers=KEY))
        await waiting_for(blocker, 1)
        second = asyncio.create_task(desk.book(TEN, headers=KEY))
        await waiting_for(blocker, 2)
        assert not first.done()
        assert not second.done()
        await blocker.rollback()

    assert (await first).status_code == 201
    assert same(await first, await second)
    assert (await second).headers["Idempotent-Replayed"] == "true"
    assert await bookings(desk) == 1


async def waiting_for(session, count):
    """Wait until so many requests wait for advisory locks."""
    question = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
    database = text("AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
    async with asyncio.timeout(30):
        while await session.scalar(text(f"{question} {database}")) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_refusal_is_not_kept(desk):
    other = await desk.book(TEN, phone(1))
    refused = await desk.book(TEN, headers=KEY)
    await desk.do("cancel", other)

    booked = await desk.book(TEN, headers=KEY)

    assert (refused.status_code, booked.status_code) == (409, 201)
    assert same(booked, await desk.book(TEN, headers=KEY))


async def test_another_key_of_the_same_client_is_another_principal(desk, key_of):
    other = await key_of(desk, Scope.bookings_read, Scope.bookings_write)
    await desk.book(TEN, headers=KEY)

    answer = await desk.book(TEN, headers={**other, **KEY})

    assert (answer.status_code, answer.json()["code"]) == (409, "busy")


async def test_an_operators_key_counts_for_each_client_apart(make_desk):
    one, two = await make_desk(), await make_desk()

    answers = [await desk.book(TEN, headers=desk.client.operator_headers | KEY) for desk in (one, two, one, two)]

    assert [answer.status_code for answer in answers] == [201] * 4
    assert same(answers[0], answers[2])
    assert same(answers[1], answers[3])
    assert id_of(answers[0]) != id_of(answers[1])


async def test_answers_are_unreadable_where_they_are_kept(desk, sql):
    await desk.hold(TEN, PHONE, headers=KEY, notes="allergic to latex")
    principal = f"key:{desk.client.key_id}@{desk.client.id}"

    kept = await sql("SELECT * FROM idempotency_answers WHERE principal = :principal", principal=principal)

    assert len(kept) == 1
    everything = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in kept[0])
    for secret in (b"447400123456", b"latex", b"holdToken", KEY["Idempotency-Key"].encode()):
        assert secret not in everything


async def test_an_answer_that_another_secret_sealed_is_not_given_again_nor_repeated(desk, sql, bookings):
    await desk.book(TEN, headers=KEY)
    await sql(
        "UPDATE idempotency_answers SET body = set_byte(body, 20, get_byte(body, 20) # 1) WHERE principal = :principal",
        principal=f"key:{desk.client.key_id}@{desk.client.id}",
    )

    again = await desk.book(TEN, headers=KEY)

    assert (again.status_code, again.json()["code"]) == (409, "answer_unreadable")
    assert await bookings(desk) == 1


async def test_an_erased_customers_answers_are_gone(desk, sql):
    held = await desk.hold(ELEVEN, headers={"Idempotency-Key": "hold"}, notes="allergic to latex")
    booked = await desk.book(TEN, headers={"Idempotency-Key": "book"})
    await desk.do("confirm", held, headers={"Idempotency-Key": "confirm"}, customer={"phone": PHONE})
    await desk.do("cancel", booked, headers={"Idempotency-Key": "cancel"}, reason="flu")
    await desk.post("/customers", {"phone": PHONE}, headers={"Idempotency-Key": "customer"})
    await desk.book("2026-03-24T12:00:00Z", phone(1), headers={"Idempotency-Key": "somebody else"})
    question = "SELECT count(*) AS n FROM idempotency_answers WHERE principal = :principal"
    principal = f"key:{desk.client.key_id}@{desk.client.id}"
    before = (await sql(question, principal=principal))[0].n

    erased = await desk.post(f"/customers/{booked.json()['customer']['id']}/erase")

    assert erased.status_code == 200
    assert (before, (await sql(question, principal=principal))[0].n) == (6, 1)


async def test_a_key_is_forgotten_after_a_day(app, desk, clock, sql):
    first = await desk.book(TEN, headers=KEY)
    clock.advance(hours=23, minutes=59)
    within = await desk.book(TEN, headers=KEY)
    clock.advance(minutes=1)
    after = await desk.book(TEN, headers=KEY)

    assert same(first, within)
    assert (after.status_code, after.json()["code"]) == (409, "busy")
    other = await desk.book("2026-03-25T10:00:00Z", headers=KEY)
    assert other.status_code == 201
    assert same(other, await desk.book("2026-03-25T10:00:00Z", headers=KEY))


async def test_forgotten_keys_are_swept_away(app, desk, clock, sql):
    await desk.book(TEN, headers=KEY)
    clock.advance(hours=12)
    await desk.book(ELEVEN, headers={"Idempotency-Key": "later"})
    async with app.state.sessions() as session, session.begin():
        await purge_answers(session, now=clock.now + timedelta(hours=12))

    kept = await sql(
        "SELECT expires_at FROM idempotency_answers WHERE principal = :principal",
        principal=f"key:{desk.client.key_id}@{desk.client.id}",
    )
    assert [row.expires_at for row in kept] == [clock.now + timedelta(hours=24)]


@pytest.mark.parametrize(
    "key", [b"", b" ", b"x" * 201, "clé".encode("latin-1"), b"\xff", b"a\tb", b"x" * 100_000], ids=range(7)
)
async def test_a_key_that_cannot_be_one_is_refused(desk, nothing_written, key):
    headers = {name.encode(): value.encode() for name, value in desk.place.headers.items()}

    async with nothing_written(desk):
        answer = await desk.http.post(
            "/api/bookings", json=desk.place.wanted(TEN), headers={**headers, b"Idempotency-Key": key}
        )

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


async def test_two_different_keys_are_no_key(desk, nothing_written):
    headers = [*desk.place.headers.items(), ("Idempotency-Key", "one"), ("Idempotency-Key", "two")]

    async with nothing_written(desk):
        answer = await desk.http.post("/api/bookings", json=desk.place.wanted(TEN), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


@pytest.mark.parametrize("key", ["x", "x" * 200, "~!@#$%^&*()_+{}|:<>?'; DROP TABLE bookings --"])
async def test_any_printable_text_is_a_key(desk, key):
    first, again = [await desk.book(TEN, headers={"Idempotency-Key": key}) for _ in range(2)]

    assert first.status_code == 201
    assert same(first, again)


async def test_a_key_from_another_client_opens_nothing(make_desk):
    one, two = await make_desk(), await make_desk()
    await one.book(TEN, headers=KEY)

    answer = await two.post("/bookings", one.place.wanted(TEN), headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (404, "service_not_found")


async def test_a_revoked_key_gets_no_stored_answer(desk, key_of, sql):
    other = await key_of(desk, Scope.bookings_write)
    await desk.book(TEN, headers={**other, **KEY})
    await sql(
        "UPDATE api_keys SET revoked_at = now() WHERE client_id = :client AND id <> :own",
        client=desk.client.id,
        own=UUID(str(desk.client.key_id)),
    )

    answer = await desk.book(TEN, headers={**other, **KEY})

    assert (answer.status_code, answer.json()["code"]) == (401, "revoked_key")
