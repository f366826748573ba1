"""Availability as pure functions: local hours in, offered starts out. No I/O, no clock, no settings.

Inside this package an instant is whole seconds since the epoch, UTC, and a length is whole seconds:
integers compare and step fast, and the wall clock is met in one module only. A rules package rather
than a file, since each part is read alone:

- `walltime`: local dates and wall times to instants
- `windows`: weekly hours and overrides to the windows of a span of days
- `agenda`: what a service asks for, what blocks a resource
- `starts`: which starts that leaves to offer
- `reasons`: why an instant is not offered

The semantics are those of the worked cases that `booking slots solve` runs.
"""

from app.schedule.rules.agenda import Agenda, Block, Terms, seats_taken
from app.schedule.rules.reasons import Reason, Refusal, refusal
from app.schedule.rules.starts import Ask, offers, reading_span
from app.schedule.rules.walltime import instant_of, local_date
from app.schedule.rules.windows import Calendar, WeeklyWindow, Window

__all__ = [
    "Agenda",
    "Ask",
    "Block",
    "Calendar",
    "Reason",
    "Refusal",
    "Terms",
    "WeeklyWindow",
    "Window",
    "instant_of",
    "local_date",
    "offers",
    "reading_span",
    "refusal",
    "seats_taken",
]
