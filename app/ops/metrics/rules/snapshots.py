"""The numbers of one process at one moment, and of several together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import add
from typing import Any

from app.ops.metrics.rules.families import BY_NAME

Numbers = dict[tuple[str, ...], list[float]]
"""The numbers of a family by label values: one number, or the members of a histogram."""

STALE_SECONDS = 10.0
"""A process that has written nothing for so long is dead: what it counted stays, how it was does not."""

_TOGETHER: dict[str, Callable[[float, float], float]] = {"sum": add, "most": max, "least": min}


@dataclass(slots=True)
class Snapshot:
    """The numbers of a process by family; `at` is in seconds since the epoch."""

    at: float
    families: dict[str, Numbers] = field(default_factory=dict)

    def put(self, name: str, *labels: str, value: float | list[float]) -> None:
        """Set the number of a family.

        Raises:
            KeyError, ValueError: no such family is declared, or not with so many labels.
        """
        if len(labels) != len(BY_NAME[name].labels):
            raise ValueError(f"{name} has the labels {BY_NAME[name].labels}")
        self.families.setdefault(name, {})[labels] = value if isinstance(value, list) else [value]

    def as_json(self) -> dict[str, Any]:
        """Return it for a file."""
        families = {name: [[*labels, value] for labels, value in each.items()] for name, each in self.families.items()}
        return {"at": self.at, "families": families}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "Snapshot":
        """Return what was written to a file."""
        families = {
            name: {tuple(labels): value for *labels, value in rows}
            for name, rows in stored["families"].items()
            if name in BY_NAME
        }
        return cls(stored["at"], families)


def put_together(snapshots: Iterable[Snapshot], *, now: float) -> Snapshot:
    """Return the numbers of all processes: what grows is kept from dead ones too, so that it never falls."""
    whole = Snapshot(now)
    for snapshot in snapshots:
        dead = now - snapshot.at > STALE_SECONDS
        for name, numbers in snapshot.families.items():
            family = BY_NAME[name]
            if dead and family.kind == "gauge":
                continue
            into, combine = whole.families.setdefault(name, {}), _TOGETHER[family.together]
            for labels, value in numbers.items():
                known = into.get(labels)
                into[labels] = value if known is None else list(map(combine, known, value))
    return whole
