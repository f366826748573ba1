"""What callers do in the race: a plan made from a seed, so that a failure can be run again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from app.core.clock import iso
from tests.races.practice import CLOSES, OPENS, Offer, Practice

STAFF = 30
ROOM, STUDIO = STAFF, STAFF + 1
RESOURCES = STAFF + 2


def offers() -> tuple[Offer, ...]:
    """Return services of mixed lengths whose resources overlap; one needs two at once, one is a class."""
    return (
        Offer(30, range(STAFF)),
        Offer(45, range(20), after=15),
        Offer(60, range(10, STAFF), before=10, after=5),
        Offer(30, (0, 1, ROOM), assign="all"),
        Offer(60, (STAFF - 1, STUDIO), capacity=12),
    )


WEIGHTS = (8, 5, 5, 1, 1)
"""How often each of the services is wanted."""

KINDS = {"book": 50, "hold": 22, "reschedule": 16, "cancel": 12}
FATES = {"confirm": 30, "book": 20, "release": 20, "extend": 10, "leave": 20}


@dataclass(frozen=True)
class Attempt:
    """One thing that a caller wants; `marker` is found again in the booking that comes of it.

    `fate` is what becomes of a hold. `pick` in [0, 1) chooses one of the bookings that there are by then.
    """

    marker: str
    kind: str
    body: dict[str, Any]
    fate: str
    pick: float
    with_version: bool


def plan(practice: Practice, seed: int, caller: int, *, attempts: int, days: int) -> Iterator[Attempt]:
    """Yield what one caller does."""
    random = Random(f"{seed}-{caller}")
    for number in range(attempts):
        marker = f"{seed}-{caller}-{number}"
        kind = _one_of(random, KINDS)
        wanted = _wanted(random, practice, days)
        if kind == "reschedule":
            wanted = {"startsAt": wanted["startsAt"]}
        elif kind != "cancel":
            wanted |= {"customer": _customer(random), "metadata": {"marker": marker}}
        yield Attempt(marker, kind, wanted, _one_of(random, FATES), random.random(), random.random() < 0.5)


def _wanted(random: Random, practice: Practice, days: int) -> dict[str, Any]:
    offer = random.choices(practice.offers, WEIGHTS)[0]
    minute = random.randrange(0, CLOSES - OPENS - offer.minutes + 1, offer.interval)
    wanted: dict[str, Any] = {
        "serviceId": str(offer.id),
        "startsAt": iso(practice.start(random.randrange(days), minute)),
    }
    if offer.assign == "any" and random.random() < 0.4:
        wanted["resourceId"] = str(practice.resources[random.choice(offer.resources)])
    if offer.capacity > 1:
        wanted["seats"] = random.randint(1, 3)
    return wanted


def _customer(random: Random) -> dict[str, str]:
    """Return one of so few people that some come twice at once, and tell their name only later."""
    customer = {"phone": f"+447400{random.randrange(200):06d}"}
    return customer | {"name": "Ada"} if random.random() < 0.5 else customer


def _one_of(random: Random, weights: dict[str, int]) -> str:
    names: Sequence[str] = list(weights)
    return random.choices(names, list(weights.values()))[0]
