"""Every tool, as the model is told of it and as it is used."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from app.calls.tools.rules.wishes import Answer
from app.calls.tools.schemas import (
    Arguments,
    Ask,
    Book,
    Cancel,
    Find,
    Nothing,
    Reschedule,
    TakeMessage,
    Transfer,
)
from app.calls.tools.service.booking import book_appointment
from app.calls.tools.service.changing import cancel_appointment, my_appointments
from app.calls.tools.service.finding import find_slots
from app.calls.tools.service.moving import reschedule_appointment
from app.calls.tools.service.talk import Talk
from app.calls.tools.service.telling import business_info, take_message, transfer

Wanted = TypeVar("Wanted", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Tool(Generic[Wanted]):
    """One tool. `changes`: whether those of one call take turns, so that nothing is done twice."""

    name: str
    description: str
    arguments: type[Wanted]
    use: Callable[[Talk, Wanted], Awaitable[Answer]]
    changes: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON schema of what it takes."""
        return self.arguments.schema_for_models()


_ALL: tuple[Tool[Any], ...] = (
    Tool(
        "find_slots",
        "Look for free times. Give the caller's own words for the time; the answer names what is free.",
        Find,
        find_slots,
    ),
    Tool(
        "book_appointment",
        "Book in two steps. First call it with the time: that time is kept for two minutes and the answer reads it "
        "back. Say that to the caller. Only after their clear yes call it again with confirm true.",
        Book,
        book_appointment,
        changes=True,
    ),
    Tool(
        "reschedule_appointment",
        "Move the caller's appointment, in two steps: the first answer reads back from when to when; after the "
        "caller's clear yes call it again with confirm true.",
        Reschedule,
        reschedule_appointment,
        changes=True,
    ),
    Tool(
        "cancel_appointment",
        "Cancel the caller's appointment, in two steps: the first answer reads it back; after the caller's clear yes "
        "call it again with confirm true.",
        Cancel,
        cancel_appointment,
        changes=True,
    ),
    Tool("my_appointments", "Say which appointments the caller has.", Nothing, my_appointments),
    Tool("business_info", "Say the opening hours, the address, the services or the prices.", Ask, business_info),
    Tool(
        "take_message",
        "Take down a message for the business, when the caller wants something that no other tool can do.",
        TakeMessage,
        take_message,
        changes=True,
    ),
    Tool("transfer", "Put the caller through to a person, when they ask for one.", Transfer, transfer, changes=True),
)

TOOLS: Mapping[str, Tool[Any]] = MappingProxyType({tool.name: tool for tool in _ALL})
"""By name, in the order in which a model is told of them."""
