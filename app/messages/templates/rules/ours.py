"""What we write where a client has no words of its own. Texts ask for a C, never for CANCEL: Twilio would end them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Wording:
    """A template; a text has no subject."""

    body: str
    subject: str | None = None


_ANSWERS = "Reply M to move it, C to cancel. STOP to opt out."
_WHERE = "[ {address}.] Ref {reference}."
_DETAILS = """\
What: {service}
When: {time}[
With: {staff}][
Where: {address}]
Reference: {reference}

{client}[
{phone}]
"""

OURS: Mapping[tuple[Literal["sms", "email"], str], Wording] = {
    ("sms", "confirmation"): Wording(
        f"{{client}}: {{service}}[ with {{staff}}], {{time}}, is booked.{_WHERE} {_ANSWERS}"
    ),
    ("sms", "change"): Wording(f"{{client}}: {{service}}[ with {{staff}}] is now {{time}}.{_WHERE} {_ANSWERS}"),
    ("sms", "cancellation"): Wording(
        "{client}: {service}, {time}, is cancelled. Ref {reference}. Text us to book again. STOP to opt out."
    ),
    ("sms", "reminder"): Wording(f"{{client}}: reminder of {{service}}[ with {{staff}}], {{time}}.{_WHERE} {_ANSWERS}"),
    ("email", "confirmation"): Wording(
        f"Hello[ {{name}}],\n\nYour appointment is booked.\n\n{_DETAILS}", "Booked: {service}, {time}"
    ),
    ("email", "change"): Wording(
        f"Hello[ {{name}}],\n\nYour appointment has moved. It is now:\n\n{_DETAILS}", "Moved: {service}, {time}"
    ),
    ("email", "cancellation"): Wording(
        f"Hello[ {{name}}],\n\nYour appointment is cancelled.\n\n{_DETAILS}", "Cancelled: {service}, {time}"
    ),
    ("email", "reminder"): Wording(
        f"Hello[ {{name}}],\n\nThis is to remind you of your appointment.\n\n{_DETAILS}", "Reminder: {service}, {time}"
    ),
}
