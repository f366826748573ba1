"""Fields that make no sense: each is refused with a code, and nothing is written."""

import json

import pytest

from app.core.ids import new_id

START = "2026-03-24T10:00:00Z"
BELL, NARROW, RIGHT_TO_LEFT = "\x07", "\u200b", "\u202e"


def customer(**fields):
    return {"customer": {"phone": "+447400123456", **fields}}


UNACCEPTABLE = {
    "unknown_field": {"colour": "red"},
    "unknown_field_of_the_customer": customer(colour="red"),
    "start_missing": {"startsAt": None},
    "start_without_offset": {"startsAt": "2026-03-24T10:00:00"},
    "start_on_30_february": {"startsAt": "2026-02-30T10:00:00Z"},
    "start_at_25_hours": {"startsAt": "2026-03-24T25:00:00Z"},
    "start_as_date": {"startsAt": "2026-03-24"},
    "start_as_number": {"startsAt": 1_774_346_400},
    "start_as_number_in_text": {"startsAt": "1774346400"},
    "start_in_words": {"startsAt": "tomorrow at ten"},
    "start_with_a_fraction": {"startsAt": "2026-03-24T10:00:00.5Z"},
    "start_long_ago": {"startsAt": "1999-12-31T23:59:59Z"},
    "start_in_the_next_century": {"startsAt": "2100-01-01T00:00:00Z"},
    "start_before_time": {"startsAt": "0001-01-01T00:00:00+14:00"},
    "start_after_time": {"startsAt": "9999-12-31T23:59:59-14:00"},
    "start_with_a_huge_offset": {"startsAt": "2026-03-24T10:00:00+99:99"},
    "service_is_no_id": {"serviceId": "check-up"},
    "resource_is_no_id": {"resourceId": "' OR 1=1 --"},
    "hold_is_no_id": {"holdId": 7},
    "token_with_spaces": {"holdToken": "a b"},
    "token_too_long": {"holdToken": "a" * 101},
    "no_seats": {"seats": 0},
    "less_than_no_seats": {"seats": -1},
    "seats_absurd": {"seats": 10**20},
    "seats_beyond_any_number": {"seats": 10**4_000},
    "seats_half": {"seats": 1.5},
    "seats_in_text": {"seats": "2"},
    "seats_true": {"seats": True},
    "notes_too_long": {"notes": "n" * 10_000},
    "notes_with_nul": {"notes": "a\0b"},
    "notes_with_bell": {"notes": f"a{BELL}b"},
    "notes_right_to_left": {"notes": f"invoice{RIGHT_TO_LEFT}fdp.exe"},
    "notes_with_lone_surrogate": {"notes": "\ud800"},
    "notes_as_list": {"notes": ["a"]},
    "no_customer_phone": {"customer": {"name": "Ann"}},
    "customer_as_text": {"customer": "Ann"},
    "phone_too_long": customer(phone="+44" + "7" * 10_000),
    "phone_with_nul": customer(phone="+4474001\0"),
    "phone_as_number": customer(phone=447400123456),
    "name_empty": customer(name="  "),
    "name_of_10_000_characters": customer(name="n" * 10_000),
    "name_with_nul": customer(name="a\0b"),
    "name_right_to_left": customer(name=f"Ann{RIGHT_TO_LEFT}"),
    "name_with_invisible_space": customer(name=f"An{NARROW}n"),
    "name_of_two_lines": customer(name="An\nn"),
    "email_without_at": customer(email="ann.example.com"),
    "email_too_long": customer(email="a" * 10_000 + "@example.com"),
    "email_with_nul": customer(email="a\0@example.com"),
    "email_of_two_lines": customer(email="ann@example.com\nBcc: all@example.com"),
    "metadata_as_list": {"metadata": [1]},
    "metadata_deep": {"metadata": {"a": {"b": {"c": {"d": {"e": 1}}}}}},
    "metadata_of_10_000_characters": {"metadata": {"a": "a" * 10_000}},
    "metadata_of_50_000_elements": {"metadata": {"a": [0] * 50_000}},
    "metadata_with_nul": {"metadata": {"a": "a\0"}},
    "metadata_with_nul_in_a_name": {"metadata": {"a\0": 1}},
    "metadata_with_lone_surrogate": {"metadata": {"a": ["\ud800"]}},
    "metadata_with_33_members": {"metadata": {str(number): 1 for number in range(33)}},
    "metadata_not_a_number": {"metadata": {"a": float("nan")}},
    "metadata_infinite": {"metadata": {"a": [float("-inf")]}},
}


