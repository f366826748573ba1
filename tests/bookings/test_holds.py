"""A hold keeps one resource for a moment: whose it is, what becomes of it."""

import pytest

TEN = "2026-03-24T10:00:00Z"
HALF_PAST = "2026-03-24T10:30:00Z"


async def test_two_dentists_can_be_held_at_once_and_the_third_hold_is_told_until_when(make_desk, clock):
    desk = await make_desk(staff=2)
    first = await desk.hold(TEN)
    clock.advance(seconds=60)
    second = await desk.hold(TEN)
    third = await desk.hold(TEN)

    assert [first.status_code, second.status_code, third.status_code] == [201, 201, 409]
    assert sorted(first.json()["resourceIds"] + second.json()["resourceIds"]) == sorted(desk.resource_ids)
    refusal = third.json()
    assert (refusal["code"], refusal["heldUntil"]) == ("held", first.json()["expiresAt"])
    starts = ["2026-03-24T09:00:00Z", "2026-03-24T09:30:00Z", HALF_PAST]
    assert [alternative["startsAt"] for alternative in refusal["alternatives"]] == starts
    assert all(sorted(each["resourceIds"]) == sorted(desk.resource_ids) for each in refusal["alternatives"])


async def test_a_hold_lasts_as_long_as_the_client_says_and_shows_its_token_once(make_desk):
    desk = await make_desk(client={"hold_seconds": 120})

    held = (await desk.hold(TEN)).json()

    assert (held["status"], held["expiresAt"], held["customer"]) == ("held", "2026-03-23T08:02:00Z", None)
    assert len(held["holdToken"]) >= 32
    again = await desk.read(held)
    assert "holdToken" not in again
    assert again == {name: value for name, value in held.items() if name != "holdToken"}


async def test_a_booking_from_a_hold_keeps_its_id(desk):
    held = (await desk.hold(TEN)).json()

    booked = await desk.book(TEN, holdId=held["id"], holdToken=held["holdToken"], notes="from a hold")

    assert booked.status_code == 201
    assert (booked.json()["id"], booked.json()["status"], booked.json()["version"]) == (held["id"], "confirmed", 2)
    assert (booked.json()["expiresAt"], booked.json()["notes"]) == (None, "from a hold")
    assert booked.headers["ETag"] == '"2"'
    assert await desk.steps(held) == ["held", "confirmed"]
    assert len((await desk.get("/bookings")).json()["items"]) == 1


async def test_a_hold_with_its_customer_is_confirmed_without_a_body(desk):
    held = (await desk.hold(TEN, "+447400123456")).json()

    confirmed = await desk.post(f"/bookings/{held['id']}/confirm")

    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    assert confirmed.json()["customer"]["phone"] == "+447400123456"


async def test_a_hold_without_a_customer_is_confirmed_with_one(desk):
    held = (await desk.hold(TEN)).json()

    nobody = await desk.do("confirm", held)
    somebody = await desk.do("confirm", held, customer={"phone": "07400 123456", "name": "Ann"})

    assert (nobody.status_code, nobody.json()["code"]) == (422, "customer_required")
    assert somebody.status_code == 200
    assert somebody.json()["customer"] | {"id": ""} == {
        "id": "",
        "phone": "+447400123456",
        "name": "Ann",
        "email": None,
    }
    assert await desk.read(held) == somebody.json()


async def test_a_booking_without_a_customer_is_refused(desk):
    refused = await desk.book(TEN, None)

    assert (refused.status_code, refused.json()["code"]) == (422, "customer_required")


@pytest.mark.parametrize("step", ["confirm", "release", "extend"])
async def test_a_hold_obeys_no_other_token(desk, step):
    held, other = (await desk.hold(TEN)).json(), (await desk.hold(HALF_PAST)).json()

    refused = await desk.do(step, held, holdToken=other["holdToken"])

    assert (refused.status_code, refused.json()["code"]) == (409, "hold_token_invalid")
    assert await desk.steps(held) == ["held"]


async def test_a_hold_cannot_be_booked_with_another_token_service_start_or_resource(make_desk, make_bookable):
    desk = await make_desk(staff=2)
    held, other = (await desk.hold(TEN)).json(), (await desk.hold(HALF_PAST)).json()
    elsewhere = next(resource for resource in desk.resource_ids if resource not in held["resourceIds"])

    answers = [
        await desk.book(TEN, holdId=held["id"], holdToken=other["holdToken"]),
        await desk.book(HALF_PAST, holdId=held["id"]),
        await desk.book(TEN, holdId=held["id"], resourceId=elsewhere),
        await desk.book(TEN, holdId=held["id"], seats=2),
    ]

    assert [answer.json()["code"] for answer in answers] == ["hold_token_invalid", *["hold_mismatch"] * 3]
    assert (await desk.read(held))["status"] == "held"


async def test_a_released_hold_is_on_offer_again_at_once(desk, claims_of):
    held = (await desk.hold(TEN)).json()

    released = await desk.do("release", held, holdToken=held["holdToken"])

    assert (released.status_code, released.json()["status"]) == (200, "expired")
    assert await desk.steps(held) == ["held", "released"]
    assert [active for _, active in await claims_of(held)] == [False]
    assert (await desk.hold(TEN)).status_code == 201
    again = await desk.do("release", held)
    assert (again.status_code, again.json()["code"]) == (409, "hold_expired")


async def test_a_held_start_is_shown_to_its_holder_and_to_nobody_else(desk):
    held = (await desk.hold(TEN)).json()

    assert await desk.offered(TEN) == []
    assert await desk.offered(TEN, excludeBookingId=held["id"]) == desk.resource_ids


async def test_a_hold_can_be_moved_and_keeps_its_expiry(desk, clock):
    held = (await desk.hold(TEN)).json()
    clock.advance(seconds=10)

    moved = await desk.do("reschedule", held, startsAt=HALF_PAST)

    assert (moved.status_code, moved.json()["status"]) == (200, "held")
    assert (moved.json()["id"], moved.json()["expiresAt"]) == (held["id"], held["expiresAt"])
    assert await desk.offered(TEN) == desk.resource_ids
    clock.advance(seconds=290)
    assert await desk.offered(HALF_PAST) == desk.resource_ids
    assert (await desk.book(HALF_PAST)).status_code == 201


async def test_a_hold_can_be_cancelled(desk):
    held = (await desk.hold(TEN)).json()

    cancelled = await desk.do("cancel", held)

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert await desk.offered(TEN) == desk.resource_ids


async def test_holds_for_one_customer_at_two_times_stand_beside_each_other(desk):
    answers = [await desk.hold(start, "+447400123456") for start in (TEN, HALF_PAST)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["customer"]["id"] == answers[1].json()["customer"]["id"]
