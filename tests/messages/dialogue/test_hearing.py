"""What people really write, case by case: where the talk stands, the text, and what it leads to."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.ids import new_id
from app.integrations.twilio.segments import segments
from app.messages.dialogue.rules import (
    Appointment,
    Book,
    Cancel,
    HandOver,
    Look,
    Move,
    Outcome,
    Scene,
    Service,
    Stage,
    State,
    hear,
    tell,
)
from app.messages.dialogue.rules.state import Aim
from app.messages.dialogue.rules.wording import GONE, NO_APPOINTMENT, NOT_UNDERSTOOD, NOTHING_DONE, WHEN

NOW = datetime(2026, 3, 18, 10, 20, tzinfo=UTC)
CHECKUP, CLEANING = Service(new_id(), "Check-up", 4500), Service(new_id(), "Cleaning", 6000)
SHORT, LONG = Service(new_id(), "60 minute massage"), Service(new_id(), "90 minute massage")
MORNING, EVENING = Service(new_id(), "Morning yoga"), Service(new_id(), "Evening yoga")
STARTS = tuple(datetime(2026, 3, 24, hour, tzinfo=UTC) for hour in (9, 14, 16))
FIRST, SECOND, THIRD = STARTS
BOOKED = Appointment(new_id(), CHECKUP.id, "Check-up", FIRST)
OTHER = Appointment(new_id(), CLEANING.id, "Cleaning", SECOND + timedelta(days=1))
OFFICE_HOURS = {day: [(540, 1020)] for day in range(1, 6)}

THIS_IS = (
    "This is Demo Dental. Say what you need and when, such as: Check-up tomorrow at 3."
    " Reply M to move an appointment, C to call it off."
)
THEIRS = "You have booked: Check-up, Tue 24 Mar at 09:00. Reply M to move, C to call off."

IDLE = State()
OFFERED = State(Stage.time, Aim.book, CHECKUP.id, None, STARTS)
ASKED = State(Stage.book, Aim.book, CHECKUP.id, None, (SECOND,))
MOVING = State(Stage.time, Aim.move, CHECKUP.id, BOOKED.id, STARTS)
CANCELLING = State(Stage.cancel, Aim.cancel, None, BOOKED.id)
WHICH = State(Stage.appointment, Aim.cancel, choices=(BOOKED.id, OTHER.id))
MASSAGE = State(Stage.service, Aim.book, choices=(SHORT.id, LONG.id))


def scene(*appointments, services=(CHECKUP, CLEANING), **known):
    facts = {"opening": OFFICE_HOURS, "address": "1 High Street", "currency": "GBP"} | known
    return Scene("Demo Dental", "UTC", "GB", services, appointments, False, NOW, **facts)


def after(state, text, *appointments, **known):
    return hear(state, text, scene(*appointments, **known))


@pytest.mark.parametrize(
    "text", ["1.", "1)", "#1", "opt 1", "Option 1 please", "number one pls", "1 works for me", "ok 1", "the 1st one",
             "\uff11", "1\ufe0f\u20e3", "I'll take the first one", "let's go with 1 thanks"],
)  # fmt: skip
def test_a_choice_is_known_however_it_is_written(text):
    assert after(OFFERED, text).action == Book(CHECKUP.id, FIRST)
    assert after(MOVING, text, BOOKED).action == Move(BOOKED.id, FIRST)


@pytest.mark.parametrize(
    "text", ["Yes, thanks!", "y pls", "YES!!!", "ok", "sure thing", "great, book it in", "that's fine", "go ahead",
             "do it", "\N{THUMBS UP SIGN}", "\u200fyes\u200f", "yes please", "perfect", "yes 2pm is great",
             "Yes Tuesday at 2"],
)  # fmt: skip
def test_a_yes_is_known_however_it_is_written(text):
    assert after(ASKED, text).action == Book(CHECKUP.id, SECOND)


@pytest.mark.parametrize(
    "text", ["yes?", "is that right?", "not ok", "is it ok", "yes but later", "thanks", "I'm good", "no", "no thanks",
             "maybe", "yes 3pm", "yes please tomorrow at 3 instead", "cancel that", "never mind", "2 thousand",
             "Liked \u201cCheck-up on Tue 24 Mar at 14:00: shall we book it?\u201d"],
)  # fmt: skip
def test_what_is_not_surely_a_yes_books_nothing(text):
    assert not isinstance(after(ASKED, text).action, Book | Move | Cancel)


@pytest.mark.parametrize("text", ["y", "yes cancel it", "yes, call it off please", "Yes please", "ok"])
def test_an_appointment_is_called_off_by_a_yes(text):
    assert after(CANCELLING, text, BOOKED).action == Cancel(BOOKED.id)


@pytest.mark.parametrize("text", ["no", "no thanks", "N", "keep it", "leave it", "never mind", "nope sorry"])
def test_an_appointment_that_is_not_called_off_stands(text):
    turn = after(CANCELLING, text, BOOKED)

    assert (turn.action, turn.state) == (None, IDLE)
    assert "stands" in (turn.reply or "")


@pytest.mark.parametrize(
    ("state", "text", "words"),
    [
        (OFFERED, "2pm please", SECOND.isoformat()),
        (OFFERED, "the 4pm one", THIRD.isoformat()),
        (OFFERED, "earliest pls", FIRST.isoformat()),
        (OFFERED, "any", FIRST.isoformat()),
        (OFFERED, "what about 3pm?", "24 March 2026 what about 3pm?"),
        (OFFERED, "friday", "friday"),
        (OFFERED, "can't do those, thursday?", "can't do those, thursday?"),
        (ASKED, "3pm instead", "24 March 2026 3pm instead"),
        (ASKED, "yes please tomorrow at 3 instead", "yes please tomorrow at 3 instead"),
        (MOVING, "in the morning", FIRST.isoformat()),
    ],
)
def test_a_time_is_meant_on_the_day_that_is_talked_of_and_read_back(state, text, words):
    action = after(state, text, BOOKED).action

    assert action == Look(CHECKUP.id, words, moving=BOOKED.id if state is MOVING else None)


@pytest.mark.parametrize(
    "text", ["no", "none of those", "anything later?", "another day", "not tuesday", "neither works"]
)
def test_who_wants_none_of_the_times_is_asked_for_another(text):
    turn = after(OFFERED, text)

    assert (turn.reply, turn.state.stage, turn.state.starts, turn.state.service_id) == (
        WHEN,
        Stage.time,
        (),
        CHECKUP.id,
    )


@pytest.mark.parametrize("text", ["no thanks", "never mind", "cancel that", "forget it", "I'm good"])
def test_who_gives_up_is_left_alone(text):
    assert (after(OFFERED, text).reply, after(OFFERED, text).state) == (NOTHING_DONE, IDLE)


@pytest.mark.parametrize(
    ("text", "about", "words"),
    [
        ("can't make it tuesday", (Aim.cancel, BOOKED), None),
        ("cancel my tuesday one", (Aim.cancel, BOOKED), None),
        ("please cancel my cleaning", (Aim.cancel, OTHER), None),
        ("I won't be able to attend. cancel the 2pm", (Aim.cancel, OTHER), None),
        ("move my tuesday appointment to thursday 3pm", (Aim.move, BOOKED), "thursday 3pm"),
        ("move my 2pm to 4pm", (Aim.move, OTHER), "25 March 2026 4pm"),
        ("reschedule my check-up", (Aim.move, BOOKED), None),
    ],
)
def test_one_of_several_appointments_is_meant_by_its_time_or_service(text, about, words):
    turn = after(IDLE, text, BOOKED, OTHER)
    aim, appointment = about

    assert (turn.state.aim, turn.state.booking_id) == (aim, appointment.id)
    assert turn.action == (Look(appointment.service_id, words, moving=appointment.id) if words else None)


@pytest.mark.parametrize(
    ("text", "chosen"), [("1", BOOKED), ("the tuesday one", BOOKED), ("cleaning", OTHER), ("wed 2pm", OTHER)]
)
def test_which_appointment_may_be_said_in_words(text, chosen):
    assert after(WHICH, text, BOOKED, OTHER).state.booking_id == chosen.id


@pytest.mark.parametrize(
    ("services", "state", "text", "chosen", "words"),
    [
        ((SHORT, LONG), MASSAGE, "60 minute massage", SHORT, None),
        ((SHORT, LONG), MASSAGE, "the 60 min one", SHORT, None),
        ((SHORT, LONG), MASSAGE, "90 mins please", LONG, None),
        ((SHORT, LONG), MASSAGE, "2 tomorrow at 3", LONG, "tomorrow at 3"),
        ((SHORT, LONG), IDLE, "60 min massage tomorrow at 3", SHORT, "tomorrow at 3"),
        ((MORNING, EVENING), IDLE, "Morning yoga", MORNING, None),
        ((MORNING, EVENING), IDLE, "morning yoga on friday", MORNING, "on friday"),
        ((CHECKUP, CLEANING), IDLE, "Checkup pls", CHECKUP, None),
        ((CHECKUP,), IDLE, "check-up", CHECKUP, None),
    ],
)
def test_a_name_that_reads_as_a_time_or_a_number_is_a_name(services, state, text, chosen, words):
    action = after(state, text, services=services).action

    assert isinstance(action, Look)
    assert (action.service_id, action.words and action.words.strip()) == (chosen.id, words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what time is my appointment?", THEIRS),
        ("when am i booked in", THEIRS),
        ("Where are you?", "Demo Dental: 1 High Street"),
        ("how much is a check-up?", "Check-up: 45 pounds."),
        ("prices?", "Check-up: 45 pounds, Cleaning: 60 pounds."),
        ("what are your opening hours", "Demo Dental: Mon-Fri 09:00-17:00, Sat-Sun closed."),
        ("who is this?", THIS_IS),
        ("hi", THIS_IS),
        ("no", THEIRS),
    ],
)  # fmt: skip
def test_questions_are_answered(text, said):
    assert (after(IDLE, text, BOOKED).reply, after(IDLE, text, BOOKED).action) == (said, None)


def test_a_question_in_the_middle_leaves_the_talk_where_it_was():
    turn = after(OFFERED, "how much is a check-up?")

    assert (turn.reply, turn.state) == ("Check-up: 45 pounds.", OFFERED)


def test_who_has_nothing_booked_is_told():
    assert (after(IDLE, "what time is my appointment?").reply or "").startswith(NO_APPOINTMENT)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("running late", "running_late"), ("stuck in traffic, 10 mins late", "running_late"),
        ("on my way", "running_late"), ("it's an emergency", "person_wanted"),
        ("can someone call me back", "person_wanted"),
        ("wrong number", "wrong_number"),
        ("I have a new phone number", "other_details"), ("every tuesday", "repeating"),
        ("how much is parking", "price_asked"), ("cancel both", "several_appointments"),
    ],
)  # fmt: skip
def test_what_only_a_person_can_answer_is_put_before_one(text, code):
    turn = after(IDLE, text, BOOKED, OTHER)

    assert (turn.action, turn.state.stage) == (HandOver(code), Stage.handed_over)


def test_what_the_client_has_not_told_us_a_person_answers():
    assert after(IDLE, "where are you?", address=None).action == HandOver("where_asked")
    assert after(IDLE, "opening hours?", opening={}).action == HandOver("hours_asked")
    assert after(IDLE, "prices?", services=(SHORT,)).action == HandOver("price_asked")


@pytest.mark.parametrize(
    "text", ["I'm driving right now - I'll see your message when I get where I'm going.",
             "Auto-reply: I am away until 3pm",
             "Liked \u201cYour check-up is tomorrow at 09:00\u201d", "see you tomorrow!", "Thanks, see you Tuesday"],
)  # fmt: skip
def test_what_wants_nothing_books_nothing_and_is_not_misunderstood(text):
    turn = after(IDLE, text)

    assert (turn.reply, turn.action, turn.state) == (None, None, IDLE)


@pytest.mark.parametrize("text", ["", "?", "\N{TOOTH}" * 20, "2 thousand", "....", "\u202e\u200f", "do you take bupa?"])
def test_what_means_nothing_is_asked_back(text):
    assert (after(IDLE, text).reply or "").startswith(NOT_UNDERSTOOD)


def test_a_day_that_is_named_means_all_that_is_on_offer_then():
    elsewhere = State(Stage.time, Aim.book, CHECKUP.id, None, (FIRST, SECOND + timedelta(days=1)))

    assert after(elsewhere, "2026-03-24").action == Look(CHECKUP.id, "2026-03-24")
    assert after(elsewhere, "tuesday at 9").action == Look(CHECKUP.id, FIRST.isoformat())


def test_a_service_may_be_called_like_a_number():
    one, other = Service(new_id(), "The one"), Service(new_id(), "The other")

    action = after(IDLE, "the one", services=(one, other)).action

    assert isinstance(action, Look)
    assert action.service_id == one.id
    assert (after(IDLE, "2", services=(one, other)).reply or "").startswith(NOT_UNDERSTOOD)


def test_an_appointment_that_is_gone_is_neither_moved_nor_called_off():
    assert [after(state, "y").reply for state in (CANCELLING, MOVING)] == [GONE, GONE]
    assert after(WHICH, "1", OTHER).reply == GONE


def test_a_state_of_another_version_books_nothing():
    empty = State(Stage.book, Aim.book, CHECKUP.id)

    assert not isinstance(after(empty, "yes").action, Book)
    assert not isinstance(after(empty, "1").action, Book)


@pytest.mark.parametrize(
    ("code", "said"), [("service_archived", "Sorry, that cannot be booked any more."), ("transition_invalid", GONE)]
)
def test_refusals_are_said_so_that_customers_understand_them(code, said):
    assert tell(ASKED, Outcome(refused=code, sentence="for programs"), scene()).reply == said


def test_no_reply_takes_more_than_three_parts():
    services = tuple(Service(new_id(), f"{number}th treatment of the upper and the lower jaw") for number in range(9))
    many = tuple(Appointment(new_id(), each.id, each.name, FIRST) for each in services)
    here = scene(*many, services=services)
    chosen = State(Stage.time, Aim.book, services[0].id, None, STARTS)
    texts = ("book", "c", "m", "my appointments", "hours", "hi", "zzz", "where are you", "prices", "person")

    said = [hear(state, text, here).reply for text in texts for state in (IDLE, chosen)]

    assert {segments(reply).count <= 3 for reply in said if reply} == {True}
