"""The talk by text, as functions: what a text leads to, and what is said of what came of it."""

import dataclasses
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.core.ids import new_id
from app.messages.dialogue.rules import (
    Appointment,
    Book,
    Cancel,
    HandOver,
    Keyword,
    Look,
    Move,
    Outcome,
    Scene,
    Service,
    Stage,
    State,
    hear,
    keyword_of,
    tell,
)
from app.messages.dialogue.rules.keywords import BARE_STOPS
from app.messages.dialogue.rules.state import Aim

NOW = datetime(2026, 3, 18, 10, 20, tzinfo=UTC)
CHECKUP, CLEANING = Service(new_id(), "Check-up"), Service(new_id(), "Cleaning")
STARTS = tuple(datetime(2026, 3, 24, hour, tzinfo=UTC) for hour in (9, 14, 16))
BOOKED = Appointment(new_id(), CHECKUP.id, "Check-up", STARTS[0])
OTHER = Appointment(new_id(), CLEANING.id, "Cleaning", STARTS[1] + timedelta(days=1))
STATES = TypeAdapter(State)


def scene(*appointments, services=(CHECKUP, CLEANING), texts_go_out=False):
    return Scene("Demo Dental", "UTC", "GB", services, appointments, texts_go_out, NOW)


def talk(*texts, at=None, state=None):
    """Say some texts one after the other, with what came of each look or act; return the last turn."""
    here, turn = at or scene(), None
    state = state or State()
    for text in texts:
        turn = tell(state, text, here) if isinstance(text, Outcome) else hear(state, text, here)
        state = STATES.validate_json(STATES.dump_json(turn.state))  # as the database keeps it
        assert state == turn.state
    return turn


def test_a_service_and_a_time_are_looked_for_at_once():
    assert talk("Can I have a check-up tomorrow at 3?").action == Look(
        CHECKUP.id, "Can I have a check-up tomorrow at 3?"
    )


def test_a_time_that_is_free_is_read_back_and_booked_after_a_yes():
    asked = talk("check-up tuesday 9am", Outcome(exact=STARTS[0]))
    booked = talk("check-up tuesday 9am", Outcome(exact=STARTS[0]), "Yes")

    assert asked.reply == "Check-up on Tue 24 Mar at 09:00: shall we book it? Reply Y, or say another time."
    assert (asked.action, booked.action) == (None, Book(CHECKUP.id, STARTS[0]))


@pytest.mark.parametrize(
    ("text", "place"), [("1", 0), ("2", 1), ("3", 2), ("the second", 1), ("option 3", 2), ("last", 2)]
)
def test_a_number_books_the_start_that_it_stands_for(text, place):
    turn = talk("check-up next week", Outcome(starts=STARTS), text)

    assert turn.action == Book(CHECKUP.id, STARTS[place])


def test_starts_are_offered_with_their_dates():
    turn = talk("check-up next week", Outcome(starts=STARTS))

    assert turn.reply == (
        "Check-up: 1) Tue 24 Mar at 09:00 2) Tue 24 Mar at 14:00 3) Tue 24 Mar at 16:00."
        " Reply 1 to 3, or say another time."
    )


@pytest.mark.parametrize("text", ["4", "0", "9", "11"])
def test_a_number_that_stands_for_nothing_books_nothing(text):
    assert not isinstance(talk("check-up next week", Outcome(starts=STARTS), text).action, Book)


def test_another_time_is_looked_for_instead():
    turn = talk("check-up next week", Outcome(starts=STARTS), "friday afternoon")

    assert turn.action == Look(CHECKUP.id, "friday afternoon")


def test_without_a_service_it_is_asked_and_the_time_remembered():
    asked, chosen = talk("tomorrow at 3"), talk("tomorrow at 3", "2")

    assert asked.reply == "What would you like to book? 1) Check-up 2) Cleaning"
    assert chosen.action == Look(CLEANING.id, "tomorrow at 3")


def test_where_there_is_one_service_it_is_not_asked():
    assert talk("book please", at=scene(services=(CHECKUP,))).action == Look(CHECKUP.id, None)


def test_a_refusal_is_said_with_what_else_there_is():
    refused = Outcome(refused="busy", sentence="That time is taken.", starts=STARTS)

    turn = talk("check-up tomorrow at 3", refused)
    again = talk("check-up tomorrow at 3", refused, "1")

    assert (turn.reply or "").startswith("That time is taken. Check-up: 1) Tue 24 Mar at 09:00")
    assert again.action == Book(CHECKUP.id, STARTS[0])


