"""What others ask of this room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckWanted:
    """Somebody, or the schedule, wants the data looked at."""

    requested_by: str
