"""What people really write to answer a question, case by case: where the talk stands, the text, what it leads to."""

import pytest

from app.messages.dialogue.rules import Book, Cancel, Look, Move, Stage
from app.messages.dialogue.rules.state import Aim
from app.messages.dialogue.rules.wording import NOTHING_DONE, WHEN
from tests.messages.dialogue.scenes import (
    ASKED,
    BOOKED,
    CANCELLING,
    CHECKUP,
    FIRST,
    IDLE,
    MOVING,
    OFFERED,
    OTHER,
    SECOND,
    THIRD,
    WHICH,
    after,
)


@pytest.mark.parametrize(
    "text", ["1.", "1)", "#1", "opt 1", "Option 1 please", "number one pls", "1 works for me", "ok 1", "the 1st one",
             "\uff11", "1\ufe0f\u20e3", "I'll take the first one", "let's go with 1 thanks"],
)  # fmt: skip
def test_a_choice_is_known_however_it_is_written(text):
    assert after(OFFERED, text).action == Book(CHECKUP.id, FIRST)
    assert after(MOVING, text, BOOKED).action == Move(BOOKED.id, FIRST)


@pytest.mark.parametrize(
    "text", ["Yes, thanks!", "y pls", "YES!!!", "ok", "sure thing", "book it", "great, book it in", "that's fine",
             "go ahead", "do it", "\N{THUMBS UP SIGN}", "\u200fyes\u200f", "yes please", "perfect", "yes 2pm is great",
             "Yes Tuesday at 2", "ye", "y\u200b"],
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


@pytest.mark.parametrize("text", ["great", "thanks, perfect", "thanks", "fine thanks", "yes?", "\N{TOOTH}"])
def test_an_appointment_is_not_called_off_because_somebody_is_pleased(text):
    turn = after(CANCELLING, text, BOOKED)

    assert (turn.action, turn.state.stage) == (None, Stage.cancel)
    assert after(CANCELLING, "book it", BOOKED).action is None


@pytest.mark.parametrize("text", ["no", "no thanks", "N", "keep it", "leave it", "never mind", "nope sorry",
                                  "no don't cancel it", "do NOT cancel", "I don't want to cancel"])  # fmt: skip
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
    "text",
    ["no", "\N{THUMBS DOWN SIGN}", "none of those", "anything later?", "another day", "not tuesday", "neither works"],
)
def test_who_wants_none_of_the_times_is_asked_for_another(text):
    turn = after(OFFERED, text)

    assert (turn.reply, turn.state.stage, turn.state.starts, turn.state.service_id) == (
        WHEN,
        Stage.time,
        (),
        CHECKUP.id,
    )


@pytest.mark.parametrize(
    "text", ["no thanks", "never mind", "cancel that", "forget it", "I'm good", "don't book it", "no, do not book that"]
)
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
    "text", ["1 and 2", "1 or 2", "1, 3", "1/2", "either 1 or 3", "first or second", "2 please but not 1", "not 1", "0"]
)
@pytest.mark.parametrize("state", [OFFERED, MOVING, WHICH])
def test_who_names_several_or_none_of_the_choices_is_asked_again(state, text):
    turn = after(state, text.replace("3", "2") if state is WHICH else text, BOOKED, OTHER)

    assert (turn.action, turn.state.stage, turn.state.unclear) == (None, state.stage, 1)
    assert "1) " in (turn.reply or "")


@pytest.mark.parametrize("text", ["yes", "book it", "\N{THUMBS UP SIGN}"])
def test_a_yes_to_several_times_is_asked_back(text):
    turn = after(OFFERED, text)

    assert (turn.action, turn.state.starts) == (None, OFFERED.starts)
    assert "Reply 1 to 3" in (turn.reply or "")


@pytest.mark.parametrize(
    "text", ["don't cancel my appointment", "do not move it please", "I'd like to keep my appointment"]
)
@pytest.mark.parametrize("state", [IDLE, MOVING])
def test_who_wants_an_appointment_left_alone_is_told_that_it_stands(state, text):
    turn = after(state, text, BOOKED)

    assert (turn.action, turn.state) == (None, IDLE)
    assert "stands" in (turn.reply or "")
    assert "You have booked: 1)" in (after(IDLE, text, BOOKED, OTHER).reply or "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("don't cancel it, move it to friday", "friday"),
        ("can't make it, can i rebook for friday", "friday"),
        ("I can't make it, is friday ok?", "friday"),
        ("cancel it and book friday at 3", "friday at 3"),
        ("I can't come tuesday, can we do friday instead?", "friday instead"),
        ("won't be able to attend, could we book friday", "friday"),
        ("can't make tuesday but can do friday", "friday"),
        ("reschedual to friday", "friday"),
        ("bring it forward please", None),
        ("make it an hour later", None),
        ("I can't come tuesday, another day instead?", None),
    ],
)
def test_who_cannot_come_and_names_another_time_wants_to_move(text, words):
    turn = after(IDLE, text, BOOKED)

    assert (turn.state.aim, turn.state.booking_id) == (Aim.move, BOOKED.id)
    if words is None:
        assert turn.reply == WHEN
    else:
        assert isinstance(turn.action, Look)
        assert words in (turn.action.words or "")


@pytest.mark.parametrize(
    "text",
    [
        "I can't make it, is that ok?",
        "can't come, will book again some time",
        "cancel please, can you confirm?",
        "cancel, can you confirm by 5pm",
        "cancel, can I get a refund today",
        "Cancel, my number is 3",
        "cancel it, do I need to pay by friday?",
        "cancle my appointment",
        "I no longer need my appointment",
        "please remove my booking",
        "don't need it any more",
        "won't be able to come",
    ],
)
def test_who_cannot_come_and_names_no_other_time_calls_off(text):
    assert after(IDLE, text, BOOKED).state.stage is Stage.cancel
