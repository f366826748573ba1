"""Rows of figures, and how they are shown."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil

ABSENT: dict[str, str] = {}
"""Rows of the plan whose subject does not exist yet."""


@dataclass(frozen=True)
class Row:
    """One figure beside its reference. `goal` bounds the ratio, or the value itself where there is no reference.

    `of` says what the reference is; without one, what else there is to say.
    """

    what: str
    value: float
    unit: str
    reference: float | None
    of: str
    goal: float
    at_least: bool

    @property
    def figure(self) -> float:
        """What the goal speaks of."""
        return self.value if self.reference is None else self.value / self.reference

    @property
    def met(self) -> bool:
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal


def as_table(rows: Sequence[Row]) -> str:
    """Return the rows for people."""
    lines = ["| what | measured | reference in the same run | ratio | goal | |", "|---|---|---|---|---|---|"]
    for row in rows:
        beside = row.of if row.reference is None else f"{row.of}: {row.reference:,.4g} {row.unit}"
        ratio = "" if row.reference is None else f"{row.figure:.3g}"
        goal = f"{'≥' if row.at_least else '≤'} {row.goal:g}{'' if row.reference else ' ' + row.unit}"
        verdict = "reached" if row.met else "MISSED"
        lines.append(f"| {row.what} | {row.value:,.4g} {row.unit} | {beside} | {ratio} | {goal} | {verdict} |")
    return "\n".join([*lines, *(f"| {what} | | {why} | | | absent |" for what, why in ABSENT.items())])


def as_json(rows: Sequence[Row]) -> str:
    """Return the rows for programs."""
    return json.dumps([{**asdict(row), "ratio": row.figure, "met": row.met} for row in rows], indent=2)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share of the values does not exceed."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]