def test_where_nothing_is_free_a_person_takes_over():
    turn = talk("check-up tomorrow", Outcome())

    assert (turn.action, turn.state.stage) == (HandOver("nothing_free"), Stage.handed_over)


def test_an_appointment_is_moved_after_it_was_read_back():
    here = scene(BOOKED)
    asked = talk("can I move my appointment", at=here)
    looked = talk("can I move my appointment", "thursday 4pm", at=here)
    read_back = talk("can I move my appointment", "thursday 4pm", Outcome(exact=STARTS[2]), at=here)
    moved = talk("can I move my appointment", "thursday 4pm", Outcome(exact=STARTS[2]), "y", at=here)

    assert asked.reply == "When would suit you? Say a day or a time, such as Tuesday afternoon."
    assert looked.action == Look(CHECKUP.id, "thursday 4pm", moving=BOOKED.id)
    assert (read_back.reply or "").startswith("Check-up from Tue 24 Mar at 09:00 to Tue 24 Mar at 16:00")
    assert moved.action == Move(BOOKED.id, STARTS[2])


def test_moving_to_a_time_is_one_text():
    assert talk("move it to friday 2pm", at=scene(BOOKED)).action == Look(CHECKUP.id, "friday 2pm", moving=BOOKED.id)


@pytest.mark.parametrize("text", ["c", "C", "cancel my appointment", "I can't make it", "please call it off"])
def test_an_appointment_is_called_off_after_a_yes_alone(text):
    asked = talk(text, at=scene(BOOKED))
    done = talk(text, "Y", at=scene(BOOKED))
    kept = talk(text, "no", at=scene(BOOKED))

    assert (asked.action, asked.reply) == (
        None,
        "Check-up on Tue 24 Mar at 09:00: shall we call it off? Reply Y or N.",
    )
    assert done.action == Cancel(BOOKED.id)
    assert (kept.action, kept.state.stage) == (None, Stage.idle)


def test_of_several_appointments_one_is_chosen():
    asked = talk("c", at=scene(BOOKED, OTHER))
    chosen = talk("c", "2", at=scene(BOOKED, OTHER))
    done = talk("c", "2", "yes", at=scene(BOOKED, OTHER))

    assert asked.reply == "Which appointment? 1) Check-up, Tue 24 Mar at 09:00 2) Cleaning, Wed 25 Mar at 14:00"
    assert (chosen.reply or "").startswith("Cleaning on Wed 25 Mar at 14:00: shall we call it off?")
    assert done.action == Cancel(OTHER.id)


def test_nobodys_appointment_is_called_off():
    turn = talk("c", at=scene())
    gone = talk("c", at=scene(BOOKED))
    after = hear(gone.state, "y", scene())

    assert (turn.action, (turn.reply or "").startswith("We have no appointment")) == (None, True)
    assert not isinstance(after.action, Cancel)


def test_what_is_unclear_is_asked_back_once_and_then_a_person_takes_over():
    asked = talk("blue bananas")
    over = talk("blue bananas", "green bananas")
    later = talk("blue bananas", "green bananas", "hello?")

    assert (asked.action, (asked.reply or "").startswith("Sorry, we did not get that.")) == (None, True)
    assert (over.action, over.state.stage) == (HandOver("not_understood"), Stage.handed_over)
    assert (later.action, later.reply) == (HandOver("more_said"), None)


def test_who_was_understood_may_be_unclear_again():
    turn = talk("blue bananas", "check-up tomorrow", Outcome(starts=STARTS), "bananas")

    assert turn.action is None
    assert (turn.reply or "").startswith("Sorry, we did not get that. Check-up: 1) Tue 24 Mar")


def test_after_a_person_took_over_a_clear_wish_is_served_again():
    turn = talk("blue bananas", "green bananas", "check-up tomorrow at 3")

    assert turn.action == Look(CHECKUP.id, "check-up tomorrow at 3")


@pytest.mark.parametrize("text", ["I want to speak to a human", "call me please", "x" * 1_600])
def test_who_wants_a_person_or_writes_a_letter_gets_one(text):
    turn = talk(text)

    assert isinstance(turn.action, HandOver)
    assert (turn.reply or "").startswith("Thanks, we have passed your message on.")


def test_thanks_are_not_misunderstood():
    assert talk("thanks!").reply is None
    assert talk("ok", at=scene(BOOKED)).reply == "Thank you. Check-up on Tue 24 Mar at 09:00 stands. See you then."


