"""How templates are checked and filled in, and what ours say."""

import time

import pytest

from app.integrations.twilio.segments import segments
from app.messages.rules import ABOUT_BOOKINGS
from app.messages.templates.rules import OURS, SAMPLE, fault_of, fill
from app.messages.templates.rules.checking import asks_for_stop_word


def code_of(template, channel="sms"):
    fault = fault_of(template, channel)
    return None if fault is None else fault.code


FEWEST = {name: value for name, value in SAMPLE.items() if name in {"client", "service", "time", "reference"}}


def test_a_value_stands_where_it_is_named():
    assert fill("{client}: {service}, {time}", SAMPLE) == "Demo Dental: Check-up, Tue 24 Mar at 14:30"


def test_what_is_in_brackets_goes_with_the_value_that_is_missing():
    wording = "{service}[ with {staff}], {time}.[ {address}.]"

    assert fill(wording, SAMPLE) == "Check-up with Ann Archer, Tue 24 Mar at 14:30. 12 High Street, Springfield."
    assert fill(wording, FEWEST) == "Check-up, Tue 24 Mar at 14:30."


def test_brackets_that_name_nothing_are_brackets():
    assert fill("[Demo] {service}", SAMPLE) == "[Demo] Check-up"


def test_what_a_value_holds_is_not_looked_at_again():
    hostile = {"client": "{reference} {client.__class__} {0} %s ${x} [ {name}]", "reference": "secret"}

    assert fill("{client}", hostile) == hostile["client"]


def test_a_value_stays_on_its_line_and_within_its_bounds():
    assert fill("{client}.", {"client": "One\nTwo\t  Three."}) == "One Two Three."
    assert len(fill("{client}", {"client": "x" * 5_000})) == 300


@pytest.mark.parametrize("template", ["{clinet}", "{service} {Service}", "{client.__class__}", "{0}", "{client!r}"])
def test_an_unknown_placeholder_is_told_by_its_name(template):
    fault = fault_of(template, "sms")

    assert fault is not None
    assert fault.code == "unknown_placeholder"
    assert fault.about[0] in template


@pytest.mark.parametrize("template", ["{client", "client}", "{}", "{{client}}", "{ {client}", "{\nclient}"])
def test_braces_that_do_not_fit_are_told(template):
    assert code_of(template) in {"unbalanced_braces", "unknown_placeholder"}


@pytest.mark.parametrize(
    "text",
    [
        "Reply CANCEL to cancel.",
        "reply cancel if you cannot come",
        "Text 'end' to stop",
        "Send the word QUIT.",
        "To cancel, reply with CANCEL",
        "Reply C or CANCEL",
        "REPLY CANCEL TO CANCEL",
        "Please text us back: unsubscribe",
        "Answer “Cancel” and we will call you",
        "Reply YES to keep it, CANCEL to give it up",
        "Reply STOPALL",
        "Just reply revoke",
        "Can't come? CANCEL",
        "{client}: REPLY YES TO KEEP IT, CANCEL TO GIVE IT UP",
        "STOP to opt out, CANCEL to give it up",
        "CANCEL to 12345 and it is off",
        "txt cancel",
        "Press CANCEL, or say cancel",
        "If you cannot come, \u2018quit\u2019 will do",
        "Reply \uff23\uff21\uff2e\uff23\uff25\uff2c",
        "Reply C\u200bANCEL",
    ],
)
def test_a_text_must_not_ask_for_a_word_that_ends_all_texts(text):
    assert asks_for_stop_word(text)
    assert code_of(text) == "asks_for_stop_word"
    assert fault_of(text, "email") is None


@pytest.mark.parametrize(
    "text",
    [
        "Reply C to cancel.",
        "Reply M to move it, C to cancel. STOP to opt out.",
        "Reply STOP to opt out.",
        "Please cancel by phone at the end of the day.",
        "Text us to cancel or move it.",
        "To cancel, call {phone}.",
        "We send this at the end of each month",
        "YOUR CHECK-UP IS BOOKED. REPLY C.",
        "{client}: YOUR VISIT WILL END AT 5. REPLY C.",
        "Reply C to CANCEL",
        "Say hello at the front desk, press 1 at the end",
    ],
)
def test_a_text_may_speak_of_cancelling(text):
    assert not asks_for_stop_word(text)


def test_no_text_takes_long_to_look_through():
    began = time.monotonic()
    for text in ("reply " + "a " * 317, "reply" * 128, "reply 'b'" * 70, "{" * 640, "[{a}" * 160):
        fault_of(text, "sms")
        fill(text, SAMPLE)

    assert time.monotonic() - began < 5  # 0.03 where this was written; one that goes back and forth takes minutes


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("kind", ABOUT_BOOKINGS)
def test_our_own_words_are_without_fault(channel, kind):
    wording = OURS[channel, kind]

    assert fault_of(wording.body, channel) is None
    assert (wording.subject is None) is (channel == "sms")
    for values in (SAMPLE, FEWEST):
        filled = fill(wording.body, values)
        assert "{" not in filled
        assert "[" not in filled
        assert values["reference"] in filled


@pytest.mark.parametrize("kind", ABOUT_BOOKINGS)
def test_our_texts_are_one_segment_without_an_address_and_two_with_one(kind):
    wording = OURS["sms", kind].body

    assert segments(fill(wording, {**FEWEST, "staff": "Ann Archer"})).count == 1
    assert segments(fill(wording, SAMPLE)).count <= 2


def test_too_much_is_refused():
    assert code_of("x" * 641) == "too_long"
    assert code_of("{client}" * 21, "email") == "too_many_placeholders"
