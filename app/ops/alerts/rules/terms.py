"""What a rule is made of, and what it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Severity(IntEnum):
    """How bad it is; a larger one is worse."""

    info = 1
    warning = 2
    critical = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A severity, and the bound from which on it holds: beyond it, or (`reaches`) at it too."""

    severity: Severity
    bound: float
    reaches: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured: a value in the rule's unit, whether there was enough to go by, and what it was made of."""

    value: float | None
    enough: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is wrong, and what then to do.

    `title` takes the value as `{value}`, `single` stands in for it where that is 1. A severity holds once so many
    `evaluations` in a row were beyond its bound. It ends when the value was back beyond `release` times the bound for
    `calm_seconds` on end, so a value that swings around a bound tells of itself once.
    """

    name: str
    title: str
    unit: str
    steps: tuple[Step, ...]
    """The worst first."""
    section: str
    """Of the runbook."""
    commands: tuple[str, ...]
    """What to run next, the first first."""
    floor: str = ""
    """How much traffic it needs, in words."""
    falls: bool = False
    """Whether too little is what is wrong, rather than too much."""
    release: float = 0.9
    evaluations: int = 2
    calm_seconds: int = 120
    wrong: str = field(kw_only=True)
    """What is wrong without its value, to say that it is not so any longer."""
    single: str = field(default="", kw_only=True)

    def severity(self, measure: Measure, *, standing: Severity | None = None) -> Severity | None:
        """Return the severity that a measure has, None where nothing is wrong.

        Up to the one that stands already, bounds are released: it holds on a little beyond them.
        """
        if measure.value is None or not measure.enough:
            return None
        for step in self.steps:
            easier = self.release if standing is not None and step.severity <= standing else 1.0
            if self._beyond(measure.value, step, step.bound * easier):
                return step.severity
        return None

    def _beyond(self, value: float, step: Step, bound: float) -> bool:
        if step.reaches and value == bound:
            return True
        return value < bound if self.falls else value > bound
