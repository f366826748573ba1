"""Asking: what is free, what is unclear, what cannot be had, and what needs no calendar."""

import pytest

from app.calls.tools.rules.hours import spoken_hours
from tests.bookings.conftest import phone


async def add_service(caller, name, **more):
    ids = caller.desk.resource_ids
    body = {"name": name, "durationMinutes": 60, "resourceIds": ids, **more}
    answer = await caller.desk.post("/services", body)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("when", "said", "code"),
    [
        (None, "I have Wednesday the 18th of March at half past ten or twelve noon, or Thursday", "offered"),
        ("next week in the morning", "I have Monday the 23rd of March at", "offered"),
        ("tomorrow afternoon", "I have Thursday the 19th of March at", "offered"),
        ("tomorrow at half past two", "Thursday the 19th of March at half past two is free for Check-up.", "free"),
        ("2026-03-24T14:30", "Tuesday the 24th of March at half past two is free for Check-up.", "free"),
        ("2026-03-24T14:30:00Z", "Tuesday the 24th of March at half past two is free for Check-up.", "free"),
        ("next friday", "Do you mean Friday the 27th of March or Friday the 20th of March?", "time_ambiguous"),
        ("friday the second of april", "That weekday and that date do not go together.", "weekday_and_date_disagree"),
        ("yesterday", "That has already passed.", "past"),
        ("banana", "I did not get the day.", "no_time_found"),
        ("31st of february", "There is no such date.", "no_such_date"),
        ("any day but friday", "Which day would suit you, then?", "exclusion"),
        ("tomorrow evening", "I have nothing free then; the next is Friday the 20th", "nothing_free"),
        ("tomorrow at eight in the evening", "We are closed then. I could offer Thursday the 19th", "closed"),
        (
            "tomorrow at 2:10 pm",
            "We have nothing at exactly that time. I could offer Thursday the 19th of March",
            "off_grid",
        ),
        ("2026-12-24T10:00", "That is further ahead than we take bookings.", "horizon"),
        ("2026-03-18T09:00", "That time has passed. I could offer Wednesday the 18th", "past"),
    ],
)
async def test_what_is_said_of_a_time(caller, when, said, code):
    arguments = {} if when is None else {"when": when}

    assert (await caller.use("find_slots", **arguments)).startswith(said)
    assert await caller.codes() == [code]


async def test_two_stretches_joined_by_or_are_both_looked_at(caller):
    said = await caller.use("find_slots", when="tomorrow or friday afternoon")

    assert "Thursday the 19th" in said
    assert "Friday the 20th" in said


async def test_a_booking_asks_which_time_of_a_day_is_meant(caller):
    said = await caller.use("book_appointment", when="tomorrow morning")

    assert said.startswith("I have Thursday the 19th of March at")
    assert await caller.codes() == ["choose_time"]


async def test_the_year_is_said_where_it_is_another_than_the_clients_own(make_caller, clock):
    caller = await make_caller(client={"timezone": "Pacific/Auckland"})
    clock.set("2030-12-31T21:00:00Z")  # there it is Wednesday the 1st of January

    said = await caller.use("find_slots", when="next friday")

    assert said == "Do you mean Friday the 10th of January or Friday the 3rd of January?"


async def test_a_booking_of_one_of_several_stretches_asks_for_a_time_in_any(caller):
    said = await caller.use("book_appointment", when="tomorrow or friday afternoon")
    asked = await caller.use("book_appointment", when="next friday")

    assert said.startswith("I have Thursday the 19th")
    assert "Friday the 20th" in said
    assert asked == "Do you mean Friday the 27th of March or Friday the 20th of March?"
    assert await caller.codes() == ["choose_time", "time_ambiguous"]


async def test_a_booking_without_a_time_asks_for_one(caller):
    assert await caller.use("book_appointment") == "When would you like to come?"
    assert await caller.codes() == ["nothing_said"]


async def test_of_several_services_it_is_asked_which(caller):
    await add_service(caller, "Hygiene visit")
    await add_service(caller, "Hygiene review")

    asked = await caller.use("find_slots", when="tomorrow")
    unknown = await caller.use("find_slots", service="tattoo", when="tomorrow")
    unclear = await caller.use("find_slots", service="hygiene", when="tomorrow")
    meant = await caller.use("book_appointment", service="check up", when="tomorrow at nine")

    assert asked == "What is it for? We have Check-up, Hygiene visit or Hygiene review."
    assert unknown == "I do not know that one. We have Check-up, Hygiene visit or Hygiene review."
    assert unclear == "Do you mean Hygiene visit or Hygiene review?"
    assert meant.startswith("I am keeping Thursday the 19th of March at nine o'clock for Check-up.")


async def test_a_person_is_asked_for_by_name(make_caller):
    caller = await make_caller(staff=2)
    await caller.desk.book("2026-03-24T14:30:00Z", phone(7), resourceId=caller.desk.resource_ids[0])

    taken = await caller.use("book_appointment", when="2026-03-24T14:30", staff="Staff 0")
    unknown = await caller.use("book_appointment", when="2026-03-24T14:30", staff="Doctor Who")
    anybody = await caller.use("find_slots", when="2026-03-24T14:30", staff="anybody")
    held = await caller.use("book_appointment", when="2026-03-24T14:30", staff="Staff 1")
    await caller.use("book_appointment", confirm=True)

    assert taken.startswith("That time is taken.")
    assert unknown.startswith("I do not know them. There is Staff 0 or Staff 1")
    assert "is free" in anybody
    assert "for Check-up with Staff 1." in held
    [_, booking] = sorted(await caller.booked(), key=lambda each: each["createdAt"])
    assert booking["resourceIds"] == [caller.desk.resource_ids[1]]


