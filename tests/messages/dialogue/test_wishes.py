"""What people really write of their own accord, case by case: names, questions, and what only a person can answer."""

from datetime import timedelta

import pytest

from app.core.ids import new_id
from app.integrations.twilio.segments import segments
from app.messages.dialogue.rules import Appointment, Book, HandOver, Look, Outcome, Service, Stage, State, hear, tell
from app.messages.dialogue.rules.state import Aim
from app.messages.dialogue.rules.wording import GONE, NO_APPOINTMENT, NOT_UNDERSTOOD
from tests.messages.dialogue.scenes import (
    ASKED,
    BOOKED,
    CANCELLING,
    CHECKUP,
    CLEANING,
    EVENING,
    FIRST,
    IDLE,
    LONG,
    MASSAGE,
    MORNING,
    MOVING,
    OFFERED,
    OTHER,
    SECOND,
    SHORT,
    STARTS,
    THEIRS,
    THIS_IS,
    WHICH,
    after,
    scene,
)


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
        ("no", THEIRS), ("did you cancel my appointment?", THEIRS), ("have you moved my appointment", THEIRS),
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
        ("running 5 late", "running_late"), ("on my way", "running_late"), ("it's an emergency", "person_wanted"),
        ("can someone call me back", "person_wanted"),
        ("wrong number", "wrong_number"), ("why was my appointment cancelled", "why_asked"),
        ("check-up for me and my son friday 3pm", "several_people"), ("for two people tomorrow", "several_people"),
        ("my wife and I need a check-up", "several_people"), ("both of us on friday", "several_people"),
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
