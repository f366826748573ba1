"""What somebody hears first who is called."""

from app.calls.outbound.rules import Purpose, first_message


def test_who_is_reminded_hears_of_what():
    said = first_message(Purpose.reminder, "Demo Dental", "your Check-up on Tuesday")

    assert said == "Hello, this is Demo Dental. I am calling to remind you of your Check-up on Tuesday. " + (
        "Does that still suit you?"
    )


def test_names_are_no_templates_of_vapis():
    for purpose in Purpose:
        said = first_message(purpose, "{{ customer.number }}", 'your {% if x %} {{ "now" | date }}')

        assert not {"{", "}", "%"}.intersection(said)