async def test_who_does_not_do_it_is_known_all_the_same(caller):
    await caller.desk.post("/resources", {"name": "Doctor Ada"})

    said = await caller.use("book_appointment", when="2026-03-24T14:30", staff="Ada")

    assert said.startswith("They do not do that.")
    assert await caller.codes() == ["resource_cannot"]


async def test_a_client_without_services_takes_messages(make_caller, sql):
    caller = await make_caller()
    await sql("UPDATE services SET status = 'archived' WHERE client_id = :id", id=caller.desk.client.id)

    said = await caller.use("find_slots", when="tomorrow")

    assert said == "Nothing can be booked here at the moment. Shall I take a message?"


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("hours", "We are open every day from nine to five."),
        ("what are your opening hours", "We are open every day from nine to five."),
        ("address", "The address is 1 High Street, by the church."),
        ("services", "We have Check-up."),
        ("prices", "We have Check-up, 45 pounds."),
        ("the weather", "I can tell you the opening hours, the address, the services and the prices. Which one?"),
        (None, "I can tell you the opening hours, the address, the services and the prices. Which one?"),
    ],
)
async def test_what_is_said_of_the_business(make_caller, sql, topic, said):
    caller = await make_caller(price_minor=4_500)
    await sql(
        "INSERT INTO contact_settings (client_id, address) VALUES (:id, '1 High Street, by the church')",
        id=caller.desk.client.id,
    )

    assert await caller.use("business_info", topic=topic) == said


async def test_an_unknown_address_is_said_to_be_unknown(caller):
    assert await caller.use("business_info", topic="address") == "I do not have the address. Shall I take a message?"


def test_hours_are_said_of_days_that_are_alike_together():
    split = [(540, 720), (780, 1020)]
    week = {1: split, 2: split, 3: split, 4: split, 5: [(540, 840)]}

    assert spoken_hours(week) == (
        "We are open Monday to Thursday from nine to twelve noon and from one to five; Friday from nine to two; "
        "closed Saturday and Sunday."
    )
    assert spoken_hours({day: [(480, 1200)] for day in range(1, 8)}) == (
        "We are open every day from eight in the morning to eight in the evening."
    )
    assert spoken_hours({6: [(420, 480), (1080, 1200)], 7: [(420, 480), (1080, 1200)]}).startswith(
        "We are open Saturday and Sunday from seven in the morning to eight and from six to eight in the evening"
    )
    assert spoken_hours({}) == "We have no fixed opening hours. Shall I look for a time?"
    assert spoken_hours({day: [(0, 1440)] for day in range(1, 8)}) == "We are open every day around the clock."


async def test_a_message_is_put_before_a_person_once(caller):
    card = "4111 1111 1111 1111"
    said = await caller.use("take_message", message=f"Please call me about {card}.", name="Ann")
    again = await caller.use("take_message", message=f"Please call me about {card}.", name="Ann")
    [item] = (await caller.desk.get("/attention")).json()["items"]

    assert said == again == "I have passed that on. Somebody will get back to you."
    assert (item["kind"], item["phone"], item["times"]) == ("message_taken", caller.phone, 1)
    assert item["said"] == "Ann: Please call me about [card 1111]."


async def test_a_message_needs_words(caller):
    assert await caller.use("take_message") == "What may I pass on?"
    assert (await caller.desk.get("/attention")).json()["items"] == []


async def test_a_hidden_number_may_leave_another_with_a_message(make_caller):
    caller = await make_caller(phone=None)

    told = await caller.use("take_message", message="Call me.", phone="07400 123456")
    await caller.use("take_message", message="It is urgent.")
    [item] = (await caller.desk.get("/attention")).json()["items"]

    assert told == "I have passed that on. Somebody will get back to you."
    assert (item["phone"], item["said"]) == ("+447400123456", "Call me.\nIt is urgent.")


async def test_who_asks_for_a_person_is_put_through_and_waits_for_one_in_any_case(caller, sql):
    await sql(
        "INSERT INTO contact_settings (client_id, hand_over_to) VALUES (:id, '+447400111222')",
        id=caller.desk.client.id,
    )

    answer = await caller.tell("function-call", functionCall={"name": "transfer", "parameters": {"reason": "a bill"}})
    [item] = (await caller.desk.get("/attention")).json()["items"]

    assert answer.json()["results"][0]["result"].startswith("I am putting you through.")
    assert answer.json()["destination"]["number"] == "+447400111222"
    assert (item["kind"], item["said"], item["phone"]) == ("hand_over", "a bill", caller.phone)


async def test_where_nobody_takes_over_somebody_is_asked_to_call_back(caller):
    said = await caller.use("transfer")

    assert said == "I cannot put you through right now. I have asked for somebody to call you back."
    assert len((await caller.desk.get("/attention")).json()["items"]) == 1
