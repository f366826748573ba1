"""Callers at the same moment: each gets an honest answer, and together they make sense."""

import asyncio
from collections import Counter

import pytest

from app.bookings.jobs import sweep_holds
from tests.bookings.conftest import PHONE, phone

TEN = "2026-03-24T10:00:00Z"
STARTS = [f"2026-03-24T{hour:02d}:{minute:02d}:00Z" for hour in range(9, 17) for minute in (0, 30)]


async def test_twenty_for_one_start_of_one_person_get_it_once(desk):
    answers = await asyncio.gather(*(desk.book(TEN, phone(n)) for n in range(20)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"busy"}


async def test_a_new_customer_who_books_everywhere_at_once_is_one_customer(make_desk):
    desk = await make_desk(staff=4)
    customer = {"phone": PHONE, "name": "Ann", "email": "ann@example.com"}

    answers = await asyncio.gather(
        *(desk.post("/bookings", {**desk.place.wanted(start), "customer": customer}) for start in STARTS[:12])
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["customer"]["id"] for answer in answers}) == 1
    listed = (await desk.get("/customers")).json()["items"]
    assert [(each["phone"], each["name"], each["email"]) for each in listed] == [(PHONE, "Ann", "ann@example.com")]


async def test_what_is_missing_of_a_customer_is_filled_in_once_by_many(make_desk):
    desk = await make_desk(staff=4)
    await desk.book(STARTS[0])
    holds = [await desk.hold(start) for start in STARTS[1:5]]
    named = {"customer": {"phone": PHONE, "name": "Ann"}}

    answers = await asyncio.gather(
        *(desk.do("confirm", held, **named) for held in holds),
        *(desk.post("/bookings", {**desk.place.wanted(start), **named}) for start in STARTS[5:9]),
    )

    assert Counter(answer.status_code for answer in answers) == {200: 4, 201: 4}
    assert {answer.json()["customer"]["name"] for answer in answers} == {"Ann"}


@pytest.mark.parametrize("steps", [("confirm", "release"), ("confirm", "cancel"), ("release", "extend", "confirm")])
async def test_of_steps_that_exclude_each_other_one_is_done(desk, steps):
    held = (await desk.hold(TEN, PHONE)).json()

    answers = await asyncio.gather(*(desk.do(step, held, version=1) for step in steps))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * (len(steps) - 1)]
    assert len(await desk.steps(held)) == 2


async def test_holds_are_expired_by_as_many_as_come_but_once(app, make_desk, clock):
    desk = await make_desk(staff=8)
    holds = [(await desk.hold(TEN, PHONE)).json() for _ in range(8)]
    clock.advance(seconds=300)

    async def sweep():
        async with app.state.sessions() as session, session.begin():
            await sweep_holds(session, now=clock.now)

    answers = await asyncio.gather(sweep(), *(desk.do("confirm", held) for held in holds), sweep())

    assert {answer.json()["code"] for answer in answers[1:-1]} == {"hold_expired"}
    assert [await desk.steps(held) for held in holds] == [["held", "expired"]] * 8


async def test_whoever_books_what_has_run_out_expires_it_once(make_desk, clock):
    desk = await make_desk(staff=3)
    holds = [(await desk.hold(TEN)).json() for _ in range(3)]
    clock.advance(seconds=300)

    answers = await asyncio.gather(*(desk.book(TEN, phone(n)) for n in range(9)))

    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 6}
    assert [await desk.steps(held) for held in holds] == [["held", "expired"]] * 3


async def test_moving_in_a_circle_ends(make_desk):
    desk = await make_desk(staff=2)
    booked = [await desk.book(start, phone(n)) for n, start in enumerate(STARTS[:6])]

    answers = await asyncio.gather(
        *(desk.do("reschedule", each, startsAt=STARTS[(n + 1) % 6]) for n, each in enumerate(booked)),
        *(desk.do("reschedule", each, startsAt=STARTS[(n - 1) % 6]) for n, each in enumerate(booked)),
    )

    assert {answer.status_code for answer in answers} <= {200, 409}
    listed = (await desk.get("/bookings")).json()["items"]
    taken = [(item["startsAt"], resource) for item in listed for resource in item["resourceIds"]]
    assert len(taken) == len(set(taken)) == 6
