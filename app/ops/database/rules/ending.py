"""Which sessions an operator may cancel or terminate through this service."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PREFIX = "booking-"
"""Every connection of the service says its name: `booking-<role>`, with a suffix where it is not the users' pool."""
WATCHERS = ("-ops", "-lifeline")


@dataclass(frozen=True, slots=True)
class Target:
    """A session by what decides whether it may be ended; `ours` is: of this role, in this database."""

    application_name: str
    backend_type: str
    backend_start: datetime | None
    ours: bool


class Verdict(StrEnum):
    """What becomes of the order."""

    allowed = "allowed"
    replaced = "replaced"
    own = "own"
    foreign = "foreign"
    server = "server"


def judge(target: Target, *, backend_start: datetime) -> Verdict:
    """Return whether a session may be ended by someone who saw it begin at that instant."""
    if target.backend_type != "client backend":
        return Verdict.server
    if target.backend_start != backend_start:
        return Verdict.replaced
    if not target.ours or not target.application_name.startswith(PREFIX):
        return Verdict.foreign
    return Verdict.own if target.application_name.endswith(WATCHERS) else Verdict.allowed
