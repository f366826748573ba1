"""What counts as a claim that something was booked, moved or cancelled, and what backs it."""

import pytest

from app.calls.reports.rules import Claim, Deed, claims, said_by_assistant, unbacked

BOOKED, MOVED, CANCELLED = Deed.booked, Deed.moved, Deed.cancelled


@pytest.mark.parametrize(
    ("said", "deed"),
    [
        ("You're booked for Tuesday at 2 p.m.", BOOKED),
        ("You\u2019re all booked in for Tuesday.", BOOKED),
        ("Great, I have booked you in for Friday at ten.", BOOKED),
        ("I've gone ahead and scheduled that for you.", BOOKED),
        ("I've made your appointment for Monday.", BOOKED),
        ("Your appointment with Dr. Smith on Tuesday at 10 a.m. is confirmed.", BOOKED),
        ("Your booking has been confirmed!", BOOKED),
        ("Okay, that's booked.", BOOKED),
        ("You're all set for tomorrow at nine.", BOOKED),
        ("No problem, you're booked for Tuesday, is there anything else?", BOOKED),
        ("You're booked for Tuesday; if you need to change it, call us.", BOOKED),
        ("I've got you down for half past two.", BOOKED),
        ("We've reserved a slot for you.", BOOKED),
        ("I've put you in for Thursday.", BOOKED),
        ("Booked: check-up on Tuesday the 24th of March at two.", BOOKED),
        ("Your appointment has been moved to Friday.", MOVED),
        ("I've rescheduled you to Friday.", MOVED),
        ("I have just moved it to three o'clock.", MOVED),
        ("Your appointment is cancelled.", CANCELLED),
        ("I've canceled that for you.", CANCELLED),
        ("Your check-up on Monday has been cancelled, shall I look for another time?", CANCELLED),
    ],
)
def test_what_is_said_as_done_is_a_claim(said, deed):
    assert {claim.deed for claim in claims([said])} == {deed}


@pytest.mark.parametrize(
    "said",
    [
        "Shall I book it?",
        "Would you like me to book that?",
        "So you're booked for Tuesday?",
        "It is not booked yet.",
        "Your appointment is not confirmed yet.",
        "I haven't booked anything yet.",
        "I can book you in for Tuesday at two.",
        "I'll book that for you now.",
        "Let me get you booked.",
        "Once you're booked, you will get a text.",
        "If that suits, you're booked as soon as I press the button.",
        "When your appointment is confirmed, you will hear from us.",
        "That time is already booked.",
        "Tuesday is fully booked, I am afraid.",
        "That slot is booked by someone else.",
        "Unfortunately that appointment is already scheduled for another customer.",
        "I can move your check-up from Monday to Tuesday. Shall I?",
        "That is your check-up on Monday. Shall I cancel it?",
        "I could not cancel the appointment.",
        "You can cancel until the day before.",
        "Nothing is booked under your number.",
        "I am holding Tuesday at two for two minutes. Shall I book it?",
        "What would you like to come in for?",
        "",
    ],
)
def test_what_is_asked_offered_refused_or_conditional_is_none(said):
    assert claims([said]) == set()


def test_only_the_assistant_makes_claims():
    transcript = "AI: Hello.\nUser: So I have booked you in.\nand you're booked\nAI: Let me look.\nYou're booked.\n"

    assert list(said_by_assistant(transcript)) == ["Hello.", "Let me look.", "You're booked."]


OWN, STATE = Claim(BOOKED, own=True), Claim(BOOKED, own=False)


@pytest.mark.parametrize(
    ("claim", "codes", "changed", "untrue"),
    [
        (OWN, [], False, BOOKED),
        (STATE, [], False, BOOKED),
        (OWN, ["booked"], False, None),
        (STATE, ["moved"], False, None),
        (OWN, [], True, None),
        (OWN, ["held"], False, BOOKED),
        (OWN, ["listed"], False, BOOKED),
        (STATE, ["listed"], False, None),
        (OWN, ["cancelled"], False, BOOKED),
        (Claim(MOVED, own=True), ["read_back"], False, MOVED),
        (Claim(MOVED, own=True), ["moved"], False, None),
        (Claim(CANCELLED, own=False), ["booked"], False, CANCELLED),
        (Claim(CANCELLED, own=True), ["cancelled"], False, None),
    ],
)
def test_a_claim_is_backed_by_an_answer_or_a_booking(claim, codes, changed, untrue):
    assert unbacked([claim], codes, changed=changed) == untrue


def test_words_without_end_are_read_in_time():
    assert claims(["your appointment " * 4_000 + "is not"]) == set()
