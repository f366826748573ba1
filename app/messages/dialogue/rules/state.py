"""Where a talk stands, what it wants done, and what came of that: data that JSON can carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.bookings.asking.rules import Named

Opening = Mapping[int, Sequence[tuple[int, int]]]


class Stage(StrEnum):
    """What was asked last."""

    idle = "idle"
    service = "service"
    time = "time"
    book = "book"
    appointment = "appointment"
    cancel = "cancel"
    handed_over = "handed_over"


class Aim(StrEnum):
    """What they want in the end."""

    book = "book"
    move = "move"
    cancel = "cancel"


@dataclass(frozen=True)
class State:
    """Where a talk stands. `choices` are the starts, services or appointments that `1`, `2`, `3` stand for."""

    stage: Stage = Stage.idle
    aim: Aim | None = None
    service_id: UUID | None = None
    booking_id: UUID | None = None
    starts: tuple[datetime, ...] = ()
    choices: tuple[UUID, ...] = ()
    words: str | None = None
    """What was said of a time before it was known for which service."""
    unclear: int = 0
    """How many texts in a row were not understood."""
    resource_id: UUID | None = None
    """Who was read back, where an appointment would move to somebody else."""

    def go(self, stage: Stage, **changes: object) -> "State":
        """Return the state a step further: what was chosen from is forgotten, and so is what was unclear."""
        fresh: dict[str, object] = {"starts": (), "choices": (), "unclear": 0, "resource_id": None, "stage": stage}
        return replace(self, **{**fresh, **changes})  # type: ignore[arg-type]


IDLE = State()


@dataclass(frozen=True, slots=True)
class Service(Named):
    """A service that can be booked; its price in the client's minor unit, where it has one."""

    price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One that stands, of the person who writes."""

    id: UUID
    service_id: UUID
    service: str
    starts_at: datetime


@dataclass(frozen=True)
class Scene:
    """What is known beside the talk itself: the client, its services, and what the writer has booked, soonest first.

    `texts_go_out`: whether a confirmation is texted by itself, so that the talk need not repeat it.
    """

    client: str
    zone: str
    region: str
    services: tuple[Service, ...]
    appointments: tuple[Appointment, ...]
    texts_go_out: bool
    now: datetime
    opening: Opening = field(default_factory=dict)
    address: str | None = None
    currency: str = "GBP"

    def service(self, service_id: UUID | None) -> str:
        """Return a service's name."""
        return next((each.name for each in self.services if each.id == service_id), "your appointment")

    def appointment(self, booking_id: UUID | None) -> Appointment | None:
        """Return the writer's own appointment of an id."""
        return next((each for each in self.appointments if each.id == booking_id), None)


@dataclass(frozen=True, slots=True)
class Look:
    """See what is on offer at a time in words; None: the next there is. `moving` does not stand in its own way."""

    service_id: UUID
    words: str | None
    moving: UUID | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Book a start."""

    service_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Move an appointment to a start; to somebody else only where they were read back."""

    booking_id: UUID
    starts_at: datetime
    resource_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel an appointment."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class HandOver:
    """Put what was written before a person; `code` is why."""

    code: str


Action = Look | Book | Move | Cancel | HandOver


@dataclass(frozen=True, slots=True)
class Turn:
    """What a text leads to: the state, what is answered at once, and what is to be done before more is said."""

    state: State
    reply: str | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action. `refused` is the code of why not, with its sentence, and the starts nearest to it.

    Of a look: `exact` is the start that was asked for, if it is on offer; `unread` why the words could not be read;
    `elsewhere` that nothing is on offer then, so `starts` are the next after it.
    """

    done: Appointment | None = None
    refused: str | None = None
    sentence: str | None = None
    exact: datetime | None = None
    unread: str | None = None
    elsewhere: bool = False
    starts: tuple[datetime, ...] = ()
    other: Named | None = None
    """Who alone is free at `exact`, where the appointment that is to be moved is with somebody else."""
