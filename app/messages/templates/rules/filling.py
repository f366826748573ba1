"""Putting values where a template names them.

`{service}` is replaced by a value, once: what a value itself holds is never looked at again. `[ with {staff}]` is left
out as a whole where a value in it is missing.
"""

import re
from collections.abc import Mapping

PLACEHOLDERS: Mapping[str, str] = {
    "client": "the business",
    "service": "what is booked",
    "staff": "who serves, if it is a person",
    "time": "when, in the business's own time",
    "address": "where to come to, if that is set",
    "reference": "what the customer can name the booking by",
    "name": "the customer, if known",
    "phone": "the business's phone, if set",
}
"""What a template may name, and what it stands for."""
SAMPLE: Mapping[str, str] = {
    "client": "Demo Dental",
    "service": "Check-up",
    "staff": "Ann Archer",
    "time": "Tue 24 Mar at 14:30",
    "address": "12 High Street, Springfield",
    "reference": "7K2M9Q",
    "name": "Sam Example",
    "phone": "+442079460000",
}
"""What a preview is filled in with; nobody's data."""
NAMED = re.compile(r"\{([a-z]+)\}")

_OPTIONAL = re.compile(r"\[([^\[\]]*\{[a-z]+\}[^\[\]]*)\]")
_LONGEST_VALUE = 300


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its placeholders replaced; a value that is missing leaves nothing."""
    known = {name: _plain(value) for name, value in values.items()}

    def optional(found: re.Match[str]) -> str:
        return found[1] if all(known.get(name) for name in NAMED.findall(found[1])) else ""

    return NAMED.sub(lambda found: known.get(found[1], ""), _OPTIONAL.sub(optional, template)).strip()


def _plain(value: str) -> str:
    """Return a value on one line and without a full stop at its end: it becomes part of a sentence."""
    return " ".join(value[:_LONGEST_VALUE].split()).removesuffix(".")
