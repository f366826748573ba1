"""The rules in the place of a model: what was said becomes a tool with the caller's own words."""

import pytest

from app.sandbox.calling.rules import Act, Mind, heard, offered, understand

DESK = Mind(services=("Check-up", "Hygiene clean", "Filling"))
OFFER = (
    "I have Tuesday the 24th of November at ten o'clock or half past two, "
    "or Wednesday the 25th of November at nine o'clock. Which one suits you?"
)
TIMES = (
    "Tuesday the 24th of November at ten o'clock",
    "Tuesday the 24th of November at half past two",
    "Wednesday the 25th of November at nine o'clock",
)


def said(mind, words):
    mind, act = understand(mind, words)
    return act.tool, act.arguments


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("I'd like a check up tomorrow at 3, please", "find_slots", {"service": "Check-up", "when": "tomorrow at 3"}),
        ("a filling", "find_slots", {"service": "Filling"}),
        ("Do you have anything next Tuesday afternoon?", "find_slots", {"when": "next Tuesday afternoon"}),
        ("When are you open?", "business_info", {"topic": "hours"}),
        ("How much is a filling?", "business_info", {"topic": "prices"}),
        ("What is my appointment? When am I coming?", "my_appointments", {}),
        ("What have I booked?", "my_appointments", {}),
        ("what is my booking?", "my_appointments", {}),
        ("Do I have anything on Friday?", "my_appointments", {}),
        ("Please cancel my appointment", "cancel_appointment", {}),
        ("Please cancel my hygiene clean", "cancel_appointment", {"appointment": "Hygiene clean"}),
        ("Can I move my appointment to Friday at ten?", "reschedule_appointment", {"when": "Friday at ten"}),
        ("I want to speak to a person", "transfer", {"reason": "I want to speak to a person"}),
        ("Tell them I am late", "take_message", {"message": "Tell them I am late"}),
    ],
)
def test_what_is_said_becomes_a_tool(words, tool, arguments):
    assert said(DESK, words) == (tool, arguments)


def test_offered_times_are_told_apart_each_with_its_day():
    assert offered(OFFER) == TIMES
    assert offered("Somebody else has it. I could offer today at noon, one or half past four. Which one?") == (
        "today at noon",
        "today at one",
        "today at half past four",
    )
    assert offered("Tuesday the 24th of November at three is free for Filling. Shall I keep it for you?") == ()


@pytest.mark.parametrize(("words", "position"), [("1", 0), ("the second one", 1), ("number three.", 2)])
def test_a_choice_is_the_time_in_words(words, position):
    mind = heard(Mind(service="Check-up"), Act("find_slots"), OFFER)

    assert said(mind, words) == ("book_appointment", {"service": "Check-up", "when": TIMES[position]})


def test_a_number_without_an_offer_is_no_choice():
    assert said(DESK, "2") == ("find_slots", {"when": "2"})


def test_a_yes_does_what_was_asked():
    mind = Mind(service="Filling", when="tomorrow at 3", name="Sam")
    found = heard(mind, Act("find_slots"), "Tuesday the 24th at three is free for Filling. Shall I keep it for you?")
    kept, hold = understand(found, "yes please")
    read_back = heard(kept, hold, "I am keeping Tuesday at three. Shall I book it? (hold 7K2M9Q)")
    _, confirm = understand(read_back, "Yes.")

    assert hold == Act("book_appointment", {"service": "Filling", "when": "tomorrow at 3", "name": "Sam"})
    assert confirm == Act("book_appointment", {**hold.arguments, "confirm": True})


def test_a_no_books_nothing_and_the_next_time_is_looked_for():
    found = heard(Mind(when="tomorrow"), Act("find_slots"), "Tomorrow at three is free. Shall I book it?")
    mind, act = understand(found, "no")

    assert (act.tool, act.says) == (None, "Which day would suit you, then?")
    assert said(mind, "Friday at noon") == ("find_slots", {"when": "Friday at noon"})


def test_an_appointment_is_chosen_by_its_number():
    which = "Which one do you mean: Check-up on Tuesday at three or Filling on Thursday at nine?"
    mind, act = understand(heard(Mind(), Act("cancel_appointment"), which), "the second one")
    asked = heard(mind, act, "Shall I cancel Filling on Thursday at nine?")

    assert act == Act("cancel_appointment", {"appointment": "Filling on Thursday at nine"})
    assert said(asked, "yes") == ("cancel_appointment", {**act.arguments, "confirm": True})


def test_what_is_not_to_be_cancelled_stays():
    mind = heard(Mind(), Act("cancel_appointment"), "Shall I cancel Filling on Thursday at nine?")

    assert understand(mind, "no")[1].says == "All right, it stays as it is. Anything else?"


def test_whose_number_is_hidden_is_asked_and_the_same_is_done_with_it():
    hold = Act("book_appointment", {"service": "Filling", "when": "tomorrow at noon"})
    mind = heard(DESK, hold, "Your number is hidden. Which phone number can we reach you on?")

    assert said(mind, "07400 123 456") == ("book_appointment", {**hold.arguments, "phone": "07400 123 456"})


@pytest.mark.parametrize("words", ["07400 555666", "my number is 07400 555666", "It's 07400 555666."])
def test_a_number_is_heard_within_a_sentence(words):
    mind = heard(DESK, Act("book_appointment", {"when": "friday"}), "Which phone number can we reach you on?")

    assert said(mind, words) == ("book_appointment", {"when": "friday", "phone": "07400 555666"})


def test_a_yes_to_two_appointments_asks_once_more_which():
    which = "Which one do you mean: Check-up on Monday the 23rd or Filling on Friday the 27th?"
    mind, act = understand(heard(DESK, Act("cancel_appointment"), which), "yes")

    assert (act.tool, (act.says or "").startswith("Which one, please?")) == (None, True)
    assert said(mind, "the second") == ("cancel_appointment", {"appointment": "Filling on Friday the 27th"})


def test_a_yes_to_nothing_does_nothing():
    assert understand(DESK, "yes")[1].says == "What can I do for you?"


def test_a_service_named_later_keeps_the_time():
    mind, _ = understand(DESK, "tomorrow at 3")

    assert said(mind, "hygiene clean") == ("find_slots", {"service": "Hygiene clean", "when": "tomorrow at 3"})


def test_a_name_goes_along():
    mind, _ = understand(DESK, "My name is Sam Taylor")
    mind = heard(mind, Act("find_slots"), OFFER)

    assert said(mind, "1")[1]["name"] == "Sam Taylor"


def test_who_says_goodbye_is_let_go():
    assert understand(DESK, "That's all, bye")[1].ends
