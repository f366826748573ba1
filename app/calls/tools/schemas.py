"""What models say to tools, read tolerantly: who speaks of `3` or `null` means a word, or nothing."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LONGEST_WORDS, LONGEST_MESSAGE, LONGEST_NAME = 300, 1_500, 120
_YES = frozenset({"true", "yes", "y", "1", "ok", "okay"})


def _words(value: object) -> str | None:
    """Return words on one line, None for nothing, and for what are no words: an object, a list."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    said = "".join(character if character.isprintable() else " " for character in str(value))
    return " ".join(said.split()) or None


def _cut(longest: int) -> BeforeValidator:
    def read(value: object) -> str | None:
        words = _words(value)
        return None if words is None else words[:longest].rstrip()

    return BeforeValidator(read)


def _yes(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in _YES)


Words = Annotated[str | None, _cut(LONGEST_WORDS)]
Message = Annotated[str | None, _cut(LONGEST_MESSAGE)]
Name = Annotated[str | None, _cut(LONGEST_NAME)]
Yes = Annotated[bool, BeforeValidator(_yes)]

_SERVICE = "What the appointment is for, in the caller's words. Leave it out if they did not say."
_STAFF = "With whom, if the caller asked for somebody."
_WHEN = "When, exactly in the caller's own words, such as 'next Tuesday afternoon' or 'half past two on Friday'."
_WHICH = "Which of the caller's appointments, in their words, if they have several: its time, what, whom or with whom."
_PHONE = "The caller's phone number in digits. Only where their own number is hidden."


class Arguments(BaseModel):
    """Base of what a tool takes. What it does not know is left alone: a client, or a caller, that a model names."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def schema_for_models(cls) -> dict[str, Any]:
        """Return the JSON schema that a model is given: words and yes or no, all of them optional.

        Who leaves out what is needed is asked for it by the tool itself.
        """
        fields = cls.model_fields.items()
        return {
            "type": "object",
            "properties": {
                name: {"type": "boolean" if field.annotation is bool else "string", "description": field.description}
                for name, field in fields
            },
            "required": [],
        }


class Find(Arguments):
    """What `find_slots` takes."""

    service: Words = Field(default=None, description=_SERVICE)
    when: Words = Field(default=None, description=_WHEN)
    staff: Words = Field(default=None, description=_STAFF)


class Book(Find):
    """What `book_appointment` takes."""

    name: Name = Field(
        default=None, description="The name of whom it is for, if they gave it; another name makes another appointment."
    )
    phone: Words = Field(default=None, description=_PHONE)
    notes: Words = Field(default=None, description="Anything the business should know beforehand.")
    confirm: Yes = Field(default=False, description="true once the caller has said yes to what was read back.")
    hold: Words = Field(default=None, description="Which of several held times is meant: the code that came with it.")


class Reschedule(Arguments):
    """What `reschedule_appointment` takes."""

    appointment: Words = Field(default=None, description=_WHICH)
    when: Words = Field(default=None, description=f"The new time. {_WHEN}")
    staff: Words = Field(default=None, description=_STAFF)
    confirm: Yes = Field(default=False, description="true once the caller has said yes to what was read back.")


class Cancel(Arguments):
    """What `cancel_appointment` takes."""

    appointment: Words = Field(default=None, description=_WHICH)
    confirm: Yes = Field(default=False, description="true once the caller has said yes to what was read back.")


class Nothing(Arguments):
    """For tools that take nothing."""


class Ask(Arguments):
    """What `business_info` takes."""

    topic: Words = Field(default=None, description="One of: hours, address, services, prices.")


class TakeMessage(Arguments):
    """What `take_message` takes."""

    message: Message = Field(default=None, description="What the caller wants to say, in their words.")
    name: Name = Field(default=None, description="The caller's name, if they gave it.")
    phone: Words = Field(default=None, description=_PHONE)


class Transfer(Arguments):
    """What `transfer` takes."""

    reason: Words = Field(default=None, description="Why the caller wants to speak to a person, in a few words.")