@pytest.mark.parametrize("field", UNACCEPTABLE)
async def test_a_field_that_makes_no_sense_is_refused(http, desk, nothing_written, field):
    body = json_of({**desk.place.wanted(START), **UNACCEPTABLE[field]})
    headers = {**desk.place.headers, "Content-Type": "application/json"}

    async with nothing_written(desk):
        answers = [await http.post(path, content=body, headers=headers) for path in ("/api/bookings",)]
        if not {"holdId", "holdToken"} & set(UNACCEPTABLE[field]):
            answers.append(await http.post("/api/bookings/hold", content=body, headers=headers))

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "validation_failed")] * len(
        answers
    )
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert 1 <= len(answers[0].json()["errors"]) <= 20
    assert len(answers[0].content) < 10_000


def json_of(body):
    """Write JSON as others might, with `NaN`, half of a surrogate pair, and all."""
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "phone", ["1234", "+44123", "call me", "+999123456789", "+4920123456789012", "0000000000", "tel:;ext=1"]
)
async def test_what_is_no_phone_number_is_refused(desk, nothing_written, phone):
    async with nothing_written(desk):
        answer = await desk.book(START, phone)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_phone")


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("2026-03-22T10:00:00Z", "past"),
        ("2000-01-01T00:00:00Z", "past"),
        ("2026-06-22T10:00:00Z", "horizon"),
        ("2099-12-31T23:00:00Z", "horizon"),
        ("2026-03-24T10:10:00Z", "off_grid"),
        ("2026-03-24T18:00:00Z", "closed"),
    ],
)
async def test_a_start_that_is_not_on_offer_is_refused_with_three_that_are(desk, nothing_written, start, code):
    async with nothing_written(desk):
        answers = [await desk.book(start), await desk.hold(start)]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        near = [alternative["startsAt"] for alternative in answer.json()["alternatives"]]
        assert len(near) == 3
        assert near == sorted(near)
    for alternative in answers[0].json()["alternatives"]:
        assert (await desk.book(alternative["startsAt"])).status_code == 201


@pytest.mark.parametrize("seats", [2, 1000])
async def test_a_single_appointment_has_one_seat(desk, nothing_written, seats):
    async with nothing_written(desk):
        answer = await desk.book(START, seats=seats)

    assert (answer.status_code, answer.json()["code"]) == (409, "capacity")
    assert await desk.slots("2026-03-24T00:00:00Z", "2026-03-25T00:00:00Z", seats=seats) == []


async def test_ids_that_nobody_has_are_not_found(desk, nothing_written):
    nobody = str(new_id())
    steps = ("confirm", "release", "extend", "cancel", "complete", "no-show")

    async with nothing_written(desk):
        answers = {
            "service_not_found": await desk.post("/bookings", {**desk.place.wanted(START), "serviceId": nobody}),
            "resource_not_found": await desk.book(START, resourceId=nobody),
            "booking_not_found": await desk.book(START, holdId=nobody),
        }
        again = [await desk.do(step, nobody) for step in steps]
        again.append(await desk.do("reschedule", nobody, startsAt=START))
        again += [await desk.get(f"/bookings/{nobody}"), await desk.get(f"/bookings/{nobody}/history")]

    assert {code: answer.json()["code"] for code, answer in answers.items()} == {code: code for code in answers}
    assert {answer.status_code for answer in answers.values()} == {404}
    assert {(answer.status_code, answer.json()["code"]) for answer in again} == {(404, "booking_not_found")}


async def test_an_id_in_a_path_is_an_id(desk):
    answer = await desk.get("/bookings/1%20OR%201=1")

    assert (answer.status_code, answer.json()["errors"][0]["location"]) == (422, "path.booking_id")
