"""A text in Twilio's list is known again, and no other is taken for it."""

import pytest

from app.integrations.twilio.answers import TRIAL, Sent


@pytest.mark.parametrize(
    ("sent", "listed", "same"),
    [
        ("Hi there", "Hi there", True),
        ("Hi there ", " Hi there\n", True),
        ("Hi there", f"{TRIAL}Hi there", True),
        ("It\N{RIGHT SINGLE QUOTATION MARK}s at 10\N{NO-BREAK SPACE}\N{EN DASH}", "It's at 10 -", True),
        ("Привет", "Привет", True),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}", True),
        ("\N{GRINNING FACE}", "\N{CAT FACE}", False),
        ("\N{GRINNING FACE}", "", False),
        ("Hi there", "Hi", False),
        ("See you at 10", "See you at 11", False),
        ("Hi there", None, False),
    ],
)
def test_a_text_is_known_again_by_what_it_says(sent, listed, same):
    assert Sent(sid="SM" + "0" * 32, status="sent", body=listed).says(sent) is same
