"""What counts as a difference between what we define and what Vapi has, and how it is shown."""

import pytest

from app.calls.provisioning.rules import changed, difference
from app.integrations.vapi.objects import Data

TOKEN: Data = {"twilioAuthToken": "a-secret"}


@pytest.mark.parametrize(
    ("wanted", "found", "differs"),
    [
        ({"name": "A"}, {"name": "A", "voice": {"provider": "azure"}}, False),
        ({"name": "A"}, {"name": "B"}, True),
        ({"name": "A"}, {}, True),
        ({"server": {"url": "x"}}, {"server": {"url": "x", "headers": {}}}, False),
        ({"server": {"url": "x"}}, {"server": None}, True),
        ({"toolIds": ["a", "b"]}, {"toolIds": ["a", "b"]}, False),
        ({"toolIds": ["a", "b"]}, {"toolIds": ["b", "a"]}, True),
        ({"toolIds": ["a"]}, {"toolIds": ["a", "b"]}, True),
        ({"toolIds": ["a"]}, {"toolIds": "a"}, True),
        ({"required": [], "metadata": {}}, {}, False),
        ({"required": []}, {"required": ["when"]}, True),
        ({"maxTokens": 500, "temperature": 0.2}, {"maxTokens": 500.0, "temperature": 0.2}, False),
        ({"smsEnabled": False}, {"smsEnabled": 0}, True),
        ({"smsEnabled": False}, {}, True),
    ],
)
def test_what_we_define_and_vapi_has_otherwise_is_a_change(wanted, found, differs):
    assert changed(wanted, found, secrets_known=True) is differs


@pytest.mark.parametrize(
    ("found", "known", "differs"),
    [
        ({}, True, False),
        ({}, False, True),
        ({"twilioAuthToken": "a-secret"}, False, False),
        ({"twilioAuthToken": "another"}, True, True),
        ({"twilioAuthToken": None}, True, False),
        ({"twilioAuthToken": "****cret"}, True, False),
        ({"twilioAuthToken": "****cret"}, False, True),
    ],
)
def test_a_secret_that_vapi_does_not_show_is_what_was_sent_last(found, known, differs):
    assert changed(TOKEN, found, secrets_known=known) is differs


def test_a_difference_shows_no_secret_and_nothing_that_we_do_not_define():
    shown = difference("x", {"name": "A", **TOKEN}, {"name": "B", "twilioAuthToken": "old", "voice": "loud"})

    assert shown == (
        "--- x at Vapi\n+++ x as defined\n@@ -1,4 +1,4 @@\n"
        ' {\n-  "name": "B",\n+  "name": "A",\n   "twilioAuthToken": "***"\n }\n'
    )


def test_what_is_the_same_shows_no_difference():
    assert difference("x", {"name": "A"}, {"name": "A", "voice": "loud"}) == ""