@pytest.mark.parametrize(("did", "said"), [(Aim.book, "Booked: "), (Aim.move, "Moved: "), (Aim.cancel, "Called off: ")])
def test_what_is_done_is_said_unless_a_text_of_its_own_says_so(did, said):
    outcome = Outcome(done=BOOKED)

    assert (tell(State(), outcome, scene(), did=did).reply or "").startswith(said)
    assert tell(State(), outcome, scene(texts_go_out=True), did=did).reply is None


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("STOP", Keyword.stop), ("stop.", Keyword.stop), (" Stop please ", Keyword.stop), ("stopall", Keyword.stop),
        ("UNSUBSCRIBE", Keyword.stop), ("end", Keyword.stop), ("QUIT", Keyword.stop), ("cancel", Keyword.stop),
        ("REVOKE", Keyword.stop), ("opt out", Keyword.stop), ("stop texting me", Keyword.stop),
        ("please don't send me any more messages", Keyword.stop), ("take me off your list", Keyword.stop),
        ("STOP!! wrong number", Keyword.stop), ("Stop, I'm not interested", Keyword.stop),
        ("no more texts", Keyword.stop), ("I no longer want your texts", Keyword.stop),
        ("QUIT please", Keyword.stop), ("End it now", Keyword.stop),
        ("Arr\u00eat", Keyword.stop), ("ARRET", Keyword.stop), ("PARAR", Keyword.stop), ("\u00a1Alto!", Keyword.stop),
        ("por favor baja", Keyword.stop), ("STOPP", Keyword.stop), ("\uff33\uff34\uff2f\uff30", Keyword.stop),
        ("S\u200bTOP", Keyword.stop), ("ayuda", Keyword.help), ("cancelar", None), ("baja dos minutos", None),
        ("don\u2019t text me again", Keyword.stop), ("I do not want these reminders", Keyword.stop),
        ("I never got a text from you", None), ("please don't forget to text me", None), ("Stop by on Tuesday?", None),
        ("never had a reminder, when is it?", None), ("STOP BY AT 3?", None), ("can you stop at 5?", None),
        ("START", Keyword.start), ("unstop", Keyword.start), ("HELP", Keyword.help), ("info", Keyword.help),
        ("cancel my appointment", None), ("can we end at 5", None), ("I need help with my tooth", None),
        ("start at 9 please", None), ("stop by tomorrow?", None), ("", None),
    ],
)  # fmt: skip
def test_keywords_are_known_with_words_around_them(text, keyword):
    assert keyword_of(text) is keyword


def sentences():
    """Every reply that any of many talks leads to."""
    texts = ("hello", "book", "check-up", "tomorrow at 3", "m", "c", "y", "n", "1", "person", "thanks", "zzz")
    outcomes = (Outcome(exact=STARTS[0]), Outcome(starts=STARTS), Outcome(), Outcome(unread="past", starts=STARTS))
    for here in (scene(), scene(BOOKED), scene(BOOKED, OTHER)):
        for first in texts:
            one = hear(State(), first, here)
            for then in (*texts, *outcomes):
                two = tell(one.state, then, here) if isinstance(then, Outcome) else hear(one.state, then, here)
                yield from (turn.reply for turn in (one, two) if turn.reply)


def test_nobody_is_ever_asked_to_text_a_word_that_unsubscribes():
    said = {word for reply in sentences() for word in reply.replace(":", " ").replace(".", " ").split()}

    assert said & {word.upper() for word in BARE_STOPS} == set()


@given(st.text(max_size=200), st.sampled_from(Stage), st.booleans())
def test_whatever_is_texted_nothing_is_done_without_a_choice(text, stage, booked):
    """Nothing is booked or called off by a text that is neither a yes nor a number."""
    here = scene(BOOKED) if booked else scene()
    state = State(
        stage, Aim.cancel if stage is Stage.cancel else Aim.book, CHECKUP.id, BOOKED.id, STARTS, (CHECKUP.id,)
    )

    turn = hear(state, text, here)

    plain = "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())
    if not plain.startswith(tuple("123456789yosplfctgone")):
        assert not isinstance(turn.action, Book | Move | Cancel)
    assert turn.reply is None or len(turn.reply) < 600
    assert dataclasses.is_dataclass(turn.state)


def test_a_refusal_is_said_as_the_business_would_say_it():
    shut = Outcome(refused="closed", sentence="It is closed then.", starts=STARTS)

    assert (talk("check-up tomorrow at 3am", shut).reply or "").startswith(
        "We are closed then. Check-up: 1) Tue 24 Mar"
    )
