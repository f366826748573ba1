"""Services as texters call them, and as they are named to them."""

from datetime import UTC, datetime

import pytest

from app.core.ids import new_id
from app.messages.dialogue.rules import Look, Scene, Service, State, hear

NOW = datetime(2026, 3, 18, 10, 20, tzinfo=UTC)
CHECKUP, HYGIENE = Service(new_id(), "Check-up"), Service(new_id(), "Hygiene clean")
YOGA = (Service(new_id(), "Vinyasa flow"), Service(new_id(), "Yin and rest"))


def first(text, services):
    return hear(State(), text, Scene("Demo", "UTC", "GB", services, (), False, NOW))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I need my teeth cleaned", None),
        ("hygiene tomorrow afternoon", "hygiene tomorrow afternoon"),
        ("do you have anything for a dental clean?", None),
        ("cleaning", None),
    ],
)
def test_one_word_of_a_services_name_is_enough_beside_a_wish_or_a_time(text, words):
    assert first(text, (CHECKUP, HYGIENE)).action == Look(HYGIENE.id, words)


@pytest.mark.parametrize("text", ["is it clean?", "can you check something", "nice and clean there"])
def test_one_word_of_a_name_by_itself_is_no_wish(text):
    assert first(text, (CHECKUP, HYGIENE)).action is None


@pytest.mark.parametrize("text", ["hi", "C", "move my appointment"])
def test_a_client_is_spoken_of_by_its_own_services_and_nobody_is_told_to_move_what_they_have_not(text):
    said = first(text, YOGA).reply or ""

    assert "such as: Vinyasa flow tomorrow at 3." in said
    assert "Reply M" not in said
