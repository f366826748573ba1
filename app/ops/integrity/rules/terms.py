"""The words of a look at the data: what a check is, what it found, and what that comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID

MOST_EXAMPLES = 20
"""So many of the wrong rows are named; all are counted."""


class Severity(StrEnum):
    """How bad it is: `info` is no finding."""

    critical = "critical"
    warning = "warning"
    info = "info"


class State(StrEnum):
    """What became of a check."""

    clean = "clean"
    found = "found"
    failed = "failed"
    """It could not be looked at, though it should have been: a table is missing, or cannot be read."""
    not_available = "not_available"
    """This server does not let us look."""
    left_out = "left_out"
    """Nobody asked for it this time."""


class Exit(IntEnum):
    """What the command ends with."""

    clean = 0
    findings = 1
    could_not_look = 2


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so: by name, how bad it is if it is not, what is wrong then, and what to do."""

    name: str
    severity: Severity
    wrong: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Example:
    """A wrong row, or a missing part of the schema: ids and codes only."""

    client_id: UUID | None
    id: str
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """How much is wrong, and some of it."""

    total: int = 0
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check came to."""

    check: Check
    state: State
    seconds: float = 0.0
    found: Found = Found()
    reason: str | None = None
    """A code, where it was not looked at."""

    @property
    def is_finding(self) -> bool:
        """Whether somebody has to do something: also where a part of the data cannot even be read."""
        wrong = self.state in (State.found, State.failed)
        return wrong and self.check.severity != Severity.info


def listed(examples: Sequence[Example]) -> Found:
    """Return what was found, bounded."""
    return Found(len(examples), tuple(examples[:MOST_EXAMPLES]))


def added(parts: Sequence[Found]) -> Found:
    """Return what several questions of one check found together."""
    examples = [example for part in parts for example in part.examples]
    return Found(sum(part.total for part in parts), tuple(examples[:MOST_EXAMPLES]))


def judged(check: Check, found: Found, seconds: float) -> Outcome:
    """Return what a check came to that was looked at."""
    return Outcome(check, State.found if found.total else State.clean, seconds, found)


def findings(outcomes: Sequence[Outcome]) -> int:
    """Return how many checks found something that somebody has to act upon."""
    return sum(outcome.is_finding for outcome in outcomes)


def exit_code(outcomes: Sequence[Outcome]) -> Exit:
    """Return how the command ends: what was found weighs more than what could not be looked at."""
    if any(outcome.is_finding and outcome.state == State.found for outcome in outcomes):
        return Exit.findings
    return Exit.could_not_look if any(outcome.state == State.failed for outcome in outcomes) else Exit.clean
