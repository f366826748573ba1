"""Requests that ask row by row."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.signals import Tally


@dataclass(frozen=True, slots=True)
class Looped:
    """Requests of one route that ran one shape again and again."""

    shape: str
    route: str
    requests: int
    most_times: int


def loops_of(tallies: Mapping[str, Tally]) -> list[Looped]:
    """Return the loops by how many requests ran into them; the keys of tallies are `SHAPE ROUTE`."""
    found = []
    for key, tally in tallies.items():
        shape, _, route = key.partition(" ")
        found.append(Looped(shape, route, tally.count, int(tally.sketch.most)))
    return sorted(found, key=lambda loop: (-loop.requests, loop.shape, loop.route))
