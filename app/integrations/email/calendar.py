"""The part of a letter that calendars read: iCalendar (RFC 5545), as an invitation or its withdrawal (RFC 5546).

Times are in UTC, so that no zone has to be described. The UID is the booking's id alone, as RFC 7986 advises: a sender
may change, an appointment in somebody's calendar must not become two by that.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCER = "-//Booking//Appointments//EN"

Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """What goes into a calendar. `sequence` goes up by one with each change, cancelling among them."""

    booking: UUID
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    cancelled: bool = False

    @property
    def method(self) -> Method:
        """What a calendar is to do with it."""
        return "CANCEL" if self.cancelled else "REQUEST"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by address, in ASCII, and by name, in one line; the name may be empty."""

    address: str
    name: str = ""


def invitation(appointment: Appointment, *, organizer: Person, attendee: Person, made_at: datetime) -> bytes:
    """Return an appointment as calendars read it; texts are escaped and lines folded (CRLF) by the library."""
    event = Event()
    event.add("uid", str(appointment.booking))
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", appointment.summary)
    for name, text in (("location", appointment.location), ("description", appointment.description)):
        if text:
            event.add(name, text)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if appointment.cancelled else "OPAQUE")
    event.add("organizer", _person(organizer))
    event.add("attendee", _person(attendee, ROLE="REQ-PARTICIPANT", PARTSTAT="ACCEPTED", RSVP="FALSE"))
    calendar = Calendar()
    calendar.add("prodid", PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", appointment.method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _person(person: Person, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.address}")
    if person.name:
        address.params["CN"] = vText(person.name)
    for name, value in parameters.items():
        address.params[name] = vText(value)
    return address
